// Two to five places side by side: a line for each figure, condition and criterion, those that differ marked.
import { html, nothing, type TemplateResult } from "lit";
import type { Comparison, Lang } from "./api";
import { tell } from "./desk_words";
import { parcelNumber } from "./parts";
import { say } from "./words";

const KINDS = ["figure", "constraint", "criterion"] as const;

export interface CompareState {
  lang: Lang;
  /** undefined while it is fetched. */
  found: Comparison | undefined;
  onlyDifferent: boolean;
  titleOf: (capakey: string) => string;
  choose: (capakey: string) => void;
  different: (only: boolean) => void;
}

export function comparison(state: CompareState): TemplateResult {
  const { lang, found } = state;
  if (!found) return html`<p class="no-list" role="status">${say(lang, "loading")}</p>`;
  const titles = { figure: "figures", constraint: "conditions", criterion: "scored" } as const;
  return html`<p class="count">
      <label
        ><input
          type="checkbox"
          name="only-different"
          .checked=${state.onlyDifferent}
          @change=${(event: Event) => state.different((event.target as HTMLInputElement).checked)}
        />
        ${tell(lang, "onlyDifferent")}</label
      >
    </p>
    <div class="scrolls" tabindex="0" role="region" aria-label=${tell(lang, "sideBySide")}>
      <table id="comparison">
        <thead>
          <tr>
            <td></td>
            ${found.capakeys.map(
              (key) =>
                html`<th scope="col">
                  <button class="plain link" @click=${() => state.choose(key)}>${state.titleOf(key)}</button>
                  <small title=${key}>${parcelNumber(key)}</small>
                </th>`,
            )}
          </tr>
        </thead>
        ${KINDS.map((kind) => {
          const lines = found.lines.filter((one) => one.kind === kind && (one.differs || !state.onlyDifferent));
          return lines.length
            ? html`<tbody>
                <tr class="group">
                  <th colspan=${found.capakeys.length + 1} scope="rowgroup">${tell(lang, titles[kind])}</th>
                </tr>
                ${lines.map(
                  (line) =>
                    html`<tr class=${line.differs ? "differs" : ""}>
                      <th scope="row">
                        ${line.title}
                        ${line.differs ? html`<span class="sign" role="img" aria-label=${tell(lang, "differs")}>≠</span>` : nothing}
                      </th>
                      ${line.texts.map((text) => html`<td>${text}</td>`)}
                    </tr>`,
                )}
              </tbody>`
            : nothing;
        })}
      </table>
    </div>`;
}

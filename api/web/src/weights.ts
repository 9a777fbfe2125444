// Weights of the planner beside the published ones: what the address holds, what the map draws, and the sliders.
import { html, type TemplateResult } from "lit";
import type { ExpressionSpecification } from "maplibre-gl";
import type { Lang, Rated } from "./api";
import { number } from "./format";
import { say } from "./words";

/** Criterion -> weight, in points: the published ones sum to 100. Only those that differ. */
export type Weights = Record<string, number>;

export const published = (one: { weight: number }): number => Math.round(one.weight * 1000) / 10;

/** "school:30,owner:0" of the address; what is no weight is dropped. */
export function weightsOf(text: string): Weights {
  const pairs = text.split(",").map((one) => one.split(":"));
  const good = pairs.filter(([name, points]) => name && points && Number(points) >= 0);
  return Object.fromEntries(good.map(([name, points]) => [name!, Number(points)]));
}

export const written = (weights: Weights): string =>
  Object.entries(weights)
    .map(([name, points]) => `${name}:${points}`)
    .join(",");

/** All criteria with their points, the changed ones changed. */
const points = (criteria: Rated[], weights: Weights): [Rated, number][] =>
  criteria.map((one) => [one, weights[one.id] ?? published(one)]);

/** Weights as the service takes them; undefined where nothing counts or nothing was changed. */
export function entered(criteria: Rated[], weights: Weights): Weights | undefined {
  if (!Object.keys(weights).length) return undefined;
  const all = points(criteria, weights);
  return all.some(([, own]) => own > 0) ? Object.fromEntries(all.map(([one, own]) => [one.id, own])) : undefined;
}

/** Score of a feature under weights, from the values in its tile; published weights take the stored score. */
export function scoreUnder(criteria: Rated[], weights: Weights): ExpressionSpecification | null {
  if (!entered(criteria, weights)) return null;
  const all = points(criteria, weights);
  const sum = all.reduce((total, [, own]) => total + own, 0);
  const terms = all
    .filter(([, own]) => own > 0)
    .map(([one, own]) => {
      const low = ["coalesce", ["get", one.low], 0];
      return ["*", own / (2 * sum * 10_000), ["+", low, ["coalesce", ["get", one.high], low]]];
    });
  return ["+", ...terms] as unknown as ExpressionSpecification;
}

export interface WeightsState {
  lang: Lang;
  criteria: Rated[];
  weights: Weights;
  /** While a slider moves: the map follows. */
  move: (weights: Weights) => void;
  /** A slider was let go: the list follows. */
  settle: (weights: Weights) => void;
}

export function sliders(state: WeightsState): TemplateResult {
  const { lang, criteria, weights } = state;
  const changed = Object.keys(weights).length > 0;
  const all = points(criteria, weights);
  const sum = all.reduce((total, [, own]) => total + own, 0);
  const read = (one: Rated, event: Event): Weights => {
    const rest = Object.fromEntries(Object.entries(weights).filter(([name]) => name !== one.id));
    const own = Number((event.target as HTMLInputElement).value);
    return own === published(one) ? rest : { ...rest, [one.id]: own };
  };
  return html`<fieldset class="weights">
    <legend>${say(lang, "weights")}</legend>
    ${all.map(([one, own]) => {
      const share = sum ? Math.round((own / sum) * 100) : 0;
      return html`<label class=${one.id in weights ? "changed" : ""}>
        <span>${one.title}</span>
        <output
          >${number(lang, share)}${one.id in weights ? html` <small>(${say(lang, "publishedWeight", { points: number(lang, Math.round(published(one))) })})</small>` : ""}</output
        >
        <input
          type="range"
          name="weight-${one.id}"
          min="0"
          max="50"
          step="0.1"
          .value=${String(own)}
          aria-valuetext=${say(lang, "ofHundred", { points: share })}
          @input=${(event: Event) => state.move(read(one, event))}
          @change=${(event: Event) => state.settle(read(one, event))}
        />
      </label>`;
    })}
    ${sum > 0 ? "" : html`<p class="problem" role="alert">${say(lang, "noWeight")}</p>`}
    <button id="reset-weights" ?disabled=${!changed} @click=${() => state.settle({})}>
      ${say(lang, "resetWeights")}
    </button>
  </fieldset>`;
}

// The legend, on the map itself: every mark that can be seen there, the zoning classes of what is in view.
import { html, nothing, svg, type TemplateResult } from "lit";
import type { Lang, Meta } from "./api";
import type { Layer } from "./controls";
import { number } from "./format";
import { SCORE_COLOURS, zoneColour } from "./map_style";
import { siteMark } from "./marks";
import { say } from "./words";

export interface LegendState {
  lang: Lang;
  meta: Meta | undefined;
  /** Is there a list, whose candidates are coloured? */
  scored: boolean;
  layers: Record<Layer, boolean>;
  /** Zoning classes in view. */
  zones: string[];
  open: boolean;
}

export function legend(state: LegendState): TemplateResult {
  const { lang, layers } = state;
  return html`<details class="legend" ?open=${state.open}>
    <summary>${say(lang, "legend")}</summary>
    ${state.scored ? scores(lang) : nothing} ${layers.sites ? sites(lang) : nothing}
    ${
      layers.hp
        ? html`<span class="key"
            ><svg width="28" height="12" aria-hidden="true"><path class="hp" d="M1 6H27" /></svg
            >${say(lang, "hp")}</span
          >`
        : nothing
    }
    ${layers.zones ? zones(state) : nothing}
  </details>`;
}

function scores(lang: Lang): TemplateResult {
  const width = 34;
  return html`<b>${say(lang, "score")}</b>
    <svg class="steps" width=${width * 5 + 16} height="28" role="img" aria-label=${`${say(lang, "score")} 0–1`}>
      ${SCORE_COLOURS.map((colour, at) => svg`<rect x=${8 + at * width} width=${width} height="12" fill=${colour} />`)}
      ${[0, 1, 2, 3, 4, 5].map(
        (at) => svg`<text x=${8 + at * width} y="25" text-anchor="middle">${number(lang, at / 5, 1)}</text>`,
      )}
    </svg>
    <span class="key"><span class="mark"></span>${say(lang, "compatible")}</span>
    <span class="key"><span class="mark dotted"></span>${say(lang, "needs_derogation")}</span>
    <span class="key"><span class="mark hatched"></span>${say(lang, "unknown")}</span>`;
}

function sites(lang: Lang): TemplateResult {
  return html`<b>${say(lang, "sites")}</b>
    <span class="key">${siteMark("residential", "open")} ${say(lang, "residential")}</span>
    <span class="key">${siteMark("transit", "open")} ${say(lang, "transit")}</span>
    <span class="key">${siteMark("residential", "planned")} ${say(lang, "planned")}</span>
    <span class="key">${siteMark("residential", "closed")} ${say(lang, "gone")}</span>`;
}

function zones({ lang, meta, zones: seen }: LegendState): TemplateResult {
  return html`<b>${say(lang, "zones")}</b> ${seen.map(
      (name) =>
        html`<span class="key"
          ><svg width="16" height="10" aria-hidden="true"><rect width="16" height="10" fill=${zoneColour(name)} /></svg
          >${meta?.zones[name]?.[lang] ?? say(lang, "otherZone")}</span
        >`,
    )}`;
}

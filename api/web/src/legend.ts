// The legend, on the map itself: every mark that can be seen there, the zoning classes of what is in view.
import { html, type TemplateResult } from "lit";
import { legends, type LegendState } from "./overlay_legend";
import { say } from "./words";

export function legend(state: LegendState & { open: boolean }): TemplateResult {
  return html`<details class="legend" ?open=${state.open}>
    <summary>${say(state.lang, "legend")}</summary>
    ${legends(state)}
  </details>`;
}

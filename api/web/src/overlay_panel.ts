// The panel of layers: every layer with its switch, its legend while it is on, and the day whose law is shown.
import { html, nothing, type TemplateResult } from "lit";
import { day as told } from "./format";
import type { BaseMap } from "./api_land";
import { say } from "./layer_words";
import { say as sayTool } from "./tool_words";
import { away, legendOf, titleOf, type LegendState } from "./overlay_legend";
import { DATED, dayOfYear, FIRST_YEAR, GROUPS, LAYERS, type Layer } from "./overlays";

export interface PanelState extends LegendState {
  today: string;
  /** What the layers say of the middle of the map. */
  here: [string, string][];
  /** Names of places and what is not known there. */
  silent: { place: string; names: string[] }[];
  /** Base maps that the operator offers, and the one that is on; empty = our own layers. */
  bases: BaseMap[];
  base: string;
  setBase: (name: string) => void;
  toggle: (layer: Layer, on: boolean) => void;
  reset: () => void;
  setDay: (day: string, settled: boolean) => void;
}

export function layerPanel(state: PanelState): TemplateResult {
  const { lang } = state;
  const groups = Object.entries(GROUPS) as [keyof typeof GROUPS, Layer[]][];
  return html`${groups.map(
      ([name, layers]) =>
        html`<fieldset>
          <legend>${say(lang, `group_${name}`)}</legend>
          ${layers.map((layer) => entry(layer, state))}
          ${name === "law" && DATED.some((one) => state.layers[one]) ? days(state) : nothing}
          ${
            name === "hazards" && state.silent.length
              ? html`<p class="note">${say(lang, "hatchedMore")}</p>
                  ${state.silent.map(
                    ({ place, names }) =>
                      html`<p class="note">${say(lang, "silent", { place, names: names.join(", ") })}</p>`,
                  )}`
              : nothing
          }
        </fieldset>`,
    )}
    ${state.bases.length ? ground(state) : nothing}
    <button id="usual-layers" @click=${state.reset}>${say(lang, "reset")}</button>
    ${here(state)}`;
}

/** Our own layers, or a base map of others: who then sees what is told before it is chosen. */
function ground({ lang, bases, base, setBase }: PanelState): TemplateResult {
  const one = (name: string, title: string, more: string): TemplateResult =>
    html`<label>
      <input type="radio" name="base" value=${name} .checked=${name === base} @change=${() => setBase(name)} />
      <span>${title} ${more ? html`<small>${more}</small>` : nothing}</span>
    </label>`;
  return html`<fieldset>
    <legend>${sayTool(lang, "base")}</legend>
    ${one("", sayTool(lang, "ownBase"), "")}
    ${bases.map(({ name, title, host }) => one(name, title[lang], sayTool(lang, "baseMore", { host })))}
  </fieldset>`;
}

function entry(layer: Layer, state: PanelState): TemplateResult {
  const { lang, zoom } = state;
  const on = state.layers[layer];
  const hidden = away(layer, zoom);
  return html`<label>
      <input
        type="checkbox"
        name=${layer}
        .checked=${on}
        @change=${(event: Event) => state.toggle(layer, (event.target as HTMLInputElement).checked)}
      />
      <span>${titleOf(layer, lang)}</span>
    </label>
    ${
      on
        ? html`<div class="entries">
            ${hidden ? html`<span class="note">${say(lang, hidden)}</span>` : nothing} ${legendOf(layer, state)}
          </div>`
        : nothing
    }`;
}

/** The year by slider, any day by date. */
function days({ lang, day, today, setDay }: PanelState): TemplateResult {
  const value = (event: Event): string => (event.target as HTMLInputElement).value;
  return html`<div class="days">
    <label>
      <span>${say(lang, "lawYear")}</span>
      <output>${day === today ? say(lang, "today") : day.slice(0, 4)}</output>
      <input
        type="range"
        id="law-year"
        min=${FIRST_YEAR}
        max=${today.slice(0, 4)}
        .value=${day.slice(0, 4)}
        aria-valuetext=${day === today ? say(lang, "today") : told(lang, day)}
        @input=${(event: Event) => setDay(dayOfYear(Number(value(event)), today), false)}
        @change=${(event: Event) => setDay(dayOfYear(Number(value(event)), today), true)}
      />
    </label>
    <label>
      <span>${say(lang, "lawDay")}</span>
      <input
        type="date"
        id="law-day"
        min=${`${FIRST_YEAR}-01-01`}
        max=${today}
        .value=${day}
        @change=${(event: Event) => setDay(value(event) || today, true)}
      />
    </label>
  </div>`;
}

function here({ lang, here: found, layers }: PanelState): TemplateResult | typeof nothing {
  const asked = LAYERS.some((one) => layers[one] && !["candidates", "sites", "hp", "zones"].includes(one));
  if (!asked) return nothing;
  return html`<section class="here" aria-live="polite">
    <h3>${say(lang, "here")}</h3>
    ${
      found.length
        ? html`<ul>
            ${found.map(([title, text]) => html`<li>${title}: ${text}</li>`)}
          </ul>`
        : html`<p class="note">${say(lang, "nothingHere")}</p>`
    }
  </section>`;
}

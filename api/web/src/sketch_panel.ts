// The panels of drawing and measuring: how to set corners, the corners so far, their size, what to do with them.
import { html, nothing, type TemplateResult } from "lit";
import type { Lang } from "./api";
import { number } from "./format";
import { cornerOf } from "./geodesic";
import type { Sketch } from "./sketch";
import { say } from "./tool_words";

/** Width of a window, in pixels, up to which the panel is a sheet that leaves room for the map. */
const NARROW = 900;

export interface SketchState {
  lang: Lang;
  sketch: Sketch;
  /** What went wrong, told where it happened. */
  problem: string;
  /** Told when a typed corner is none, or is one again. */
  complain: (problem: string) => void;
}

export const metres = (lang: Lang, value: number): string =>
  value < 10_000 ? `${number(lang, value, value < 100 ? 1 : 0)} m` : `${number(lang, value / 1000, 2)} km`;
export const squareMetres = (lang: Lang, value: number): string =>
  value < 1e6 ? `${number(lang, value, value < 100 ? 1 : 0)} m²` : `${number(lang, value / 1e6, 3)} km²`;

function corners(state: SketchState, actions: TemplateResult): TemplateResult {
  const { lang, sketch, problem, complain } = state;
  const typed = (event: SubmitEvent): void => {
    event.preventDefault();
    const form = event.target as HTMLFormElement;
    const field = form.elements.namedItem("corner") as HTMLInputElement;
    const corner = cornerOf(field.value);
    complain(corner ? "" : say(lang, "badCorner"));
    if (!corner) return;
    sketch.add(corner);
    field.value = "";
    field.focus();
  };
  return html`<details class="how" ?open=${innerWidth > NARROW}>
      <summary>${say(lang, "how")}</summary>
      <p class="note">${say(lang, sketch.shape === "polygon" ? "byMouse" : "lineByMouse")}</p>
      <p class="note">${say(lang, "byKeys")}</p>
    </details>
    <button id="corner-here" @click=${() => sketch.addMiddle()}>${say(lang, "middle")}</button>
    <form class="typed" @submit=${typed}>
      <label>
        <span>${say(lang, "typed")}</span>
        <input id="corner-typed" name="corner" autocomplete="off" inputmode="text" placeholder="4.3517, 50.8467" />
      </label>
      <button id="corner-add">${say(lang, "add")}</button>
    </form>
    ${problem ? html`<p class="problem" role="alert">${problem}</p>` : nothing}
    <p class="size" aria-live="polite">${size(state)}</p>
    ${actions}
    <h3>${say(lang, "corners")}</h3>
    ${
      sketch.corners.length
        ? html`<ol class="corners">
            ${sketch.corners.map(
              ([lon, lat], at) =>
                html`<li>
                  <span class="figure">${lon.toFixed(5)}, ${lat.toFixed(5)}</span>
                  <button
                    class="plain"
                    aria-label=${say(lang, "remove", { number: at + 1 })}
                    title=${say(lang, "remove", { number: at + 1 })}
                    @click=${() => sketch.remove(at)}
                  >
                    ✕
                  </button>
                </li>`,
            )}
          </ol>`
        : html`<p class="note">${say(lang, "noCorners")}</p>`
    }`;
}

function size({ lang, sketch }: SketchState): string {
  const found = sketch.size;
  if (sketch.closed)
    return say(lang, "sizeOf", { area: squareMetres(lang, found.area), length: metres(lang, found.length) });
  return sketch.corners.length > 1 ? say(lang, "lengthOf", { length: metres(lang, found.length) }) : "";
}

const again = (lang: Lang, sketch: Sketch): TemplateResult =>
  html`<button id="restart" ?disabled=${!sketch.corners.length} @click=${() => sketch.restart()}>
    ${say(lang, "restart")}
  </button>`;

export function measurePanel(state: SketchState): TemplateResult {
  const { lang, sketch } = state;
  const kind = (shape: "linestring" | "polygon", word: "distance" | "areaKind"): TemplateResult =>
    html`<label>
      <input
        type="radio"
        name="measure"
        value=${shape}
        .checked=${sketch.shape === shape}
        @change=${() => sketch.restart(shape)}
      />
      <span>${say(lang, word)}</span>
    </label>`;
  return html`<fieldset>
      <legend>${say(lang, "what")}</legend>
      ${kind("linestring", "distance")} ${kind("polygon", "areaKind")}
    </fieldset>
    ${corners(
      state,
      html`<p class="note">${say(lang, "geodesic")}</p>
        ${again(lang, sketch)}`,
    )}`;
}

export function drawPanel(
  state: SketchState & { busy: boolean; judge: () => void; upload: (file: File) => void },
): TemplateResult {
  const { lang, sketch, busy } = state;
  const chosen = (event: Event): void => {
    const field = event.target as HTMLInputElement;
    const file = field.files?.[0];
    // The same file can be given again once it is mended.
    if (file) state.upload(file);
    field.value = "";
  };
  const actions = html`<p class="row">
      <button id="judge" ?disabled=${busy || !sketch.closed} @click=${state.judge}>${say(lang, "judge")}</button>
      ${again(lang, sketch)}
    </p>
    ${busy ? html`<p class="note" role="status">${say(lang, "judging")}</p>` : nothing}
    ${sketch.closed ? nothing : html`<p class="note">${say(lang, "needThree")}</p>`}
    <label class="upload">
      <span>${say(lang, "upload")}</span>
      <input
        type="file"
        id="upload"
        accept=".geojson,.json,application/geo+json,application/json"
        ?disabled=${busy}
        @change=${chosen}
      />
    </label>`;
  return corners(state, actions);
}

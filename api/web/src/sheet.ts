// The panel beside a list: always there on a wide screen, a sheet over the page on a narrow one.
import { html, nothing, type TemplateResult } from "lit";

export interface Sheet {
  open: boolean;
  /** What stands there while nothing is chosen. */
  empty: string;
  close: string;
  leave: () => void;
  content: () => TemplateResult;
}

export function sheet(state: Sheet): TemplateResult {
  const escape = (event: KeyboardEvent): void => {
    if (event.key === "Escape" && state.open) state.leave();
  };
  return html`<aside class=${state.open ? "sheet" : "sheet closed"} @keydown=${escape}>
    ${
      state.open
        ? html`<button class="plain leave" aria-label=${state.close} title=${state.close} @click=${state.leave}>
              ✕</button
            >${state.content()}`
        : state.empty
          ? html`<p class="muted">${state.empty}</p>`
          : nothing
    }
  </aside>`;
}

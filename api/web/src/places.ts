// Choosing municipalities: a combobox that finds them by name, former name or NIS code, without minding accents.
// Keys as in the ARIA pattern: arrows move in the list, Enter chooses, Escape closes; the focus stays in the field.
import { LitElement, html, nothing, type PropertyDeclarations, type TemplateResult } from "lit";
import type { Lang, Municipality } from "./api";
import { tell } from "./desk_words";
import { say } from "./words";

/** Lower case, without accents, signs as blanks: "Liège" is found by "liege". */
export const plain = (text: string): string =>
  text
    .normalize("NFD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, " ")
    .trim();

/** The former names by which a municipality is found. */
const formerly = (place: Municipality, words: string): string[] =>
  place.former.filter((one) => words && plain(`${one.name} ${one.nis}`).includes(words)).map((one) => one.name);

const isFound = (place: Municipality, words: string): boolean =>
  plain(`${place.name.nl} ${place.name.fr} ${place.name.de} ${place.nis}`).includes(words) ||
  formerly(place, words).length > 0;

export class Places extends LitElement {
  static override properties: PropertyDeclarations = {
    lang: { attribute: false },
    places: { attribute: false },
    chosen: { attribute: false },
    open: { state: true },
    text: { state: true },
    at: { state: true },
    several: { state: true },
  };
  declare lang: Lang;
  declare places: Municipality[];
  /** Codes, in the order they were chosen. */
  declare chosen: string[];
  declare private open: boolean;
  declare private text: string | undefined;
  declare private at: number;
  declare private several: boolean;

  constructor() {
    super();
    [this.places, this.chosen, this.open, this.at, this.several] = [[], [], false, -1, false];
  }

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  private nameOf(place: Municipality): string {
    return place.name[this.lang === "en" ? "nl" : this.lang];
  }

  private get found(): Municipality[] {
    const words = plain(this.text ?? "");
    return this.places.filter((one) => isFound(one, words));
  }

  private get label(): string {
    const names = this.chosen.flatMap((nis) => this.places.filter((one) => one.nis === nis));
    return names.map((one) => this.nameOf(one)).join(", ");
  }

  private show(): void {
    if (this.open) return;
    this.open = true;
    this.several = this.chosen.length > 1;
    this.at = -1;
  }

  private hide(): void {
    [this.open, this.text, this.at] = [false, undefined, -1];
  }

  private choose(place: Municipality): void {
    const { nis } = place;
    const others = this.chosen.filter((one) => one !== nis);
    const chosen = !this.several ? [nis] : this.chosen.includes(nis) ? others : [...this.chosen, nis];
    // At least one is always shown.
    if (!chosen.length) return;
    this.text = undefined;
    this.querySelector("input")!.value = "";
    if (!this.several) this.hide();
    this.dispatchEvent(new CustomEvent("chosen", { detail: chosen }));
  }

  private keys(event: KeyboardEvent): void {
    const last = this.found.length - 1;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      const step = event.key === "ArrowDown" ? 1 : -1;
      if (!this.open) this.show();
      if (!event.altKey) this.at = this.at < 0 ? (step > 0 ? 0 : last) : (this.at + step + last + 1) % (last + 1);
      void this.updateComplete.then(() => this.querySelector(".active")?.scrollIntoView({ block: "nearest" }));
    } else if (event.key === "Enter") {
      const place = this.found[this.at] ?? (this.text && this.found.length === 1 ? this.found[0] : undefined);
      if (place) this.choose(place);
    } else if (event.key === "Escape" && this.open) {
      this.hide();
      event.stopPropagation();
    } else return;
    event.preventDefault();
  }

  protected override render(): TemplateResult {
    const { open, found, at } = this;
    return html`<input
        id="municipality"
        role="combobox"
        aria-label=${tell(this.lang, "searchPlace")}
        aria-expanded=${open}
        aria-controls="municipality-list"
        aria-autocomplete="list"
        aria-activedescendant=${open && found[at] ? `municipality-${found[at].nis}` : nothing}
        autocomplete="off"
        spellcheck="false"
        title=${this.label}
        .value=${this.text ?? (open ? "" : this.label)}
        placeholder=${this.label || say(this.lang, "municipality")}
        @focus=${() => this.show()}
        @click=${() => this.show()}
        @input=${(event: Event) => {
          this.show();
          this.text = (event.target as HTMLInputElement).value;
          this.at = this.text && this.found.length ? 0 : -1;
        }}
        @keydown=${(event: KeyboardEvent) => this.keys(event)}
        @focusout=${(event: FocusEvent) => this.left(event)}
      />
      ${open ? this.list(found) : html`<ul id="municipality-list" role="listbox" hidden></ul>`}
      <span class="unseen" role="status">${open && this.text ? this.count(found.length) : nothing}</span>`;
  }

  private left(event: FocusEvent): void {
    if (!this.contains(event.relatedTarget as Node | null)) this.hide();
  }

  private count(count: number): string {
    return count ? tell(this.lang, "placesFound", { count }) : tell(this.lang, "noPlace");
  }

  private list(found: Municipality[]): TemplateResult {
    const words = plain(this.text ?? "");
    return html`<div class="choices" @focusout=${(event: FocusEvent) => this.left(event)}>
      <ul
        id="municipality-list"
        role="listbox"
        aria-label=${say(this.lang, "municipality")}
        aria-multiselectable=${this.several}
        @mousedown=${(event: Event) => event.preventDefault()}
      >
        ${found.map((place, at) => this.option(place, at, formerly(place, words)))}
      </ul>
      ${found.length ? nothing : html`<p class="muted">${tell(this.lang, "noPlace")}</p>`}
      ${
        this.places.length > 1
          ? html`<label
              ><input
                type="checkbox"
                name="several"
                .checked=${this.several}
                @change=${(event: Event) => {
                  this.several = (event.target as HTMLInputElement).checked;
                  this.querySelector<HTMLElement>("#municipality")!.focus();
                }}
              />
              ${tell(this.lang, "several")}</label
            >`
          : nothing
      }
    </div>`;
  }

  private option(place: Municipality, at: number, former: string[]): TemplateResult {
    const chosen = this.chosen.includes(place.nis);
    return html`<li
      id="municipality-${place.nis}"
      role="option"
      aria-selected=${chosen}
      class=${at === this.at ? "active" : ""}
      @click=${() => this.choose(place)}
    >
      <span aria-hidden="true">${chosen ? "✓" : ""}</span> ${this.nameOf(place)} · ${place.nis}
      ${former.length ? html`<small>${tell(this.lang, "formerly", { names: former.join(", ") })}</small>` : nothing}
    </li>`;
  }
}
customElements.define("sp-places", Places);

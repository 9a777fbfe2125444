// The page: choose a municipality and a type of site, see candidates on the map and in the table, read why.
import { html, nothing, type TemplateResult } from "lit";
import { bar } from "./controls";
import { drawMap, frame, shown } from "./map_place";
import { controls, headOfPrint, left, listing, panel } from "./panels";
import { tell } from "./desk_words";
import { Desk } from "./state";
import { say } from "./words";
import "./style.css";
import "./map_tools.css";
import "./desk.css";

class App extends Desk {
  protected override draw(): Promise<void> {
    return drawMap(this);
  }

  override redraw(): void {
    this.map?.show(shown(this));
  }

  protected override render(): TemplateResult {
    const { folded } = this;
    const given = controls(this);
    const kind = [
      folded.left ? "left-folded" : "",
      folded.right ? "right-folded" : "",
      this.found ? "" : "unlisted",
    ].join(" ");
    return html`${bar(given)} ${offline(this)}
      ${this.busy ? html`<progress class="loading" aria-label=${say(this.lang, "loading")}></progress>` : nothing}
      ${headOfPrint(this)}
      <main class=${kind}>
        ${left(this, given)}
        <section class="middle">${frame(this)}</section>
        ${panel(this)}
        <section class="list">${listing(this)}</section>
      </main>
      ${this.footHere()} ${this.work.dialog()}`;
  }
}
/** Without a network what was fetched stays, and says so. */
const offline = ({ lang }: Desk): TemplateResult | typeof nothing =>
  navigator.onLine ? nothing : html`<p class="offline" role="status">${tell(lang, "offline")}</p>`;

customElements.define("sp-app", App);

// The page: choose a municipality and a type of site, see candidates on the map and in the table, read why.
import { html, type TemplateResult } from "lit";
import { bar } from "./controls";
import { drawMap, frame, shown } from "./map_place";
import { controls, left, listing, panel } from "./panels";
import { Desk } from "./state";
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
    return html`${bar(given)}
      <main class=${kind}>
        ${left(this, given)}
        <section class="middle">${frame(this)}</section>
        ${panel(this)}
        <section class="list">${listing(this)}</section>
      </main>
      ${this.footHere()}`;
  }
}
customElements.define("sp-app", App);

// The accessibility statement, after the model of Implementing Decision (EU) 2018/1523.
import { html, type TemplateResult } from "lit";
import { devDependencies } from "../package.json";
import { day } from "./format";
import { Page } from "./page";
import { speaker, type Word } from "./say";
import "./style.css";
import "./pages.css";

const { say } = speaker("accessibility");
/** Day on which the service was last held against the standard; set anew with each assessment. */
const ASSESSED = "2026-11-26";
const MET: Word<"accessibility">[] = [
  "met_keyboard",
  "met_table",
  "met_colour",
  "met_contrast",
  "met_narrow",
  "met_motion",
  "met_language",
];
const NOT_MET: Word<"accessibility">[] = ["not_map", "not_english", "not_others", "not_people"];

/** A link where it is an address that a browser can open; else the text as it was set. */
function contactLink(contact: string): TemplateResult {
  const address = /^https?:\/\//.test(contact) ? contact : contact.includes("@") ? `mailto:${contact}` : null;
  return address ? html`<a href=${address}>${contact}</a>` : html`${contact}`;
}

class AccessibilityPage extends Page {
  protected readonly page = "accessibility";

  protected override load(): Promise<void> {
    return Promise.resolve();
  }

  protected override render(): TemplateResult {
    const { lang, meta } = this;
    const points = (words: Word<"accessibility">[]): TemplateResult =>
      html`<ul>
        ${words.map((one) => html`<li>${say(lang, one)}</li>`)}
      </ul>`;
    return html`${this.headHere()}
      <main class="plain-page prose" tabindex="0">
        ${this.problemHere()}
        <h1>${say(lang, "heading")}</h1>
        <p>${say(lang, "commit", { publisher: meta?.publisher ?? "Standplaats" })}</p>
        <h2>${say(lang, "status")}</h2>
        <p>${say(lang, "partly")}</p>
        <h2>${say(lang, "met")}</h2>
        ${points(MET)}
        <h2>${say(lang, "notMet")}</h2>
        ${points(NOT_MET)}
        <p>${say(lang, "burden")}</p>
        <h2>${say(lang, "tested")}</h2>
        <p>${say(lang, "testedHow", { version: devDependencies["axe-core"] })}</p>
        <p>${say(lang, "made", { day: day(lang, ASSESSED), version: meta?.version ?? "" })}</p>
        <h2>${say(lang, "tell")}</h2>
        <p>${say(lang, "tellHow")}</p>
        <p>
          ${say(lang, "contact")}:
          <span id="contact">${meta?.contact ? contactLink(meta.contact) : html`<em>${say(lang, "notSet")}</em>`}</span>
        </p>
        <h2>${say(lang, "complain")}</h2>
        <p>${say(lang, "complainHow")}</p>
      </main>
      ${this.footHere()}`;
  }
}
customElements.define("sp-accessibility", AccessibilityPage);

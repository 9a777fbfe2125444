// How to do each of the tasks, the keys, and what the words mean. Names of buttons are those of the buttons themselves.
import { html, type TemplateResult } from "lit";
import type { Lang } from "./api";
import { LANGS } from "./head";
import { Page } from "./page";
import { learn, speaker, type Word } from "./say";
import "./style.css";
import "./pages.css";

type HelpWord = Word<"help">;
const { say, has } = speaker("help");
const onMap = speaker("map").say;
const atDesk = speaker("desk").say;
const inTools = speaker("tools").say;
const inRules = speaker("rules").say;
const inHead = speaker("head").say;
/** Task -> its steps. */
const TASKS: [HelpWord, HelpWord[]][] = [
  ["find", ["find1", "find2", "find3"]],
  ["why", ["why1", "why2"]],
  ["weigh", ["weigh1", "weigh2"]],
  ["keep", ["keep1", "keep2"]],
  ["draw", ["draw1", "draw2"]],
  ["size", ["size1"]],
  ["switch", ["switch1"]],
  ["share", ["share1"]],
  ["paper", ["paper1", "paper2"]],
  ["error", ["error1"]],
  ["others", ["others1"]],
];
/** Keys as they stand on the keyboard, or a word for them, and what they do. */
const KEYS: [(string | HelpWord)[], HelpWord][] = [
  [["Tab"], "tabKey"],
  [["↑", "↓"], "rowKeys"],
  [["enter", "space"], "chooseKeys"],
  [["↑", "↓", "←", "→"], "mapKeys"],
  [["+", "−"], "zoomKeys"],
  [["←", "→"], "slideKeys"],
  [["escape"], "escapeKey"],
];
/** Word -> the rules that define it, where the law does. */
const WORDS: [string, string[]][] = [
  ["site", []],
  ["residential", ["flanders.definition.residential-site"]],
  ["family", ["flanders.definition.private-site"]],
  ["transit", ["flanders.definition.transit-site"]],
  ["temporary", ["flanders.definition.temporary-area", "wallonia.definition.temporary-area"]],
  ["pitch", ["flanders.definition.pitch"]],
  ["parcel", []],
  ["zone", ["flanders.definition.plan-levels", "wallonia.definition.plan-levels", "brussels.definition.plan-levels"]],
  ["hp", ["wallonia.definition.hp-phase-1"]],
  ["zhv", ["wallonia.definition.hp-converted"]],
  ["regime", []],
  ["file", []],
  ["condition", []],
  ["criterion", []],
  ["candidate", []],
  ["assembly", []],
  ["compatible", []],
  ["needs_derogation", []],
  ["incompatible", []],
  ["unknown", []],
  ["rank", []],
  ["asOf", []],
];
const PARTS = ["tasks", "keys", "words"] as const;

class HelpPage extends Page {
  protected readonly page = "help";

  protected override async load(): Promise<void> {
    // The list of words shows each in all languages.
    await Promise.all(LANGS.map((one) => learn(one)));
    this.requestUpdate();
    await this.updateComplete;
    const part = PARTS.find((one) => one === this.at("part"));
    if (part) this.querySelector(`#${part}`)?.scrollIntoView();
  }

  protected override render(): TemplateResult {
    const { lang } = this;
    return html`${this.headHere()}
      <main class="plain-page">
        ${this.problemHere()}
        <div class="prose">
          <h1>${say(lang, "heading")}</h1>
          <p>${say(lang, "lead")}</p>
          <p class="ways">${PARTS.map((one) => html`<a href="#lang=${lang}&part=${one}">${say(lang, one)}</a>`)}</p>
          <h2 id="tasks">${say(lang, "tasks")}</h2>
          ${TASKS.map((one) => task(lang, ...one))}
          <h2 id="keys">${say(lang, "keys")}</h2>
          ${keys(lang)}
        </div>
        <h2 id="words">${say(lang, "words")}</h2>
        ${glossary(lang)}
      </main>
      ${this.footHere()}`;
  }
}

/** What stands on the buttons and headings that a step names. */
const named = (lang: Lang): Record<string, string> => ({
  map: inHead(lang, "map"),
  belgium: inHead(lang, "belgium"),
  rules: inHead(lang, "rules"),
  sources: inHead(lang, "sources"),
  method: inHead(lang, "method"),
  filters: onMap(lang, "filters"),
  weights: onMap(lang, "weights"),
  resetWeights: onMap(lang, "resetWeights"),
  draw: inTools(lang, "draw"),
  judge: inTools(lang, "judge"),
  measure: inTools(lang, "measure"),
  shortlist: atDesk(lang, "shortlist"),
  compare: atDesk(lang, "compare"),
  onlyDifferent: atDesk(lang, "onlyDifferent"),
  printAndFiles: atDesk(lang, "printAndFiles"),
  print: atDesk(lang, "print"),
  councilNote: atDesk(lang, "councilNote"),
  sheet: atDesk(lang, "sheet"),
  report: atDesk(lang, "report"),
  share: atDesk(lang, "share"),
  layers: speaker("layers").say(lang, "layers"),
});

const task = (lang: Lang, title: HelpWord, steps: HelpWord[]): TemplateResult =>
  html`<section aria-labelledby="task-${title}">
    <h3 id="task-${title}">${say(lang, title)}</h3>
    ${
      steps.length > 1
        ? html`<ol>
            ${steps.map((one) => html`<li>${say(lang, one, named(lang))}</li>`)}
          </ol>`
        : html`<p>${say(lang, steps[0]!, named(lang))}</p>`
    }
  </section>`;

const keys = (lang: Lang): TemplateResult =>
  html`<table>
    <thead>
      <tr>
        <th scope="col">${say(lang, "key")}</th>
        <th scope="col">${say(lang, "does")}</th>
      </tr>
    </thead>
    <tbody>
      ${KEYS.map(
        ([names, does]) =>
          html`<tr>
            <td class="nowrap">${names.map((one) => html`<kbd>${has(one) ? say(lang, one) : one}</kbd> `)}</td>
            <td>${say(lang, does)}</td>
          </tr>`,
      )}
    </tbody>
  </table>`;

function glossary(lang: Lang): TemplateResult {
  const others = LANGS.filter((one) => one !== lang);
  const head = (["word", "meaning", "elsewhere"] as const).map((one) => html`<th scope="col">${say(lang, one)}</th>`);
  return html`<table class="cards glossary">
    <thead>
      <tr>
        ${head}
      </tr>
    </thead>
    <tbody>
      ${WORDS.map(
        ([name, rules]) =>
          html`<tr>
            <th scope="row">${say(lang, name as HelpWord)}</th>
            <td>
              <div>
                ${say(lang, `${name}_means` as HelpWord)}
                ${rules.map(
                  (rule) =>
                    html`<small
                      ><a href="rules.html#lang=${lang}&rule=${rule}"
                        >${say(lang, "rule")}: ${inRules(lang, rule.split(".")[0] as "flanders")}</a
                      ></small
                    >`,
                )}
              </div>
            </td>
            <td>
              <div>
                ${others.map(
                  (one) =>
                    html`<small
                      ><b>${one.toUpperCase()}</b> <span lang=${one}>${say(one, name as HelpWord)}</span></small
                    >`,
                )}
              </div>
            </td>
          </tr>`,
      )}
    </tbody>
  </table>`;
}
customElements.define("sp-help", HelpPage);

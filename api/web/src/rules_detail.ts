// One rule in full: what it says, since when, how sure that is, and where it was read.
import { html, nothing, type TemplateResult } from "lit";
import type { Lang, Rule } from "./api";
import { day } from "./format";
import { has, say, type RulesWord } from "./rules_words";
import { value } from "./values_words";
import { outLink, valuesTable } from "./rules_values";

/** A word of the page, or the name of the data where there is none. */
export const named = (lang: Lang, name: string): string => (has(name) ? say(lang, name) : name);

export const gradeWords = (lang: Lang, grade: string): string => say(lang, `grade${grade}` as RulesWord);

/** A clock beside what has not been checked for long. */
export const clock = (lang: Lang): TemplateResult =>
  html`<svg class="clock" viewBox="0 0 16 16" width="14" height="14" role="img" aria-label=${say(lang, "stale")}>
    <title>${say(lang, "stale")}</title>
    <circle cx="8" cy="8" r="6.5" />
    <path d="M8 4.5V8l2.5 2" />
  </svg>`;

/** First and last day in words; "open" where there is no end. */
export function period(lang: Lang, rule: { valid_from: string | null; valid_to: string | null }): string {
  const from = rule.valid_from ? day(lang, rule.valid_from) : say(lang, "undated");
  return `${from} – ${rule.valid_to ? day(lang, rule.valid_to) : say(lang, "open")}`;
}

export interface RuleView {
  lang: Lang;
  rule: Rule;
  /** All versions of the rule, the one shown among them. */
  versions: Rule[];
  choose: (rule: Rule) => void;
}

export function ruleDetail(view: RuleView): TemplateResult {
  const { lang, rule } = view;
  const missing = html`<em>${say(lang, "notFound")}</em>`;
  return html`<h2 tabindex="-1">${rule.title}</h2>
    <p class="muted">
      ${named(lang, rule.region)} · ${named(lang, rule.kind)} ·
      ${rule.in_force ? html`<b>● ${say(lang, "yes")}</b>` : html`○ ${say(lang, "no")}`}
    </p>
    <dl>
      <dt>${say(lang, "act")}</dt>
      <dd lang="en">${rule.act}</dd>
      <dt>${say(lang, "articles")}</dt>
      <dd>${rule.articles.length ? rule.articles.join("; ") : missing}</dd>
      <dt>${say(lang, "numac")}</dt>
      <dd>${rule.numac ?? missing}</dd>
      <dt>${say(lang, "published")}</dt>
      <dd>${rule.published ? day(lang, rule.published) : missing}</dd>
      <dt>${say(lang, "from")}</dt>
      <dd>${rule.valid_from ? day(lang, rule.valid_from) : say(lang, "undated")}</dd>
      <dt>${say(lang, "to")}</dt>
      <dd>${rule.valid_to ? day(lang, rule.valid_to) : say(lang, "open")}</dd>
      ${starts(view)}
      <dt>${say(lang, "checked")}</dt>
      <dd>
        ${day(lang, rule.checked_on)}
        ${rule.checked_stale ? html`${clock(lang)} <small>${say(lang, "stale")}</small>` : nothing}
      </dd>
      <dt>${say(lang, "grade")}</dt>
      <dd>${gradeWords(lang, rule.grade)}</dd>
    </dl>
    ${versions(view)}
    <h3>${say(lang, "values")}</h3>
    ${valuesTable(lang, rule.values)} ${conditions(view)} ${contradictions(view)} ${notes(view)}
    <h3>${say(lang, "sources")}</h3>
    <ul class="sources">
      ${rule.sources.map(
        (one) =>
          html`<li>
            ${outLink(one.url, one.url)}
            <small lang="en">${one.supports}</small>
            ${one.grade ? html`<small>${gradeWords(lang, one.grade)}</small>` : nothing}
          </li>`,
      )}
    </ul>
    ${lang === "en" ? nothing : html`<p class="muted">${say(lang, "english")}</p>`}
    <p class="muted"><code>${rule.id}</code></p>`;
}

const section = (title: string, items: TemplateResult[]): TemplateResult | typeof nothing =>
  items.length
    ? html`<h3>${title}</h3>
        <ul>
          ${items}
        </ul>`
    : nothing;

function starts({ lang, rule }: RuleView): TemplateResult | typeof nothing {
  if (!rule.entry_into_force.length) return nothing;
  return html`<dt>${say(lang, "starts")}</dt>
    <dd>
      ${rule.entry_into_force.map(
        (one) => html`<div>${day(lang, one.date)}: <span lang="en">${one.source}</span></div>`,
      )}
    </dd>`;
}

function versions({ lang, rule, versions: all, choose }: RuleView): TemplateResult | typeof nothing {
  if (all.length < 2) return nothing;
  return html`<h3>${say(lang, "versions")}</h3>
    <p class="versions">
      ${all.map(
        (one) => html`<button aria-pressed=${one === rule} @click=${() => choose(one)}>${period(lang, one)}</button>`,
      )}
    </p>`;
}

function conditions({ lang, rule }: RuleView): TemplateResult | typeof nothing {
  return section(
    say(lang, "conditions"),
    rule.conditions.map((one) => {
      const types = one.site_types.map((type) => value(lang, type as "transit")).join(", ");
      const more = [
        types,
        say(lang, "decides", { who: one.who_decides }),
        one.article,
        one.lead_time && say(lang, "lead", { time: one.lead_time }),
        one.risk && say(lang, "risk", { risk: say(lang, one.risk) }),
      ].filter(Boolean);
      return html`<li>${one.what} <small>${more.join(" · ")}</small></li>`;
    }),
  );
}

function contradictions({ lang, rule }: RuleView): TemplateResult | typeof nothing {
  return section(
    say(lang, "contradictions"),
    rule.contradictions.map(
      (one) =>
        html`<li>
          <span lang="en">${one.says}</span> ${one.source ? outLink(one.source, say(lang, "source")) : nothing}
          <small>${say(lang, "resolved")}: <span lang="en">${one.resolved}</span></small>
        </li>`,
    ),
  );
}

function notes({ lang, rule }: RuleView): TemplateResult | typeof nothing {
  return section(
    say(lang, "notes"),
    rule.notes.map((one) => html`<li lang="en">${one}</li>`),
  );
}

// The values of a rule as a table a person can read. What nobody found says so; what does not apply is left out.
import { html, nothing, type TemplateResult } from "lit";
import type { Lang } from "./api";
import { day, money, number, percent } from "./format";
import { say as page } from "./rules_words";
import { isValueWord, value } from "./values_words";

type Values = Record<string, unknown>;
type Draw = (lang: Lang, one: never, all: Values) => unknown;
interface Sourced {
  text?: string;
  what?: string;
  source: string;
  article?: string | null;
  valid_from?: string | null;
}

/** A null here means "looked for and not found"; any other null means that the value does not apply. */
const LOOKED_FOR = ["beneficiaries", "caps", "envelope", "decision_days", "max_days"];
/** Told together with another value. */
const TOLD_ELSEWHERE = ["unit", "value", "low", "high", "reasons", "grades", "outcome_valid_from", "comparison"];

/** A name of the data in the language of the page; as it is written, and marked as English, where there is no word. */
const word = (lang: Lang, name: string): unknown =>
  /^[A-Z]$/.test(name) // a class of a hazard map
    ? name
    : isValueWord(name)
      ? value(lang, name)
      : html`<span lang="en">${name.replaceAll("_", " ")}</span>`;

export const outLink = (address: string, text: unknown): TemplateResult =>
  html`<a href=${address} target="_blank" rel="noopener noreferrer">${text}</a>`;

const listed = (items: unknown[]): unknown =>
  items.length === 1
    ? items[0]
    : html`<ul>
        ${items.map((one) => html`<li>${one}</li>`)}
      </ul>`;
const joined = (lang: Lang, names: string[]): unknown =>
  names.map((name, at) => html`${at ? ", " : nothing}${word(lang, name)}`);
const types = (lang: Lang, names: string[]): unknown =>
  names.length === 5 ? value(lang, "every") : joined(lang, names);
const yesNo = (lang: Lang, yes: boolean): string => value(lang, yes ? "yes" : "no");
const absent = (lang: Lang): TemplateResult => html`<em>${page(lang, "notFound")}</em>`;
const sourced = (lang: Lang, items: Sourced[]): unknown =>
  listed(
    items.map(
      (one) =>
        html`${one.text ?? one.what}
          ${one.valid_from ? html`(${value(lang, "since", { day: day(lang, one.valid_from) })})` : nothing}
          <small
            >${one.article ? html`${one.article} · ` : nothing}${outLink(one.source, page(lang, "source"))}</small
          >`,
    ),
  );
const pairs = (lang: Lang, items: Values): TemplateResult =>
  html`<table class="inner">
    <tbody>
      ${Object.entries(items).map(
        ([name, one]) =>
          html`<tr>
            <th scope="row">${word(lang, name)}</th>
            <td>${plain(lang, one)}</td>
          </tr>`,
      )}
    </tbody>
  </table>`;

function plain(lang: Lang, one: unknown): unknown {
  if (one === null || one === "not found") return absent(lang);
  if (typeof one === "boolean") return yesNo(lang, one);
  if (typeof one === "number") return number(lang, one, 2);
  if (Array.isArray(one)) return listed(one.map((part) => plain(lang, part)));
  if (typeof one === "object") return pairs(lang, one as Values);
  return isValueWord(String(one)) ? value(lang, String(one) as never) : String(one);
}

interface CapValue {
  kind: "per_pitch" | "per_project" | "valuation";
  cost_types: string[];
  amount: string | null;
}
interface FlagValue extends Sourced {
  unit: string;
  low: string;
  high: string;
}

/** How a value is drawn, by its name in the rule. */
const DRAW: Record<string, Draw> = {
  site_types: (lang, names: string[]) => types(lang, names),
  beneficiaries: (lang, names: string[]) => joined(lang, names),
  cases: (lang, names: string[]) => joined(lang, names),
  vat_cost_types: (lang, names: string[]) => joined(lang, names),
  zoning_classes: (lang, names: string[]) => joined(lang, names),
  zoning_titles: (_, names: string[]) => names.join(", "),
  vat_open: (lang, share: string) => percent(lang, Number(share)),
  envelope: (lang, amount: string) => money(lang, amount),
  rates: (lang, rates: Record<string, string | null>) =>
    pairs(
      lang,
      Object.fromEntries(
        Object.entries(rates).map(([name, share]) => [name, share === null ? null : percent(lang, Number(share))]),
      ),
    ),
  caps: (lang, caps: CapValue[]) =>
    listed(
      caps.map(
        (cap) =>
          html`${value(lang, cap.kind, { amount: cap.amount === null ? "" : money(lang, cap.amount) })}
            <small>${joined(lang, cap.cost_types)}</small>`,
      ),
    ),
  surcharge: (lang, one: { rate: string; what: string; cost_types: string[] }) =>
    html`${percent(lang, Number(one.rate))}: ${one.what} <small>${joined(lang, one.cost_types)}</small>`,
  flat: (lang, one: { amount: string }) => value(lang, "per_year", { amount: money(lang, one.amount) }),
  requirements: (lang, items: (Sourced | string)[]) =>
    typeof items[0] === "string" ? listed(items) : sourced(lang, items as Sourced[]),
  carry_on: (lang, one: Sourced) => sourced(lang, [one]),
  deadlines: (lang, items: Sourced[]) => sourced(lang, items),
  flags: (lang, items: FlagValue[]) =>
    listed(
      items.map((one) => {
        const [low, high] = [one.low, one.high].map((end) =>
          one.unit === "share" ? percent(lang, Number(end)) : money(lang, end),
        );
        return html`${low === high ? low : `${low} – ${high}`}: ${one.text}
          <small>${outLink(one.source, page(lang, "source"))}</small>`;
      }),
    ),
  completion_months: (lang, count: number) => value(lang, "months_count", { count }),
  decision_days: (lang, count: number) => value(lang, "days_count", { count }),
  max_days: (lang, count: number) => value(lang, "days_count", { count }),
  calls: (_, ids: string[]) => listed(ids.map(ruleLink)),
  successor: (_, id: string) => ruleLink(id),
  binding: (lang, yes: boolean) => value(lang, yes ? "law" : "yardstick"),
  outcomes: (lang, outcomes: Record<string, string>, all) => outcomeTable(lang, outcomes, all),
  country: (lang, code: string) => new Intl.DisplayNames(lang, { type: "region" }).of(code),
  precedents: (lang, items: Sourced[]) => sourced(lang, items),
  plan_levels: (lang, levels: { id: string; role: string }[]) =>
    pairs(lang, Object.fromEntries(levels.map((one) => [one.id, one.role]))),
  levels: (lang, levels: Record<string, Values>) => {
    const only = Object.keys(levels);
    return only.length === 1 && only[0] === "all" ? pairs(lang, levels["all"]!) : pairs(lang, levels);
  },
};

const ruleLink = (id: string): TemplateResult =>
  html`<a href="#${new URLSearchParams({ ...addressNow(), rule: id, version: "" })}">${id}</a>`;
const addressNow = (): Record<string, string> => Object.fromEntries(new URLSearchParams(location.hash.slice(1)));

interface Outcomes {
  reasons: Record<string, string>;
  grades?: Record<string, string>;
  outcome_valid_from?: Record<string, string>;
}

function outcomeTable(lang: Lang, outcomes: Record<string, string>, all: Values): TemplateResult {
  const { reasons, grades = {}, outcome_valid_from: first = {} } = all as unknown as Outcomes;
  return html`<table class="inner">
    <tbody>
      ${Object.entries(outcomes).map(
        ([type, state]) =>
          html`<tr>
            <th scope="row">${word(lang, type)}</th>
            <td>
              <b>${word(lang, state)}</b>
              ${first[type] ? html`(${value(lang, "since", { day: day(lang, first[type]) })})` : nothing}
              ${grades[type] ? html`<small>${page(lang, `grade${grades[type]}` as "gradeA")}</small>` : nothing}
              <small>${reasons[type] ?? reasons["all"]}</small>
            </td>
          </tr>`,
      )}
    </tbody>
  </table>`;
}

// "at least 15 caravans": the comparison, the figure and its unit are one value.
function threshold(lang: Lang, all: Values): unknown {
  const comparison = all["comparison"];
  const unit = typeof all["unit"] === "string" ? all["unit"] : "";
  const figure = (name: string): string => {
    if (unit === "share") return percent(lang, Number(all[name]));
    return `${number(lang, Number(all[name]), 2)} ${isValueWord(unit) ? value(lang, unit) : unit}`.trim();
  };
  if (comparison === "between") return value(lang, "between", { low: figure("low"), high: figure("high") });
  if (comparison === "at_least" || comparison === "at_most" || comparison === "more_than")
    return value(lang, comparison, { value: figure("value") });
  return undefined;
}

const isEmpty = (one: unknown): boolean =>
  one === undefined || (typeof one === "object" && one !== null && Object.keys(one).length === 0);

function cell(lang: Lang, name: string, all: Values): unknown {
  const one = all[name];
  if (name === "required" && one === null) return value(lang, "route");
  if (one === null) return LOOKED_FOR.includes(name) ? absent(lang) : undefined;
  if (isEmpty(one) || (name === "rates_are_ceilings" && one === false)) return undefined;
  const draw = DRAW[name];
  return draw ? draw(lang, one as never, all) : plain(lang, one);
}

/** The values of one rule; rows in the order in which the rule gives them. */
export function valuesTable(lang: Lang, given: Values): TemplateResult {
  // Levels of plans are a list, classes of a hazard a table: the rule gives both one name.
  const { levels, terms: _, ...rest } = given;
  const all = Array.isArray(levels) && levels.length ? { ...rest, plan_levels: levels } : given;
  const rows: [unknown, unknown][] = [];
  for (const name of Object.keys(all)) {
    if (name === "comparison") {
      const told = threshold(lang, all);
      if (told !== undefined) rows.push([value(lang, "figure"), told]);
    }
    if (TOLD_ELSEWHERE.includes(name) || (name === "zoning_classes" && all["zoning_titles"])) continue;
    const told = cell(lang, name, all);
    const label = name === "outcomes" ? "outcome" : name === "zoning_titles" ? "zoning_classes" : name;
    if (told !== undefined) rows.push([word(lang, label), told]);
  }
  return html`<table class="values">
    <tbody>
      ${rows.map(
        ([label, told]) =>
          html`<tr>
            <th scope="row">${label}</th>
            <td>${told}</td>
          </tr>`,
      )}
    </tbody>
  </table>`;
}

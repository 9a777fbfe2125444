// What somebody on the ground knows better than the maps: entered in this browser, sent along with the list, kept nowhere
// else. What was measured stays beside it; a hazard can be disputed, not removed.
import { html, nothing, type TemplateResult } from "lit";
import type { Constraint, Lang } from "./api";
import { tell } from "./desk_words";

const KEPT = "standplaats-answers";
const ROLES = ["municipal_planner", "adviser", "regional_officer", "site_manager", "surveyor", "other"] as const;
const STATES = ["pass", "conditional", "fail"] as const;

/** As the service takes it, and beside it where it counts: the municipality and the type of site. */
export interface Finding {
  place?: string;
  capakey: string;
  kind: "answer" | "contest" | "exclude";
  about: string | null;
  state: (typeof STATES)[number] | null;
  reason: string;
  evidence: string;
  date: string;
  role: (typeof ROLES)[number];
}
/** What it did to the list: it counts, is disputed (what was measured stays), agrees, or leaves the parcel out. */
export interface Applied extends Finding {
  effect: "entered" | "disputed" | "agrees" | "excluded" | null;
}

const isFinding = (one: unknown): one is Finding =>
  typeof one === "object" && one !== null && ["capakey", "kind", "reason", "evidence", "date", "role"].every((name) => typeof (one as Record<string, unknown>)[name] === "string"); // prettier-ignore

export function readFindings(): Finding[] {
  try {
    const found: unknown = JSON.parse(localStorage.getItem(KEPT) ?? "[]");
    return Array.isArray(found) ? found.filter(isFinding) : [];
  } catch {
    return [];
  }
}

export function writeFindings(findings: Finding[]): void {
  try {
    localStorage.setItem(KEPT, JSON.stringify(findings));
  } catch {
    // Kept no longer than the page.
  }
}

export interface FindingsState {
  lang: Lang;
  capakey: string;
  constraints: Constraint[];
  today: string;
  /** Those about this parcel, with what they did once the list has answered. */
  own: Applied[];
  add: (finding: Finding) => void;
  remove: (finding: Finding) => void;
}

export function findings(state: FindingsState): TemplateResult {
  const { lang, own } = state;
  const title = (one: Finding): string =>
    state.constraints.find(({ id }) => id === one.about)?.title ?? tell(lang, "leaveOut");
  return html`<details class="answers" ?open=${own.length > 0}>
    <summary>${tell(lang, "localAnswers", { count: own.length })}</summary>
    <ul>
      ${own.map(
        (one) =>
          html`<li>
            <b>${title(one)}</b>${one.state ? `: ${tell(lang, `state_${one.state}`)}` : nothing}
            <small>${one.reason} · ${one.evidence} · ${tell(lang, `role_${one.role}`)}, ${one.date}</small>
            ${one.effect ? html`<small>${tell(lang, `effect_${one.effect}`)}</small>` : nothing}
            <button @click=${() => state.remove(one)}>${tell(lang, "remove")}</button>
          </li>`,
      )}
    </ul>
    ${form(state)}
  </details>`;
}

function form(state: FindingsState): TemplateResult {
  const { lang } = state;
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const form = event.target as HTMLFormElement;
    const given = new FormData(form);
    const text = (name: string): string => String(given.get(name) ?? "").trim();
    const about = text("about");
    const measured = state.constraints.find(({ id }) => id === about);
    state.add({
      capakey: state.capakey,
      kind: !measured ? "exclude" : measured.state === "unknown" ? "answer" : "contest",
      about: measured ? about : null,
      state: measured ? (text("state") as Finding["state"]) : null,
      reason: text("reason"),
      evidence: text("evidence"),
      date: state.today,
      role: text("role") as Finding["role"],
    });
    form.reset();
  };
  const field = (name: "reason" | "evidence"): TemplateResult =>
    html`<label>${tell(lang, name)} <input name=${name} required minlength="3" maxlength="500" /></label>`;
  return html`<form @submit=${submit}>
    <p class="muted">${tell(lang, "localHow")}</p>
    <label>
      ${tell(lang, "about")}
      <select name="about">
        ${state.constraints.map((one) => html`<option value=${one.id}>${one.title}</option>`)}
        <option value="">${tell(lang, "leaveOut")}</option>
      </select>
    </label>
    <label>
      ${tell(lang, "whatHolds")}
      <select name="state">
        ${STATES.map((one) => html`<option value=${one}>${tell(lang, `state_${one}`)}</option>`)}
      </select>
    </label>
    ${field("reason")} ${field("evidence")}
    <label>
      ${tell(lang, "role")}
      <select name="role">
        ${ROLES.map((one) => html`<option value=${one}>${tell(lang, `role_${one}`)}</option>`)}
      </select>
    </label>
    <button>${tell(lang, "enterAnswer")}</button>
  </form>`;
}

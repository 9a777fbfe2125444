// What a planner does with the list beside reading it: keep places, compare them, pass on, report, print.
import { html, nothing, type TemplateResult } from "lit";
import { api, type Comparison, type Eligibility, type RunInfo } from "./api";
import { comparison } from "./compare";
import { tell } from "./desk_words";
import { readFindings, writeFindings, type Applied, type Finding } from "./findings";
import { PAPERS, scaleOf, type Paper, type PrintState } from "./printing";
import { passing, pinned, readPin, reportText, type Passing, type Pin, type Report } from "./share";
import { fromAddress, inAddress, readKept, shortlist, SIDE_BY_SIDE, together, writeKept, type Kept } from "./shortlist";
import type { Desk } from "./state";

/** Of longitude at the equator, on the sphere of the map. */
const METRES_PER_DEGREE = 111_319.49;

export type Tab = "candidates" | "shortlist" | "comparison";
const TABS: Tab[] = ["candidates", "shortlist", "comparison"];

export class Work {
  tab: Tab = "candidates";
  paper: Paper = "a4";
  kept: Kept[] = readKept();
  private answers: Finding[] = readFindings();
  passing: Passing | undefined;
  copied = false;
  /** Aid on the day that is set, and when a place would be first: of the parcel that is open. */
  subsidy: Eligibility | undefined;
  first: string | undefined;
  private found: Comparison | undefined;
  private onlyDifferent = false;
  private loaded = "";
  private rules = "";

  constructor(private readonly desk: Desk) {
    addEventListener("beforeprint", () => this.beforePrint());
    addEventListener("storage", () => {
      this.kept = readKept();
      this.draw();
    });
  }

  private draw(): void {
    this.desk.requestUpdate();
  }

  /** Day whose law is asked for. */
  get day(): string {
    return this.desk.tools.day;
  }

  get today(): string {
    return this.desk.meta?.today ?? new Date().toISOString().slice(0, 10);
  }

  get pin(): Pin | undefined {
    return readPin(this.desk.at("pin"));
  }

  /** Version of the rules in use, once it is known. */
  get rulesNow(): string {
    return this.rules;
  }

  /** Places of an address that was opened join one's own; nothing of one's own is lost. */
  arrive(): void {
    const shared = fromAddress(this.desk.at("k"));
    this.kept = together(shared, readKept());
    if (this.compared.length && this.tab === "candidates" && !this.loaded) this.show("comparison");
    const pin = this.pin;
    if (pin && !this.rules)
      void api.rulePack({ as_of: this.today, lang: this.desk.lang }).then(({ pack_version }) => {
        this.rules = pack_version;
        this.draw();
      });
  }

  // ---- keeping

  isKept(key: string): boolean {
    return this.kept.some((one) => one.key === key);
  }

  private save(kept: Kept[]): void {
    this.kept = kept;
    writeKept(kept);
    this.desk.set({ k: null });
  }

  keep(one: Kept): void {
    this.save(this.isKept(one.key) ? this.kept.filter(({ key }) => key !== one.key) : [...this.kept, one]);
    if (!this.isKept(one.key)) this.mark(one.key, false);
  }

  // ---- local answers

  private get place(): string {
    return `${this.desk.at("m")} ${this.desk.at("t")}`;
  }

  /** What was entered in this browser about what is shown: it goes with the list of one municipality. */
  get findings(): Finding[] {
    return this.answers.filter((one) => one.place === this.place).map(({ place: _, ...finding }) => finding);
  }

  answer(finding: Finding): void {
    this.setAnswers([...this.answers, { ...finding, place: this.place }]);
  }

  withdraw(finding: Finding): void {
    const told = (one: Finding): string =>
      JSON.stringify([one.capakey, one.about, one.state, one.reason, one.evidence]);
    this.setAnswers(this.answers.filter((one) => told(one) !== told(finding)));
  }

  private setAnswers(answers: Finding[]): void {
    this.answers = answers;
    writeFindings(answers);
    this.desk.again();
    this.draw();
  }

  /** Local answers about a parcel, with what they did to the list. */
  answersAbout(key: string): Applied[] {
    const told = this.desk.found?.findings?.filter((one) => one.capakey === key) ?? [];
    return this.answers
      .filter((one) => one.capakey === key && one.place === this.place)
      .map((one) => ({
        ...one,
        effect: told.find((other) => other.about === one.about && other.reason === one.reason)?.effect ?? null,
      }));
  }

  // ---- comparing

  get compared(): string[] {
    return this.desk.at("c") ? this.desk.at("c").split(",") : [];
  }

  private mark(key: string, on: boolean): void {
    const others = this.compared.filter((one) => one !== key);
    this.desk.set({ c: (on ? [...others, key].slice(0, SIDE_BY_SIDE) : others).join(",") });
  }

  show(tab: Tab): void {
    this.tab = tab;
    if (tab === "comparison") void this.desk.guard(() => this.compare());
    this.draw();
  }

  private async compare(): Promise<void> {
    const { desk, compared } = this;
    const run = desk.found?.runs.length === 1 ? desk.found.run : undefined;
    const asked = [compared.join(), run, desk.lang].join(" ");
    if (compared.length < 2 || asked === this.loaded) return;
    this.found = undefined;
    const keys = compared.map((one) => one.replace("/", "-")).join(",");
    this.found = await api.compare({ parcels: keys, type: desk.at("t"), run, lang: desk.lang });
    this.loaded = asked;
    this.draw();
  }

  private titleOf(key: string): string {
    return this.kept.find((one) => one.key === key)?.title ?? key;
  }

  // ---- the parcel that is open

  /** Ask what the law of the day gives for the parcel. */
  async learn(key: string): Promise<void> {
    [this.subsidy, this.first] = [undefined, undefined];
    const query = { parcel: key.replace("/", "-"), as_of: this.day, type: this.desk.at("t"), lang: this.desk.lang };
    const found = await api.eligibility(query);
    if (this.desk.parcel?.capakey === key) this.subsidy = found;
    this.draw();
  }

  askFirst(): void {
    const { desk } = this;
    const { parcel } = desk;
    if (!parcel) return;
    void desk.guard(async () => {
      const query = {
        municipality: parcel.municipality,
        run: parcel.explanation.run,
        type: desk.at("t"),
        lang: desk.lang,
      };
      this.first = (await api.first(parcel.capakey, query)).text;
    });
  }

  // ---- passing on

  share(): void {
    const address = new URLSearchParams(location.hash.slice(1));
    const { found } = this.desk;
    if (found) address.set("pin", pinned(found.runs));
    if (this.kept.length) address.set("k", inAddress(this.kept));
    address.set("on", this.day);
    this.pass({ kind: "share", text: `${location.href.split("#")[0]}#${address}`, subject: "Standplaats" });
  }

  report(report: Report): void {
    const text = reportText(this.desk.lang, report);
    this.pass({ kind: "report", text, subject: `Standplaats: ${report.what}` });
  }

  private pass(one: Passing): void {
    [this.passing, this.copied] = [one, false];
    this.draw();
    void this.desk.updateComplete.then(() => this.desk.querySelector<HTMLDialogElement>("#passing")?.showModal());
  }

  private copy(): void {
    const field = this.desk.querySelector<HTMLTextAreaElement>("#passing textarea");
    field?.select();
    const done = (): void => {
      this.copied = true;
      this.draw();
    };
    // A page without https has no clipboard of its own: the selected text is copied as by hand.
    if (navigator.clipboard) void navigator.clipboard.writeText(field?.value ?? "").then(done, done);
    else if (document.execCommand("copy")) done();
  }

  dialog(): TemplateResult | typeof nothing {
    if (!this.passing) return nothing;
    const leave = (): void => {
      this.passing = undefined;
      this.draw();
    };
    return passing(this.desk.lang, this.passing, this.copied, () => this.copy(), leave);
  }

  // ---- printing

  setPaper(paper: Paper): void {
    this.paper = paper;
    document.body.classList.remove(...PAPERS);
    document.body.classList.add(paper);
    this.draw();
  }

  print(): void {
    document.body.classList.add(this.paper);
    this.desk.querySelectorAll<HTMLDetailsElement>("details.menu").forEach((one) => one.removeAttribute("open"));
    print();
  }

  /** A picture of the map as it is: what a browser draws itself does not reach the paper. */
  private beforePrint(): void {
    const { map } = this.desk;
    const picture = this.desk.querySelector<HTMLImageElement>(".map-picture");
    if (!map || !picture) return;
    map.map.redraw();
    picture.src = map.map.getCanvas().toDataURL();
    const bounds = map.map.getBounds();
    const middle = (bounds.getNorth() + bounds.getSouth()) / 2;
    const degrees = bounds.getEast() - bounds.getWest();
    const { metres, share } = scaleOf(degrees * METRES_PER_DEGREE * Math.cos((middle * Math.PI) / 180));
    const bar = this.desk.querySelector<HTMLElement>(".scale span")!;
    bar.style.width = `${share * 100}%`;
    bar.textContent = metres < 1000 ? `${metres} m` : `${metres / 1000} km`;
  }

  printed(title: string): PrintState | undefined {
    const { desk } = this;
    if (!desk.found) return undefined;
    const { found, lang } = desk;
    return {
      lang,
      title,
      wishes: found.filters,
      run: found.run_info,
      today: this.today,
      asOf: this.day,
      sources: found.sources,
      notice: desk.meta?.notice?.[lang],
      address: location.href.split("#")[0]!,
    };
  }

  // ---- the list, the shortlist and the comparison

  tabs(): TemplateResult {
    const { lang } = this.desk;
    const titles: Record<Tab, string> = {
      candidates: tell(lang, "tabCandidates"),
      shortlist: tell(lang, "tabShortlist", { count: this.kept.length }),
      comparison: tell(lang, "tabComparison", { count: this.compared.length }),
    };
    const move = (event: KeyboardEvent): void => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      const next = TABS[(TABS.indexOf(this.tab) + step + TABS.length) % TABS.length]!;
      this.show(next);
      void this.desk.updateComplete.then(() => this.desk.querySelector<HTMLElement>(`#tab-${next}`)?.focus());
      event.preventDefault();
    };
    return html`<div class="tabs" role="tablist" aria-label=${tell(lang, "lists")} @keydown=${move}>
      ${TABS.map(
        (one) =>
          html`<button
            class="plain"
            role="tab"
            id="tab-${one}"
            aria-selected=${one === this.tab}
            aria-controls="tab-panel"
            tabindex=${one === this.tab ? "0" : "-1"}
            @click=${() => this.show(one)}
          >
            ${titles[one]}
          </button>`,
      )}
    </div>`;
  }

  content(list: () => TemplateResult | typeof nothing): TemplateResult | typeof nothing {
    const { desk } = this;
    const choose = (key: string): void => desk.pick(key);
    if (this.tab === "candidates") return list();
    if (this.tab === "shortlist")
      return shortlist({
        lang: desk.lang,
        kept: this.kept,
        compared: this.compared,
        choose,
        note: (key, note) => this.save(this.kept.map((one) => (one.key === key ? { ...one, note } : one))),
        remove: (key) => {
          this.mark(key, false);
          this.save(this.kept.filter((one) => one.key !== key));
        },
        mark: (key, on) => this.mark(key, on),
        compare: () => this.show("comparison"),
      });
    if (this.compared.length < 2) return html`<p class="no-list">${tell(desk.lang, "compareEmpty")}</p>`;
    if (desk.problem && !this.found) return nothing;
    return comparison({
      lang: desk.lang,
      found: this.found,
      onlyDifferent: this.onlyDifferent,
      titleOf: (key) => this.titleOf(key),
      choose,
      different: (only) => {
        this.onlyDifferent = only;
        this.draw();
      },
    });
  }
}

export const isCurrent = (run: RunInfo | undefined, runs: RunInfo[]): boolean =>
  runs.find((one) => one.site_type === run?.site_type && !one.what_if)?.id === run?.id;

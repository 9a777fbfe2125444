// What a planner has before them on the map page: the state that the address holds, what was fetched for it, and every
// action that changes either. The map, the panels and the list are drawn from it elsewhere.
import { api } from "./api";
import type { Candidates, Facets, Municipality, NearMisses, Parcel, Rated, RunInfo } from "./api";
import { LAND } from "./filters";
import type { Sort } from "./list";
import type { PageMap } from "./map";
import { MapTools } from "./map_tools";
import { Page } from "./page";
import { isCurrent, Work } from "./work";
import { entered, scoreUnder, weightsOf, written, type Weights } from "./weights";

const PAGE = 200;
/** With fewer compatible ones than this the page says what would help. */
const FEW = 3;
/** Width of a window, in pixels, up to which panels are sheets and the table is a list of cards. */
export const NARROW = 900;

export abstract class Desk extends Page {
  static override properties = {
    places: { state: true },
    found: { state: true },
    parcel: { state: true },
    sort: { state: true },
    folded: { state: true },
    filtersOpen: { state: true },
    leftOut: { state: true },
    zones: { state: true },
    criteria: { state: true },
    facets: { state: true },
    near: { state: true },
  };
  declare places: Municipality[] | undefined;
  declare found: Candidates | undefined;
  declare parcel: Parcel | undefined;
  declare sort: Sort;
  declare folded: { left: boolean; right: boolean };
  declare filtersOpen: boolean;
  declare leftOut: number;
  declare zones: string[];
  /** Criteria of the result that is shown, in the language of the page. */
  declare criteria: Rated[];
  /** How many each choice of a filter leaves. */
  declare facets: Facets | undefined;
  /** What would help, where few are compatible. */
  declare near: NearMisses | undefined;
  map: PageMap | undefined;
  /** Layers, drawing and measuring. */
  readonly tools = new MapTools(this);
  /** Keeping, comparing, passing on, printing. */
  readonly work = new Work(this);
  private turn = 0;
  private counting = 0;
  private readonly ratedBefore = new Map<string, Rated[]>();
  protected readonly page = "map";

  constructor() {
    super();
    this.sort = { column: 0, down: false };
    this.folded = { left: false, right: false };
    this.filtersOpen = false;
    this.leftOut = 0;
    this.zones = [];
    this.criteria = [];
    for (const change of ["online", "offline"]) addEventListener(change, () => this.requestUpdate());
    addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || this.tools.escape()) return;
      if (this.filtersOpen) this.filtersOpen = false;
      else if (this.parcel || this.problem || this.tools.land.open) this.leave();
    });
  }

  /** The municipalities that are shown, in the order they were chosen. */
  get chosen(): Municipality[] {
    return this.at("m")
      .split(",")
      .flatMap((nis) => this.places?.filter((one) => one.nis === nis) ?? []);
  }

  get place(): Municipality | undefined {
    return this.chosen[0];
  }

  nameOf(place: Municipality): string {
    return place.name[this.lang === "en" ? "nl" : this.lang];
  }

  /**
   * The result to show of a municipality, if this visitor may see one: the one that the address pins, one by the law of
   * the day that is set, the current one, in the public view the newest published.
   */
  runOf(place: Municipality): RunInfo | undefined {
    const own = place.runs.filter((one) => one.site_type === this.at("t"));
    const { pin, day, today } = this.work;
    if (pin) return own.find((one) => pin.runs.includes(one.id));
    const current = own.find((one) => !one.what_if) ?? (this.meta?.public ? own[0] : undefined);
    return (day !== today && own.find((one) => one.as_of === day)) || current;
  }

  /** Does the address pin a result that is no longer here? */
  get gone(): boolean {
    return Boolean(this.work.pin) && this.chosen.some((place) => !this.runOf(place));
  }

  /** Is what is shown something else than what holds today? */
  get isOld(): boolean {
    return this.runs.some((run) => !this.chosen.some((place) => isCurrent(run, place.runs)));
  }

  /** The results to show: one over all that is chosen, or one of each. */
  get runs(): RunInfo[] {
    const all = this.chosen.map((place) => this.runOf(place));
    if (all.includes(undefined)) return [];
    return [...new Map(all.map((one) => [one!.id, one!])).values()];
  }

  get weights(): Weights {
    return weightsOf(this.at("w"));
  }

  /** What the list is asked for; the same for its counts and its files. */
  get query(): Record<string, string | undefined> {
    const land = Object.entries(LAND).map(([key, name]) => [name, this.at(key) || undefined]);
    return {
      municipality: this.chosen.map((one) => one.nis).join(","),
      type: this.at("t"),
      run:
        this.meta?.public || this.chosen.length > 1 || this.isOld
          ? this.runs.map((one) => one.id).join(",")
          : undefined,
      pitches: Number(this.at("n")) > 0 ? this.at("n") : undefined,
      verdict: this.at("v") || undefined,
      min_area: Number(this.at("a")) > 0 ? this.at("a") : undefined,
      owner: this.at("o") || undefined,
      ...Object.fromEntries(land),
      lang: this.lang,
    };
  }

  private ask(token?: string): Promise<Candidates> {
    return api.candidates(
      { ...this.query, limit: String(PAGE), token },
      entered(this.criteria, this.weights),
      this.work.findings,
    );
  }

  /** Show a list, unless another was asked for in the meantime: answers may overtake each other. */
  private async keep(ask: () => Promise<Candidates | undefined>): Promise<void> {
    const turn = ++this.turn;
    const found = await ask();
    if (turn === this.turn) this.found = found;
  }

  private async rated(run: string): Promise<Rated[]> {
    const { lang } = this;
    const known = this.ratedBefore.get(run + lang) ?? (await api.rated({ run, lang })).criteria;
    this.ratedBefore.set(run + lang, known);
    return known;
  }

  /** The list, and before it the criteria it may be weighed by: none where several results have different ones. */
  private async listed(): Promise<Candidates | undefined> {
    const { runs } = this;
    const all = await Promise.all(runs.map((one) => this.rated(one.id)));
    const alike = all.every((one) => one.map(({ id }) => id).join() === all[0]?.map(({ id }) => id).join());
    this.criteria = alike ? (all[0] ?? []) : [];
    return runs.length ? this.ask() : undefined;
  }

  /** Count the choices of the filters, and ask what would help where few are compatible. */
  private async count(): Promise<void> {
    const turn = ++this.counting;
    const { query } = this;
    if (!this.found) [this.facets, this.near] = [undefined, undefined];
    if (!this.found) return;
    const facets = await api.facets(query);
    if (turn !== this.counting) return;
    this.facets = facets;
    this.redraw();
    const compatible = facets.facets["verdict"]?.find((one) => one.value === "compatible")?.count ?? 0;
    const near = compatible < FEW && this.chosen.length === 1 ? await api.nearMisses({ ...query, run: this.found?.run }) : undefined; // prettier-ignore
    if (turn === this.counting) this.near = near;
  }

  protected override async load(): Promise<void> {
    this.places ??= (await api.municipalities()).items;
    const first = this.places.find((one) => one.runs.length) ?? this.places[0];
    const known = this.chosen.map((one) => one.nis);
    if (known.length || first) this.address.set("m", known.join(",") || first!.nis);
    if (!this.at("t")) this.address.set("t", "residential");
    this.work.arrive();
    // The map is drawn whatever the list answers.
    try {
      await this.keep(() => this.listed());
    } catch (error) {
      this.found = undefined;
      throw error;
    } finally {
      await this.draw();
    }
    void this.guard(() => this.count());
    const selected = this.at("p");
    if (selected) await this.choose(selected);
    else {
      this.unselect();
      await this.tools.land.restore();
    }
  }

  /** The list again, as it is after something else was sent along. */
  again(): void {
    void this.guard(() => this.keep(() => this.ask()));
  }

  /** Bring the map to what is shown now. */
  protected abstract draw(): Promise<void>;
  /** The same for a map that is there, without moving it. */
  abstract redraw(): void;

  more(): void {
    const { found } = this;
    if (!found?.next) return;
    void this.guard(async () => {
      const page = await this.ask(found.next!);
      this.found = { ...page, items: [...found.items, ...page.items] };
    });
  }

  /** Set keys of the address and load again. */
  change(values: Record<string, string | null>): void {
    // What is pinned is one list; another choice is another list, of today.
    if ("m" in values || "t" in values) values = { ...values, pin: null };
    if (Object.entries(values).every(([key, value]) => this.at(key) === (value ?? ""))) return;
    if ("m" in values) this.tools.land.clear();
    this.set({ ...values, p: null });
    void this.guard(() => this.load());
  }

  /** Other weights: the map at once, the list when the slider is let go. */
  weigh(weights: Weights, settled: boolean): void {
    this.set({ w: written(weights) });
    this.map?.recolour(scoreUnder(this.criteria, weights));
    if (settled) this.again();
  }

  pick(key: string): void {
    void this.guard(() => this.choose(key));
  }

  private async choose(key: string): Promise<void> {
    this.parcel = await api.parcel(key, { type: this.at("t"), run: this.resultOf(key), lang: this.lang });
    this.tools.land.clear();
    this.set({ p: key.replace("/", "-") });
    this.filtersOpen = false;
    if (this.folded.right) this.fold("right");
    void this.guard(() => this.work.learn(this.parcel!.capakey));
    this.map?.select(this.parcel.geometry, this.parcel.bbox ?? undefined);
    this.tools.land.follow();
    await this.updateComplete;
    this.querySelector(`tr[data-key="${this.parcel.capakey}"]`)?.scrollIntoView({ block: "nearest" });
    if (innerWidth <= NARROW) this.querySelector<HTMLElement>("aside h2")?.focus();
  }

  /** The result a parcel is told from; undefined = the newest of its municipality. */
  private resultOf(key: string): string | undefined {
    const { found } = this;
    if (!found || found.runs.length === 1) return found?.run;
    return found.items.find((one) => one.capakeys[0] === key || one.id === key)?.run;
  }

  private unselect(): void {
    this.parcel = undefined;
    this.map?.select(null);
    this.tools.land.follow();
  }

  /** Close the panel of a parcel; the row it was chosen in gets the focus back. */
  leave(): void {
    const key = this.parcel?.capakey;
    this.tools.land.clear();
    this.unselect();
    this.problem = undefined;
    this.set({ p: null });
    this.querySelector<HTMLElement>(`tr[data-key="${key}"]`)?.focus({ preventScroll: true });
  }

  fold(which: "left" | "right"): void {
    this.folded = { ...this.folded, [which]: !this.folded[which] };
    void this.updateComplete.then(() => this.map?.resize());
  }
}

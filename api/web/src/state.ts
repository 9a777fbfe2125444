// What a planner has before them on the map page: the state that the address holds, what was fetched for it, and every
// action that changes either. The map, the panels and the list are drawn from it elsewhere.
import { api, type Candidates, type Municipality, type Parcel, type Rated, type RunInfo } from "./api";
import type { Sort } from "./list";
import type { PageMap } from "./map";
import { MapTools } from "./map_tools";
import { Page } from "./page";
import { entered, scoreUnder, weightsOf, written, type Weights } from "./weights";

const PAGE = 200;
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
  map: PageMap | undefined;
  /** Layers, drawing and measuring. */
  readonly tools = new MapTools(this);
  private turn = 0;
  protected readonly page = "map";

  constructor() {
    super();
    this.sort = { column: 0, down: false };
    this.folded = { left: false, right: false };
    this.filtersOpen = false;
    this.leftOut = 0;
    this.zones = [];
    this.criteria = [];
    addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || this.tools.escape()) return;
      if (this.filtersOpen) this.filtersOpen = false;
      else if (this.parcel || this.problem || this.tools.land.open) this.leave();
    });
  }

  get place(): Municipality | undefined {
    return this.places?.find((one) => one.nis === this.at("m"));
  }

  nameOf(place: Municipality): string {
    return place.name[this.lang === "en" ? "nl" : this.lang];
  }

  /** The result to show, if this visitor may see one: the current one, in the public view the newest published. */
  get run(): RunInfo | undefined {
    const own = this.place?.runs.filter((one) => one.site_type === this.at("t")) ?? [];
    return own.find((one) => !one.what_if) ?? (this.meta?.public ? own[0] : undefined);
  }

  get weights(): Weights {
    return weightsOf(this.at("w"));
  }

  private ask(token?: string): Promise<Candidates> {
    const query = {
      municipality: this.at("m"),
      type: this.at("t"),
      run: this.meta?.public ? this.run?.id : undefined,
      pitches: this.at("n") || undefined,
      verdict: this.at("v") || undefined,
      min_area: this.at("a") || undefined,
      owner: this.at("o") || undefined,
      lang: this.lang,
      limit: String(PAGE),
      token,
    };
    return api.candidates(query, entered(this.criteria, this.weights));
  }

  /** Show a list, unless another was asked for in the meantime: answers may overtake each other. */
  private async keep(ask: () => Promise<Candidates | undefined>): Promise<void> {
    const turn = ++this.turn;
    const found = await ask();
    if (turn === this.turn) this.found = found;
  }

  /** The list, and before it the criteria it may be weighed by. */
  private async listed(): Promise<Candidates | undefined> {
    const { run, lang } = this;
    this.criteria = run ? (await api.rated({ run: run.id, lang })).criteria : [];
    return run ? this.ask() : undefined;
  }

  protected override async load(): Promise<void> {
    this.places ??= (await api.municipalities()).items;
    const first = this.places.find((one) => one.runs.length) ?? this.places[0];
    if (!this.place && first) this.address.set("m", first.nis);
    if (!this.at("t")) this.address.set("t", "residential");
    // The map is drawn whatever the list answers.
    try {
      await this.keep(() => this.listed());
    } catch (error) {
      this.found = undefined;
      throw error;
    } finally {
      await this.draw();
    }
    const selected = this.at("p");
    if (selected) await this.choose(selected);
    else {
      this.unselect();
      await this.tools.land.restore();
    }
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
    if ("m" in values) this.tools.land.clear();
    this.set({ ...values, p: null });
    void this.guard(() => this.load());
  }

  /** Other weights: the map at once, the list when the slider is let go. */
  weigh(weights: Weights, settled: boolean): void {
    this.set({ w: written(weights) });
    this.map?.recolour(scoreUnder(this.criteria, weights));
    if (settled) void this.guard(() => this.keep(() => this.ask()));
  }

  pick(key: string): void {
    void this.guard(() => this.choose(key));
  }

  private async choose(key: string): Promise<void> {
    this.parcel = await api.parcel(key, { type: this.at("t"), run: this.found?.run, lang: this.lang });
    this.tools.land.clear();
    this.set({ p: key.replace("/", "-") });
    this.filtersOpen = false;
    if (this.folded.right) this.fold("right");
    this.map?.select(this.parcel.geometry, this.parcel.bbox ?? undefined);
    this.tools.land.follow();
    await this.updateComplete;
    this.querySelector(`tr[data-key="${this.parcel.capakey}"]`)?.scrollIntoView({ block: "nearest" });
    if (innerWidth <= NARROW) this.querySelector<HTMLElement>("aside h2")?.focus();
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

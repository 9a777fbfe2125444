// Typed client of the service. Every address is of this machine; errors are RFC 9457 problems.
import type { Need, Safeguards } from "./api_figures";
import type { Method } from "./api_method";
import type { Areas, Place, Source, Standing } from "./answers_sources";
import type { Applied, Finding } from "./findings";

export type * from "./answers_sources";

import type { BaseMap, Drawn, Layout } from "./api_land";

export interface Interval {
  low: number | null;
  high: number | null;
}
export type Verdict = "compatible" | "needs_derogation" | "incompatible" | "unknown";
export type Lang = "nl" | "fr" | "de" | "en";

export interface Meta {
  version: string;
  demo: boolean;
  public: boolean;
  notice: Record<Lang, string> | null;
  /** Who runs this service, and how to reach them; null where the operator set none. */
  publisher: string;
  contact: string | null;
  /** Base maps of others that may be chosen; asked of their hosts by the browser. */
  base_maps: BaseMap[];
  today: string;
  owners: Record<string, Record<Lang, string>>;
  zones: Record<string, Record<Lang, string>>;
}
export interface RunInfo {
  id: string;
  site_type: string;
  as_of: string;
  data_date: string;
  published: boolean;
  what_if: boolean;
  rule_pack: string;
}
/** Counts of the choices of each filter; null where its source may not be told. Ranks of all that is listed, by result. */
export interface Facets {
  run: string;
  count: number;
  facets: Record<string, { value: string; count: number }[] | null>;
  ranks: Record<string, number[] | null>;
}
/** What stands in the way of more candidates, and what would help. */
export interface NearMisses {
  run: string;
  few: boolean;
  sentences: string[];
}
export interface Municipality {
  nis: string;
  name: { nl: string; fr: string; de: string };
  /** Municipalities that were merged into it. */
  former: { nis: string; name: string }[];
  region: string;
  bbox: [number, number, number, number];
  parcels: number;
  runs: RunInfo[];
}
export interface Candidate {
  id: string;
  capakeys: string[];
  municipality: string;
  /** The result it is ranked in, and how many are ranked there. */
  run: string;
  total_ranked: number;
  area_m2: number;
  usable_area_m2: number | null;
  pitches: Interval;
  verdict: Verdict;
  so_far: Verdict;
  score: { low: number; high: number };
  rank: number;
  rank_interval: [number, number] | null;
  /** Rank by the published weights, also where the list is under others. */
  published_rank: number | null;
  unknown: string[];
  unknown_titles: string[];
  place: string | null;
  bbox: [number, number, number, number] | null;
  centre: [number, number] | null;
  /** Titles of the layers that rest on a stale source. */
  stale_titles: string[];
  zoning_title: string | null;
  owner_title: string;
  distances: Record<string, Interval>;
}
export interface Candidates {
  run: string;
  count: number;
  items: Candidate[];
  next: string | null;
  total_ranked: number;
  excluded: number;
  /** The other weights of this list. */
  weights?: Record<string, number>;
  /** The local answers that were sent along, with what each did. */
  findings?: Applied[];
  run_info: RunInfo;
  /** The results of this list: several where municipalities have no common one. */
  runs: RunInfo[];
  /** The filters, as sentences. */
  filters: string[];
  sources: Behind[];
}
/** Two to five parcels side by side: a text of each in every line, and whether they differ. */
export interface Comparison {
  run: string;
  capakeys: string[];
  lines: {
    kind: "figure" | "constraint" | "criterion";
    id: string;
    title: string;
    texts: string[];
    differs: boolean;
  }[];
}
/** What aid the law of a day gives to a place. */
export interface Eligibility {
  as_of: string;
  items: {
    standing_title: string;
    regimes: { id: string; title: string; standing: string; standing_title: string; url: string }[];
  }[];
}
/** A criterion of a result: its weight, and the attributes of a tile that hold its value at its worst and at its best. */
export interface Rated {
  id: string;
  title: string;
  weight: number;
  low: string;
  high: string;
}
export interface Constraint {
  id: string;
  state: "pass" | "conditional" | "derogation" | "fail" | "unknown";
  title: string;
  sentence: string;
  measured: number | null;
  threshold: number | null;
  rule: string | null;
  rule_title: string | null;
  rule_url: string | null;
  dataset: number[];
  stale: boolean | null;
}
/** A dataset behind an answer, named once; figures point to it by number. */
export interface Behind {
  dataset: number;
  title: string;
  provider_text: string;
  version: number;
  date: string;
  licence_text: string;
  attribution: string | null;
  age_days: number;
  stale: boolean | null;
}
export interface Criterion {
  id: string;
  title: string;
  sentence: string;
  stale: boolean | null;
  measured: number | string | null;
  value: { low: number; high: number };
  weight: number;
  contribution: { low: number; high: number };
}
export interface Parcel {
  capakey: string;
  municipality: string;
  area_m2: number;
  usable_area_m2: number | null;
  owner_title: string;
  rank: number | null;
  rank_interval: [number, number] | null;
  total_ranked: number | null;
  pitches: Interval;
  /** null where the plan of parcels may not be passed on. */
  bbox: [number, number, number, number] | null;
  geometry: unknown;
  sources: Behind[];
  rule_pack: string;
  /** Official sheets of the plans on it. */
  plan_sheets: { title: string; url: string }[];
  zoning: { class: string; title: string; share: number }[];
  explanation: {
    run: string;
    verdict: Verdict;
    so_far: Verdict;
    as_of: string;
    data_date: string;
    text: string;
    constraints: Constraint[];
    criteria: Criterion[];
    conditions: { what: string; who_decides: string; article: string | null }[];
    unknown: { layer: string; title: string; who: string }[];
    score: { low: number; high: number };
  };
}

export type Grade = "A" | "B" | "C" | "U";
export interface RuleCondition {
  what: string;
  who_decides: string;
  article: string | null;
  lead_time: string | null;
  risk: "low" | "medium" | "high" | null;
  site_types: string[];
}
export interface Rule {
  id: string;
  kind: string;
  title: string;
  region: string;
  act: string;
  numac: string | null;
  articles: string[];
  published: string | null;
  valid_from: string | null;
  valid_to: string | null;
  checked_on: string;
  checked_stale: boolean;
  grade: Grade;
  entry_into_force: { date: string; source: string }[];
  sources: { url: string; supports: string; grade: Grade | null }[];
  notes: string[];
  contradictions: { says: string; source: string | null; resolved: string }[];
  conditions: RuleCondition[];
  values: Record<string, unknown>;
  in_force: boolean | null;
}
export interface Regime {
  id: string;
  rule: string;
  title: string;
  region: string;
  status: string;
  status_title: string;
  valid_from: string | null;
  valid_to: string | null;
  checked_stale: boolean;
  /** What lets a file go on after the end; null where nothing does. */
  carries_on: string | null;
}
export interface Rules {
  pack_version: string;
  as_of: string | null;
  items: Rule[];
}
/** A statement with the pages it was read on; `date` is YYYY, YYYY-MM, YYYY-MM-DD, YYYY/YYYY or "undated". */
export interface Fact {
  text: string;
  note: string | null;
  sources: string[];
  date: string;
  grade: Grade;
}
export interface Site {
  id: string;
  name: string;
  site_type: string;
  status: string | null;
  municipality: string | null;
  region: string;
  precision: "address" | "parcel" | "street" | "section" | "municipality" | "none";
  fictional: boolean;
  texts: Record<"site_type" | "status" | "region" | "precision" | "pitches", string>;
  facts: Record<string, Fact[]>;
}
export interface Sites {
  count: number;
  features: { id: string; geometry: { coordinates: [number, number] } | null; properties: Site }[];
}
export type RegionFact = Fact & { region: string };
export type PlaceFact = Fact & { municipality: string };
export interface Listed<T> {
  count: number;
  items: T[];
}
export interface Series {
  checked_on: string;
  totals: Listed<RegionFact>;
  need: Listed<RegionFact>;
  hp_series: Listed<Fact>;
  municipality_notes: Listed<PlaceFact>;
}
export interface Yearly {
  regime: string;
  amount: string | null;
  per: string;
}
export interface SubsidyFile {
  id: number;
  created: string;
  region: string;
  municipality: { nis: string; name: string } | null;
  site_type: string;
  title: string;
  initiator_title: string;
  as_of: string;
  verdict: "yes" | "no" | "unknown";
  verdict_title: string;
  regimes: { id: string; title: string; status_title: string }[];
  costs_total: string;
  subsidy_total: { low: string | null; high: string | null };
  /** Flat aid of each year, apart from the total. */
  yearly?: Yearly[];
  notes_count: number;
  documents_count: number;
}

/** Address of the folder the pages are in, with a slash at its end; a proxy may show it under a path of its own. */
export const here = (): string => new URL(".", document.baseURI).href;

export class Problem extends Error {
  constructor(
    readonly detail: string,
    readonly remedy: string | null,
  ) {
    super(detail);
  }
}

/** The service cannot be reached: what was fetched before is still there. */
export class Unreachable extends Problem {
  constructor() {
    super("", null);
  }
}

type Query = Record<string, string | undefined>;

const get = <T>(path: string, query: Query = {}): Promise<T> => ask(`api/v1/${path}`, query);

/** Ask the service; with a body, by POST. */
async function ask<T>(path: string, query: Query, sent?: unknown): Promise<T> {
  const given = Object.entries(query).filter((pair): pair is [string, string] => pair[1] !== undefined);
  const how: RequestInit | undefined =
    sent === undefined
      ? undefined
      : { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(sent) };
  const answer = await fetch(`${here()}${path}?${new URLSearchParams(given)}`, how).catch(() => {
    throw new Unreachable();
  });
  const body = await answer.json();
  if (!answer.ok) throw new Problem(body.detail ?? answer.statusText, body.remedy ?? null);
  return body as T;
}

export const api = {
  meta: () => get<Meta>("meta"),
  municipalities: () => get<Listed<Municipality>>("municipalities"),
  /** With weights: the list under them, the published rank beside. */
  candidates: (query: Query, weights?: Record<string, number>, findings: Finding[] = []) =>
    ask<Candidates>(
      "api/v1/candidates",
      query,
      weights || findings.length ? { weights: weights ?? {}, findings } : undefined,
    ),
  facets: (query: Query) => get<Facets>("candidates/facets", query),
  compare: (query: Query) => get<Comparison>("comparisons", query),
  eligibility: (query: Query) => get<Eligibility>("subsidies/eligibility", query),
  first: (capakey: string, query: Query) => get<{ text: string }>(`robustness/${capakey.replace("/", "-")}`, query),
  rulePack: (query: Query) => get<{ pack_version: string }>("law/rules", { ...query, limit: "1" }),
  nearMisses: (query: Query) => get<NearMisses>("near-misses", query),
  rated: (query: { run: string; lang: Lang }) => ask<{ criteria: Rated[] }>("tiles/candidates.json", query),
  rules: (query: { as_of: string; lang: Lang }) => get<Rules>("law/rules", query),
  regimes: (query: { as_of: string; lang: Lang }) => get<Listed<Regime>>("subsidies/regimes", query),
  sites: (query: { lang: Lang }) => get<Sites>("sites", query),
  series: (query: { lang: Lang }) => get<Series>("inventory/series", query),
  files: (query: { lang: Lang }) => get<Listed<SubsidyFile>>("files", query),
  sources: (query: { lang: Lang; municipality?: string }) => get<Listed<Source>>("sources", query),
  sourcePlaces: () => get<Listed<Place>>("sources/municipalities"),
  sourceStatus: (query: { lang: Lang; municipality: string }) => get<Listed<Standing>>("sources/status", query),
  sourceAreas: (query: { source: string }) => get<Areas>("sources/coverage", query),
  need: (query: { lang: Lang; municipality?: string }) => get<Need>("need", query),
  safeguards: (query: { lang: Lang }) => get<Safeguards>("safeguards", query),
  method: (query: { region: string; type: string; lang: Lang }) => get<Method>("method", query),
  /** A group of parcels, by its id. */
  group: (id: string, query: Query) =>
    get<Parcel["explanation"] & { capakeys: string[]; sources: Behind[] }>(
      `assemblies/${encodeURIComponent(id)}`,
      query,
    ),
  /** Drawn areas, judged; the areas as GeoJSON. */
  areas: (drawn: unknown, query: Query) => ask<Listed<Drawn>>("api/v1/areas", query, drawn),
  layout: (query: Query) => get<Layout>("layout", query),
  areaLayout: (drawn: unknown, query: Query) => ask<Layout>("api/v1/areas/layout", query, drawn),
  parcel: (capakey: string, query: Query) => get<Parcel>(`parcels/${capakey.replace("/", "-")}`, query),
};

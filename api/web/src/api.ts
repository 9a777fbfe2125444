// Typed client of the service. Every address is of this machine; errors are RFC 9457 problems.

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
  today: string;
  owners: Record<string, Record<Lang, string>>;
}
export interface RunInfo {
  id: string;
  site_type: string;
  as_of: string;
  data_date: string;
  published: boolean;
}
export interface Municipality {
  nis: string;
  name: { nl: string; fr: string; de: string };
  region: string;
  bbox: [number, number, number, number];
  parcels: number;
  runs: RunInfo[];
}
export interface Candidate {
  id: string;
  capakeys: string[];
  area_m2: number;
  usable_area_m2: number | null;
  pitches: Interval;
  verdict: Verdict;
  so_far: Verdict;
  score: { low: number; high: number };
  rank: number;
  rank_interval: [number, number];
  unknown: string[];
  unknown_titles: string[];
  place: string | null;
  bbox: [number, number, number, number];
  centre: [number, number];
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
  run_info: RunInfo;
}
export interface Constraint {
  id: string;
  state: "pass" | "conditional" | "derogation" | "fail" | "unknown";
  title: string;
  sentence: string;
  rule_title: string | null;
  rule_url: string | null;
  dataset: { title: string; provider: string; date: string }[];
}
export interface Criterion {
  id: string;
  title: string;
  sentence: string;
  weight: number;
  contribution: { low: number; high: number };
}
export interface Parcel {
  capakey: string;
  area_m2: number;
  usable_area_m2: number | null;
  owner_title: string;
  rank: number | null;
  rank_interval: [number, number] | null;
  total_ranked: number | null;
  pitches: Interval;
  bbox: [number, number, number, number];
  geometry: unknown;
  zoning: { class: string; title: string; share: number }[];
  explanation: {
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

export class Problem extends Error {
  constructor(
    readonly detail: string,
    readonly remedy: string | null,
  ) {
    super(detail);
  }
}

async function get<T>(path: string, query: Record<string, string | undefined> = {}): Promise<T> {
  const given = Object.entries(query).filter((pair): pair is [string, string] => pair[1] !== undefined);
  const answer = await fetch(`/api/v1/${path}?${new URLSearchParams(given)}`);
  const body = await answer.json();
  if (!answer.ok) throw new Problem(body.detail ?? answer.statusText, body.remedy ?? null);
  return body as T;
}

export const api = {
  meta: () => get<Meta>("meta"),
  municipalities: () => get<{ items: Municipality[] }>("municipalities"),
  candidates: (query: Record<string, string | undefined>) => get<Candidates>("candidates", query),
  parcel: (capakey: string, query: Record<string, string | undefined>) =>
    get<Parcel>(`parcels/${capakey.replace("/", "-")}`, query),
};

// What the service answers about sources, their datasets and where they reach.
import type { Lang } from "./api";

export type SourceState =
  | "loaded"
  | "loaded_partly"
  | "loaded_silent"
  | "no_coverage"
  | "empty_checked"
  | "empty_suspicious"
  | "failed"
  | "missing"
  | "not_loaded"
  | "never_asked"
  | "by_hand"
  | "only_known"
  | "elsewhere";
export interface Dataset {
  dataset: number;
  kind: string;
  source: string;
  version: number;
  /** Not told in the public view where a municipality wrote it down itself. */
  rows: number | null;
  date: string;
  source_date: string | null;
  checked: string | null;
  age_days: number;
  /** null where the source does not say how often it changes. */
  stale: boolean | null;
  /** null: nothing was said of where it reaches. */
  municipalities: string[] | null;
  absence_counts: boolean;
}
export interface Attempt {
  status: "ok" | "empty_checked" | "empty_suspicious" | "failed";
  at: string;
  cause: string | null;
  reason?: string | null;
  remedy?: string | null;
}
export interface Source {
  id: string;
  kind: string;
  kind_title: string;
  title: string;
  provider_text: string;
  licence_text: string;
  redistributable: boolean;
  region: string;
  region_title: string;
  grade: "V" | "C" | "D" | "S" | "NF";
  own_field_names: boolean;
  cadence_text: string | null;
  caveats: string[];
  part_of: string | null;
  fetchable: boolean;
  services: { protocol: string; endpoint: string; layer: string | null }[];
  loaded: boolean;
  state: SourceState;
  datasets: (Dataset & { covered: string[]; covers_parts: boolean })[];
  attempts: (Attempt & { area: string })[];
}
/** What one municipality has of one thing it needs. */
export interface Standing {
  municipality: string;
  layer: string;
  title: string;
  needed: boolean;
  state: "loaded" | "no_coverage" | "failed" | "empty_suspicious" | "missing" | "by_hand";
  absence: "counts" | "partly" | "unknown";
  silent: boolean;
  datasets: Dataset[];
  sources: string[];
  source_titles: Record<string, string>;
  who_has_it: string[];
  /** Source that can be fetched for it. */
  fetch: string | null;
  last_attempt: (Attempt & { source: string }) | null;
}
export interface Place {
  nis: string;
  name: Record<Lang, string>;
  region: string | null;
  /** null where no boundary is loaded. */
  bbox: [number, number, number, number] | null;
  datasets: number;
  kinds: string[];
}
export interface Areas {
  type: "FeatureCollection";
  features: { type: "Feature"; geometry: never; properties: { whole: boolean; municipalities: string[] } }[];
}

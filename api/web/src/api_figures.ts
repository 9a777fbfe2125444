// What the service tells of supply and need, and of the checks of existing sites.
import type { Constraint, Interval, Listed } from "./api";

export interface NeedLine {
  level: "country" | "region" | "municipality";
  place: string;
  name: string;
  site_type: string;
  /** null where no public site is on record. */
  supply:
    | (Interval & { sites: string[]; uncounted: string[]; doubtful: string[]; complete: boolean; fictional: number })
    | null;
  /** null where nobody states one; for a municipality always. */
  need: Interval | null;
  survey: (Interval & { date: string; method: string }) | null;
  gap: Interval | null;
  text: string;
}
export type Need = Listed<NeedLine> & { ways: { municipality: string; text: string }[] };

type State = Constraint["state"];
export interface CheckedSite {
  id: string;
  name: string;
  fictional: boolean;
  /** null where the site was not checked. */
  hazard: State | null;
  isolation: State | null;
  reason_text: string | null;
  checks: { id: string; title: string; state: State; unknown_titles: string[] }[];
}
export interface CheckedRegion {
  region: string;
  name: string;
  checked: number;
  located: number;
  known: number;
  fictional: number;
  hazard: Record<Exclude<State, "derogation">, number>;
  isolation: Record<Exclude<State, "derogation">, number>;
  sites: CheckedSite[];
  unlocated: { id: string; name: string }[];
  text: string;
}
export type Safeguards = Listed<CheckedRegion> & {
  as_of: string;
  yardstick: { source: string; text: string | null };
  sources: { dataset: number; title: string; provider_text: string; date: string }[];
};

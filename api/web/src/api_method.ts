// What the service tells of the method.
import type { Constraint, Verdict } from "./api";

/** Page of a figure: a rule of the pack with its title, or an address. */
export interface Citation {
  rule: string | null;
  title: string | null;
  url: string | null;
}
export interface Limit {
  field: string;
  text: string;
  kind_title: string;
  citation: Citation | null;
  date: string;
  note: string | null;
}
/** A published set of criteria, and how its verdicts and ranks come about. */
export interface Method {
  profile: { id: string; version: string; title: string; published: string; usable_for: string | null };
  pack_version: string;
  /** The strictest first, with the verdict it leads to where no stricter one holds. */
  states: { state: Constraint["state"]; title: string; verdict: Verdict; verdict_title: string }[];
  ranking: { draws: number; least: number; most: number; within: number };
  constraints: {
    id: string;
    title: string;
    limits: Limit[];
    classes_text: string | null;
    classes_kind_title: string | null;
    exceptions: { text: string; citation: Citation | null }[];
    rule: Citation | null;
    condition: { what: string; who: string } | null;
  }[];
  criteria: {
    id: string;
    title: string;
    unit: "m" | "m2" | "degrees" | "share" | "class" | "min" | "count";
    points: [number, number][];
    values: { title: string; value: number }[];
    share: number;
    kind_title: string;
    citation: Citation | null;
    date: string;
    note: string | null;
  }[];
  pitch: Limit[];
}

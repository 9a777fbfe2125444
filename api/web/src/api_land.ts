// Answers about land that is drawn or laid out, and the base maps that may lie under it.
import type { Behind, Interval, Lang, Parcel } from "./api";

export interface BaseMap {
  name: string;
  title: Record<Lang, string>;
  attribution: string;
  /** Template of its tiles. */
  address: string;
  host: string;
}

/** A drawn area, judged like a parcel. */
export interface Drawn {
  id: string;
  name: string;
  municipality: string;
  on_parcels: { capakey: string; share: number }[];
  area_m2: number;
  pitches: Interval;
  owner_title: string;
  bbox: [number, number, number, number];
  geometry: GeoJSON.Geometry;
  sources: Behind[];
  explanation: Parcel["explanation"];
}

/** Pitches laid out on land. `features` is null where its shape may not be passed on. */
export interface Layout {
  text: string;
  reason: string | null;
  notes: string[];
  drawn: "generous" | "tight" | "wanted";
  drawings: { variant: string; pitches: number; spacing_m: number }[];
  norm: { id: string; owner_title: string }[];
  features: GeoJSON.FeatureCollection | null;
}

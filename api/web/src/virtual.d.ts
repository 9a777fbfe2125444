declare module "virtual:words" {
  /** Table -> key -> text. */
  export type Catalogue = Record<string, Record<string, string>>;
  export const catalogues: Record<"nl" | "fr" | "de" | "en", () => Promise<{ default: Catalogue }>>;
}

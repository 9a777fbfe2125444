// Words of the page in four languages; a missing one fails the type check.
import type { Lang } from "./api";

const en = {
  municipality: "Municipality", residential: "Residential site", transit: "Transit site", pitches: "pitches wanted",
  asOf: "law of {day}", dataOf: "data of {day}", rank: "Rank", place: "Place", area: "Area", fits: "Pitches", verdict: "Verdict",
  score: "Score", notKnown: "Not known", owner: "Owner", zoning: "Zoning", school: "School", shop: "Shop", stop: "Stop",
  compatible: "compatible", needs_derogation: "needs derogation", incompatible: "incompatible", unknown: "unknown",
  soFar: "{verdict} so far", of: "{rank} of {total}", choose: "Choose a parcel in the table or on the map to read why.",
  constraints: "Conditions", toDo: "To do", contributions: "What makes the score", decides: "decided by {who}",
  unknownTitle: "What is not known", ask: "ask {who}", layers: "Layers", zones: "Zoning", sites: "Existing sites", hp: "HP sites",
  filters: "Show", count: "{count} candidates, {excluded} parcels ruled out", leftOut: "{count} parcels are not drawn at this zoom; zoom in.",
  loading: "Loading ...", sum: "Sum", map: "Map of candidates; the table below lists the same parcels.", sources: "Sources",
};
type Words = Record<keyof typeof en, string>;
const nl: Words = {
  municipality: "Gemeente", residential: "Residentieel woonwagenterrein", transit: "Doortrekkersterrein", pitches: "standplaatsen gewenst",
  asOf: "recht van {day}", dataOf: "gegevens van {day}", rank: "Rang", place: "Plaats", area: "Oppervlakte", fits: "Standplaatsen", verdict: "Oordeel",
  score: "Score", notKnown: "Niet bekend", owner: "Eigenaar", zoning: "Bestemming", school: "School", shop: "Winkel", stop: "Halte",
  compatible: "verenigbaar", needs_derogation: "afwijking nodig", incompatible: "niet verenigbaar", unknown: "niet bekend",
  soFar: "tot nu toe {verdict}", of: "{rank} van {total}", choose: "Kies een perceel in de tabel of op de kaart om te lezen waarom.",
  constraints: "Voorwaarden", toDo: "Te doen", contributions: "Waaruit de score bestaat", decides: "beslist door {who}",
  unknownTitle: "Wat niet bekend is", ask: "vraag {who}", layers: "Lagen", zones: "Bestemming", sites: "Bestaande terreinen", hp: "HP-terreinen",
  filters: "Toon", count: "{count} zoeklocaties, {excluded} percelen uitgesloten", leftOut: "{count} percelen staan niet op deze schaal; zoom in.",
  loading: "Laden ...", sum: "Som", map: "Kaart van zoeklocaties; de tabel eronder geeft dezelfde percelen.", sources: "Bronnen",
};
const fr: Words = {
  municipality: "Commune", residential: "Terrain résidentiel", transit: "Aire d'accueil", pitches: "emplacements souhaités",
  asOf: "droit du {day}", dataOf: "données du {day}", rank: "Rang", place: "Lieu", area: "Superficie", fits: "Emplacements", verdict: "Avis",
  score: "Score", notKnown: "Inconnu", owner: "Propriétaire", zoning: "Affectation", school: "École", shop: "Magasin", stop: "Arrêt",
  compatible: "compatible", needs_derogation: "dérogation nécessaire", incompatible: "incompatible", unknown: "inconnu",
  soFar: "{verdict} jusqu'ici", of: "{rank} sur {total}", choose: "Choisissez une parcelle dans le tableau ou sur la carte pour lire pourquoi.",
  constraints: "Conditions", toDo: "À faire", contributions: "Ce qui fait le score", decides: "décision : {who}",
  unknownTitle: "Ce qui est inconnu", ask: "demander à {who}", layers: "Couches", zones: "Affectation", sites: "Terrains existants", hp: "Sites HP",
  filters: "Afficher", count: "{count} sites candidats, {excluded} parcelles exclues", leftOut: "{count} parcelles ne sont pas dessinées à cette échelle ; zoomez.",
  loading: "Chargement ...", sum: "Somme", map: "Carte des candidats ; le tableau ci-dessous donne les mêmes parcelles.", sources: "Sources",
};
const de: Words = {
  municipality: "Gemeinde", residential: "Wohnwagengelände (dauerhaft)", transit: "Durchreisegelände", pitches: "Stellplätze gewünscht",
  asOf: "Recht vom {day}", dataOf: "Daten vom {day}", rank: "Rang", place: "Ort", area: "Fläche", fits: "Stellplätze", verdict: "Urteil",
  score: "Wert", notKnown: "Unbekannt", owner: "Eigentümer", zoning: "Zweckbestimmung", school: "Schule", shop: "Laden", stop: "Haltestelle",
  compatible: "vereinbar", needs_derogation: "Abweichung nötig", incompatible: "unvereinbar", unknown: "unbekannt",
  soFar: "bisher {verdict}", of: "{rank} von {total}", choose: "Wählen Sie eine Parzelle in der Tabelle oder auf der Karte, um zu lesen, warum.",
  constraints: "Bedingungen", toDo: "Zu tun", contributions: "Woraus der Wert besteht", decides: "entscheidet: {who}",
  unknownTitle: "Was nicht bekannt ist", ask: "fragen Sie {who}", layers: "Ebenen", zones: "Zweckbestimmung", sites: "Bestehende Gelände", hp: "HP-Gelände",
  filters: "Zeigen", count: "{count} Standortvorschläge, {excluded} Parzellen ausgeschlossen", leftOut: "{count} Parzellen sind bei diesem Maßstab nicht gezeichnet; vergrößern Sie.",
  loading: "Lädt ...", sum: "Summe", map: "Karte der Vorschläge; die Tabelle darunter nennt dieselben Parzellen.", sources: "Quellen",
};
const all: Record<Lang, Words> = { nl, fr, de, en };

export function say(lang: Lang, key: keyof Words, values: Record<string, string | number> = {}): string {
  return all[lang][key].replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ""));
}
export type WordKey = keyof Words;

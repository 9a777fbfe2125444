// What a mark of a site tells when it is clicked.
import { html, nothing, type TemplateResult } from "lit";
import type { Lang } from "./api";
import type { MapSite } from "./map";
import { siteMark } from "./marks";
import { say, type WordKey } from "./words";

const TYPES: Record<string, WordKey> = { residential: "residential", transit: "transit" };
const STATUSES: Record<string, WordKey> = { open: "openSite", planned: "planned", unknown: "unknown" };

/** @param linked is the site on the page of sites, where each fact has its source? */
export function siteTold(lang: Lang, site: MapSite, linked: boolean): TemplateResult {
  const type = TYPES[site.site_type];
  const words = [
    ...(type ? [say(lang, type)] : []),
    say(lang, STATUSES[site.status] ?? "gone"),
    ...(site.pitches === undefined ? [] : [say(lang, "sitePitches", { count: site.pitches })]),
  ];
  return html`<div class="site-told">
    <b>${siteMark(site.site_type, site.status)} ${site.name}</b>
    <div>${words.join(" · ")}</div>
    ${
      linked
        ? html`<a href="belgium.html#lang=${lang}&amp;site=${encodeURIComponent(site.id)}">${say(lang, "facts")}</a>`
        : nothing
    }
  </div>`;
}

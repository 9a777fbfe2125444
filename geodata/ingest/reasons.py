"""What the reason codes of an ingestion mean, as sentences; the codes are what JSON and the database hold."""

from __future__ import annotations

from geodata.ingest.table import GEOMETRY_REASONS

REASONS = {
    **GEOMETRY_REASONS,
    "repaired_geometry": "the shape was damaged and was repaired",
    "unreadable_geometry": "the shape cannot be read",
    "nis_recoded": "an old NIS code went to its successor",
    "nis_far_from_place": "the parcel lies far from the municipality of its code: the place counts, not the code",
    "unknown_value": "the row has a value the catalogue does not know",
    "invalid_capakey": "the key is no CAPAKEY",
    "duplicate_row": "the same parcel stands in the file before",
    "duplicate_capakey": "the key stands in the file before",
    "capakey_in_other_dataset": "another dataset holds the parcel",
    "duplicate_site_id": "the site is listed before",
    "private_plot": "private and family plots are not stored",
    "no_public_manager": "the manager is not shown to be a public body",
    "matched_by_geometry": "the key is not current, and the parcel was found by its shape",
    "split_parcel": "the key is not current, and its shape is several parcels today",
    "ambiguous_parcel": "which parcel is meant cannot be told",
    "parcel_not_found": "no parcel that is loaded fits",
    "listed_by_key": "the parcels of this shape are listed by their own keys",
    "duplicate_owner": "the same right of the same owner stands in the file before",
    "unknown_owner_class": "the class of owner is none that is known",
    "unclear_right": "the right is none that is known: it is left open",
    "unclear_share": "the shares cannot be read or are more than the whole: the public share is left open",
    "unclear_lease": "whether there is a lease, or until when, cannot be read: it is left open",
    "no_value": "a required field is empty",
    "unknown_word": "a field holds a word that is none of those asked for",
}


def sentence_of(reason: str) -> str:
    """A reason code as a sentence, in English; codes of single fields (`no_capakey`, `unknown_grade`) share one."""
    if reason in REASONS:
        return REASONS[reason]
    return REASONS["no_value" if reason.startswith("no_") else "unknown_word"]

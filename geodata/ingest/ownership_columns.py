"""Columns of an owner list by the names municipalities give them, and the ones named with `--map COLUMN=MEANING`.

A header may be anything, a name too where a file has none: only meanings are ever shown, never a column nobody named.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geodata.errors import InputError, UsageError
from geodata.ingest.owner_names import plain_words
from geodata.ingest.read import RawLayer
from geodata.ingest.table import nothing

#: Meaning -> headers it is known by, as `folded` leaves them. The first header of a meaning counts.
HEADERS: dict[str, tuple[str, ...]] = {
    "capakey": ("capakey", "capakeynummer", "kadastralesleutel", "kadasternummer", "perceelsleutel", "perceelskey",
                "capakeyperceel", "cleparcellaire", "clecadastrale", "identifiantparcellaire", "parzellenschlussel",
                "katasterschlussel", "parcelkey", "officialid", "oudecapakey", "capakeyoud", "anciennecapakey"),
    "division": ("afdeling", "kadastraleafdeling", "afdelingscode", "division", "divisioncadastrale", "divcad",
                 "codedivision", "gemarkung", "abteilung"),
    "section": ("sectie", "kadastralesectie", "section", "sectioncadastrale", "flur", "sektion"),
    "number": ("grondnummer", "radical", "radicaal", "primarynumber", "perceelnummer", "perceelsnummer", "stamnummer",
               "numeroparcelle", "parzellennummer", "stammnummer"),
    "bis": ("bisnummer", "bis", "bisnumber", "numerobis", "bisnr"),
    "exponent": ("exponent", "exponentletter", "exposant", "letterexponent", "exponentbuchstabe"),
    "power": ("macht", "puissance", "power", "exponentnumber", "cijferexponent", "potenz"),
    "owner_class": ("ownerclass", "classofowner", "ownertype", "eigenaarsklasse", "eigenaarklasse", "klasseeigenaar",
                    "eigenaarstype", "typeeigenaar", "soorteigenaar", "aardeigenaar", "categorieeigenaar",
                    "classeproprietaire", "classeduproprietaire", "typeproprietaire", "typedeproprietaire",
                    "categorieproprietaire", "categorieduproprietaire", "eigentumerklasse", "eigentumerart",
                    "artdeseigentumers", "eigentuemerklasse", "eigentuemerart"),
    "owner_name": ("owner", "ownername", "nameofowner", "eigenaar", "eigenaars", "naameigenaar", "eigenaarnaam",
                   "naamvandeeigenaar", "titularis", "rechthebbende", "zakelijkgerechtigde", "proprietaire",
                   "proprietaires", "nomproprietaire", "nomduproprietaire", "titulaire", "ayantdroit", "eigentumer",
                   "eigentumername", "namedeseigentumers", "eigentuemer", "rechtsinhaber"),
    "any_name": ("naam", "nom", "name", "familienaam", "nomdefamille", "familienname", "lastname", "surname"),
    "first_name": ("voornaam", "voornamen", "voornaameigenaar", "prenom", "prenoms", "vorname", "firstname"),
    "person_number": ("rijksregisternummer", "rijksregister", "rrn", "insz", "niss", "registrenational",
                      "numeronational", "nationalregisternummer", "nationalnumber", "geboortedatum", "datedenaissance",
                      "geburtsdatum", "birthdate", "dateofbirth"),
    "right": ("right", "righttype", "typeofright", "ownerright", "recht", "zakelijkrecht", "aardrecht", "typerecht",
              "soortrecht", "aardvanhetrecht", "droit", "droitreel", "typededroit", "naturedudroit", "dinglichesrecht",
              "artdesrechts"),
    "share": ("share", "aandeel", "eigendomsaandeel", "quotepart", "quotite", "part", "fraction", "fractie", "anteil"),
    "lease": ("lease", "leased", "existinglease", "verhuurd", "verpacht", "huur", "pacht", "huurcontract", "verhuring",
              "huurovereenkomst", "pachtovereenkomst", "gebruiksovereenkomst", "loue", "location", "bail", "bailencours",
              "bailexistant", "vermietet", "verpachtet", "miete", "mietvertrag", "pachtvertrag"),
    "lease_until": ("leaseuntil", "leaseend", "leaseenddate", "endoflease", "eindehuur", "einddatumhuur", "eindepacht",
                    "einddatumpacht", "huurtot", "pachttot", "verhuurdtot", "verpachttot", "einddatum",
                    "eindehuurcontract", "einddatumcontract", "finbail", "findebail", "finbail", "datefinbail",
                    "datedefindebail", "bailjusquau", "mietende", "pachtende", "vermietetbis", "verpachtetbis"),
    "owners": ("owners", "numberofowners", "aantaleigenaars", "nombredeproprietaires", "nombreproprietaires",
               "anzahleigentumer", "anzahleigentuemer"),
    "evidence": ("evidence", "bewijs", "preuve", "nachweis"),
}  # fmt: skip
MEANINGS = tuple(name for name in HEADERS if name != "any_name")
#: Other words for a meaning on the command line.
_ALIASES = {"lease_end": "lease_until", "right_type": "right", "name": "owner_name", "power_number": "power"}
#: `--map COLUMN=ignore`: the column is not read.
IGNORE = "ignore"
#: Headers of an extract of the cadastral matrix.
_OF_MATRIX = frozenset({"propertysituationidf", "ownerright", "cadastralincome", "righttrad"})
#: Names of fields in a shapefile end here.
_SHORT = 10


@dataclass(frozen=True)
class Columns:
    """Columns of one layer by meaning.

    Attributes
    ----------
    at : meaning -> positions of its columns; several only for owners side by side.
    unread : number of columns without meaning.
    matrix : the headers are those of an extract of the cadastral matrix.
    """

    at: Mapping[str, tuple[int, ...]]
    unread: int
    matrix: bool

    @property
    def tells_parcel(self) -> bool:
        """Is there a key, in one column or in parts?"""
        return "capakey" in self.at or {"division", "section", "number"} <= set(self.at)

    @property
    def tells_owner(self) -> bool:
        """Is there an owner, by class or name?"""
        return "owner_class" in self.at or "owner_name" in self.at

    def values(self, layer: RawLayer, meaning: str) -> NDArray[Any]:
        """Values of the first column of a meaning; None everywhere when there is none."""
        places = self.at.get(meaning)
        return _column(layer, places[0]) if places else nothing(len(layer.rows))

    def all_values(self, layer: RawLayer, meaning: str) -> list[NDArray[Any]]:
        """Values of every column of a meaning."""
        return [_column(layer, place) for place in self.at.get(meaning, ())]


def folded(header: str) -> str:
    """A header as plain small letters and digits."""
    return plain_words(header).replace(" ", "")


def find_columns(layer: RawLayer, mapping: Mapping[str, str], file: str) -> Columns:
    """Meanings of a layer's columns; what is named on the command line goes before what is recognised.

    Raises
    ------
    UsageError
        When the mapping names a meaning that does not exist or a column the layer lacks.
    """
    names = [str(name) for name in layer.rows.columns]
    given = _given(names, mapping, file)
    at: dict[str, list[int]] = {}
    for place, meaning in given.items():
        at.setdefault(meaning, []).append(place)
    at.pop(IGNORE, None)
    found: dict[str, list[tuple[int, int]]] = {}
    for place, name in enumerate(names):
        known = None if place in given else _meaning(name)
        if known is not None:
            found.setdefault(known[0], []).append((known[1], place))
    for meaning, places in found.items():
        if meaning not in at:
            ordered = [place for _, place in sorted(places)]
            at[meaning] = ordered if meaning in ("owner_name", "person_number", "first_name") else ordered[:1]
    # A plain "name" may be that of the land: it is the owner's only where nothing else tells the owner.
    plain = at.pop("any_name", None)
    if plain and ("first_name" in at or not {"owner_class", "owner_name"} & set(at)):
        at.setdefault("owner_name", plain)
    used = {place for places in at.values() for place in places}
    matrix = bool({folded(name) for name in names} & _OF_MATRIX)
    return Columns({name: tuple(places) for name, places in at.items()}, len(names) - len(used), matrix)


def _given(names: Sequence[str], mapping: Mapping[str, str], file: str) -> dict[int, str]:
    out: dict[int, str] = {}
    wanted = {folded(name): place for place, name in reversed(list(enumerate(names)))}
    for column, asked in mapping.items():
        meaning = _ALIASES.get(asked.strip().lower(), asked.strip().lower())
        if meaning not in (*MEANINGS, IGNORE):
            raise UsageError(
                f"--map {column}={asked}: {asked} is no meaning of a column.",
                f"Meanings: {', '.join((*MEANINGS, IGNORE))}.",
            )
        place = names.index(column) if column in names else wanted.get(folded(column))
        if place is None:
            raise UsageError(
                f"--map {column}={asked}: {Path(file).name} has no column {column}.", "Check its first row."
            )
        out[place] = meaning
    return out


def _meaning(header: str) -> tuple[str, int] | None:
    """Meaning of a header and its place among the headers of that meaning; None when it has none."""
    name = folded(header)
    # Owners side by side: eigenaar1, eigenaar2.
    stem = re.sub(r"\d+$", "", name) if name[:-1] else name
    for meaning, headers in HEADERS.items():
        if name in headers:
            return meaning, headers.index(name)
        if meaning == "owner_name" and stem in headers:
            return meaning, headers.index(stem)
    if len(header) == _SHORT and len(name) >= _SHORT - 2:
        for meaning, headers in HEADERS.items():
            cut = next((at for at, one in enumerate(headers) if one.startswith(name)), None)
            if cut is not None:
                return meaning, cut
    return None


def choose_layer(layers: Sequence[RawLayer], mapping: Mapping[str, str], file: str) -> RawLayer:
    """The one layer or sheet that tells parcels and their owners.

    Raises
    ------
    InputError
        When there is none, or more than one.
    UsageError
        When the mapping does not fit any layer.
    """
    fitting, problem, seen = [], None, None
    for layer in layers:
        try:
            columns = find_columns(layer, mapping, file)
        except UsageError as error:
            problem = problem or error
            continue
        seen = columns
        if columns.tells_owner and (columns.tells_parcel or layer.geometry is not None):
            fitting.append(layer)
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        raise InputError(
            f"{len(fitting)} layers or sheets list owners; nothing was loaded.", "Choose one with --layer.", file=file
        )
    if seen is None:
        raise problem or InputError("the file holds no layer.", "Check the export.", file=file)
    lacks = "the owner" if seen.tells_parcel else "the parcel"
    shown = ", ".join(HEADERS["owner_class"][:1] + HEADERS["owner_name"][:4]) if seen.tells_parcel else "CAPAKEY"
    raise InputError(
        f"no column tells {lacks}; nothing was loaded.",
        f"Known headers: {shown}, and others. Or name it: --map COLUMN="
        f"{'owner_name' if seen.tells_parcel else 'capakey'}. The first row must hold headers.",
        file=file,
    )


def _column(layer: RawLayer, place: int) -> NDArray[Any]:
    values: NDArray[Any] = layer.rows.iloc[:, place].to_numpy(dtype=object)
    return np.array([None if value is None else value for value in values], dtype=object)

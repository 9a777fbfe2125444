"""Classes of owners: from words of a list and from names of public bodies in Dutch, French, German and English.

A name goes in and a class comes out; nothing of a name is kept, returned or quoted. A name is private only where
something shows it (the form of a company, the shape of a person's name, a word that says so); a name with words of public
life that is no body known here stays unknown. The lists of words and bodies are our choice.
"""

from __future__ import annotations

import re
import unicodedata

#: Classes as stored; where shares are equal and nothing else decides, the order of the file does.
OWNER_CLASSES = (
    "municipality", "cpas_ocmw", "church_fabric", "autonomous_municipal_company", "province", "region", "community",
    "federal", "housing_company", "intermunicipal", "water_manager", "rail_manager", "other_public", "private",
    "unknown",
)  # fmt: skip
PUBLIC_CLASSES = frozenset(OWNER_CLASSES) - {"private", "unknown"}

#: Further words a list may use for a class, as `plain_words` leaves them.
_CLASS_WORDS = {
    "ocmw cpas": "cpas_ocmw", "public social welfare centre": "cpas_ocmw",
    "gemeente": "municipality", "stad": "municipality", "gemeentelijk": "municipality", "stedelijk": "municipality",
    "gemeente eigendom": "municipality", "gemeente of stad": "municipality", "commune": "municipality",
    "ville": "municipality", "communal": "municipality", "commune ou ville": "municipality",
    "gemeinde": "municipality", "stadt": "municipality", "town": "municipality", "city": "municipality",
    "provincie": "province", "provinciaal": "province", "provincial": "province", "provinz": "province",
    "gewest": "region", "regionaal": "region", "regional": "region",
    "gemeenschap": "community", "communaute": "community", "gemeinschaft": "community",
    "federaal": "federal", "foderal": "federal", "federale": "federal", "etat federal": "federal",
    "federal state": "federal", "staat": "federal", "etat": "federal", "foderalstaat": "federal",
    "societe de logement": "housing_company", "wohnungsgesellschaft": "housing_company",
    "waterbeheerder": "water_manager", "gestionnaire de l eau": "water_manager",
    "gestionnaire des eaux": "water_manager", "wasserverwalter": "water_manager",
    "waterwegbeheerder": "water_manager", "gewasserverwalter": "water_manager",
    "spoorbeheerder": "rail_manager", "spoorwegbeheerder": "rail_manager", "bahnverwalter": "rail_manager",
    "gestionnaire ferroviaire": "rail_manager", "spoorwegen": "rail_manager", "chemins de fer": "rail_manager",
    "openbaar": "other_public", "publiek": "other_public", "public": "other_public", "publique": "other_public",
    "offentlich": "other_public", "andere openbare": "other_public", "ander openbaar": "other_public",
    "andere overheid": "other_public", "andere openbare instelling": "other_public", "autre public": "other_public",
    "autre organisme public": "other_public", "andere offentliche einrichtung": "other_public",
    "other public body": "other_public", "overheid": "other_public",
    "prive": "private", "privaat": "private", "privat": "private", "particulier": "private",
    "particulieren": "private", "particuliers": "private", "privatperson": "private", "prive persoon": "private",
    "personne privee": "private", "natuurlijk persoon": "private", "personne physique": "private",
    "onbekend": "unknown", "niet gekend": "unknown", "inconnu": "unknown", "unbekannt": "unknown",
    "not known": "unknown", "nicht bekannt": "unknown", "non connu": "unknown",
}  # fmt: skip

#: Class -> words of a name that show it, on plain words; the first that fits counts, so narrow ones stand first.
_BODIES: tuple[tuple[str, str], ...] = (
    ("cpas_ocmw",
     r"\b(ocmw|cpas|oshz)\b|openbaar centrum voor maatschappelijk welzijn"
     r"|centre public (d action|d aide|de l action) sociale|offentliches sozialhilfezentrum"),
    ("church_fabric",
     r"\bkerkfabriek(en)?\b|\bfabriques? d eglises?\b|\bkirchenfabrik(en)?\b|\bchurch fabric\b|\bcentraal kerkbestuur\b"),
    ("autonomous_municipal_company",
     r"autonoo?m (gemeente|stads)bedrijf|\bagb\b|regies? communales? autonomes?|\brca\b|autonome (gemeinde|kommunal)regie"
     r"|autonomous municipal company|\bag vespa\b"),
    ("housing_company",
     r"huisvestingsmaatschappij|woonmaatschappij|huisvestingsmij|sociale (huisvesting|woningen)|volkshuisvesting"
     r"|\b(shm|slsp|vmsw|bghm|slrb|swl|smdf)\b|vlaamse maatschappij voor sociaal wonen"
     r"|societe (regionale |wallonne )?d[eu] logement|logements? (de service public|sociaux|social)"
     r"|habitations sociales|wohnungsbaugesellschaft|sozialer wohnungsbau|housing company"),
    ("rail_manager",
     r"\b(nmbs|sncb|ngbe|infrabel)\b|maatschappij der belgische spoorwegen|societe nationale des chemins de fer"
     r"|gesellschaft der belgischen eisenbahnen|rail manager"),
    ("water_manager",
     r"vlaamse waterweg|waterwegen en zeekanaal|\bnv de scheepvaart\b|^de scheepvaart\b|aquafin|vlaamse milieumaatschappij"
     r"|\b(vmm|swde|spge|pidpa|farys|tmvw|vivaqua|hydrobru)\b|de watergroep|societe wallonne des eaux"
     r"|societe publique de gestion de l eau|voies (hydrauliques|navigables)|waterschap|water manager"
     r"|^((de|het|la|le|die|grote|kleine|nieuwe) )*(watering(en|ues?)?|wateringues?)\b|^((de|het|le|grote|kleine|nieuwe) )*polder\b"
     r"|polderbestuur"),
    ("intermunicipal",
     r"\bintercommunales?\b|intergemeentelijke?\b|interkommunale?\b|(dienstverlenende|opdrachthoudende) vereniging"
     r"|intermunicipal|\b(interleuven|igemo|leiedal|haviland|veneco|idelux|igretec|inasep|ideta|intradel|fluvius)\b"),
    ("other_public",
     r"politiezone|zone de police|polizeizone|(hulpverlenings|brandweer)zone|zones? de secours|hilfeleistungszone"
     r"|vlaamse vervoermaatschappij|\bde lijn\b|\b(stib|mivb|srwt|otw|sofico|vlm|citydev|gomb|sdrb|vdab|forem|actiris)\b"
     r"|operateur de transport de wallonie|vlaamse landmaatschappij|havenbedrijf|port autonome|port de bruxelles"
     r"|publiek ?recht|droit public|offentlichen rechts|openbare instelling|organisme d interet public"
     r"|etablissement public|public body|gemeenschapsonderwijs|\bgo onderwijs\b|wallonie bruxelles enseignement"),
    ("federal",
     r"belgische staat|etat belge|belgischer staat|belgian state|regie der gebouwen|regie des batiments|gebauderegie"
     r"|\b(fod|spf|foed|beliris)\b|federale overheid|service public federal|foderaler offentlicher"
     r"|\bdefensie\b|landsverdediging|ministere de la defense|landesverteidigung|^(de |l |der )?(staat|etat)$"),
    ("community",
     r"vlaamse gemeenschap|communaute (francaise|flamande|germanophone)|franse gemeenschap|duitstalige gemeenschap"
     r"|(deutschsprachige|franzosische|flamische)n? gemeinschaft|federation wallonie bruxelles|\b(cocof|cocom|vgc|ggc)\b"
     r"|commission communautaire|(flemish|french|german speaking) community"),
    ("region",
     r"vlaamse? gewest|vlaams gewest|regions? wallonne|waalse? gewest|wallonische region|\bspw\b|service public de wallonie"
     r"|hoofdstedelijke? gewest|region (de bruxelles|bruxelloise|flamande|brussel)|region brussel"
     r"|agentschap (wegen|voor natuur|natuur|facilitair|maritieme|onroerend|wonen)|\b(awv|anb)\b|natuur en bos"
     r"|vlaamse (overheid|regering)|leefmilieu brussel|bruxelles environnement|departement de la nature et des forets"
     r"|(flemish|walloon|brussels capital) region"),
    ("province",
     r"^(de |la |le |het |die )?(provincie|provinciebestuur|province|provinz)\b|autonoom provinciebedrijf|\bapb\b"
     r"|regie provinciale"),
    ("municipality",
     r"^(de |het |la |le |die )?(gemeente|stad|gemeentebestuur|stadsbestuur|commune|ville|gemeinde|stadt"
     r"|stadtgemeinde)\b|^(the )?(municipality|town|city) of\b|^(l )?administration communale\b|gemeinteeigendom"
     r"|college van burgemeester en schepenen|(privaat|openbaar) domein van de (gemeente|stad)"
     r"|domaine (prive|public) (communal|de la (commune|ville))"),
)  # fmt: skip
_FOUND = tuple((name, re.compile(pattern)) for name, pattern in _BODIES)
#: These are known by a common word: the form of a company behind it belies them.
_BY_COMMON_WORD = ("municipality", "province", "region", "community", "federal", "water_manager")

#: LEUVEN (STAD); Namur, Ville de
_BEHIND = re.compile(r"[,(]\s*(de |la |die )?(stad|gemeente|ville|commune|stadt|gemeinde)( van| de| d'| d’)?\s*\)?\s*$")
#: A comma right behind the word: a family name with its first name.
_FAMILY = re.compile(r"^\s*(stad|gemeente|ville|commune|stadt|gemeinde|polder|watering|province|staat)\s*,")
_COMPANY = re.compile(
    r"\b(n ?v|b ?v|bvba|cvba|cv|s ?a|srl|sprl|scrl|sc|v ?z ?w|ivzw|a ?s ?b ?l|aisbl|vof|snc|gcv|comm v|gmbh|ag|ebv"
    r"|maatschap|ltd|naamloze vennootschap|besloten vennootschap|societe anonyme)\b"
)
_PRIVATE = re.compile(
    r"\b(erven|erfgenamen|heritiers|erbengemeinschaft|erben|indivision|onverdeeldheid|consorts|weduwe|wwe|veuve|vve"
    r"|witwe|echtgenoten|echtg|epoux|eheleute|familie|famille|particuliere?n?s?|privaat|privee?|privat|private"
    r"|dhr|mevr|mevrouw|mr|mme|mlle|monsieur|madame|herr|frau)\b"
)
#: Words of public life: a name with one of them that is no body above stays unknown.
_HINTS = re.compile(
    r"\b(gemeente\w*|gemeinde\w*|stad|stads\w*|stede\w*|stadt\w*|commun\w*|kommun\w*|ville|municip\w*|provinc\w*|provinz\w*"
    r"|region\w*|gewest\w*|vlaams\w*|vlaander\w*|flandre|flamand\w*|wallon\w*|waals\w*|brussel\w*|bruxell\w*|belg\w*"
    r"|staat\w*|etat|publi\w*|openba\w*|offentlich\w*|agentschap\w*|agence|dienst\w*|service\w*|regie|overheid\w*"
    r"|administrat\w*|school\w*|scholen|ecole\w*|schule\w*|colleg\w*|universit\w*|hogeschool|haute ecole|hospital\w*"
    r"|ziekenhuis\w*|hopital|hopitaux|krankenhaus|klooster|abdij|abbaye|parochi\w*|paroiss\w*|pfarr\w*|bisdom|eveche"
    r"|kerk\w*|eglise\w*|kirche\w*|bestuur\w*|instelling\w*|institut\w*|etablissement\w*|vereniging\w*|association\w*"
    r"|stichting\w*|fond\w*|maatschappij\w*|societe\w*|gesellschaft\w*|bedrijf\w*|onderneming\w*|entreprise\w*"
    r"|compan\w*|fabri\w*|fabrik\w*|socia\w*|logement\w*|huisvesting\w*|water\w*|eaux|wasser\w*|spoor\w*|rail\w*"
    r"|federa\w*|foder\w*|minister\w*|zone|port|haven\w*|domein\w*|domaine\w*|polder\w*|comite|commissi\w*|raad|conseil"
    r"|centrum|centre|zentrum|regie\w*|club|coop\w*|energie|netbeheer\w*)\b"
)


def plain_words(name: str) -> str:
    """A text in small letters without accents or marks, words apart by one space."""
    folded = unicodedata.normalize("NFKD", name.casefold().replace("œ", "oe").replace("æ", "ae"))
    without = "".join(one for one in folded if not unicodedata.combining(one))
    # B.V. and S.A. are one word, O.C.M.W. too.
    joined = re.sub(r"\b(\w)\.(?=\w\b)", r"\1", without)
    return re.sub(r"[^a-z0-9]+", " ", joined).strip()


def class_of_word(word: str) -> str | None:
    """Class by a word of a column of classes; None when it is no class. A person's name is none."""
    plain = plain_words(word)
    return _exact(plain) or _body(word, plain)


def class_of_name(name: str) -> str:
    """Class of an owner by its name; `unknown` where nothing shows it."""
    plain = plain_words(name)
    found = None if _FAMILY.match(name.casefold()) else _body(name, plain)
    if found is not None:
        return found
    if _COMPANY.search(plain) or _PRIVATE.search(plain):
        return "private"
    exact = _exact(plain)
    if exact or _HINTS.search(plain):
        return exact or "unknown"
    words = plain.split()
    person = 2 <= len(words) <= 8 and all(one.isalpha() for one in words)
    return "private" if person else "unknown"


def _exact(plain: str) -> str | None:
    code = plain.replace(" ", "_")
    return code if code in OWNER_CLASSES else _CLASS_WORDS.get(plain)


def _body(name: str, plain: str) -> str | None:
    """Class of a public body; `unknown` where the form of a company belies it, None when it is none known here."""
    for found, pattern in _FOUND:
        if pattern.search(plain):
            belied = found in _BY_COMMON_WORD and _COMPANY.search(plain) and not _corporate(found, plain)
            return "unknown" if belied else found
    return "municipality" if _BEHIND.search(name.casefold()) else None


def _corporate(found: str, plain: str) -> bool:
    """Bodies that are companies by their own law."""
    return found == "water_manager" and not re.match(r"^((de|het|la|le) )?(polder|watering)", plain)

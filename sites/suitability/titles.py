"""Names of constraints, criteria, layers, classes and owners, and steps to take, as messages for translation."""

from __future__ import annotations

from geodata.sources.zoning_labels import class_title
from sites.suitability.messages import Message

CONSTRAINTS = {
    "occupation": "Use of the land",
    "usable_area": "Room for a site",
    "zoning": "Destination in the plan",
    "plan_rules": "Detailed plans and subdivision permits",
    "flood": "Flooding",
    "nature": "Protected nature",
    "seveso": "Major-accident hazard (Seveso)",
    "soil": "Soil",
    "plan_hp": "Permanent residents (Plan HP)",
    "competing_plans": "Other plans for this land",
    "road_access": "Access by road",
    "isolation": "Distance from other dwellings",
    "sewage_plant": "Sewage plant",
    "waste_site": "Waste site",
    "motorway": "Motorway",
    "railway": "Railway",
    "slope": "Slope",
    "public_land": "Public land",
    "high_voltage": "High-voltage line",
    "seveso_site": "Distance from a Seveso establishment",
}
CRITERIA = {
    "school": "School",
    "care": "Doctor or pharmacy",
    "shop": "Food shop",
    "stop": "Public transport",
    "main_road": "Main road",
    "surroundings": "Built surroundings",
    "usable": "Usable area",
    "shape": "Shape of the parcel",
    "flat": "Flat ground",
    "owner": "Owner",
    "utilities": "Connection to water and power",
    "frontage": "Room to turn in from the road",
    "road_width": "Width of the road at the access",
    "road_class": "Class of the road at the access",
    "firm": "Firm ground",
    "smell": "Distance from sewage plants and waste sites",
    "traffic": "Distance from motorways and railways",
    "noise": "Quiet on the noise map",
    "sewer": "Collective sewer",
    "undeveloped": "Registered as undeveloped land",
    "spread": "Distance from existing sites",
    "departures": "Departures on a weekday",
    "shops_around": "Food shops around",
}
LAYERS = {
    "zoning": "Zoning plans",
    "zoning:law": "Whether the plan allows a site",
    "zoning:zoning-gewestplan": "Regional plan (gewestplan)",
    "zoning:rup-municipal": "Municipal implementation plans (RUP)",
    "zoning:rup-provincial": "Provincial implementation plans (RUP)",
    "zoning:rup-regional": "Implementation plans of the Region (RUP)",
    "zoning:bpa": "Older local plans (BPA)",
    "zoning:pras": "Regional land-use plan (PRAS)",
    "zoning:pad": "Master development plans (PAD)",
    "zoning:rruz": "Zoned regional regulations (RRUZ)",
    "zoning:ppas": "Local land-use plans (PPAS)",
    "plan_rules": "Detailed plans and subdivision permits",
    "plan_rules:subdivision": "Subdivision permits",
    "plan_rules:sol": "Local orientation schemes (SOL)",
    "plan_rules:gcu": "Municipal planning guides (GCU)",
    "plan_rules:lot": "Subdivision and urbanisation permits (LOT)",
    "plan_rules:sdc": "Municipal development schemes (SDC)",
    "buildings": "Buildings",
    "addresses": "Addresses",
    "land_use": "Use of the land",
    "flood": "Flood hazard",
    "nature": "Protected nature",
    "seveso": "Major-accident hazard (Seveso)",
    "soil": "Soil surveys",
    "plan_hp": "Permanent residents (Plan HP)",
    "competing_plans": "Reservations, overlays of plans and redevelopment sites",
    "sewer": "Sewerage plan",
    "noise": "Noise maps",
    "undeveloped": "Registers of undeveloped land",
    "nuisance": "Nuisances",
    "roads": "Roads",
    "dem": "Terrain heights",
    "schools": "School",
    "schools_nl": "Dutch-language schools",
    "schools_fr": "French-language schools",
    "schools_de": "German-language schools",
    "health": "Doctor or pharmacy",
    "shops": "Food shop",
    "stops": "Public transport",
    "ownership": "Owner",
}
OWNERS = {
    "municipality": "Municipality",
    "cpas_ocmw": "Public social welfare centre",
    "province": "Province",
    "region": "Region",
    "community": "Community",
    "federal": "Federal state",
    "housing_company": "Housing company",
    "intermunicipal": "Intermunicipal body",
    "church_fabric": "Church fabric",
    "autonomous_municipal_company": "Autonomous municipal company",
    "water_manager": "Water manager",
    "rail_manager": "Rail manager",
    "other_public": "Other public body",
    "private": "Private",
    "unknown": "Not known",
}
#: Classes of roads, as `geodata.measure.kernels.roads.ROAD_CLASSES` names them (a test compares).
ROADS = {
    "motorway": "Motorway",
    "main": "Main road",
    "secondary": "Secondary road",
    "local": "Local road",
    "service": "Service road",
    "track": "Track",
    "path": "Path",
    "unknown": "Not known",
}
#: Use of land, and class of a map, in words.
USES = {
    "inhabited": "housing", "camp_site": "camp site",
    "school_ground": "school ground", "cemetery": "cemetery", "water": "water", "road": "road", "rail": "railway",
    "industry": "industry", "car_park": "car park", "sports_field": "sports field",
}  # fmt: skip
CLASSES = {
    "A": "flood class A", "B": "flood class B", "C": "flood class C", "D": "flood class D", "very_low": "very low hazard",
    "low": "low hazard", "medium": "medium hazard", "high": "high hazard", "natura2000": "Natura 2000",
    "ven": "Flemish ecological network", "reserve": "nature reserve", "site": "establishment", "vulnerable": "vulnerable zone",
    "consultation": "consultation zone", "clean": "clean", "investigate": "survey needed", "pending": "survey not yet processed",
    "polluted": "polluted", "phase1": "phase 1", "phase2": "phase 2", "phase_unknown": "phase not known",
    "zhv": "habitat-vert zone (ZHV)", "subdivision": "subdivision permit", "sol": "local orientation scheme (SOL)",
    "gcu": "municipal planning guide (GCU)", "lot": "subdivision or urbanisation permit (LOT)",
    "sdc": "municipal development scheme (SDC)", "sar": "site to be redeveloped (SAR)",
    "isa_perimeter": "inventory of disused sites (ISA)", "isa_potential": "inventory of disused sites, potential (ISA)",
    "infrastructure_reserve": "reserved for infrastructure", "extraction_extension": "extension of extraction",
    "viewpoint": "viewpoint", "viewpoint_perimeter": "perimeter of a view", "landscape": "landscape interest",
    "culture": "cultural, historical or aesthetic interest", "ecological_link": "ecological link",
    "gru_airport_noise": "noise near airports (GRU)", "gru_rural": "buildings in rural sites (GRU)",
    "gru_protected_urban": "protected urban area (GRU)", "urban_renovation": "urban renovation",
    "urban_revitalisation": "urban revitalisation", "urban_reparcelling": "urban reparcelling",
    "priority_initiative": "priority initiative zone", "pre": "perimeter of recognition (PRE)",
    "drpre": "perimeter of recognition (DRPRE)", "pex": "perimeter of recognition (PEX)",
    "confirmed_agricultural": "confirmed agricultural area", "other": "other perimeter",
}  # fmt: skip
#: Constraint -> what to do where it is met under a condition, and who decides.
CONDITIONS = {
    "occupation": ("Agree with its users on another place for what is there.", "the owner and the municipality"),
    "soil": ("A soil survey.", "the soil administration of the region"),
    "flood": ("The advice of the water manager.", "the water manager"),
    "seveso": ("The advice on major-accident hazards.", "the safety administration of the region"),
    "motorway": ("A noise study, and a wall where it asks for one.", "the municipality"),
    "road_access": ("An access road.", "the road manager"),
    "public_land": ("The agreement of the owner.", "the owner"),
    "competing_plans": (
        "Read the reservation or plan that lies here, and ask its author whether it still stands.",
        "the planning service of the municipality",
    ),
    "plan_rules": (
        "Read the plan or permit that lies here, and keep to its rules.",
        "the planning service of the municipality",
    ),
}
#: A house with its garden is no use to be moved: it is left apart.
HOUSE_CONDITION = ("Leave the house and its garden apart from the site.", "the owner and the municipality")
CONDITION_ELSE = ("A check on the spot.", "the municipality")
#: Who could answer what is unknown.
WHO = {
    "zoning": "the planning service of the municipality",
    "soil": "the soil administration of the region",
    "ownership": "the municipality",
}
WHO_ELSE = "whoever runs this service, by loading the source"
#: Stands for a class, a zone or an owner whose source may not be passed on.
WITHHELD = "not told here, because its source may not be passed on"


def constraint_title(name: str) -> Message:
    """Title of a constraint."""
    return Message(CONSTRAINTS[name])


def criterion_title(name: str) -> Message:
    """Title of a criterion."""
    return Message(CRITERIA[name])


def layer_title(name: str) -> Message:
    """Title of a layer."""
    return Message(LAYERS[name])


def owner_title(name: str | None) -> Message:
    """Title of an owner class; None is not known."""
    return Message(OWNERS[name or "unknown"])


def road_title(name: str | None) -> Message:
    """Title of a class of road; None is not known."""
    return Message(ROADS[name or "unknown"])


def zoning_title(name: str) -> Message:
    """Title of a zoning class; translated by the label list, which holds the legal words of each language."""
    return Message("{zone}", {"zone": class_title(name, "en"), "zoning_class": name})

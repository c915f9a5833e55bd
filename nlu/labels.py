"""The closed label sets of the heads, in the order of their scores. Appending is safe, reordering needs new weights."""

from __future__ import annotations

from nlu.parse import Act, Factuality, Tag

TAGS: tuple[Tag, ...] = tuple(Tag)
ACTS: tuple[Act, ...] = tuple(Act)
FACTUALITIES: tuple[Factuality, ...] = tuple(Factuality)
# Proper names alone, by the guidelines of Universal NER (Mayhew et al. 2024): what corpora of running text agree on.
NAME_TYPES: tuple[Tag, ...] = (Tag.PERSON, Tag.LOCATION, Tag.ORGANISATION)
NAME_LABELS: tuple[str, ...] = ("O", *(f"{part}-{tag}" for tag in NAME_TYPES for part in "BIES"))
NO_RELATION = "none"
COREFERENCE = "coref"
RELATIONS: tuple[str, ...] = (
    NO_RELATION, COREFERENCE, "role", "same", "value", "claims", "P580", "P582", "P585", "price",
    "P6", "P17", "P19", "P20", "P21", "P22", "P25", "P26", "P27", "P31", "P35", "P36", "P39", "P40", "P50", "P54", "P57",
    "P61", "P69", "P84", "P86", "P101", "P102", "P103", "P106", "P108", "P112", "P123", "P127", "P131", "P136", "P138",
    "P140", "P155", "P156", "P159", "P161", "P166", "P169", "P170", "P175", "P176", "P178", "P190", "P206", "P276", "P279",
    "P286", "P287", "P355", "P749", "P361", "P527", "P400", "P407", "P413", "P449", "P451", "P462", "P463", "P488", "P495",
    "P551", "P569", "P570", "P571", "P576", "P577", "P607", "P641", "P710", "P1344", "P734", "P735", "P740", "P800", "P802",
    "P1066", "P937", "P1037", "P1038", "P1082", "P1303", "P1412", "P1449", "P1619", "P1813", "P1830", "P1971", "P2048",
    "P2067", "P2130", "P2142", "P2284", "P2650", "P3373", "P6886", "P1376",
    "tt:likes", "tt:dislikes", "tt:favourite", "tt:hasPet", "tt:allergicTo", "tt:owns", "tt:friend", "tt:colleague",
    "tt:neighbour", "tt:plansTo", "tt:phone", "tt:email", "tt:keepsAt", "tt:feels", "tt:needs", "tt:can", "tt:age",
    "tt:lentTo", "tt:gaveTo", "tt:soldTo", "tt:boughtFrom", "tt:code", "tt:seat", "tt:studies", "tt:teaches", "tt:wants",
    "tt:relatedTo", "tt:value", "tt:happened", "tt:gotFrom",
    "P30", "P37", "P58", "P59", "P118", "P135", "P137", "P162", "P172", "P177", "P179", "P241", "P264", "P272", "P306",
    "P364", "P403", "P410", "P412", "P466", "P674", "P676", "P706", "P737", "P750", "P921", "P931", "P974", "P1001", "P1056",
    "P1346", "P1365", "P1366", "P1408", "P1411", "P1435", "P1441", "P4552",
)  # fmt: skip
RELATION_INDEX = {name: n for n, name in enumerate(RELATIONS)}

# What the labels that no ontology describes mean, for the relation head.
DESCRIPTIONS: dict[str, str] = {
    NO_RELATION: "the two have nothing to do with each other",
    COREFERENCE: "a pronoun stands for the other expression",
    "role": "a relational noun such as sister or director is somebody's: the possessor of the role",
    "same": "both expressions name one and the same person or thing: apposition, naming",
    "value": "a number, name or date is the value of an attribute",
    "claims": "somebody says, believes or reports the other",
    "P580": "since when: the start time of a relation",
    "P582": "until when: the end time of a relation",
    "P585": "at which point in time a relation held",
    "price": "for how much money",
}

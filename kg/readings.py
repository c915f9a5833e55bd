"""Which properties may answer for which: a small table beside the ontology's inverses and symmetries.

Takes a property id, gives weighted readings; knows no graph and no words. A weight below `recall.TIER` times the
best one's counts only when nothing better is found.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from kg.pattern import Reading


class Ontology(Protocol):
    """What questions need to know of properties; asked only of ids that it contains."""

    def __contains__(self, id: object, /) -> bool: ...

    def is_functional(self, id: str, /) -> bool: ...

    def is_temporal(self, id: str, /) -> bool: ...

    def inverses(self, id: str, /) -> Sequence[str]:
        """Return all properties that may say the same from the other end; a symmetric one is among its own."""
        ...

    def narrower(self, id: str, /) -> Sequence[str]: ...

    def label(self, id: str, language: str, /) -> str: ...


# property -> others, best first: "-" is read backwards, ":f" fixes the gender of the node it leads to, "*" weighs.
_CLOSE: dict[str, str] = {
    "P40": "-P22 -P25",
    "P22": "-P40:m",
    "P25": "-P40:f",
    "P3373": "-P3373",
    "P26": "-P26",
    "P451": "-P451 P26*0.5 -P26*0.5",
    "P1038": "-P1038",
    "P127": "-P1830 -tt:owns -tt:hasPet*0.8 P749*0.5",
    "P1830": "tt:owns -P127 P355*0.5",
    "tt:owns": "P1830 -P127 tt:hasPet*0.8 tt:boughtFrom*0.4",
    "tt:hasPet": "tt:owns*0.5 P1830*0.5 -P127*0.5",
    "P551": "P276*0.5 P131*0.5 P159*0.5 tt:keepsAt*0.5",
    "P276": "tt:keepsAt P131 P159*0.9 P551*0.5 P937*0.5 -P466*0.4 P740*0.3 P17*0.3",
    "tt:keepsAt": "P276 P131*0.9 P551*0.5",
    "P131": "P276 P159*0.9 P17*0.5 P551*0.5 P740*0.3",
    "P159": "P276*0.9 P131*0.9 P740*0.5 P551*0.5 -P466*0.4",
    "P740": "P159*0.5 P131*0.5 P276*0.5",
    "P17": "P131*0.5 P27*0.5 P495*0.5",
    "P4552": "P706*0.5",
    "P937": "P108 P276*0.4",
    "P108": "P937*0.9 P463*0.4 P54*0.4 -P1037*0.4 -P169*0.4 -P127*0.4 P1830*0.4 tt:owns*0.4",
    "P106": "P39*0.9 P101*0.5 tt:teaches*0.5 P108*0.4 tt:studies*0.4 -P1037*0.4 -P169*0.4 P1830*0.35",
    "P39": "P106*0.8",
    "P101": "tt:studies P106*0.4 tt:teaches*0.5",
    "tt:studies": "P101 P2650*0.4",
    "tt:teaches": "P101*0.5 P106*0.4",
    "P19": "P27*0.5 P495*0.5 P740*0.5",
    "P495": "P19*0.5 P17*0.5",
    "P27": "P17*0.5",
    "P1037": "P169*0.9 P488*0.8 P6*0.5 P286*0.5 P35*0.4",
    "P169": "P1037*0.9 P488*0.8",
    "P488": "P1037*0.8 P169*0.8",
    "P286": "P1066*0.5 P1037*0.5",
    "P6": "P1037*0.5 P35*0.4",
    "P35": "P6*0.4",
    "P50": "-P800 P170*0.8",
    "P170": "-P800 P50*0.9 P86*0.9 P61*0.9 P84*0.8 P287*0.8 P57*0.6 P112*0.5 P178*0.5",
    "P800": "-P50 -P170 -P84*0.9 -P86*0.9 -P57*0.9 -P61*0.8 -P287*0.8",
    "P84": "P287*0.9 P170*0.6 -P800*0.5",
    "P287": "P84*0.9 P170*0.8 P61*0.5 -P800*0.5",
    "P86": "P170*0.7 -P800*0.5",
    "P57": "P170*0.5 -P800*0.5",
    "P61": "P170*0.8 P287*0.5 P112*0.4 -P800*0.5",
    "P112": "P170*0.5",
    "P176": "-P1056*0.9 P178*0.8 P123*0.4",
    "P1056": "-P176*0.9",
    "P178": "P176*0.8",
    "P123": "P176*0.4",
    "P750": "P123*0.7",
    "P162": "P272*0.5",
    "P137": "P127*0.5",
    "P175": "P161*0.5 P86*0.4",
    "P571": "P1619*0.9 P577*0.5 tt:happened*0.5",
    "P1619": "P571*0.5 tt:happened*0.5",
    "P577": "P571*0.5 P1619*0.5",
    "tt:happened": "P585 P571*0.4 P1619*0.4",
    "P2284": "P2130",
    "P2130": "P2284",
    "P802": "-P1066",
    "P1066": "-P802",
    "P355": "-P749",
    "P749": "-P355",
    "P361": "-P527",
    "P527": "-P361",
    "P155": "-P156 P1365*0.8 -P1366*0.8",
    "P156": "-P155 P1366*0.8 -P1365*0.8",
    "P1365": "-P1366 P155*0.7",
    "P1366": "-P1365 P156*0.7",
    "P166": "-P1346",
    "P1346": "-P166",
    "P463": "P54*0.8 P102*0.8",
    "P54": "P463*0.8",
    "P102": "P463*0.6",
    "P710": "-P1344",
    "P1344": "-P710",
    "P1412": "P103*0.9 P407*0.4",
    "P103": "P1412*0.5",
    "P407": "P6886*0.8 P1412*0.3",
    "P31": "P279*0.8 P106*0.5 P136*0.5",
    "P136": "P31*0.7",
    "P641": "P2650*0.4 tt:likes*0.4",
    "P1303": "tt:can*0.4",
    "P2650": "tt:likes*0.8 tt:favourite*0.8",
    "tt:likes": "tt:favourite P2650*0.5",
    "tt:favourite": "tt:likes*0.5",
    "tt:wants": "tt:plansTo*0.5 tt:needs*0.5",
    "tt:plansTo": "tt:wants*0.8",
    "tt:code": "tt:value",
    "P190": "-P190",
    "P36": "-P1376",
    "tt:friend": "-tt:friend",
    "tt:colleague": "-tt:colleague",
    "tt:neighbour": "-tt:neighbour",
    "tt:boughtFrom": "tt:gotFrom*0.5",
    "tt:gotFrom": "tt:boughtFrom*0.5",
    "tt:lentTo": "tt:gaveTo*0.5 tt:soldTo*0.5 -tt:owns*0.3",
    "tt:gaveTo": "tt:soldTo*0.8 tt:lentTo*0.7 -tt:hasPet*0.4 P127*0.4",
    "price": "P2284 P2130",
}
# A step that has a detour: brothers and sisters are the parents' other children.
_DETOURS: dict[str, tuple[tuple[str, ...], ...]] = {"P3373": (("-P40", "P40"),)}
DETOUR_WEIGHT = 0.9
# One thing at a time: another value that is in force now says no.
SINGLE: frozenset[str] = frozenset(
    [
        "P19", "P20", "P21", "P22", "P25", "P26", "P35", "P36", "P159", "P276", "P551", "P569", "P570", "P571",
        "P576", "P577", "P740", "P1619", "P2048", "P2067", "P2284", "tt:age", "tt:keepsAt", "tt:seat", "tt:code",
        "tt:lentTo"
    ]
)  # fmt: skip
DATES = frozenset({"P569", "P570", "P571", "P576", "P577", "P580", "P582", "P585", "P1619"})
# What is true once is true for good, whatever the tense of the question.
LASTING = frozenset(
    [
        "P19", "P20", "P21", "P22", "P25", "P31", "P40", "P50", "P57", "P61", "P69", "P84", "P86", "P103", "P112",
        "P123", "P138", "P155", "P156", "P161", "P166", "P170", "P175", "P176", "P178", "P279", "P287", "P361",
        "P495", "P527", "P569", "P570", "P571", "P576", "P577", "P607", "P710", "P735", "P734", "P740", "P800",
        "P802", "P1038", "P1066", "P1344", "P1449", "P1619", "P1813", "P2130", "P3373", "tt:boughtFrom", "tt:gotFrom",
        "tt:gaveTo", "tt:soldTo", "tt:happened"
    ]
)  # fmt: skip


def readings(property: str, ontology: Ontology | None = None) -> tuple[Reading, ...]:
    """Return the ways to read a property, itself first; a leading "-" asks for it backwards.

    >>> [(r.property, r.inverse) for r in readings("-P40")]
    [('P40', True), ('P22', False), ('P25', False)]
    """
    backward, bare = property.startswith("-"), property.lstrip("-")
    found = {} if bare == "price" else {(bare, False): Reading(bare)}
    for word in _CLOSE.get(bare, "").split():
        made = _reading(word)
        found.setdefault((made.property, made.inverse), made)
    if ontology is not None and bare in ontology:
        for mirror in ontology.inverses(bare):
            found.setdefault((mirror, True), Reading(mirror, True))
        for narrower in ontology.narrower(bare):
            found.setdefault((narrower, False), Reading(narrower, weight=0.9))
    if backward:  # the gender is that of the node an inverse reading starts from: backwards it would be the asker's
        return tuple(Reading(r.property, not r.inverse, r.weight) for r in found.values())
    return tuple(found.values())


def routes(path: Sequence[str]) -> tuple[tuple[tuple[str, ...], float], ...]:
    """Return the ways to walk a path of properties, detours included, best first.

    >>> [(way, weight) for way, weight in routes(["P3373"])]
    [(('P3373',), 1.0), (('-P40', 'P40'), 0.9)]
    """
    found: list[tuple[tuple[str, ...], float]] = [((), 1.0)]
    for step in path:
        bare, gender = split_step(step)
        mark = f":{gender}" if gender else ""
        ways = [((step,), 1.0)]
        ways += [((*way[:-1], way[-1] + mark), DETOUR_WEIGHT) for way in _DETOURS.get(bare.lstrip("-"), ())]
        found = [(done + way, weight * extra) for done, weight in found for way, extra in ways]
    return tuple(sorted(found, key=lambda one: -one[1]))


def split_step(step: str) -> tuple[str, str]:
    """Return a step's property, "-" included, and the gender of the node it leads to.

    >>> split_step("-P40:f"), split_step("tt:likes")
    (('-P40', 'f'), ('tt:likes', ''))
    """
    return (step[:-2], step[-1]) if step.endswith((":m", ":f")) else (step, "")


def _reading(word: str) -> Reading:
    rest, star, weight = word.partition("*")
    bare, gender = split_step(rest)
    return Reading(bare.removeprefix("-"), bare.startswith("-"), float(weight) if star else 1.0, gender)

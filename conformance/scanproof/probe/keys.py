"""Which keys of a query are matched, and how: asked by a value that has to be found, and by one that must not be.

Of each key and each kind of matching two queries are sent beside keys that keep the answer small: one for a value that
an item or a study is known to have, and one for a value that nothing has. A key that is matched finds something by the
first and nothing by the second; one that is not matched finds the same by both.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydicom.datadict import dictionary_VR, tag_for_keyword

from scanproof.evidence.queries import Query
from scanproof.probe.lines import UNKNOWN
from scanproof.probe.seen import cite
from scansim.vocabulary.status import CANCEL, SUCCESS
from scansim.wire.dataset import DataSet

#: Value representations that take wild cards (PS3.4 C.2.2.2.4), as far as keys have them.
_WILD = ("AE", "CS", "LO", "PN", "SH")
_RANGES = ("DA", "TM", "DT")
#: A value of each representation that nothing has, and a second one.
_NOTHING = {
    "PN": ("Qxqx^Nobody", "Qxqy^Nobody"),
    "DA": ("18000102", "18000104"),
    "TM": ("030303", "040404"),
    "DT": ("18000102030303", "18000104030303"),
    "IS": ("987654321", "987654320"),
    "DS": ("987654.5", "987653.5"),
    "UI": ("2.25.987654321", "2.25.987654320"),
}
_TEXT = ("QXQX", "QXQY")
#: What a value must look like to be sent as a key: of its representation (PS3.5 6.2), for what a target answers may be
#: of none, and without what stands for something else in a key or in a step: wild cards, ranges, several values,
#: references of a battery.
_FORMS = {
    "AE": r"[ -~]{1,16}",
    "CS": r"[A-Z0-9 _]{1,16}",
    "DA": r"[0-9]{8}",
    "DT": r"[0-9]{4,14}(\.[0-9]{1,6})?",
    "IS": r"[+-]?[0-9]{1,11}",
    "LO": r"[ -~]{1,64}",
    "PN": r"[ -~]{1,64}",
    "SH": r"[ -~]{1,16}",
    "TM": r"[0-9]{2}([0-9]{2}([0-9]{2}(\.[0-9]{1,6})?)?)?",
    "UI": r"(?=.{1,64}$)(0|[1-9][0-9]*)(\.(0|[1-9][0-9]*))+",
}
_NO_KEY = re.compile(r"[*?\\$]")


@dataclass(frozen=True)
class Pair:
    """Two keys for one kind of matching: what finds a value, and what does not."""

    matching: str
    hit: Any
    miss: Any


def vr_of(path: str) -> str:
    """Value Representation of the attribute at the end of a path."""
    tag = tag_for_keyword(path.rpartition(".")[2])
    return dictionary_VR(tag).split(" ")[0] if tag is not None else ""


def pairs(path: str, value: str) -> Iterator[Pair]:
    """What to ask for of an attribute that has a value; nothing of a value that cannot be a key."""
    vr = vr_of(path)
    other, another = _NOTHING.get(vr, _TEXT)
    stem = value.partition("^")[0].partition("=")[0] if vr == "PN" else value
    if not _is_key(vr, value):
        return
    if value[:4] == other[:4]:
        other, another = another, other
    yield Pair("SINGLE_VALUE", value, other)
    if vr in _WILD and len(stem) > 1:
        begin = stem[:-1]
        yield Pair("WILDCARD", f"{begin}*", f"{other[:3]}*")
    if vr in _RANGES:
        yield Pair("RANGE", f"{value}-{value}", f"{other}-{other}")
    if vr == "UI":
        yield Pair("UID", [other, value], [other, another])


def _is_key(vr: str, value: str) -> bool:
    """Whether a value can be sent as a key that means this value and nothing else."""
    form = _FORMS.get(vr)
    return form is not None and bool(value.strip()) and not _NO_KEY.search(value) and bool(re.fullmatch(form, value))


def named(path: str, pair: Pair, which: str) -> str:
    """What the query is called: ``PatientName WILDCARD hit``."""
    return f"{path} {pair.matching} {which}"


@dataclass(frozen=True)
class Found:
    """What the queries of one key show: kinds of matching that work, the queries, and whether it is ignored."""

    works: tuple[str, ...]
    cites: tuple[str, ...]
    ignored: bool
    why: str = ""

    @property
    def matching(self) -> Any:
        """As a statement has it: kinds of matching; UNIVERSAL alone for what is asked for and never matched."""
        if self.works:
            return list(self.works)
        return ["UNIVERSAL"] if self.ignored else UNKNOWN


def found(path: str, label: str, asked: Mapping[str, Query]) -> Found:
    """What the queries of a key come to; nothing is known of it where none was sent."""
    works, cites, ignored, why = [], [], False, ""
    for matching in ("SINGLE_VALUE", "UID", "WILDCARD", "RANGE"):
        hit, miss = (asked.get(f"{path} {matching} {which}") for which in ("hit", "miss"))
        if hit is None or miss is None:
            continue
        if not (ended(hit) and ended(miss)):
            why = why or f"{matching} was not answered with Success"
            cites += [cite(label, each.operation.association) for each in (hit, miss) if not ended(each)]
            continue
        cites += [cite(label, each.operation.association) for each in (hit, miss)]
        if len(hit.answers) and not len(miss.answers):
            works.append(matching)
        elif len(hit.answers):
            ignored = ignored or matching in ("SINGLE_VALUE", "UID")
        else:
            why = why or f"{matching} found nothing"
    if ignored:
        why = "what nobody has was found as well"
    return Found(tuple(works), tuple(dict.fromkeys(cites)), ignored, why)


def ended(query: Query) -> bool:
    """Whether a query came to its end, or we ended it when much had come."""
    final = query.operation.final
    return final is not None and final.command.status in (SUCCESS, CANCEL)


def value_at(answer: DataSet, path: str) -> str:
    """First value of an attribute of an answer, of the first item of each sequence on the way; empty without one."""
    *sequences, name = path.split(".")
    for sequence in sequences:
        items = answer.items(sequence)
        if not items:
            return ""
        answer = items[0]
    return next(iter(answer.values(name)), "") if name in answer else ""

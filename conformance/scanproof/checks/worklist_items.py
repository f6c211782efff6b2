"""Checks of what a worklist item is made of: its step, its return keys, nothing else (PS3.4 K.2.2.1.2, K.6)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from scanproof.check import Observation, check, deviation, fail, ok, warn
from scanproof.evidence import Evidence
from scanproof.evidence.queries import Query
from scanproof.evidence.unasked import is_private, surplus
from scanproof.finding import Level
from scanproof.standard import mwl_table as table
from scansim.network.transcript import Exchange
from scansim.wire.dataset import DataSet, Element, keyword


@dataclass(frozen=True)
class Asked:
    """One attribute that was asked for, beside what came back.

    ``path`` is the table's, ``tag`` the finding's; ``item`` is the level that it belongs to.
    """

    path: str
    tag: str
    key: Element
    returned: Element | None
    item: DataSet


def asked(keys: DataSet, item: DataSet, path: str = "", tag: str = "") -> Iterator[Asked]:
    """Walk what was asked for, with what came back; into sequences for each item that came.

    A sequence that was asked for without naming attributes asks for the whole of it (PS3.4 K.2.2.1.2 note 4): what
    belongs into its items is not walked, as nothing in particular was asked for.
    """
    for element in keys.elements.values():
        if not element.tag & 0xFFFF:  # a group length
            continue
        name = keyword(element.tag)
        returned = item.elements.get(element.tag)
        yield Asked(path + name, tag + name, element, returned, item)
        if element.items and returned is not None:
            for number, nested in enumerate(returned.items or (), 1):
                yield from asked(element.items[0], nested, f"{path}{name}>", f"{tag}{name}[{number}] > ")


def _each_item(
    evidence: Evidence, good: str, judge: Callable[[Query, Exchange, DataSet], Iterator[Observation]]
) -> Iterator[Observation]:
    """Judge each item; one PASS for an item of which nothing is to be said."""
    for query in evidence.worklist_queries:
        for response, item in query.answers:
            seen = list(judge(query, response, item))
            yield from seen or [ok(good, response)]


@check(
    "worklist.sps-sequence",
    title="An item holds exactly one Scheduled Procedure Step",
    clause="PS3.4 K.6.1.2.2, Table K.6-1 (2018-2024)",
    level=Level.SHALL,
    service="worklist",
    expected="Scheduled Procedure Step Sequence (0040,0100) with one item",
    hint="Return one worklist item for each Scheduled Procedure Step, with the step's attributes in the sequence.",
)
def sps_sequence(evidence: Evidence) -> Iterator[Observation]:
    """A worklist item is one Scheduled Procedure Step: its sequence has exactly one item.

    The console reads what to scan, when and where from there; without it the step cannot be started nor reported.

    The sequence is counted in each item of the queries that asked for it.
    """

    def judge(query: Query, response: Exchange, item: DataSet) -> Iterator[Observation]:
        if table.STEP not in query.keys:
            return
        element = item.element(table.STEP)
        if element is None:
            yield fail("the sequence is absent", response, tag=table.STEP)
        elif len(element.items or ()) != 1:
            yield fail(f"{len(element.items or ())} items", response, tag=table.STEP)

    yield from _each_item(evidence, "one item", judge)


def _flat(query: Query, item: DataSet) -> list[str]:
    """Attributes of the step that stand at the root of an item, though nobody asked for them there."""
    steps = item.items(table.STEP)
    names = [name for name in table.STEP_ONLY if name in item and name not in query.keys]
    # Modality exists at other levels too: it only replaces the step's where the step has none
    if "Modality" in item and "Modality" not in query.keys and not any("Modality" in step for step in steps):
        names.append("Modality")
    return names


@check(
    "worklist.sps-not-flat",
    title="The step's attributes stand in its sequence, not at the root",
    clause="PS3.4 Table K.6-1 (2018-2024)",
    level=Level.SHALL,
    service="worklist",
    expected="attributes of the Scheduled Procedure Step inside (0040,0100) only",
    hint="Move these attributes into the item of the Scheduled Procedure Step Sequence.",
)
def sps_not_flat(evidence: Evidence) -> Iterator[Observation]:
    """Station, date, time and the other attributes of the step are part of the item of its sequence.

    A console that looks into the sequence shows blanks, and its MPPS has no step to refer to.

    They are looked for at the root of each item.
    """

    def judge(query: Query, response: Exchange, item: DataSet) -> Iterator[Observation]:
        for name in _flat(query, item):
            yield fail(f"{name} stands at the root of the item", response, tag=name)

    yield from _each_item(evidence, "none at the root", judge)


@check(
    "worklist.return-type1",
    title="Type 1 return keys come back with a value",
    clause="PS3.4 K.2.2.1.2 (2024d), Table K.6-1 (2018-2024); PS3.5 7.4.1 (2013)",
    level=Level.SHALL,
    service="worklist",
    expected="every Type 1 attribute that was asked for, with a value",
    hint="A strict modality leaves this item out of its list: give the attribute a value in the RIS.",
)
def return_type1(evidence: Evidence) -> Iterator[Observation]:
    """Attributes of Type 1 in Table K.6-1 that were asked for are in each item, with a value; in nested items too.

    Consoles drop an item that lacks one of them, without a word: the patient is scheduled and not on the list.

    Each item is compared with the keys of its query. Of code items only the code's value and designator are judged.
    The Scheduled Procedure Step Sequence itself has a check of its own.
    """

    def judge(query: Query, response: Exchange, item: DataSet) -> Iterator[Observation]:
        for seen in asked(query.keys, item):
            if seen.path in table.TYPE_1 and seen.path != table.STEP:
                if seen.returned is None:
                    yield fail("absent", response, tag=seen.tag)
                elif seen.returned.is_empty:
                    yield fail("present without a value", response, tag=seen.tag)
            elif seen.path in table.CODE_SEQUENCES and seen.key.items and seen.returned is not None:
                for number, code in enumerate(seen.returned.items or (), 1):
                    yield from _code(seen.key.items[0], code, response, f"{seen.tag}[{number}] > ")

    yield from _each_item(evidence, "all Type 1 attributes have values", judge)


def _code(keys: DataSet, code: DataSet, response: Exchange, tag: str) -> Iterator[Observation]:
    """One item of a code sequence (PS3.4 Table 8-2b)."""
    if "CodeValue" not in keys:
        return
    values = [name for name in table.CODE_VALUES if name in code and not code.is_empty(name)]
    if code.is_empty("CodeValue"):
        yield fail("present without a value", response, tag=f"{tag}CodeValue")
    elif not values and all(name in keys for name in table.CODE_VALUES):
        yield fail("the code has none of its three values", response, tag=f"{tag}CodeValue")
    elif not values:
        yield warn("absent, unless the code is a long one, which was not asked for", response, tag=f"{tag}CodeValue")
    designator = "CodingSchemeDesignator"
    if "CodeValue" in values and designator in keys and (designator not in code or code.is_empty(designator)):
        yield fail("absent or empty though Code Value is there", response, tag=f"{tag}{designator}")


@check(
    "worklist.return-type2",
    title="Type 2 return keys come back, with or without a value",
    clause="PS3.4 K.2.2.1.2 (2024d), Table K.6-1 (2018-2024); PS3.5 7.4.3 (2013)",
    level=Level.SHALL,
    service="worklist",
    expected="every Type 2 attribute that was asked for, with zero length where nothing is known",
    hint="Return the attribute with zero length; some modalities refuse an item that lacks it.",
)
def return_type2(evidence: Evidence) -> Iterator[Observation]:
    """Attributes of Type 2 in Table K.6-1 that were asked for are in each item; zero length says that nothing is
    known.

    Some modalities refuse such items; others copy the gap into their images and MPPS, where the attribute is due
    again.

    Each item is compared with the keys of its query. Referenced Study Sequence and Admission ID, of which the texts
    that were at hand differ, get no more than a warning.
    """

    def judge(query: Query, response: Exchange, item: DataSet) -> Iterator[Observation]:
        for seen in asked(query.keys, item):
            if seen.path in table.TYPE_2 and seen.returned is None:
                yield deviation(seen.path not in table.UNSURE, "absent", response, seen.tag)

    yield from _each_item(evidence, "all Type 2 attributes are there", judge)


@check(
    "worklist.return-type1c",
    title="What is to be done is described, in words or by code",
    clause="PS3.4 Table K.6-1 (2018-2024)",
    level=Level.SHOULD,
    service="worklist",
    expected="the description, the code sequence, or both",
    hint="Give the order a description or a code: the technologist chooses the protocol by it.",
)
def return_type1c(evidence: Evidence) -> Iterator[Observation]:
    """Of description and code sequence, of the step and of the requested procedure, the SCP supports one or both.

    With neither the technologist sees a name and no examination, and has to telephone.

    Where both of a pair were asked for, each item is looked at for one that has a value.
    """

    def judge(query: Query, response: Exchange, item: DataSet) -> Iterator[Observation]:
        found = {seen.path: seen for seen in asked(query.keys, item)}
        for pair in table.ALTERNATIVES:
            partners = [found[path] for path in pair if path in found]
            if len(partners) == 2 and all(seen.returned is None or seen.returned.is_empty for seen in partners):
                yield warn("neither description nor code has a value", response, tag=partners[0].tag)

    yield from _each_item(evidence, "described", judge)


@check(
    "worklist.only-requested",
    title="An item holds no attribute that was not asked for",
    clause="PS3.4 K.4.1.1.3.2 (2018-2024)",
    level=Level.SHALL,
    service="worklist",
    expected="the attributes of the query, and the character set, time zone or HL7 reference that they need",
    hint="Return what was asked for; more is at best ignored.",
)
def only_requested(evidence: Evidence) -> Iterator[Observation]:
    """A response shall hold the attributes of the request and those of Table K.6-1a, and no others.

    Consoles mostly ignore the surplus, but patient data goes where nobody asked for it, and old parsers trip over it.

    Each item is compared with the keys of its query; what a query asks for as a whole sequence is not looked into.
    Private attributes fail, as nobody else knows what they mean; an attribute of the standard is a warning, as it does
    no harm. Group lengths, attributes that belong into the step, and groups below 0008, which have checks of their own,
    are left out.
    """

    def judge(query: Query, response: Exchange, item: DataSet) -> Iterator[Observation]:
        allowed = (*table.UNASKED, *_flat(query, item))
        for path, tag in surplus(query.keys, item, allowed, table.COMPANIONS, table.UNASKED):
            yield deviation(is_private(tag), "nobody asked for it", response, path)

    yield from _each_item(evidence, "nothing else", judge)

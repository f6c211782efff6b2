"""Checks of the values in worklist items: matching, syntax, character sets (PS3.4 K.2.2, PS3.5 6)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from pydicom.datadict import dictionary_VM, dictionary_VR

from scanproof.check import Evidence, Observation, check, fail, inconclusive, ok
from scanproof.checks.wording import deviation
from scanproof.checks.worklist import Query, queries
from scanproof.finding import Level
from scanproof.standard import mwl_table as table
from scanproof.standard.value_grammar import TEXT_VRS, character_set_mistakes, mistakes
from scansim.network.transcript import Exchange
from scansim.wire import charsets
from scansim.wire.dataset import DataSet, Element, keyword

_SINGLE_VALUED_VRS = ("ST", "LT", "UT", "UR")
_EXTENDED_NEGOTIATION = 0x56


@check(
    "worklist.matches-keys",
    title="Only items that match the keys come back",
    clause="PS3.4 K.2.2.1.1.1, K.2.2.3 (2024d), Table K.6-1 (2018-2024)",
    level=Level.SHALL,
    service="worklist",
    expected="items whose required keys match those of the query",
    hint="Let the worklist filter by this key: the console lists patients of other scanners, or of other days.",
)
def matches_keys(evidence: Evidence) -> Iterator[Observation]:
    """An SCP matches every required key of the query: station, start date and time, modality, performing physician,
    patient's name and ID. An item without a value for one of them does not match a key that has one.

    What the filter lets through stands on the console: the wrong patient is one row away, and is scanned.

    Each returned item is compared with the keys that had a value: AE titles without their padding, where one of
    several stations is enough; dates and times by range, together when both are ranges; names whatever their case and
    accents, by any component group, and not at all when extended negotiation took place. An absent attribute is
    judged by the check of Type 1, an ill-formed value by that of syntax.
    """
    for query in queries(evidence):
        zone_agreed = bool(query.keys.text("TimezoneOffsetFromUTC"))
        accepted = query.operation.association.accepted
        negotiated = accepted is not None and any(kind == _EXTENDED_NEGOTIATION for kind, _ in accepted.user.other)
        for response, item in query.items:
            compared = [seen for seen in _compared(query, item) if not (negotiated and seen[0].endswith("Name"))]
            contradictions = [seen for seen in compared if seen[2]]
            for tag, key, returned in contradictions:
                if zone_agreed and tag.endswith(("Date", "Time")):
                    yield inconclusive(f"{key} was asked for and {returned} came, in time zones of their own", response)
                else:
                    yield fail(f"{key} was asked for, {returned} came", response, expected=key, tag=tag)
            if compared and not contradictions:
                yield ok(f"{len(compared)} keys match", response)


def _compared(query: Query, item: DataSet) -> Iterator[tuple[str, str, str]]:
    """(tag, key, contradicting value or nothing) of each required key that had a value and came back."""
    keys = query.keys.items(table.STEP)[:1]
    for number, step in enumerate(item.items(table.STEP), 1):
        for level in keys:
            yield from _compared_level(level, step, table.REQUIRED_STEP_KEYS, f"{table.STEP}[{number}] > ")
    yield from _compared_level(query.keys, item, table.REQUIRED_ROOT_KEYS, "")


def _compared_level(keys: DataSet, item: DataSet, names: tuple[str, ...], tag: str) -> Iterator[tuple[str, str, str]]:
    moment = _moment(keys, item)
    for name in names:
        wanted = keys.values(name)
        if len(wanted) != 1 or not wanted[0].strip("*") or name not in item:
            continue
        if moment is not None and name in _START:
            continue
        values = item.values(name)
        if not values:
            yield tag + name, repr(wanted[0]), "no value"
            continue
        matched = _matches(name, wanted[0], values)
        if matched is not None:
            yield tag + name, repr(wanted[0]), "" if matched else repr("\\".join(values))
    if moment is not None:
        yield tag + _START[0], moment[0], moment[1]


_START = ("ScheduledProcedureStepStartDate", "ScheduledProcedureStepStartTime")


def _moment(keys: DataSet, item: DataSet) -> tuple[str, str] | None:
    """Date and time as one, when both keys are ranges (Table K.6-1): the period, and what lies outside of it."""
    dates, times = (keys.text(name) for name in _START)
    day, time = (item.text(name) for name in _START)
    if "-" not in dates or "-" not in times or not _is_date(day) or not _is_time(time):
        return None
    first, last = (part.strip() for part in dates.split("-", 1))
    begin, end = (part.strip() for part in times.split("-", 1))
    after = not first or (day, _padded(time)) >= (first, _padded(begin or "00"))
    before = not last or (day, _padded(time, "9")) <= (last, _padded(end or "235959.999999", "9"))
    return f"{dates} at {times}", "" if after and before else f"{day} at {time}"


def _matches(name: str, wanted: str, values: tuple[str, ...]) -> bool | None:
    """Whether a key matches; None when the key or the value does not allow to say."""
    if name == _START[0]:
        return _within(wanted, values[0]) if _is_date(values[0]) else None
    if name == _START[1]:
        return _within_time(wanted, values[0]) if _is_time(values[0]) else None
    if name.endswith("Name"):
        return _matches_name(wanted, "\\".join(values))
    if any(char in wanted for char in "*?"):
        return None  # single value matching only, so a wild card means what the target makes of it
    return wanted in values


def _is_date(value: str) -> bool:
    return re.fullmatch(r"\d{8}", value) is not None


def _is_time(value: str) -> bool:
    return re.fullmatch(r"\d{2}(\d{2}(\d{2}(\.\d+)?)?)?", value) is not None


def _within(wanted: str, value: str) -> bool | None:
    first, dash, last = (part.strip() for part in wanted.partition("-"))
    if not all(_is_date(part) for part in (first, last) if part):
        return None
    if not dash:
        return value == first
    return (not first or value >= first) and (not last or value <= last)


def _padded(time: str, digit: str = "0") -> str:
    """A time to the microsecond: the earliest that it may mean, or with 9 the latest."""
    whole, _, fraction = time.partition(".")
    return whole.ljust(6, digit) + fraction.ljust(6, digit)


def _within_time(wanted: str, value: str) -> bool | None:
    first, dash, last = (part.strip() for part in wanted.partition("-"))
    if not all(_is_time(part) for part in (first, last) if part):
        return None
    if not dash:
        last = first
    return (not first or _padded(value, "9") >= _padded(first)) and (not last or _padded(value) <= _padded(last, "9"))


def _folded(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name)
    plain = "".join(char for char in plain if not unicodedata.combining(char)).casefold()
    return re.sub(r"\s+", " ", re.sub(r"[\^= ]+(?==|$)", "", plain)).strip()


def _matches_name(wanted: str, value: str) -> bool | None:
    folded, key = _folded(value), _folded(wanted)
    groups = {folded, *folded.split("=")}
    if any(char in key for char in "*?"):
        pattern = "".join({"*": ".*", "?": "."}.get(char, re.escape(char)) for char in key)
        return any(re.fullmatch(pattern, group) for group in groups)
    if any(group == key for group in groups):
        return True
    # Matching of names is up to the SCP in parts (C.2.2.2.4), and many complete what was typed
    return None if any(group.startswith(key) for group in groups) or "=" in key else False


@check(
    "worklist.order-returned",
    title="The order is in the worklist",
    clause="PS3.4 K.4.1.3 (2018-2024)",
    level=Level.SHALL,
    service="worklist",
    expected="the order that was put into the worklist, among the items for its station, date and modality",
    hint="See whether the worklist reads orders from where the site file puts them, and when it takes them over.",
)
def order_returned(evidence: Evidence) -> Iterator[Observation]:
    """A response is sent for each match that the SCP knows; the order that was placed before matches the query.

    A patient who is not on the list is registered by hand, and the images find no order to belong to.

    Only where the harness placed an order itself: it is looked for by Accession Number, or by Scheduled Procedure
    Step ID with the study, among the answers to the first query. A later query may lack it, as the step has begun.
    """
    order = evidence.ledger.get("order")
    query = next(queries(evidence), None)
    if not isinstance(order, dict) or query is None:
        return
    wanted = order_keys(order)
    final = query.operation.final
    ours = next((response for response, item in query.items if is_order(item, wanted)), None)
    if ours is not None:
        yield ok("returned", ours)
    elif not query.succeeded:
        yield inconclusive("the query did not end with Success, so not every match need have been sent", final)
    else:
        yield fail(f"accession {wanted[0] or 'none'} is not among {len(query.items)} items", final)


def order_keys(order: dict[str, object]) -> tuple[str, str, str]:
    """Accession Number, Scheduled Procedure Step ID and Study Instance UID of an order in DICOM JSON."""
    step = _json_value(order, "00400100")
    return (
        str(_json_value(order, "00080050") or "").strip(),
        str((_json_value(step, "00400009") if isinstance(step, dict) else "") or "").strip(),
        str(_json_value(order, "0020000D") or "").strip(),
    )


def _json_value(level: dict[str, object], tag: str) -> object:
    element = level.get(tag)
    values = element.get("Value") if isinstance(element, dict) else None
    return values[0] if isinstance(values, list) and values else None


def is_order(item: DataSet, wanted: tuple[str, str, str]) -> bool:
    """Whether a worklist item is the order that `order_keys` tells."""
    accession, step_id, study = wanted
    if accession and item.text("AccessionNumber") == accession:
        return True
    steps = [step.text("ScheduledProcedureStepID") for step in item.items(table.STEP)]
    return bool(step_id and study) and step_id in steps and item.text("StudyInstanceUID") == study


@check(
    "worklist.value-syntax",
    title="Values have the form of their Value Representation",
    clause="PS3.5 6.2, 6.2.1.2, Table 6.2-1 (2013, 2020a); PS3.4 C.2.2.2 (2024d)",
    level=Level.SHALL,
    service="worklist",
    expected="values as PS3.5 Table 6.2-1 writes them, one where the attribute has one",
    hint="Correct the value where the worklist takes it from, mostly an HL7 field that is passed on as it is.",
)
def value_syntax(evidence: Evidence) -> Iterator[Observation]:
    """Each value has the characters, form and length of its VR, and its number is what PS3.6 says of the attribute.
    Ranges and lists belong into queries; a response has neither.

    A console drops an item with a date that it cannot read; an identifier that is too long is cut and then is
    another's.

    Every element of each item is looked at. Lengths of text count characters; they are not judged where the character
    set leaves them in doubt. Asterisks in text are text. An explicit VR is compared with that of PS3.6.
    """
    for query in queries(evidence):
        for response, item in query.items:
            seen = [
                deviation(surely, what, response, tag)
                for tag, level, element in item.walk()
                for surely, what in _value_mistakes(level, element)
            ]
            yield from seen or [ok("well formed", response)]


def _value_mistakes(level: DataSet, element: Element) -> Iterator[tuple[bool, str]]:
    if element.items is not None or element.tag >> 16 & 1 or element.tag == 0x00080005 or not element.tag & 0xFFFF:
        return
    try:
        vrs, vm = dictionary_VR(element.tag).split(" or "), dictionary_VM(element.tag)
    except KeyError:
        return
    if element.vr not in (*vrs, "UN"):
        yield True, f"sent as {element.vr}, it is {' or '.join(vrs)}"
        return
    if element.vr in TEXT_VRS and not _is_plain(element.value) and not _is_readable(level, element):
        return
    values = level.values_of(element)
    if vm == "1" and len(values) > 1 and element.vr not in _SINGLE_VALUED_VRS:
        yield True, f"{len(values)} values where one belongs"
    for value in values:
        yield from mistakes(element.vr, value)
    if element.vr == "UI" and element.value.endswith(b" "):
        yield False, "UI padded with a blank, not with a NULL"


def _is_plain(value: bytes) -> bool:
    return all(byte < 0x80 and byte != 0x1B for byte in value)


def _is_readable(level: DataSet, element: Element) -> bool:
    """Whether the value decodes in a character set that the data set names: else characters cannot be counted."""
    return level.encodings != ("iso8859",) and "\ufffd" not in "".join(level.values_of(element))


@check(
    "worklist.character-set",
    title="The character set is one of DICOM's, and the text is in it",
    clause="PS3.3 C.12.1.1.2 (2024e in part); PS3.5 6.1.2.3, 6.1.2.4 (2020a), 6.1.2.5.3, 6.2.1.2 (2013)",
    level=Level.SHALL,
    service="worklist",
    expected="defined terms, in combinations that code extension allows, whenever a value needs more than ISO 646",
    hint="Let the worklist say in (0008,0005) which character set its text is in; ISO_IR 192 is UTF-8.",
)
def character_set(evidence: Evidence) -> Iterator[Observation]:
    """Specific Character Set names defined terms: one without code extension, or several with it, where multi-byte
    sets stand behind the first and Unicode and GB 18030 stand alone. Without it, text is in ISO 646.

    The patient's name is garbled on the console and in every image, and is another name when it is searched for.

    The terms and their combination are looked at in each item, and text for bytes that they do not allow: any above
    7FH without the attribute, sequences that are no UTF-8 under ISO_IR 192, positions without a character. An escape
    sequence has to be declared, has to stand again in each value, line, component and component group where its set is
    used, and is not allowed in the first component group; before each delimiter and at the end the sets of value 1
    have to be back. Text is not judged under terms that are not legal.
    """
    for query in queries(evidence):
        for response, item in query.items:
            seen = [*_terms(item, response), *_text(item, response, ())]
            yield from seen or [ok(item.text("SpecificCharacterSet") or "ISO 646", response)]


def _named(item: DataSet) -> tuple[str, ...] | None:
    element = item.element("SpecificCharacterSet")
    if element is None:
        return None
    text = element.value.decode("latin-1").rstrip("\0 ")
    return tuple(part.strip(" ") for part in text.split("\\")) if text else ()


def _terms(item: DataSet, response: Exchange) -> Iterator[Observation]:
    for surely, what in character_set_mistakes(_named(item) or ()):
        yield deviation(surely, what, response, "SpecificCharacterSet")


def _text(item: DataSet, response: Exchange, inherited: tuple[str, ...], tag: str = "") -> Iterator[Observation]:
    named = _named(item)
    terms = inherited if named is None else named
    for element in item.elements.values():
        path = tag + keyword(element.tag)
        if element.items is not None:
            for number, nested in enumerate(element.items, 1):
                yield from _text(nested, response, terms, f"{path}[{number}] > ")
        elif element.vr in TEXT_VRS and not _is_plain(element.value):
            if not any(terms) and not element.value.isascii():
                text = element.value.decode("latin-1").rstrip("\0 ")
                yield fail(f"bytes above 7FH, {text!r} as Latin-1, and no Specific Character Set", response, tag=path)
            elif terms == ("ISO_IR 192",) and not _is_utf8(element.value):
                yield fail("bytes that are no UTF-8 under ISO_IR 192", response, tag=path)
            elif what := _undecodable(element, terms):
                yield fail(what, response, tag=path)


def _is_utf8(value: bytes) -> bool:
    try:
        value.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


#: Control characters that are no matter of character sets, as blanks; ESC and the ends of lines and pages stay.
_CONTROLS_AS_BLANKS = bytes(0x20 if byte < 0x20 and byte not in b"\t\n\f\r\x1b" else byte for byte in range(256))


def _undecodable(element: Element, terms: tuple[str, ...]) -> str:
    """Why a value does not decode under legal terms; empty when it does, and when they are not legal."""
    try:
        legal = charsets.check(terms)
    except charsets.CharacterSetError:
        return ""
    try:
        charsets.decode(element.value.translate(_CONTROLS_AS_BLANKS), element.vr, legal)
    except charsets.CharacterSetError as error:
        return f"{error}, under {chr(92).join(legal) or 'no Specific Character Set'}"
    return ""

"""Checks of how the values of worklist items are written: form and character set (PS3.5 6)."""

from __future__ import annotations

from collections.abc import Iterator

from pydicom.datadict import dictionary_VM, dictionary_VR

from scanproof.check import Observation, check, deviation, fail, ok
from scanproof.evidence import Evidence
from scanproof.evidence.queries import says_nothing_how
from scanproof.finding import Level
from scanproof.standard.value_grammar import TEXT_VRS, character_set_mistakes, mistakes
from scansim.network.transcript import Exchange
from scansim.wire import charsets
from scansim.wire.dataset import DataSet, Element, keyword

_SINGLE_VALUED_VRS = ("ST", "LT", "UT", "UR")


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
    for query in evidence.worklist_queries:
        for response, item in query.answers:
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
    "worklist.character-set-terms",
    title="Specific Character Set names character sets of DICOM",
    clause="PS3.3 C.12.1.1.2 (2024e in part)",
    level=Level.SHALL,
    service="worklist",
    expected="defined terms, in combinations that code extension allows",
    hint="Let the worklist say in (0008,0005) which character set its text is in; ISO_IR 192 is UTF-8.",
)
def character_set_terms(evidence: Evidence) -> Iterator[Observation]:
    """Specific Character Set names defined terms: one without code extension, or several with it, where multi-byte
    sets stand behind the first and Unicode and GB 18030 stand alone.

    A console that does not know the term guesses, or shows nothing.

    The terms and their combination are looked at in each item. One that has none, or an empty one, is not judged here.
    """
    for query in evidence.worklist_queries:
        for response, item in query.answers:
            terms = _named(item)
            seen = [
                deviation(surely, what, response, "SpecificCharacterSet")
                for surely, what in character_set_mistakes(terms or ())
            ]
            yield from seen or [ok("\\".join(terms or ()) or "ISO 646", response)]


@check(
    "worklist.no-empty-character-set",
    title="No item has an empty Specific Character Set or time zone",
    clause="PS3.4 C.2.2.2, K.2.2.2 (c. 2020; 2024d), K.4.1.1.3.2 (c. 2020)",
    level=Level.SHALL,
    service="worklist",
    expected="the attribute with a value, or no such attribute",
    hint="Leave (0008,0005) and (0008,0201) out where there is nothing to say: absent is the default.",
)
def no_empty_character_set(evidence: Evidence) -> Iterator[Observation]:
    """Specific Character Set and Timezone Offset From UTC say how the item is to be read. Either has a value, or it is
    absent, which means the default; it is never sent with zero length.

    Some consoles take the empty value for the name of a character set that they do not have, and drop the item.

    Both attributes are looked at at the root of each item.
    """
    for query in evidence.worklist_queries:
        for response, item in query.answers:
            empty = says_nothing_how(item)
            for name in empty:
                yield fail("sent with zero length", response, tag=name)
            if not empty:
                yield ok("none", response)


@check(
    "worklist.character-set",
    title="The text of an item is in the character set that it names",
    clause="PS3.5 6.1.2.3, 6.1.2.4 (2020a), 6.1.2.5.3, 6.2.1.2 (2013)",
    level=Level.SHALL,
    service="worklist",
    expected="Specific Character Set whenever a value needs more than ISO 646, and bytes that mean something in it",
    hint="Let the worklist say in (0008,0005) which character set its text is in; ISO_IR 192 is UTF-8.",
)
def character_set(evidence: Evidence) -> Iterator[Observation]:
    """Text is in the character set that Specific Character Set names, and without it in ISO 646.

    The patient's name is garbled on the console and in every image, and is another name when it is searched for.

    Text is looked at for bytes that the terms do not allow: any above 7FH without the attribute, sequences that are no
    UTF-8 under ISO_IR 192, positions without a character. An escape sequence has to be declared, has to stand again in
    each value, line, component and component group where its set is used, and is not allowed in the first component
    group; before each delimiter and at the end the sets of value 1 have to be back. Text is not judged under terms that
    are not legal.
    """
    for query in evidence.worklist_queries:
        for response, item in query.answers:
            seen = list(_text(item, response, ()))
            yield from seen or [ok(item.text("SpecificCharacterSet") or "ISO 646", response)]


def _named(item: DataSet) -> tuple[str, ...] | None:
    element = item.element("SpecificCharacterSet")
    if element is None:
        return None
    text = element.value.decode("latin-1").rstrip("\0 ")
    return tuple(part.strip(" ") for part in text.split("\\")) if text else ()


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

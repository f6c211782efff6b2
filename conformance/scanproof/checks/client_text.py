"""Check of the text that a client sends: whether it is in the character set that the client thinks it is in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from pydicom.datadict import keyword_for_tag

from scanproof.check import Observation, Proof, Scope, check, ok, warn
from scanproof.evidence import ClientEvidence
from scanproof.finding import Level
from scanproof.standard.value_grammar import TEXT_VRS
from scansim.wire.dataset import DataSet

#: Latin character sets, in which no word has a capital A with a tilde, or the like, before a sign.
_LATIN = frozenset(("ISO_IR 100", "ISO_IR 101", "ISO_IR 109", "ISO_IR 110", "ISO_IR 148"))
#: A character of two bytes or more in UTF-8.
_SEQUENCE = re.compile(rb"[\xc3-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
#: Bytes that are no characters of a Latin set.
_NO_CHARACTER = re.compile(rb"[\x80-\x9f]")


@check(
    "client.text-in-its-set",
    title="The client's text is no UTF-8 where it announces a Latin character set",
    clause="PS3.5 6.1.2 (2013; 2020); PS3.3 C.12.1.1.2 (2018-2024)",
    level=Level.EXPECTED,
    expected="text in the set that Specific Character Set names; UTF-8 is ISO_IR 192",
    hint="Send ISO_IR 192 in Specific Character Set (0008,0005), or the text in the set that stands there.",
    judges=Scope.CLIENT,
    proven_by=Proof.CLIENTS,
)
def text_in_its_set(client: ClientEvidence) -> Iterator[Observation]:
    """Text is in the character set that its data set announces. Every byte is a character in a Latin set, so that UTF-8
    reads there as well, as something else.

    The name becomes "M\u00c3\u00bcller" in every list, and whoever looks for the patient does not find him.

    Each data set of a request of the client that announces a Latin set is searched for text whose bytes beyond ASCII
    are all UTF-8. It only warns, as no rule forbids such characters; what our own worklist gave so is nothing.
    """
    for exchange in client.received.received:
        if exchange.command.is_response or not exchange.transfer_syntax or exchange.message.dataset is None:
            continue
        if not _SEQUENCE.search(exchange.encoded or b""):
            continue
        dataset = exchange.dataset
        if dataset is None or not set(dataset.values("SpecificCharacterSet")) <= _LATIN:
            continue
        wrong = list(_in_utf8(dataset, dataset.text("SpecificCharacterSet"), ""))
        given = [each.exchange.encoded or b"" for each in client.given.items]
        wrong = [each for each in wrong if not any(each[2] in held for held in given)]
        for path, term, value in wrong:
            text = f"{value.decode('utf-8')!r} in UTF-8, where {term} is announced"
            # bytes that are no characters at all are told by whoever looks at values
            because = exchange if _NO_CHARACTER.search(value) else None
            yield replace(warn(text, exchange, tag=path), because=because)
        if not wrong:
            yield ok("as announced", exchange)


def _in_utf8(level: DataSet, term: str, above: str) -> Iterator[tuple[str, str, bytes]]:
    """Texts that are in UTF-8 under a Latin set: where, under which, and their bytes."""
    term = level.text("SpecificCharacterSet") or term
    for element in level.elements.values():
        path = f"{above}{keyword_for_tag(element.tag) or f'({element.tag >> 16:04X},{element.tag & 0xFFFF:04X})'}"
        if element.items is not None:
            for number, item in enumerate(element.items, 1):
                yield from _in_utf8(item, term, f"{path}[{number}] > ")
        elif element.vr in TEXT_VRS and term in _LATIN and _is_utf8(element.value):
            yield path, term, element.value.rstrip(b" ")


def _is_utf8(value: bytes) -> bool:
    try:
        return _SEQUENCE.search(value) is not None and bool(value.decode("utf-8"))
    except UnicodeDecodeError:
        return False

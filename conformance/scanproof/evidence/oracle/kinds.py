"""One key, by its VR and its values, and what judges the values of an item against it (PS3.4 C.2.2.2.1 to .5)."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from scanproof.evidence.oracle import moments, names, wild_cards
from scanproof.evidence.oracle.outcome import Kind, Outcome

Judged = tuple[Outcome, str]
#: Judges the values of an item, of which there is one at least.
Judge = Callable[[tuple[str, ...]], Judged]

_NUMBERS = frozenset(("DS", "FD", "FL", "IS", "SL", "SS", "SV", "UL", "US", "UV"))
_BYTES = frozenset(("OB", "OD", "OF", "OL", "OV", "OW", "UN"))

_SEVERAL = "a key with several values that takes one means nothing, unless it was negotiated"
_EMPTY_VALUE = "empty value matching was not negotiated"
_SINGLE_ONLY = "the key is matched by single value only, so that a wild card is what the SCP makes of it"
_NO_WILD_CARD = "in a key of this VR an asterisk or a question mark is no wild card"
_UNREAD = "how text is matched in a character set that no statement declares is undefined"


@dataclass(frozen=True)
class Setting:
    """What bears on every key of a query.

    ``negotiated`` says that names may be matched fuzzily by agreement, ``unread`` that text beyond ISO 646 is in a
    character set that nobody declares, ``zoned`` that the query names its time zone.
    """

    negotiated: bool = False
    unread: bool = False
    zoned: bool = False


def kind_of(vr: str, wanted: Sequence[str]) -> Kind:
    """How a key is matched; one of zero length, or in whose VR a lone asterisk is the same, is universal."""
    if not wanted:
        return Kind.UNIVERSAL
    if len(wanted) > 1:
        return Kind.UIDS if vr == "UI" else Kind.SEVERAL
    if moments.is_range(wanted[0], vr):
        return Kind.RANGE
    if vr in wild_cards.VRS and wild_cards.has_any(wanted[0]):
        return Kind.WILD_CARD
    return Kind.SINGLE


def judge_of(vr: str, wanted: tuple[str, ...], setting: Setting, *, single_only: bool) -> Judge:
    """What judges values against a key that is not universal; `single_only` when Table K.6-1 has no other matching."""
    only = wanted[0]
    if only == '""':
        return lambda _: (Outcome.UNDECIDED, _EMPTY_VALUE)
    if vr == "UI":
        return _uids(wanted)
    if len(wanted) > 1:
        return lambda _: (Outcome.UNDECIDED, _SEVERAL)
    if vr in moments.VRS:
        by_moment = moments.judge_of(only, vr, zoned=setting.zoned)
        return lambda values: max(map(by_moment, values), key=_outcome)
    if vr == "PN":
        return _read_or_not(_person(only, setting), only, setting, names.judge_unread)
    if vr in _NUMBERS:
        return _number(only)
    if vr in _BYTES:
        return lambda _: (Outcome.UNDECIDED, "")
    judge = _text(only, vr, single_only=single_only)
    return _read_or_not(judge, only, setting, _fits_unread)


def _outcome(judged: Judged) -> Outcome:
    return judged[0]


def _uids(wanted: tuple[str, ...]) -> Judge:
    uids = frozenset(each.strip("\0 ") for each in wanted)
    odd = any(map(wild_cards.has_any, uids))

    def judge(values: tuple[str, ...]) -> Judged:
        if uids & set(values):
            return Outcome.IN, ""
        return (Outcome.UNDECIDED, _NO_WILD_CARD) if odd else (Outcome.OUT, "")

    return judge


def _person(only: str, setting: Setting) -> Judge:
    return lambda values: names.judge(only, "\\".join(values), negotiated=setting.negotiated)


def _number(only: str) -> Judge:
    def same(value: str) -> bool:
        try:
            return value == only or float(value) == float(only)
        except ValueError:
            return False

    return lambda values: (Outcome.IN if any(map(same, values)) else Outcome.OUT, "")


def _text(only: str, vr: str, *, single_only: bool) -> Judge:
    """Text, a code or a title: letter by letter, case and accents included, whatever way a letter is composed."""
    key = unicodedata.normalize("NFC", only)
    if not wild_cards.has_any(key):
        return lambda values: (Outcome.IN if key in map(_composed, values) else Outcome.OUT, "")

    def judge(values: tuple[str, ...]) -> Judged:
        if single_only or vr not in wild_cards.VRS:
            return Outcome.UNDECIDED, _SINGLE_ONLY if single_only else _NO_WILD_CARD
        fits = any(wild_cards.fits(key, each) for each in map(_composed, values))
        return (Outcome.IN if fits else Outcome.OUT), ""

    return judge


def _composed(value: str) -> str:
    return value if value.isascii() else unicodedata.normalize("NFC", value)


def _fits_unread(key: str, value: str) -> bool:
    return wild_cards.fits("".join(char if char.isascii() else "*" for char in key), value)


def _read_or_not(judge: Judge, key: str, setting: Setting, fits_unread: Callable[[str, str], bool]) -> Judge:
    """The same, but for what the letters beyond ISO 646 leave open where nobody says that they are read."""
    if not setting.unread or key.isascii():
        return judge

    def unread(values: tuple[str, ...]) -> Judged:
        outcome, why = judge(values)
        if outcome >= Outcome.FREE:
            return Outcome.FREE, _UNREAD
        return (Outcome.UNDECIDED, _UNREAD) if fits_unread(key, "\\".join(values)) else (outcome, why)

    return unread

"""Checks of what came back from an archive, beside what it was sent: its attributes (PS3.4 B.4.1)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

from scanproof.check import Fact, Observation, check, ok
from scanproof.evidence import Evidence
from scanproof.evidence.differences import Difference, Kind
from scanproof.evidence.pixels_back import MEANING
from scanproof.evidence.read_back import Returned
from scanproof.evidence.source import plain
from scanproof.finding import Level, Verdict
from scanproof.given_back import GivenBack, given_back, harm_of, has_to_be_announced
from scansim.vocabulary.status import SUCCESS, shown

_DISCARDED = 0xB006
_GONE = (Kind.LOST, Kind.EMPTIED, Kind.ITEM_LOST)
_MORE = (Kind.ADDED, Kind.FILLED, Kind.ITEM_ADDED)

Seen = Iterator[Observation | Fact]


def _each(
    evidence: Evidence, wanted: Callable[[Difference], bool], say: Callable[[GivenBack, Difference], Seen]
) -> Seen:
    """What is said of the differences of one kind, and a pass for each instance without one."""
    for back in given_back(evidence):
        found = [each for each in back.returned.differences if wanted(each)]
        for difference in found:
            yield from say(back, difference)
        if not found:
            yield ok("as it was sent", back.returned.request)


def _wanted(difference: Difference) -> str:
    return repr(difference.wanted) if difference.wanted else ""


def _is_changed(difference: Difference) -> bool:
    return difference.kind in (Kind.CHANGED, Kind.ORDER)


@check(
    "retrieve.attribute-kept",
    title="Nothing of an instance is lost: each attribute and each item comes back",
    clause="",
    level=Level.EXPECTED,
    service="retrieve",
    expected="every attribute that had a value when it was stored, private ones as well",
    hint="Look at what the archive leaves out when it stores, or when it gives out: rules, an own list of attributes.",
)
def attribute_kept(evidence: Evidence) -> Seen:
    """An archive of Storage Level 2 keeps all attributes that an instance has, private ones as well; an empty one of
    Type 3 may go. Storage Commitment can be promised at that level only.

    What is lost in the archive is lost: the scanner has deleted its images, and the workstation does not know that a
    dose, a laterality or what a private application needs has been there.

    Each instance that comes back is compared with what was stored under its UID, in whatever transfer syntax and
    character set. A value that is gone fails: by the standard where the archive committed the instance, else as the
    expectation of the test, since Levels 0 and 1 may discard, as their statement says. After B006 (Elements
    Discarded), and where the Original Attributes Sequence tells of it, it is a note.
    """

    def say(back: GivenBack, difference: Difference) -> Seen:
        returned = back.returned
        value = f"; it was sent as {difference.wanted!r}" if difference.wanted else ""
        text = f"{difference.kind}{value}"
        if returned.status == _DISCARDED or difference.recorded:
            why = f"after {shown(_DISCARDED)}" if returned.status == _DISCARDED else "as its Original Attributes say"
            yield Fact(f"{difference.path}: {text}, {why}", returned.request, "PS3.4 B.4.1 (2013, 2024c)")
            return
        announced = returned.status != SUCCESS
        text = f"{text}, after {shown(returned.status)}" if announced else text
        promised = back.report is not None
        yield back.say(
            Verdict.WARN if announced else Verdict.FAIL,
            text,
            difference.path,
            level=Level.SHALL if promised else Level.EXPECTED,
            clause="PS3.4 B.4.1, J.3.3.1.2 (c. 2020)" if promised else "",
        )

    yield from _each(evidence, lambda each: each.kind in _GONE, say)


@check(
    "retrieve.coercion-announced",
    title="An identity or a code that comes back changed was announced with a warning when it was stored",
    clause="PS3.4 B.4.1.3 (c. 2020)",
    level=Level.SHALL,
    service="retrieve",
    expected="the value that was stored with 0000H, or a warning such as B000H when it was stored",
    hint="Answer C-STORE with B000H when the archive changes an identity: the scanner and the RIS keep the old one.",
)
def coercion_announced(evidence: Evidence) -> Seen:
    """An SCP that coerces Patient ID, its issuer, other patient IDs, Study or Series Instance UID, or converts codes,
    shall answer the C-STORE with a warning.

    An image under another patient ID or study is not found with the others of that patient, and nobody was told.

    These attributes of each instance that comes back are compared with those that were stored. One that was changed
    although C-STORE was answered 0000H fails; one that had no value and got one is a warning, for the standard speaks
    of values that are coerced. After a warning nothing is wrong.
    """

    def say(back: GivenBack, difference: Difference) -> Seen:
        returned = back.returned
        if difference.kind in _GONE or (difference.kind in _MORE and difference.recorded):
            return
        text = f"{difference.got!r}" if difference.got else str(difference.kind)
        if not returned.is_clean:
            yield ok(f"changed, after {shown(returned.status)}", returned.request)
            return
        told = ", as its Original Attributes Sequence says" if difference.recorded else ""
        verdict = Verdict.WARN if difference.kind in _MORE or back.elsewhere else Verdict.FAIL
        yield back.say(
            verdict, f"{text}{told}, and C-STORE was answered 0000H", difference.path, expected=_wanted(difference)
        )

    yield from _each(evidence, has_to_be_announced, say)


@check(
    "retrieve.text-kept",
    title="A value comes back undamaged",
    clause="",
    level=Level.EXPECTED,
    service="retrieve",
    expected="the text and the numbers of the image, in whatever character set and byte order they come",
    hint="See in which character set the archive keeps and sends what it got: a label alone does not convert text.",
)
def text_kept(evidence: Evidence) -> Seen:
    """What an archive gives out as a value is the value that it was sent. It may come in another character set or byte
    order, but letters that are missing, replaced, cut off or read in the wrong set, and numbers whose bytes are
    swapped, are no values that anybody has corrected.

    A name of which four letters are left is found by nobody, and fits many patients.

    Each text and each number is decoded as its own data set says, and compared by its value. A value that is whole but
    another one is judged as a change; case and accents count as such. After a warning, damage is a warning.
    """

    def say(back: GivenBack, difference: Difference) -> Seen:
        returned = back.returned
        harm = harm_of(difference)
        if not harm or (has_to_be_announced(difference) and returned.is_clean and not back.elsewhere):
            yield ok("as it was sent, or told of elsewhere", returned.request)
            return
        after = "" if returned.is_clean else f", after {shown(returned.status)}"
        verdict = Verdict.FAIL if returned.is_clean else Verdict.WARN
        text = f"{difference.got!r}: {harm}{after}"
        yield back.say(verdict, text, difference.path, expected=_wanted(difference))

    yield from _each(evidence, lambda each: each.kind is Kind.CHANGED, say)


@check(
    "retrieve.attribute-unchanged",
    title="An instance comes back with the values that it had",
    clause="PS3.4 B.4.1.3 note 4 (c. 2020); PS3.3 C.12.1.1.9",
    level=Level.SHOULD,
    service="retrieve",
    expected="the values that were stored, or an item of Original Attributes Sequence that tells of the change",
    hint="An archive that corrects values answers B000H, or tells of it in Original Attributes Sequence (0400,0561).",
)
def attribute_unchanged(evidence: Evidence) -> Seen:
    """An archive may correct other values than those that it has to announce, and may tell of it in the Original
    Attributes Sequence.

    Who compares two copies of an image does not know which of them is right.

    Each value of each instance that comes back is compared with the one that was stored. Another one is a warning; one
    that is recorded in the Original Attributes Sequence, or was announced by a warning, is a note, and so is what was
    added. Values that have to be announced, damage, and values that no longer conform are for checks of their own.
    """
    told: Counter[tuple[str, str]] = Counter()
    first: dict[tuple[str, str], Returned] = {}

    def note(path: str, what: str, returned: Returned) -> None:
        key = (plain(path), what)
        told[key] += 1
        first.setdefault(key, returned)

    def say(back: GivenBack, difference: Difference) -> Seen:
        returned = back.returned
        announced = has_to_be_announced(difference) and (returned.is_clean or difference.kind is Kind.CHANGED)
        told_as_pixels = bool(returned.pixels.described) and difference.path in MEANING
        if announced or told_as_pixels or harm_of(difference) or back.breaks_a_rule(difference.path):
            yield ok("told of elsewhere", returned.request)
        elif difference.recorded:
            note(difference.path, "changed, as Original Attributes Sequence says", returned)
        elif not returned.is_clean:
            note(difference.path, f"changed, after {shown(returned.status)}", returned)
        else:
            text = f"{difference.got!r}" if difference.got else str(difference.kind)
            yield back.say(Verdict.WARN, text, difference.path, expected=_wanted(difference))

    yield from _each(evidence, _is_changed, say)
    for back in given_back(evidence):
        for difference in back.returned.differences:
            if difference.kind in _MORE and not has_to_be_announced(difference):
                note(difference.path, "added", back.returned)
        if back.returned.character_set:
            note("SpecificCharacterSet", f"the text came in {back.returned.character_set}", back.returned)
    for (path, what), times in told.items():
        more = f" in {times} instances" if times > 1 else ""
        yield Fact(f"{path}: {what}{more}", first[path, what].request, "PS3.3 C.12.1.1.9")

"""Why Presentation Contexts are refused: many pairs of SOP Class and Transfer Syntax by the few causes behind them.

Whoever refuses 250 of them has no 250 faults: there are classes that it does not know, syntaxes that it has no codec
for, and services that only travel uncompressed. Which pairs belong together is found in the answers alone, and always
the same way.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pydicom.uid import DeflatedExplicitVRLittleEndian, ExplicitVRBigEndian

from scansim.vocabulary.services import SERVICES
from scansim.vocabulary.uids import uid_name
from scansim.wire.dataset import EXPLICIT_LITTLE, IMPLICIT_LITTLE

#: A SOP Class and a Transfer Syntax.
Pair = tuple[str, str]

#: Result of a refused Presentation Context (PS3.8 9.3.3.2 Table 9-18).
_REFUSALS = {
    1: "user rejection",
    2: "no reason given",
    3: "abstract syntax not supported",
    4: "transfer syntaxes not supported",
}
_NATIVE = frozenset({IMPLICIT_LITTLE, EXPLICIT_LITTLE, str(ExplicitVRBigEndian)})
#: What "uncompressed" may mean: with and without the one that deflates the data set.
_UNCOMPRESSED = (_NATIVE, _NATIVE | {str(DeflatedExplicitVRLittleEndian)})
#: Names that are told one by one, and entries of those pairs that have nothing else in common.
_SHOWN, _MOST = 3, 8


@dataclass(frozen=True)
class Cause:
    """One cause, in words, and the pairs that are refused for it."""

    text: str
    pairs: tuple[Pair, ...]


def causes(results: Mapping[Pair, int]) -> list[Cause]:
    """Put what was refused together by cause.

    Parameters
    ----------
    results : mapping
        What became of each pair that was offered: 0 when it was accepted, else the result of the refusal.

    Returns
    -------
    list of Cause
        Each refused pair is in one of them; the order is that of `results`. First classes that are refused altogether,
        those of one service together; then syntaxes that are taken for no class; then classes that are refused in the
        same syntaxes.
    """
    left = {pair: result for pair, result in results.items() if result}
    taken = _by_class(pair for pair, result in results.items() if not result)
    found: list[Cause] = []

    def settle(text: str, pairs: Sequence[Pair]) -> None:
        found.append(Cause(f"{text}: {result_words(left[pair] for pair in pairs)}", tuple(pairs)))
        for pair in pairs:
            del left[pair]

    nowhere = _taken_nowhere(left, taken, results)
    for group in _refused_altogether(left, taken, nowhere):
        members = set(group)
        settle(_of_classes(group), [pair for pair in left if pair[0] in members])
    if nowhere:
        pairs = [pair for pair in left if pair[1] in set(nowhere)]
        classes = [*_by_class(pairs)]
        of = f"none of {len(classes)} SOP Classes ({listed(classes)})"
        settle(f"{listed(nowhere, 'Transfer Syntaxes')} {_is(nowhere)} taken for {of}", pairs)
    groups = _alike(left, taken)
    for text, pairs in groups[:_MOST]:
        settle(text, pairs)
    if left:
        rest = [*left]
        classes, syntaxes = [*_by_class(rest)], [*dict.fromkeys(syntax for _, syntax in rest)]
        settle(
            f"{len(rest)} more pairs of {listed(classes, 'SOP Classes')} and {listed(syntaxes, 'Transfer Syntaxes')} "
            "are refused",
            rest,
        )
    return found


def listed(uids: Sequence[str], what: str = "") -> str:
    """The first of several UIDs by name, and how many there are."""
    named = [uid_name(uid) for uid in uids[:_SHOWN]]
    more = len(uids) - len(named)
    if not more:
        return " and ".join(filter(None, (", ".join(named[:-1]), named[-1])))
    count = f"{len(uids)} {what} (" if what else ""
    return f"{count}{', '.join(named)} and {more} more{')' if what else ''}"


def result_words(results: Iterable[int]) -> str:
    """Results of refusals as they are told."""
    told = [f"{each}, {_REFUSALS.get(each, 'undefined')}" for each in sorted(set(results))]
    return f"result {told[0]}" if len(told) == 1 else f"results {'; '.join(told)}"


def _is(uids: Sequence[str]) -> str:
    return "is" if len(uids) == 1 else "are"


def _by_class(pairs: Iterable[Pair]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for sop_class, syntax in pairs:
        found.setdefault(sop_class, []).append(syntax)
    return found


def _taken_nowhere(
    left: Mapping[Pair, int], taken: Mapping[str, Sequence[str]], results: Mapping[Pair, int]
) -> list[str]:
    """Transfer Syntaxes that several of the classes that are taken at all were offered in, and none is taken in."""
    known = {syntax for syntaxes in taken.values() for syntax in syntaxes}
    counts: dict[str, int] = {}
    for sop_class, syntax in left:
        if sop_class in taken and syntax not in known:
            counts[syntax] = counts.get(syntax, 0) + 1
    offered = len({sop_class for sop_class, _ in results})
    found = [syntax for syntax, count in counts.items() if count > 1 and offered > 1]
    # where nothing compressed is taken by anybody, that is what there is to say
    return [] if len(found) > 1 and _takes_only_uncompressed(known, found) else found


def _refused_altogether(
    left: Mapping[Pair, int], taken: Mapping[str, Sequence[str]], nowhere: Sequence[str]
) -> list[list[str]]:
    """SOP Classes that are taken in none of the syntaxes that they were offered in, those of one service together."""
    groups: dict[tuple[str, frozenset[int]], list[str]] = {}
    for sop_class, syntaxes in _by_class(left).items():
        if sop_class in taken or set(syntaxes) <= set(nowhere):
            continue
        service = next((name for name, each in SERVICES.items() if each.has(sop_class)), "")
        results = frozenset(left[sop_class, syntax] for syntax in syntaxes)
        groups.setdefault((service, results), []).append(sop_class)
    return [*groups.values()]


def _of_classes(group: Sequence[str]) -> str:
    if len(group) == 1:
        return f"{uid_name(group[0])} is refused in whatever it was offered in"
    return f"{listed(group, 'SOP Classes')} are refused in whatever they were offered in"


def _takes_only_uncompressed(taken: Iterable[str], refused: Iterable[str]) -> bool:
    own, others = set(taken), set(refused)
    return any(own <= plain and not others & plain for plain in _UNCOMPRESSED)


def _alike(left: Mapping[Pair, int], taken: Mapping[str, Sequence[str]]) -> list[tuple[str, list[Pair]]]:
    """Classes that are refused in the same syntaxes, or syntaxes that the same classes are refused in: which is less.

    Those that take nothing but uncompressed syntaxes are together whatever they were offered in.
    """
    refused = _by_class(left)
    plain = {uid: syntaxes for uid, syntaxes in refused.items() if _takes_only_uncompressed(taken[uid], syntaxes)}
    found = []
    if plain:
        syntaxes = [*dict.fromkeys(syntax for each in plain.values() for syntax in each)]
        who, take = listed([*plain], "SOP Classes"), "takes" if len(plain) == 1 else "take"
        text = f"{who} {take} only uncompressed Transfer Syntaxes, and not {listed(syntaxes, 'others')}"
        found.append((text, [pair for pair in left if pair[0] in plain]))
    rest = [pair for pair in left if pair[0] not in plain]
    of_class: dict[frozenset[str], list[Pair]] = {}
    for sop_class, syntaxes in _by_class(rest).items():
        of_class.setdefault(frozenset(syntaxes), []).extend((sop_class, syntax) for syntax in syntaxes)
    of_syntax: dict[frozenset[str], list[Pair]] = {}
    for syntax, classes in _by_class((syntax, sop_class) for sop_class, syntax in rest).items():
        of_syntax.setdefault(frozenset(classes), []).extend((sop_class, syntax) for sop_class in classes)
    fewer = of_class if len(of_class) <= len(of_syntax) else of_syntax
    for pairs in sorted(fewer.values(), key=len, reverse=True):
        classes, syntaxes = [*_by_class(pairs)], [*dict.fromkeys(syntax for _, syntax in pairs)]
        text = f"{listed(classes, 'SOP Classes')} {_is(classes)} refused in {listed(syntaxes, 'Transfer Syntaxes')}"
        found.append((text, pairs))
    return found

"""What becomes of claims about keys of queries: one judgement for the worklist and for the archive.

A claim of matching is kept when something that matches came and something that does not match by this key alone stayed
away; it is broken when something that does not match came, or something that matches did not. Whose fault it is that
something did not come is told by what other queries of the run show of their keys.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from scanproof.check import Kept, Observation, fail, ok
from scanproof.evidence.keys_shown import RANGE, SEQUENCE, UID, UNIVERSAL, WILDCARD, Key, QueryShown
from scanproof.statements import Claim
from scansim.network.transcript import Exchange

#: What a matching is called where a statement is read.
_WORDS = {
    "SINGLE_VALUE": "single value matching",
    UID: "matching of a list of UIDs",
    WILDCARD: "wild card matching",
    RANGE: "range matching",
    SEQUENCE: "sequence matching",
    UNIVERSAL: "universal matching",
}
#: So many keys are named.
_NAMED = 6


@dataclass(frozen=True)
class Told:
    """One query, with the label of its scenario and what it shows."""

    label: str
    shown: QueryShown


@dataclass(frozen=True)
class Broken:
    """A claim that a query contradicts: by `what` too much, or too little; ``because`` where a rule says so as well."""

    claim: Claim
    key: Key
    too_much: bool
    text: str
    exchange: Exchange
    label: str
    because: Exchange | None


def claim_of(key: Key, claims: Mapping[Key, Claim]) -> Claim | None:
    """The claim that a key of a query is about: its own, or that of the sequence that it is in."""
    found, path = claims.get(key), key[0]
    named = any(path == other for other, _ in claims)
    while found is None and not named and "." in path:
        path = path.rpartition(".")[0]
        found = claims.get((path, SEQUENCE))
    return found


def judged(
    told: Sequence[Told], claims: Mapping[Key, Claim], insensitive: frozenset[str]
) -> tuple[list[Kept], list[Broken]]:
    """What queries of one information model and level show of its claims.

    Parameters
    ----------
    told : sequence of Told
        Those queries, in order.
    claims : mapping
        The claims by key and matching.
    insensitive : frozenset of str
        Paths of which the statement says that case does not count.

    Returns
    -------
    tuple of list
        What was seen of each claim, and what contradicts one: the first of each.
    """
    there = {name for each in told for name in each.shown.came}
    broken: dict[tuple[str, bool], Broken] = {}
    for found in (*_too_much(told, claims, insensitive), *_too_little(told, claims, there)):
        before = broken.get((found.claim.id, found.too_much))
        if before is None or (before.because is None and found.because is not None):
            broken[found.claim.id, found.too_much] = found
    seen = {each.claim.id: each for each in broken.values()}
    kept = [Kept(each.claim.id, each.exchange, scenario=each.label, kept=False) for each in seen.values()]
    for key, claim in claims.items():
        if claim.id not in seen and (found_at := _observed(key, told, there)) is not None:
            kept.append(Kept(claim.id, found_at[1], scenario=found_at[0]))
    return kept, [*broken.values()]


def _observed(key: Key, told: Sequence[Told], there: set[str]) -> tuple[str, Exchange] | None:
    """Where a claim is seen to be kept: something came by the key, and something stayed away by it alone."""
    path, matching = key

    def concerns(other: Key) -> bool:
        return other == key or (matching == SEQUENCE and other[0].startswith(f"{path}.") and other[1] != UNIVERSAL)

    came = [
        (each.label, response)
        for each in told
        for other, response in each.shown.right.items()
        if concerns(other) and each.shown.whole
    ]
    if matching == UNIVERSAL:
        whole = (each for each in told if key in each.shown.right and each.shown.whole and not each.shown.missing)
        return next(((each.label, each.shown.right[key]) for each in whole), None)
    away = any(there & set(names) for each in told for other, names in each.shown.left_out.items() if concerns(other))
    return came[0] if came and away else None


def _too_much(told: Sequence[Told], claims: Mapping[Key, Claim], insensitive: frozenset[str]) -> Iterator[Broken]:
    """Answers that do not match by a claimed key. A wild card in a name may be taken in more than one way."""
    apart = {key for each in told for key in each.shown.left_out}
    for each in told:
        for key, found in each.shown.wrong.items():
            claim = claim_of(key, claims)
            wrong = [one for one in found if not (one.case_only and key[0] in insensitive)]
            if claim is None or not wrong or (key in apart and not any(one.required or not one.loose for one in wrong)):
                continue
            first = wrong[0]
            text = f"{first.wanted!r} was asked for in {key[0]}, and what has {first.held!r} came"
            because = first.response if first.required else None
            yield Broken(claim, key, True, text, first.response, each.label, because)


def _too_little(told: Sequence[Told], claims: Mapping[Key, Claim], there: set[str]) -> Iterator[Broken]:
    """What matches and did not come, though other queries show it, where one key of the query is left to blame."""
    lacking = [
        (each, missing) for each in told if (missing := [one for one in each.shown.missing if one.name in there])
    ]
    cleared = {key for each in told if each.shown.whole and not each.shown.missing for key in each.shown.proven}
    for each, missing in lacking:
        key = _to_blame(missing[0].keys, cleared)
        claim = claim_of(key, claims) if key is not None else None
        if key is None or claim is None:
            continue
        first = missing[0]
        text = f"{first.called} matches, and did not come by {key[0]}"
        because = each.shown.at if all(one.required for one in missing) else None
        yield Broken(claim, key, False, text, each.shown.at, each.label, because)


def _to_blame(keys: frozenset[Key], cleared: set[Key]) -> Key | None:
    """The one key that no query had which brought all of its matches; else the one that is no single value."""
    left = {key for key in keys - cleared if key[1] and key[1] != SEQUENCE}
    if not left:
        left = {key for key in keys if key[1] in (UID, WILDCARD, RANGE)}
    return next(iter(left)) if len(left) == 1 else None


def _is_alike(one: Broken, other: Broken) -> bool:
    """Whether two claims break for one cause, as far as is seen: the same attribute, or the same way of matching."""
    if one.too_much is not other.too_much:
        return False
    return one.key[0] == other.key[0] or one.claim.data.get("matching") == other.claim.data.get("matching")


def findings(broken: Iterable[Broken], kept: int, first: Exchange | None, label: str) -> Iterator[Observation]:
    """One FAIL for all claims that break in the same way, and one PASS when none does."""
    causes: list[list[Broken]] = []
    for each in broken:
        alike = [those for those in causes if any(_is_alike(each, other) for other in those)]
        causes = [those for those in causes if those not in alike] + [
            [*(one for those in alike for one in those), each]
        ]
    for those in causes:
        matching = str(those[0].claim.data.get("matching", those[0].key[1]))
        shown = next((each for each in those if each.because is not None), those[0])  # the standard explains all of it
        paths = [*dict.fromkeys(each.claim.data.get("path", each.key[0]) for each in those)]
        named = ", ".join(map(str, paths[:_NAMED])) + (
            f" and {len(paths) - _NAMED} more" if len(paths) > _NAMED else ""
        )
        yield fail(
            shown.text,
            shown.exchange,
            expected=f"{_WORDS.get(matching, matching)} of {named}",
            claim=shown.claim.id,
            tag=shown.key[0],
            scenario=shown.label,
            because=shown.because,
        )
    if not causes and kept:
        yield ok(f"{kept} claims of keys are kept", first, scenario=label)

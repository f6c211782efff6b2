"""What a statement claims, for people and programs: each claim with the cases that can observe it, or why none can."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from textwrap import wrap
from typing import Any

from scanproof.claim_cases import ClaimCases, claim_cases
from scanproof.declarations import Bound, Declarations
from scanproof.statements import KINDS, Claim, Statement
from scanproof.statements.writing import WIDTH
from scansim.vocabulary.uids import uid_name

_SHOWN = 6


@dataclass(frozen=True)
class Listed:
    """A claim, the ids of cases that can observe it, and why there is none."""

    claim: Claim
    cases: tuple[str, ...]
    reason: str

    def as_data(self) -> dict[str, Any]:
        """As it stands in JSON."""
        claim = self.claim
        return {
            "id": claim.id,
            "text": claim.text,
            "kind": claim.kind,
            "section": KINDS[claim.kind].section,
            "ae": claim.ae,
            "role": claim.role,
            "data": dict(claim.data),
            "line": claim.line,
            "option": claim.option,
            "cases": list(self.cases),
            "reason": self.reason,
        }


def listed(statement: Statement) -> list[Listed]:
    """Every claim of a statement, in the order of its file; without a site, so that every service is taken as there."""
    known = claim_cases(Declarations((Bound(statement),)))
    made = {claim: [case.label for case in cases] for claim, cases in known.by_claim().items()}
    return [_listed(claim, known, made.get(claim.id, [])) for claim in statement.claims()]


def _listed(claim: Claim, known: ClaimCases, made: Sequence[str]) -> Listed:
    cases = tuple(dict.fromkeys((*known.built_in.get(claim.id, ()), *made)))
    return Listed(claim, cases, "" if cases else known.reasons.get(claim.id, "no case observes it yet"))


def as_text(statement: Statement, claims: Sequence[Listed]) -> str:
    """The claims for people: by Application Entity and section, contexts folded by SOP Class."""
    open_claims = sum(1 for each in claims if not each.cases)
    questions = len(statement.questions)
    asked = f"{questions} question{'' if questions == 1 else 's'} to the vendor"
    counts = f"{len(claims)} claims, {open_claims} of them without a case, {asked}"
    lines = [f"{statement.title}: {counts}"]
    for entity in statement.application_entities:
        lines += ["", entity.ae]
        own = [each for each in claims if each.claim.ae == entity.ae]
        for section in dict.fromkeys(kind.section for kind in KINDS.values()):
            within = [each for each in own if KINDS[each.claim.kind].section == section]
            if within:
                lines.append(f"  {section} ({len(within)})")
                lines += _section(within)
    return "\n".join(_printable(line) for line in lines) + "\n"


def _printable(line: str) -> str:
    return "".join(character if character.isprintable() else "\ufffd" for character in line)


def _section(claims: Sequence[Listed]) -> Iterator[str]:
    """Claims that the same cases observe stand together, the cases are told once."""
    groups: dict[tuple[tuple[str, ...], str], list[Listed]] = {}
    for each in claims:
        groups.setdefault((each.cases, each.reason), []).append(each)
    for (cases, reason), group in groups.items():
        yield f"    {_observed(cases, reason)}"
        yield from _contexts([each.claim for each in group if each.claim.kind == "context"])
        for each in group:
            if each.claim.kind != "context":
                yield f"      {each.claim.id}: {each.claim.text.removeprefix(f'{each.claim.ae} ')}"


def _observed(cases: Sequence[str], reason: str) -> str:
    if not cases:
        return f"not tested: {reason}"
    more = f" and {len(cases) - _SHOWN} more" if len(cases) > _SHOWN else ""
    return f"tested by {', '.join(cases[:_SHOWN])}{more}"


def _contexts(claims: Sequence[Claim]) -> Iterator[str]:
    """SOP Classes in the order of the file, each with its Transfer Syntaxes; equal lists are said once."""
    syntaxes: dict[tuple[str, str], list[str]] = {}
    for claim in claims:
        key = (claim.role, str(claim.data["sop_class"]))
        syntaxes.setdefault(key, []).append(str(claim.data["transfer_syntax"]))
    together: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for (role, sop_class), found in syntaxes.items():
        together.setdefault((role, tuple(found)), []).append(sop_class)
    for (role, shared), classes in together.items():
        yield from wrap(
            f"{role} in {', '.join(map(uid_name, shared))}:", WIDTH, initial_indent=" " * 6, subsequent_indent=" " * 10
        )
        yield from (f"        {uid_name(sop_class)}" for sop_class in classes)

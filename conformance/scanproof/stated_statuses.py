"""What a table of statuses in a statement comes to: which of its codes were seen, and what was seen beside it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from scanproof.check import Fact, Kept, Observation, fail, ok
from scanproof.evidence.stated_answers import Answered
from scanproof.statements import Claim
from scanproof.statements.codes import fits, is_of, service_class
from scanproof.statements.conditions import status_conditions
from scansim.vocabulary.status import is_pending, shown

#: Failures of the message exchange itself (PS3.7 Annex C): what comes first says nothing of what the service would
#: have answered.
_BELOW = (0x0210, 0x0211, 0x0212, 0x0213)


def statuses(answers: Iterable[Answered], kind: str, operation: str = "") -> Iterator[Observation | Kept | Fact]:
    """Hold the statuses of answers against what is stated for their operation.

    A stated code is observed when it is seen and is of the stated service class; where its condition is one that we
    can bring about, on a request of that kind alone. Another failure for such a condition contradicts it. A code that
    no row has is a note: that it is not stated is no fault of the target.
    """
    for each in answers:
        stated = [claim for claim in each.entity.of(kind) if _is_of(claim, operation)]
        if not stated or is_pending(each.status):
            continue
        deviation = each.asked.deviation
        listed = [claim for claim in stated if _fits(claim, each.status)]
        fitting = [claim for claim in listed if not (named := _conditions(claim, kind)) or deviation in named]
        yield from (Kept(claim.id, each.answer) for claim in fitting)
        owed = [claim for claim in stated if deviation and deviation in _conditions(claim, kind)]
        if fitting or (listed and not owed):
            yield ok(shown(each.status), each.answer)
        elif owed and service_class(each.status) == "failure" and each.status not in _BELOW:
            for claim in owed:
                yield Kept(claim.id, each.answer, kept=False)
            codes = " or ".join(dict.fromkeys(str(claim.data["code"]) for claim in owed))
            text = f"{shown(each.status)} to {deviation.partition('.')[2]}"
            yield fail(text, each.answer, claim=owed[0].id, expected=f"{codes}, as stated for it")
        elif not listed:
            yield Fact(f"seen, not stated: {each.operation.request.name} answered {shown(each.status)}", each.answer)


def _is_of(claim: Claim, operation: str) -> bool:
    """Whether a claim is of the target as SCP, and of an operation where claims of its kind have one."""
    return claim.role != "SCU" and str(claim.data.get("operation") or operation) == operation


def _fits(claim: Claim, status: int) -> bool:
    return fits(str(claim.data["code"]), status) and is_of(str(claim.data.get("status") or ""), status)


def _conditions(claim: Claim, kind: str) -> tuple[str, ...]:
    operation = str(claim.data.get("operation") or "")
    return status_conditions(kind, operation, str(claim.data.get("condition") or ""))

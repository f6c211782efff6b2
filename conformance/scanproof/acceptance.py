"""What an acceptance or a refusal of a request of ours says of the target: the one table for every service.

=============  ==========================================  =====================================
the fault      a refusal                                   an acceptance
=============  ==========================================  =====================================
none           FAIL, as expectation of the test            PASS
intended       as the row of the deviation                 as the row of the deviation
carried over   right, a consequence of the giver's fault   right too
ours           INCONCLUSIVE, our defect                    INCONCLUSIVE, our defect
=============  ==========================================  =====================================

The form of an answer is judged elsewhere, whatever the request was.
"""

from __future__ import annotations

from scanproof.check import (
    FRESH_UIDS,
    OUR_DEFECT,
    THERE_ALREADY,
    Fact,
    Observation,
    consequence,
    fail,
    inconclusive,
    ok,
    told,
    warn,
)
from scanproof.evidence.fault import Whose
from scanproof.evidence.requests import Asked
from scanproof.finding import Level
from scanproof.standard.deviations import ROWS, Answer
from scansim.network.transcript import Exchange
from scansim.vocabulary.status import is_success, within

#: What a listed failure says of why a valid request was refused.
_REASONS = {
    "0122": "it does not support the SOP Class",
    "0124": "it says that we are not authorized",
    "0213 A700-A7FF": "it is out of resources, it says",
    "A900-A9FF": "the data set does not match its SOP Class, it says",
    "C000-CFFF": "it cannot understand the data set, it says",
}

#: What to do where it depends on the character sets that an SCP supports.
DECLARE = "List the supported character sets in the Conformance Statement; people search by names in those of the site."


def acceptance(
    asked: Asked,
    what: str,
    *,
    hint: str = "",
    declared: str = "",
    undeclared: tuple[str, ...] = (),
    there_already: bool = False,
) -> Observation | None:
    """Judge how a request that was meant to be valid was answered.

    Parameters
    ----------
    asked : Asked
        The request, with what is wrong with it.
    what : str
        What was asked, such as ``N-CREATE``.
    hint : str
        What to do about a refusal, where that is not the check's own.
    declared : str
        What the target's statement says that makes a refusal right.
    undeclared : tuple of str
        Terms of the character set of a query's keys that no statement declares: how an SCP that does not support them
        matches is undefined (PS3.4 C.2.2.2, 2020), so a refusal decides nothing.
    there_already : bool
        Whether an earlier run may have left the same UID at the target, which then may refuse it.

    Returns
    -------
    Observation or None
        None when there was no status, and when the request deviates from a text: that is for the check of the
        deviation.
    """
    final, row = asked.operation.final, ROWS.get(asked.deviation)
    if final is None or final.command.status is None or (row is not None and row.level is not Level.EXPECTED):
        return None
    text = f"{what} was answered {told(final)}"
    if (ours := _ours(asked, text, final)) is not None:
        return ours
    if is_success(final.command.status):
        return ok(text, final)
    if asked.because is not None:
        return consequence(f"{text}; {asked.told(Whose.CARRIED)}", final, asked.because)
    if there_already:
        return inconclusive(f"{text}: {THERE_ALREADY}", final, hint=FRESH_UIDS)
    if undeclared:
        sets = "\\".join(undeclared)
        return inconclusive(f"{text}; the keys are in {sets}, and no statement declares that", final, hint=DECLARE)
    if declared:
        return ok(f"{text}, as declared: {declared}", final)
    if row is not None and row.judge(final.command.status) is Answer.TOLERABLE:
        return warn(text, final, expected=row.wanted, level=row.level)
    reason = next((said for codes, said in _REASONS.items() if within(final.command.status, codes)), "")
    return fail(
        f"{text}: {reason}" if reason else text,
        final,
        expected="a valid request is carried out",
        level=Level.EXPECTED,
        hint=hint,
    )


def deviating(asked: Asked, what: str) -> Observation | Fact | None:
    """Judge how a request that deviates was answered, by the row of its deviation; else None."""
    final = asked.operation.final
    if final is None or final.command.status is None or not asked.deviation:
        return None
    row = ROWS[asked.deviation]
    if row.level is Level.EXPECTED:
        return None
    text = f"{what} was answered {told(final)}"
    if (ours := _ours(asked, text, final)) is not None:
        return ours
    answer = row.judge(final.command.status)
    if answer is Answer.RIGHT:
        return ok(text, final)
    if asked.because is not None and not is_success(final.command.status):
        return consequence(f"{text}; {asked.told(Whose.CARRIED)}", final, asked.because)
    if answer is Answer.NOTE:
        return Fact(text, final, row.clause)
    say = warn if answer is Answer.TOLERABLE else fail
    return say(text, final, expected=row.wanted, level=row.level, clause=row.clause)


def _ours(asked: Asked, text: str, final: Exchange) -> Observation | None:
    """Nothing can be said of a target that was asked wrongly by us."""
    if not asked.of(Whose.OURS):
        return None
    return inconclusive(f"{text}; the request was wrong: {asked.told(Whose.OURS)}", final, hint=OUR_DEFECT)


def sent_by_us(asked: Asked, good: str) -> Observation:
    """Judge a message that we sent: what is wrong with it is our defect, its intent, or another's fault."""
    request = asked.operation.request
    if asked.of(Whose.OURS):
        return inconclusive(f"{request.name}: {asked.told(Whose.OURS)}", request, hint=OUR_DEFECT)
    if asked.because is not None:
        return consequence(f"{request.name}: {asked.told(Whose.CARRIED)}", request, asked.because)
    return ok(f"{asked.told(Whose.INTENDED)}, as intended" if asked.faults else good, request)

"""How claims about an MPPS manager are observed: by whole exams, and by requests that lack one attribute at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from scanproof.observing import Made, observing
from scanproof.standard.mpps_table import CREATE, IN_ITEMS
from scanproof.statements import Claim
from scanproof.statements.codes import fits

_MPPS = "mpps-battery/"
_ALL_SERIES = "PerformedSeriesSequence"
_SERIES = f"{_ALL_SERIES}."
#: Attributes without which an N-CREATE of ours is sent by a built-in case: those of Type 1 and 2.
CREATED = tuple(path.replace(">", ".") for path in CREATE)
#: Attributes of a series without which an N-SET of ours is sent.
OF_SERIES = tuple(
    path.replace(">", ".") for path in IN_ITEMS if path.startswith("PerformedSeriesSequence>") and path.count(">") == 1
)
#: Attributes without which a step of ours is ended.
ENDED = ("PerformedProcedureStepEndDate", "PerformedProcedureStepEndTime")
_WHOLE = (f"{_MPPS}unscheduled", f"{_MPPS}group")
#: Cases that bring about what a code is for (PS3.7 C.4.2, C.5.8 to C.5.21), by operation.
_CODES = {
    ("N-CREATE", 0x0000): ("unscheduled",),
    ("N-CREATE", 0x0106): ("first-status[COMPLETED]",),
    ("N-CREATE", 0x0110): ("empty-item[PerformedSeriesSequence]",),
    ("N-CREATE", 0x0111): ("duplicate",),
    ("N-CREATE", 0x0117): ("malformed-uid",),
    ("N-CREATE", 0x0120): ("lacks[Modality]", "lacks[PerformedProcedureStepID]"),
    ("N-CREATE", 0x0121): ("empty[Modality]", "empty[PerformedProcedureStepID]"),
    ("N-SET", 0x0000): ("unscheduled",),
    ("N-SET", 0x0105): ("set-not-allowed[PatientID]", "set-not-created"),
    ("N-SET", 0x0106): ("set-status-unknown",),
    ("N-SET", 0x0110): ("set-after-completed[COMPLETED]", "set-after-discontinued[COMPLETED]"),
    ("N-SET", 0x0112): ("set-unknown",),
    ("N-SET", 0x0117): ("set-unknown-malformed",),
    ("N-SET", 0x0120): ("set-lacks[SeriesInstanceUID]",),
    ("N-SET", 0x0121): ("set-empty[SeriesInstanceUID]",),
}
_NOT_SENT = "no request of ours has it or lacks it by itself"


def _required(claim: Claim) -> Iterator[str]:
    path, creates = str(claim.data["path"]), claim.data["operation"] == "N-CREATE"
    if creates and path in CREATED:
        yield f"{_MPPS}lacks[{path}]"
    elif not creates and path in ENDED:
        yield f"{_MPPS}final-lacks[{path}]"
    elif not creates and path in OF_SERIES:
        yield f"{_MPPS}set-lacks[{path.removeprefix(_SERIES)}]"
    elif path != _ALL_SERIES and not path.startswith(_SERIES):
        yield from _WHOLE  # what we do not send at all is missing from every request of ours


def _lacking(claims: Sequence[Claim]) -> Iterator[Made]:
    """A step that ends without what no built-in case leaves out: the whole sequence of series."""
    wanted = [each for each in claims if each.data["operation"] == "N-SET" and each.data["path"] == _ALL_SERIES]
    if wanted:
        ends: dict[str, Any] = {"status": "COMPLETED", "remove": [_ALL_SERIES], "means": "mpps.set-final-incomplete"}
        yield Made(
            {
                "id": "ends-without-series",
                "title": f"A step ends without {_ALL_SERIES}",
                "odd": True,
                "leaves": "a performed step",
                "steps": ["create-mpps", {"set-mpps": ends}, {"set-mpps": {"status": "COMPLETED"}}],
            },
            tuple(each.id for each in wanted),
        )


def _after_final(claim: Claim) -> Iterator[str]:
    yield "final-state"
    yield from (f"{_MPPS}set-after-{state}[COMPLETED]" for state in ("completed", "discontinued"))


def _status(claim: Claim) -> Iterator[str]:
    operation, code = str(claim.data["operation"]), str(claim.data["code"])
    for (name, status), cases in _CODES.items():
        if name == operation and fits(code, status):
            yield from (f"{_MPPS}{case}" for case in cases)


observing("mpps-required", built_in=_required, made=_lacking, reason=_NOT_SENT)
observing("mpps-after-final", built_in=_after_final)
observing("mpps-duplicate", built_in=lambda claim: (f"{_MPPS}duplicate", f"{_MPPS}duplicate-changed"))
observing("mpps-status", built_in=_status, reason="nothing here brings it about: it is observed where it is seen")

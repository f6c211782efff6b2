"""How claims about C-MOVE and C-GET are observed: all by the retrieve battery."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from scanproof.observing import Made, observing
from scanproof.statements import Claim

_BATTERY = "retrieve-battery"
_STATUSES = {
    "0000": ("study[get]", "study[move]"),
    "FF00": ("study[get]", "study[move]"),
    "FE00": ("cancel-after-one[get]", "cancel-after-one[move]"),
    "B000": ("answered[get+fail-some]", "answered[move+fail-some]"),
    "A702": ("answered[get+fail-all]", "answered[move+fail-all]"),
    "A801": ("unknown-destination",),
}
#: What a refusal of an Identifier may be the answer to: odd ones.
_ODD = ("level", "patient-in-study-root", "lacks-key", "empty-key")


def _of_battery(*cases: str) -> Iterable[str]:
    return (f"{_BATTERY}/{case}" for case in cases)


def _association(claim: Claim) -> Iterable[str]:
    return _of_battery("study[move]" if claim.data["model"] == "study_root" else "study[move-patient-root]")


def _destination(claim: Claim) -> Iterable[str]:
    return _of_battery("unknown-destination") if claim.data["model"] == "study_root" else ()


def _status(claim: Claim) -> Iterable[str]:
    code = str(claim.data["code"]).upper()
    odd = code[:2] in ("A9", "CX") or code[:1] == "C" or code in ("0122", "A701")
    return _of_battery(*(_ODD if odd else _STATUSES.get(code, ())))


def _destinations_made(claims: Sequence[Claim]) -> Iterator[Made]:
    """The same in Patient Root, which the battery does not ask."""
    for claim in claims:
        if claim.data["model"] == "patient_root":
            acquire = {"protocol": "ct-small", "instances": 2}
            move = {"by": "move", "model": "patient-root", "destination": "unknown"}
            document = {
                "id": "move-unknown-destination-patient-root",
                "title": "C-MOVE to an AE title that nobody has, in Patient Root",
                "leaves": "a study of two small images",
                "steps": [{"acquire": acquire}, "store", {"retrieve": move}],
            }
            yield Made(document, (claim.id,))


observing("move-association", built_in=_association)
observing("move-unknown-destination", built_in=_destination, made=_destinations_made)
observing("retrieve-status", built_in=_status)

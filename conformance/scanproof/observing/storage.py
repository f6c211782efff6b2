"""How claims about an archive are observed: by what comes back of what was stored, and by its answers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from scanproof.observing import Made, observing
from scanproof.statements import Claim
from scanproof.statements.codes import fits, service_class

_STORAGE = "storage-battery/"
_BACK = ("retrieve-battery/private", "retrieve-battery/study[get]", "retrieve-battery/study[move]")
_PLAIN = f"{_STORAGE}plain"
#: Cases that bring about what a code of PS3.7 and PS3.4 B is for; a C-STORE of an ordinary instance has the rest.
_CODES = {
    "0117": ("malformed-uid[1.2.03.4711]", "malformed-uid[1.2..4711]"),
    "0122": ("conflict-with-context", "private-class"),
    "A900": ("conflict[class]", "conflict[uid]"),
    "C000": ("data-set[cut]", "data-set[none]", "lacks[StudyInstanceUID]", "lacks[SOPInstanceUID]"),
    "0120": ("command-lacks[AffectedSOPInstanceUID]",),
}
_AGAIN = ("again", "again-all")
_UNPROVOKED = "nothing here brings it about by itself: it is observed where it is seen"


def _status(claim: Claim) -> Iterator[str]:
    """Cases that may bring a code; every ordinary C-STORE shows success and warnings."""
    code = str(claim.data["code"])
    if fits(code, 0) or _is_warning(code):
        yield _PLAIN
        return
    for one, cases in _CODES.items():
        if fits(code, int(one, 16)) or (code[:2] == one[:2] and code[0] in "AC"):
            yield from (f"{_STORAGE}{case}" for case in cases)
    words = str(claim.data.get("condition") or "").lower()
    if "duplicate" in words or "already" in words:
        yield from (f"{_STORAGE}{case}" for case in (*_AGAIN, "changed[pixels]"))


def _is_warning(code: str) -> bool:
    digits = code.partition("-")[0].upper().replace("X", "0")
    return service_class(int(digits, 16)) == "warning" if len(digits) == 4 else False


def _duplicate(claim: Claim) -> Iterator[str]:
    if claim.data["content"] == "same":
        yield from (f"{_STORAGE}{case}" for case in _AGAIN)
    elif claim.data["does"] == "refuse":
        yield from (f"{_STORAGE}changed[{what}]" for what in ("pixels", "identity"))


def _versions(claims: Sequence[Claim]) -> Iterator[Made]:
    """Which of two contents is kept is seen when it comes back."""
    wanted = [
        claim.id
        for claim in claims
        if claim.data["content"] == "other" and claim.data["does"] in ("keep_first", "replace")
    ]
    if wanted:
        yield Made(
            {
                "id": "duplicate-other-content",
                "title": "Under the UID of an instance that is stored comes another one, and which of them is kept",
                "odd": True,
                "leaves": "a study of three small images",
                "steps": [
                    {"acquire": {"protocol": "ct-small", "instances": 3}},
                    "store",
                    {"store": {"again": "pixels"}},
                    {"retrieve": {"by": "get"}},
                ],
            },
            tuple(wanted),
        )


observing("storage-level", built_in=lambda claim: _BACK)
observing(
    "storage-duplicate",
    built_in=_duplicate,
    made=_versions,
    reason="two instances under one UID cannot be told apart when they come back",
)
observing("storage-coercion", built_in=lambda claim: _BACK)
observing("storage-no-coercion", built_in=lambda claim: (*_BACK, _PLAIN))
observing("storage-status", built_in=_status, reason=_UNPROVOKED)

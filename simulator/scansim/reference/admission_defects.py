"""Planted defects of an acceptor that meets an unusual A-ASSOCIATE-RQ, or one that deviates; see spoil_admission."""

from __future__ import annotations

from scansim.reference.defect import Defect


def _of(name: str, check: str, summary: str, *cases: str, also: tuple[str, ...] = ()) -> Defect:
    named = tuple(f"association-battery/{case}" for case in cases)
    return Defect(name, summary, (check,), rewrites=True, cases=named, also=also)


_VALID, _DEVIATING = "association.valid-request", "association.deviating-request"
ADMISSION_DEFECTS = (
    # --- what breaks no rule ---
    _of("admission-unknown-items", _VALID, "a sub-item of a later edition is a reason to reject", "later-items"),
    _of("admission-reserved-tested", _VALID, "reserved bytes that are not zero are rejected", "reserved-bytes"),
    _of("admission-versions-compared", _VALID, "every Protocol-version but 0001H is rejected", "more-versions"),
    _of("admission-titles-untrimmed", _VALID, "spaces before an AE title make it another one", "title-before"),
    _of("admission-window-aborts", _VALID, "an unlimited asynchronous window is answered by A-ABORT", "async-window"),
    _of("admission-few-contexts", _VALID, "more than 32 Presentation Contexts are rejected", "full"),
    _of("admission-roles-rejected", _VALID, "Role Selection is a reason to reject", "role"),
    _of(
        "admission-window-closes",
        "association.answered-properly",
        "the connection is closed on whoever offers an asynchronous window",
        "async-window",
    ),
    _of(
        "admission-unknown-class-hangs",
        "association.no-hang",
        "nothing is answered to whoever offers no class of DICOM's",
        "unknown-class",
    ),
    _of(
        "admission-identity-answered",
        "association.user-identity",
        "a user identity is confirmed to whoever did not ask for that",
        "user-identity[1+0]",
    ),
    _of(
        "admission-odd-fragments",
        "association.pdv-even",
        "fragments are as long as an odd Maximum Length lets them",
        "max-length",
    ),
    # --- what deviates ---
    _of("admission-no-reason", _DEVIATING, "what is rejected is rejected without a reason", "wrong-title"),
    _of(
        "admission-other-reason",
        _DEVIATING,
        "an application context that is not known is rejected as an unknown caller is",
        "other-application-context",
    ),
    _of(
        "admission-titles-closed", _DEVIATING, "the connection is closed on whoever calls another title", "wrong-title"
    ),
    _of("admission-any-version", _DEVIATING, "a Protocol-version without bit 0 is accepted", "other-version"),
    _of(
        "admission-any-context-name",
        _DEVIATING,
        "an application context that is not DICOM's is accepted under its name",
        "other-application-context[1.2.840.10008.3.1.1.2]",
    ),
    _of("admission-blank-hangs", "association.no-hang", "nothing is answered to a blank AE title", "malformed-title"),
    _of(
        "admission-undefined-rejection",
        "association.answered-properly",
        "an unreadable request is rejected with the reserved reason 1/1/9",
        "context-ids",
    ),
)

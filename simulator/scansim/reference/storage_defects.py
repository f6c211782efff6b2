"""Planted defects of Storage: what is answered wrongly, and what is kept of an instance that was taken."""

from __future__ import annotations

from scansim.reference.defect import Defect


def _of(name: str, checks: str | tuple[str, ...], summary: str, *cases: str) -> Defect:
    named = (checks,) if isinstance(checks, str) else checks
    return Defect(name, summary, named, cases=tuple(f"storage-battery/{case}" for case in cases))


STORAGE_DEFECTS: tuple[Defect, ...] = (
    # --- what is answered ---
    _of(
        "storage-full-for-a-while",
        "storage.accepted",
        "the second and third C-STORE are refused with A700H, and those behind them taken",
        "plain",
    ),
    _of(
        "storage-jams-after-fault",
        "storage.accepted",
        "after an instance that was refused, each that follows on the association is refused with C001H",
        "conflict[uid]",
    ),
    _of(
        "storage-early-success",
        "storage.early-success",
        "C-STORE is answered with 0000H when its data set has begun to come",
        "slow",
    ),
    _of(
        "storage-uid-conflict-accepted",
        "storage.invalid-request",
        "an instance is stored whose UID is another one in the data set than in the command set",
        "conflict[uid]",
    ),
    _of(
        "storage-resend-duplicates",
        "storage.stored-once",
        "an instance that is stored once more is found twice",
        "again",
    ),
    _of(
        "storage-one-association",
        "association.several",
        "an association is rejected with 2/3/2 while another one is open",
        "parallel",
    ),
    _of(
        "storage-any-syntax",
        "association.unknown-syntax",
        "a Presentation Context is accepted in a private transfer syntax that nobody has told of",
        "private-syntax",
    ),
)

#: What is kept is not what was sent, and Success says that it is: seen by whoever reads it back.
KEPT_DEFECTS: tuple[Defect, ...] = (
    Defect(
        "storage-coerces-silently",
        "each instance is kept under another Patient ID, and answered with 0000H",
        ("storage.coercion-announced",),
    ),
    # --- which no answer to a query shows ---
    Defect(
        "storage-transcodes-lossy",
        "native pixels lose their two lowest bits under the same UID",
        ("retrieve.pixels-kept",),
        cases=("retrieve-battery/study[get]",),
    ),
    Defect(
        "storage-drops-private",
        "private elements are not kept, and C-STORE is answered with 0000H",
        ("retrieve.attribute-kept",),
        cases=("retrieve-battery/private",),
    ),
    Defect(
        "storage-loses-fragment",
        "the last fragment of Pixel Data is not kept, and Success is answered",
        ("retrieve.pixels-kept",),
        cases=("retrieve-battery/study[get]",),
    ),
)

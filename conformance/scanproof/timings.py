"""The times of a run as results have them, and what is to be said of them in words."""

from __future__ import annotations

from collections.abc import Sequence

from scanproof.evidence import Evidence
from scanproof.evidence.times import Measured, Pattern
from scanproof.finding import Note
from scanproof.results import OperationTimes, StorageRate, Times


def times_of(scenarios: Sequence[Evidence]) -> Times:
    """The times of all scenarios together; a pure function of what was recorded."""
    measured = Measured(scenarios)
    operations = [
        OperationTimes(
            service=kind[0],
            operation=kind[1],
            party=kind[2],
            count=len(times.seconds),
            median=round(times.median, 6),
            worst=round(times.worst, 6),
            worst_at="/".join(times.worst_at),
            held_back=measured.held_back(kind),
        )
        for kind, times in measured.kinds.items()
    ]
    storage = [
        StorageRate(
            scenario=sent.label,
            step=sent.step,
            party=sent.address,
            images=sent.images,
            bytes=sent.bytes,
            seconds=round(sent.seconds, 6),
            images_per_second=round(sent.images / sent.seconds, 1) if sent.seconds else 0.0,
            megabytes_per_second=round(sent.bytes / 1e6 / sent.seconds, 1) if sent.seconds else 0.0,
        )
        for sent in measured.sent
    ]
    notes = []
    for address in dict.fromkeys(each.party for each in operations if each.held_back):
        kinds = [each.operation for each in operations if each.held_back and each.party == address]
        names = ", ".join(dict.fromkeys(kinds))
        notes.append(Note(text=_told(address, names, measured.patterns[address]), party=address))
    return Times(operations=operations, storage=storage, notes=notes)


def _told(address: str, kinds: str, pattern: Pattern) -> str:
    """What the pattern is, where it was seen and what to do; a capture proves it, this does not."""
    if pattern.inside:
        seen = f"shows the 40 ms pattern ({kinds}): {pattern.held} answers came in parts about 40 ms apart"
        doubt = ""
    else:
        several = f"{pattern.several} of {pattern.answers} answers"
        seen = f"looks like the 40 ms pattern ({kinds}): {several} took about 40 ms, or a multiple"
        doubt = "; if nothing changes, something else takes that long"
    return (
        f"{address} {seen}. Nagle's algorithm on one side keeps a small segment until the one before is acknowledged, "
        "and delayed ACK on the other holds the acknowledgement back for 40 ms: that wait is of the network code, and "
        f"no time that the target needs. Set TCP_NODELAY on the peer's sockets, and measure again{doubt}"
    )

"""Check of every data set that the target sends: nothing that belongs to commands or files (PS3.5 7.1)."""

from __future__ import annotations

from collections.abc import Iterator

from scanproof.check import Observation, check, fail, ok
from scanproof.evidence import Evidence
from scanproof.evidence.unasked import is_of_no_data_set
from scanproof.finding import Level
from scansim.wire.dataset import DataSet, Element


@check(
    "dataset.no-command-groups",
    title="No data set of the target has elements of groups 0000 to 0007",
    clause="PS3.5 7.1 (c. 2020); PS3.7 6.3.1 (2024c); PS3.4 C.4.1.1.3 (c. 2020)",
    level=Level.SHALL,
    expected="elements from group 0008 on",
    hint="Status, Error Comment and their like belong into the command set; the File Meta Information into files.",
)
def no_command_groups(evidence: Evidence) -> Iterator[Observation]:
    """Groups 0000, 0002, 0004 and 0006 are those of commands, files and media directories; the odd groups below 0009,
    and FFFF, are nobody's. None of them stands in a data set that is exchanged, nor in one of its items.

    Strict parsers refuse the whole data set; others drop these elements, and with an Error Comment the reason for a
    refusal is lost.

    Every data set that the target sends is walked, whatever message it is of. The text of such an element is shown.
    """
    for exchange in evidence.received:
        dataset = exchange.dataset
        if dataset is None:
            continue
        wrong = [seen for seen in dataset.walk() if is_of_no_data_set(seen[2].tag)]
        for path, level, element in wrong:
            yield fail(f"in the data set of the {exchange.name}{_text(level, element)}", exchange, tag=path)
        if not wrong:
            yield ok("none", exchange)


def _text(level: DataSet, element: Element) -> str:
    """What an element says, as text also where its VR is not known."""
    unknown = element.vr == "UN"
    values = (element.value.rstrip(b"\0 ").decode("latin-1"),) if unknown else level.values_of(element)
    return f": {', '.join(values)}" if any(values) else ""

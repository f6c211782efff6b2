"""Where the values of an exam's messages came from, so that nobody is blamed for what another gave."""

from __future__ import annotations

from typing import Any

from pydicom.dataset import Dataset

from scansim.exam.performed_step import create_dataset, series_item
from scansim.exam.state import Exam
from scansim.identity.carried import attributes, taken
from scansim.identity.ledger import Ledger


def origin(exam: Exam, ledger: Ledger) -> dict[str, Any] | None:
    """For each kind of request, path to path of what it took from the worklist item; None when there was no item.

    Paths are keywords joined by ``>``; ``exchange`` is the message that brought the item.
    """
    if not ledger.source:
        return None
    final = Dataset()
    final.PerformedSeriesSequence = [series_item(exam, ledger, exam.identity.uid("series of no image"), "")]
    sent = {"N-CREATE-RQ": create_dataset(ledger), "N-SET-RQ": final, "C-STORE-RQ": attributes(ledger)}
    return {"exchange": ledger.source, "requests": {name: dict(taken(ds)) for name, ds in sent.items()}}

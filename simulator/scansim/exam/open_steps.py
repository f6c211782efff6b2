"""Which performed procedure steps of an exam are open at the MPPS manager, as far as its answers tell."""

from __future__ import annotations

import threading
from collections.abc import Mapping

from pydicom.dataset import Dataset

from scansim.vocabulary.status import is_success
from scansim.wire.dimse import FIELD_OF, Command, Value

_FINAL = ("COMPLETED", "DISCONTINUED")
#: Error ID of an N-SET on a step that has ended (PS3.4 Table F.7.2-2).
_NO_LONGER_UPDATABLE = 0xA710


class OpenSteps:
    """The steps that were created, or may have been, and were not ended.

    ``ending`` is held by the thread that ends them: after Ctrl-C that may be another one than the exam's own.
    """

    def __init__(self) -> None:
        self.ending = threading.Lock()
        self._open: dict[str, bool] = {}  # whether the N-CREATE was answered, by UID

    @property
    def uids(self) -> list[str]:
        """SOP Instance UIDs of the steps that are open, or may be."""
        return list(self._open)

    def asked(self, command: Mapping[str, Value], ds: Dataset) -> None:
        """Note a request before it is sent: a step whose N-CREATE is not answered may exist."""
        if command["CommandField"] == FIELD_OF["N-CREATE-RQ"] and _status(ds) not in _FINAL:
            self._open.setdefault(str(command.get("AffectedSOPInstanceUID", "")), False)

    def answered(self, command: Mapping[str, Value], ds: Dataset, answer: Command) -> None:
        """Note the final response to a request."""
        done = is_success(answer.status)
        if command["CommandField"] == FIELD_OF["N-CREATE-RQ"]:
            uid = str(command.get("AffectedSOPInstanceUID", ""))
            if not uid:  # the SCP was to make one
                self._open.pop("", None)
                given = answer.text("AffectedSOPInstanceUID")
                self._open.update({given: True} if done and given else {})
            elif self._open.get(uid) is False and not done:
                del self._open[uid]
            elif uid in self._open and done:
                self._open[uid] = True
        elif _status(ds) in _FINAL and (done or answer.number("ErrorID") == _NO_LONGER_UPDATABLE):
            self._open.pop(str(command.get("RequestedSOPInstanceUID", "")), None)

    def given_up(self, uid: str) -> None:
        """Note that a step is left as it is: no more is tried."""
        self._open.pop(uid, None)


def _status(ds: Dataset) -> str:
    return str(ds.get("PerformedProcedureStepStatus") or "")

"""Right clients, over raw bytes or written by hand, for tests to spoil in one point."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from pydicom.dataset import Dataset

from scansim.wire import pdu as p
from scansim.wire.dimse import FIELD_OF, NO_DATASET, Value, encode_command
from tests.support import exam_messages
from tests.support.building import (
    COMMITMENT,
    CT_IMAGE,
    VERIFICATION,
    Link,
    Story,
    encode,
)
from tests.support.client_defect import CLIENT, TARGET
from tests.support.raw_client import Raw, associated, connected, pdata, request
from tests.support.reference_client import EXPLICIT

_REQUESTED = ("N-SET-RQ", "N-ACTION-RQ", "N-GET-RQ")
TITLES = {"called_ae": TARGET, "calling_ae": CLIENT}


def command_set(name: str, sop_class: str, *, dataset: bool = False, **fields: Value | None) -> bytes:
    """A right command set of a request, but for `fields`; None leaves one out."""
    role = "Requested" if name in _REQUESTED else "Affected"
    values: dict[str, Value | None] = {"CommandField": FIELD_OF[name], "MessageID": 1, f"{role}SOPClassUID": sop_class}
    if name in ("C-STORE-RQ", "C-FIND-RQ", "C-MOVE-RQ"):
        values["Priority"] = 0
    if name == "C-CANCEL-RQ":
        values = {"CommandField": FIELD_OF[name]}
    values["CommandDataSetType"] = 1 if dataset else NO_DATASET
    return encode_command({key: value for key, value in {**values, **fields}.items() if value is not None})


def release(raw: Raw) -> None:
    """Release what is still there."""
    raw.send(p.encode(p.ReleaseRQ()))
    raw.pdu()


def leave(raw: Raw, source: int = 0) -> None:
    """Abort, and wait until our target has taken it."""
    raw.send(p.encode(p.Abort(source, 0)))
    raw.ended()


@contextmanager
def client(port: int, *classes: str, **changes: Any) -> Iterator[Raw]:
    """An association of a right client, released at the end."""
    with associated(port, *classes, **{**TITLES, **changes}) as raw:
        yield raw
        release(raw)


def asks(port: int, name: str, sop_class: str, dataset: Dataset | bytes | None = None, **fields: Value | None) -> None:
    """A right client but for one request."""
    data = encode(dataset, EXPLICIT) if isinstance(dataset, Dataset) else dataset
    with client(port, sop_class) as raw:
        raw.ask(1, command_set(name, sop_class, dataset=data is not None, **fields), data)


def proposes(port: int, *classes: str, **changes: Any) -> None:
    """A client that does nothing but ask for an association."""
    with connected(port) as raw:
        answer = raw.associate(request(*classes, **{**TITLES, **changes}))
        if isinstance(answer, p.AssociateAC):
            release(raw)


def user(**changes: Any) -> p.UserInformation:
    """Right User Information, but for `changes`."""
    return replace(p.UserInformation(16384, "2.25.1"), **changes)


def study_keys(**changes: str) -> Dataset:
    """Keys of a study; None leaves one out, and what is added may be wrong."""
    ds = Dataset()
    ds.QueryRetrieveLevel, ds.StudyInstanceUID = "STUDY", "2.25.4"
    return changed(ds, **changes)


def changed(ds: Dataset, **changes: Any) -> Dataset:
    """A copy with attributes changed, unvalidated; None leaves one out."""
    ds = copy.deepcopy(ds)
    for name, value in changes.items():
        if value is None:
            delattr(ds, name)
        else:
            setattr(ds, name, value if name == "PatientName" else "")
            ds[name]._value = ds[name].value or value
    return ds


def store(port: int, **fields: Value | None) -> None:
    """Store a right image by a request that is not."""
    image = exam_messages.whole_image("2.25.7101")
    asks(port, "C-STORE-RQ", CT_IMAGE, image, **{"AffectedSOPInstanceUID": "2.25.7101", **fields})


def echo(number: int) -> bytes:
    return pdata((1, 3, command_set("C-ECHO-RQ", VERIFICATION, MessageID=number)))


def with_window(story: Story, number: int) -> Link:
    """An association with a window of so many operations."""
    window = user(async_window=(number, 1))
    return story.associate(VERIFICATION, by_target=True, rq={"user": window}, ac={"user": window})


def reporting(story: Story, *roles: p.RoleSelection, **changes: Any) -> Link:
    """An association of our target for a commitment report; `roles` are those of the client, the SCP role by itself."""
    proposed = p.RoleSelection(COMMITMENT, 0, 1)
    answered = {"ac": {"user": user(roles=roles or (proposed,))}}
    return story.associate(COMMITMENT, rq={"user": user(roles=(proposed,))}, **{**answered, **changes})

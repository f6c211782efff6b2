"""What a store step sends: instances of the exam or files, as they are or altered, encoded for an accepted context."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from pydicom.dataset import Dataset

from scansim.exam.own_files import OwnFile
from scansim.identity.ledger import InstanceRecord
from scansim.images.altered import Edit, Repaint, altered, as_it_is
from scansim.images.cine import Cine
from scansim.images.coding import painted
from scansim.images.instance import Instance
from scansim.network.association import Agreed
from scansim.network.elided import Elided, Streamed
from scansim.vocabulary.deviations import Intent
from scansim.vocabulary.syntaxes import SYNTAXES
from scansim.wire.dimse import Value

#: Exams side by side paint in turns: their painters would only take the interpreter's lock from each other and from
#: those who send, and paint the same section of the same phantom at the same time, each its own (decision 0012).
_PAINTING = threading.Lock()

#: Of a data set: all of it, nothing, or its beginning.
Part = Literal["whole", "none", "cut"]


@dataclass(frozen=True)
class Alteration:
    """What is changed of an instance; ``encoded`` stands for a data set that is there as bytes, with its syntax.

    ``pixels`` says whether it has Pixel Data.
    """

    edit: Edit | None = None
    repaint: Repaint = as_it_is
    part: Part = "whole"
    pixels: bool = True
    encoded: tuple[str, bytes] | None = None


@dataclass(frozen=True)
class Parcel:
    """One instance on its way: what the ledger has of it and where, its command set, and what is changed of it.

    ``sop_class`` is that of the Presentation Context; ``recorded`` says whether what it is answered goes into the
    ledger; ``purpose`` is told beside the request.
    """

    index: int
    named: InstanceRecord
    what: Instance | OwnFile | Cine
    sop_class: str
    command: dict[str, Value]
    alteration: Alteration | None = None
    intent: Intent | None = None
    recorded: bool = True
    purpose: dict[str, str] | None = None

    @property
    def syntax(self) -> str:
        """The one transfer syntax that it can be sent in, empty where we can encode it."""
        if isinstance(self.what, OwnFile):
            return self.what.transfer_syntax
        return self.alteration.encoded[0] if self.alteration is not None and self.alteration.encoded else ""


@dataclass(frozen=True)
class Ready:
    """A parcel that is encoded: the beginning of its data set, and what of it the record does not keep."""

    parcel: Parcel
    agreed: Agreed
    head: tuple[bytes, ...]
    pixels: Elided | Streamed | None


def ready(todo: tuple[Parcel, Sequence[Agreed]]) -> Ready:
    """Paint and encode a parcel, and digest its pixels; in the first of the contexts whose syntax can hold it."""
    parcel, contexts = todo
    wrong: ValueError | None = None
    for agreed in contexts:
        try:
            return _ready(parcel, agreed)
        except ValueError as error:
            wrong = error
    assert wrong is not None
    raise wrong


def _ready(parcel: Parcel, agreed: Agreed) -> Ready:
    what, alteration = parcel.what, parcel.alteration
    if isinstance(what, Cine):
        return Ready(parcel, agreed, (what.head(agreed.transfer_syntax),), Streamed(what.length, what.chunks))
    if isinstance(what, OwnFile):
        rest = Streamed(what.end - what.pixels, what.chunks) if what.end > what.pixels else None
        return Ready(parcel, agreed, (what.head(),), rest)
    if alteration is not None and alteration.encoded is not None:
        return Ready(parcel, agreed, (alteration.encoded[1],), None)
    syntax = _BY_UID[agreed.transfer_syntax]
    with _PAINTING:
        if alteration is None or (alteration.edit is None and alteration.repaint is as_it_is):
            head, pixels, native = painted(what, syntax)
        else:
            edit, repaint = alteration.edit or _as_it_is, alteration.repaint if alteration.pixels else None
            (head, pixels), native = altered(what, syntax, edit, repaint), None
    part = alteration.part if alteration is not None else "whole"
    if part == "none":
        return Ready(parcel, agreed, (), None)
    if part == "cut":
        head, pixels = (head, pixels[: len(pixels) // 4 * 2]) if pixels else (head[: len(head) // 4 * 2], b"")
    return Ready(parcel, agreed, (head,), Elided.of(pixels, native) if pixels else None)


def _as_it_is(ds: Dataset) -> Dataset:
    return ds


_BY_UID = {syntax.uid: syntax for syntax in SYNTAXES.values()}

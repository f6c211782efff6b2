"""Instances that came back: each beside the one that we stored, as far as we stored it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from scanproof.evidence.associations import succeeded
from scanproof.evidence.differences import Difference, differences
from scanproof.evidence.pixels_back import Pixels, PixelsBack, compare
from scanproof.evidence.source import plain
from scansim.network.transcript import Exchange, Operation
from scansim.vocabulary.status import SUCCESS
from scansim.wire.dataset import DataSet

#: Attributes that tell of a codec (PS3.3 C.7.6.3, PS3.5 8.2): they follow from the transfer syntax.
_OF_THE_CODEC = ("PhotometricInterpretation", "PlanarConfiguration")
#: Attributes that a lossy compression has to set, and those that tell where an image is derived from.
_OF_LOSSY = (
    *("LossyImageCompression", "LossyImageCompressionRatio", "LossyImageCompressionMethod"),
    *("ImageType", "DerivationDescription", "DerivationCodeSequence", "SourceImageSequence"),
)


#: Problems of a data set behind which nothing of it can be read.
_BROKEN = ("element-truncated", "element-length", "deflate", "deflate-truncated")


def breaks_off(store: Exchange) -> bool:
    """Whether a data set cannot be read to its end in the transfer syntax of its context."""
    return store.dataset is not None and any(problem.code in _BROKEN for problem in store.dataset.problems)


@dataclass(frozen=True, slots=True)
class Returned:
    """One instance that came back.

    ``sent`` is our C-STORE of it; ``status`` how that was answered, None when it was not. ``operation`` is the target's
    C-STORE. ``class_uid`` and ``instance_uid`` are the SOP Class and Instance of its data set, where they are not
    those that were sent. ``by_syntax`` are differences that follow from how its pixels
    are encoded now. ``character_set`` is the one that it came in, when that is another one.
    ``versions`` is how often it was taken where that was not with the same content each time, and ``version`` which of
    these it is most alike, from 1; 0 where nobody can tell.
    """

    sent: Operation
    status: int | None
    operation: Operation
    differences: tuple[Difference, ...]
    by_syntax: tuple[Difference, ...]
    pixels: PixelsBack
    class_uid: str = ""
    instance_uid: str = ""
    character_set: str = ""
    version: int = 0
    versions: int = 1

    @property
    def request(self) -> Exchange:
        """The C-STORE-RQ of the target."""
        return self.operation.request

    @property
    def uid(self) -> str:
        """SOP Instance UID, as the command set has it."""
        return self.request.command.sop_instance_uid or ""

    @property
    def is_clean(self) -> bool:
        """Whether it was stored with Success, and not with a warning."""
        return self.status == SUCCESS

    @property
    def is_other(self) -> bool:
        """Whether something of it is known to be different."""
        return (
            self.pixels.state not in (Pixels.SAME, Pixels.NONE, Pixels.NOT_COMPARED)
            or bool(self.pixels.lossy or self.class_uid or self.instance_uid)
            or any(each.is_told for each in self.differences)
        )

    @property
    def is_same(self) -> bool:
        """Whether all of it is known to be as it was sent."""
        return self.pixels.state is not Pixels.NOT_COMPARED and not self.is_other


def returned(stores: Iterable[Operation], received: Iterable[Operation]) -> Iterator[Returned]:
    """Yield every instance that came and that we sent as well, in the order in which they came.

    Parameters
    ----------
    stores : iterable of Operation
        Our C-STOREs.
    received : iterable of Operation
        Those of the target.
    """
    sent: dict[str, list[Operation]] = {}
    for operation in stores:
        if operation.request.message.dataset is not None:
            sent.setdefault(operation.request.command.sop_instance_uid or "", []).append(operation)
    for operation in received:
        ours = sent.get(operation.request.command.sop_instance_uid or "")
        if ours is not None and operation.request.message.dataset is not None:
            # of several, the target may keep any that it took: it is compared with the one that it is most alike
            taken = [each for each in ours if succeeded(each) is not None] or ours
            found = [_compared(each, operation) for each in taken]
            distances = [_distance(each) for each in found]
            nearest = min(distances)
            if len(set(distances)) == 1:
                yield found[-1]
            else:
                which = distances.index(nearest) + 1 if distances.count(nearest) == 1 else 0
                yield replace(found[distances.index(nearest)], version=which, versions=len(found))


def _distance(one: Returned) -> tuple[bool, int]:
    return one.pixels.state is not Pixels.SAME, len(one.differences)


def _compared(sent: Operation, operation: Operation) -> Returned:
    request, came = sent.request, operation.request
    status = sent.final.command.status if sent.final is not None else None
    if _is_copy(request, came):
        return Returned(sent, status, operation, (), (), PixelsBack(Pixels.SAME, "the same bytes"))
    ours, theirs = request.dataset, came.dataset
    assert ours is not None
    assert theirs is not None
    pixels = compare(request, ours, came, theirs)
    found = differences(ours, theirs)
    apart = tuple(each for each in found if _follows(each, pixels))
    named = ("SOPClassUID", "SOPInstanceUID")
    rest = tuple(each for each in found if each not in apart and each.path not in named)
    terms = theirs.text("SpecificCharacterSet")
    return Returned(
        sent,
        status,
        operation,
        rest,
        apart,
        pixels,
        _other(ours, theirs, "SOPClassUID"),
        _other(ours, theirs, "SOPInstanceUID"),
        (terms or "none") if terms != ours.text("SpecificCharacterSet") else "",
    )


def _is_copy(sent: Exchange, came: Exchange) -> bool:
    """Whether the very bytes came back, up to the pixels and by their digest: nothing has to be read then."""
    head, whole = sent.encoded or b"", came.encoded or b""
    return (
        sent.transfer_syntax == came.transfer_syntax
        and bool(sent.message.elided and sent.digest)
        and len(whole) == len(head) + sent.message.elided
        and whole.startswith(head)
        and hashlib.sha256(memoryview(whole)[len(head) :]).hexdigest() == sent.digest
        and _uids(sent) == _uids(came)
    )


def _uids(store: Exchange) -> tuple[str | None, str | None]:
    return store.command.sop_class_uid, store.command.sop_instance_uid


def _follows(difference: Difference, pixels: PixelsBack) -> bool:
    """Whether an attribute is another one because its pixels are encoded in another way."""
    if difference.path in _OF_THE_CODEC:
        return pixels.recoded or (difference.path == "PlanarConfiguration" and pixels.state is Pixels.SAME)
    return bool(pixels.lossy) and plain(difference.path).partition(">")[0] in _OF_LOSSY


def _other(ours: DataSet, theirs: DataSet, name: str) -> str:
    """A UID of a data set that is not the one that was sent; empty when it is."""
    found = theirs.text(name)
    return "" if found == ours.text(name) else found or "none"

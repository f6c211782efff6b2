"""Acquire an exam: series after series, instance after instance, on the exam's own clock, and the same again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import islice

from pydicom.dataset import Dataset

from scansim.identity.ids import Identity
from scansim.identity.ledger import Ledger
from scansim.images import ct, dose_page, dose_report, dx, enhanced_ct, enhanced_mr, key_objects, mr, us
from scansim.images.instance import Instance
from scansim.images.protocol import Acquisition, Extra, Maker, Protocol, SeriesRecord, begin
from scansim.inputs import InputError

#: What can be made, by the name that protocols and the command line give it: a new modality is one line here.
MAKERS: Mapping[str, Maker] = {
    maker.object: maker
    for maker in (ct.MAKER, enhanced_ct.MAKER, mr.MAKER, enhanced_mr.MAKER, dx.MAKER, dx.CR_MAKER, us.MAKER)
}

#: What can be made of a finished exam.
EXTRAS: Mapping[Extra, Callable[[Acquisition], Iterator[Instance]]] = {
    "dose-report": dose_report.make,
    "dose-page": dose_page.make,
    "key-objects": key_objects.make,
}

_LEAVING = timedelta(seconds=30)  # from the last image to the end of the performed step


def acquire(ledger: Ledger, protocol: Protocol, identity: Identity) -> Iterator[Instance]:
    """Acquire a whole protocol, one instance at a time: nothing is kept.

    The same ledger, protocol and identity give the same bytes. UIDs depend on study and performed step as well, so one
    identity serves several exams; one performed step is acquired by one `Acquisition`.

    Raises
    ------
    InputError
        If the protocol makes images of another modality than the ledger's.
    """
    return instances(begin(ledger, identity, protocol))


def resized(protocol: Protocol, count: int) -> Protocol:
    """Return the protocol changed so that its series make `count` images in all; what extras make comes on top."""
    series = tuple(MAKERS[protocol.object].resize(protocol.series, count))
    return protocol.model_copy(update={"series": series})


def shortened(protocol: Protocol) -> Protocol:
    """Return the protocol as runs make it unless they want all of it: see `Protocol.short`."""
    if protocol.short is None:
        return protocol
    maker = MAKERS[protocol.object]
    series = (maker.shorten or maker.resize)(protocol.series, protocol.short)
    return protocol.model_copy(update={"series": tuple(series)})


def instances(acquisition: Acquisition) -> Iterator[Instance]:
    """Make the series of an acquisition's protocol after those that are finished; its clock and records go on.

    Raises
    ------
    InputError
        If the protocol makes images of another modality than the ledger's.
    """
    protocol, ledger = acquisition.protocol, acquisition.ledger
    maker = MAKERS[protocol.object]
    if maker.modality != ledger.modality:
        raise InputError(f"protocol {protocol.id} is for {maker.modality}, the exam is for {ledger.modality}")
    return _stream(acquisition, maker)


def _stream(acquisition: Acquisition, maker: Maker) -> Iterator[Instance]:
    for plan in acquisition.protocol.series:
        acquisition.next_series(plan)
        yield from _recorded(acquisition, maker.make(acquisition, plan), plan)
    for name in acquisition.protocol.extras:
        acquisition.next_series(name)
        yield from _recorded(acquisition, EXTRAS[name](acquisition), None)
    acquisition.now += _LEAVING


def _recorded(acquisition: Acquisition, made: Iterator[Instance], plan: object) -> Iterator[Instance]:
    """Pass on the instances of a series, and note it as finished after the last one."""
    references = []
    first = last = None
    for instance in made:
        first, last = first or instance, instance
        references.append((instance.sop_class_uid, instance.sop_instance_uid))
        yield instance
    if first is None or last is None:
        return
    head = _told(first)
    acquisition.finished.append(
        SeriesRecord(
            number=acquisition.number,
            uid=first.series_instance_uid,
            description=first.series_description,
            instances=tuple(references),
            plan=plan,
            first=head,
            last=head if last is first else _told(last),
        )
    )


def _told(instance: Instance) -> Dataset:
    """Return what later objects may ask of an instance: of many frames the first and the last."""
    ds, keyword = instance.view(), "PerFrameFunctionalGroupsSequence"
    if len(frames := ds.get(keyword, ())) <= 2:
        return ds
    told = Dataset()
    told.update({element.tag: element for element in ds if element.keyword != keyword})
    setattr(told, keyword, [deepcopy(frames[0]), deepcopy(frames[-1])])
    return told


# --- once more --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class SeriesName:
    """A series as other messages tell of it; ``images`` says whether its instances have pixels."""

    uid: str
    description: str
    images: bool


class Acquired:
    """The instances of one exam, of which no more is kept than how their acquisitions began.

    Whoever iterates over it acquires them once more, byte for byte the same: an exam of 20,000 images is as small as
    one of 20. ``series`` holds what they belong to, by UID.
    """

    def __init__(self) -> None:
        self.series: dict[str, SeriesName] = {}
        self._parts: list[tuple[Acquisition, int]] = []

    def __len__(self) -> int:
        return sum(count for _, count in self._parts)

    def __iter__(self) -> Iterator[Instance]:
        for begun, count in self._parts:
            yield from islice(instances(_as_it_is(begun)), count)

    def acquire(self, acquisition: Acquisition) -> Iterator[Instance]:
        """Make the series of an acquisition's protocol, as `instances` does; what was taken can be had again."""
        begun, made = _as_it_is(acquisition), instances(acquisition)
        self._parts.append((begun, 0))
        for count, instance in enumerate(made, 1):
            uid = instance.series_instance_uid
            if uid not in self.series:
                self.series[uid] = SeriesName(uid, instance.series_description, instance.is_image)
            self._parts[-1] = begun, count
            yield instance


def _as_it_is(acquisition: Acquisition) -> Acquisition:
    """Return an acquisition that goes on from where this one is, on its own."""
    return replace(acquisition, shared=deepcopy(acquisition.shared), finished=[*acquisition.finished])

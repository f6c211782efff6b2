"""The orders of a battery: made once in a run, put into the worklist where the site lets us, and looked up by cases."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from pydicom.dataset import Dataset

from scansim.exam import edits
from scansim.exam.battery import BatteryOrder
from scansim.exam.scenario import Scenario
from scansim.exam.step import Step
from scansim.files import make_private, write_atomically
from scansim.identity.chosen import Choice, merged
from scansim.identity.ids import Identity
from scansim.identity.orders import CODING_SCHEME, Procedure, order
from scansim.inputs import InputError
from scansim.site import Site, single_target
from scansim.vocabulary import services
from scansim.wire.charsets import CharacterSetError
from scansim.wire.dataset import EXPLICIT_LITTLE
from scansim.wire.encoding import encode

#: Beside the transcripts of a battery's cases: what was ordered for them.
ORDERS = "orders.json"


class NoOrder(Exception):
    """An order that a case needs is not there; the text says what it would have to be."""


@dataclass
class OrderBook:
    """Orders of one battery, by their ids; of several alike the third is ``many[3]``.

    ``placed`` says whether the worklist holds them. Where it does not, `items` are what a survey of the worklist found
    there, None before there was one, and one of them stands for each plain order.
    """

    battery: Scenario
    site: Site
    day: date
    identity: Identity
    place: Callable[[Dataset], None] | None
    orders: dict[str, Dataset] = field(default_factory=dict)
    items: Sequence[Dataset] | None = None
    placed: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _made: bool = False

    @property
    def can_place(self) -> bool:
        """Whether orders get into the worklist by us."""
        return self.place is not None and self.site.address(services.WORKLIST) is not None

    def make(self, folder: Path) -> None:
        """Make the orders, once, place them where that can be, and write them beside the cases in `folder`.

        Raises
        ------
        InputError
            When one cannot be made or placed.
        """
        with self._lock:
            if self._made:
                return
            for spec in self.battery.orders:
                for number in range(1, spec.count + 1):
                    name = spec.id if spec.count == 1 else f"{spec.id}[{number}]"
                    self.orders[name] = self._make(spec, name, number)
            if self.can_place and self.place is not None:
                for name, made in self.orders.items():
                    try:
                        self.place(made)
                    except CharacterSetError as error:
                        raise InputError(
                            f"scenario {self.battery.id}: order {name} cannot be written: {error}"
                        ) from None
                self.placed = True
            facts = {
                "orders": [
                    {"id": name, "placed": self.placed, "item": made.to_json_dict(suppress_invalid_tags=True)}
                    for name, made in self.orders.items()
                ]
            }
            make_private(folder, exist_ok=True)
            write_atomically((folder / ORDERS, (json.dumps(facts, ensure_ascii=False) + "\n").encode()))
            self._made = True

    def _make(self, spec: BatteryOrder, name: str, number: int) -> Dataset:
        begin = time(int(spec.time[:2]), int(spec.time[2:4]), int(spec.time[4:])) if spec.time else time(9)
        start = datetime.combine(self.day + timedelta(days=spec.day), begin)
        if spec.time is None:
            start += timedelta(minutes=int(self.identity.rng("start", name).integers(0, 480)))
        chosen = merged(spec)
        if chosen == Choice():  # whom the user prescribes, every order is for
            chosen = Choice.model_construct(patient=self.battery.patient)
        maker = chosen.maker()
        codes = self.battery.procedure
        made = order(
            self.identity,
            modality=self.battery.modality if spec.modality == "ours" else spec.modality,
            station_ae=station(self.site) if spec.station == "ours" else spec.station,
            start=start,
            procedure=Procedure(
                codes.code, CODING_SCHEME, codes.meaning, codes.meaning, codes.protocol_code, codes.protocol_meaning
            ),
            key=name,
            patient=maker(self.identity) if maker is not None else None,
        )
        for path in spec.remove:
            edits.take_away(made, path)
        for path in spec.empty:
            edits.put(made, path, None)
        for path, value in spec.set.items():
            resolved = edits.resolve(value, self._word)
            edits.put(made, path, _numbered(resolved, number) if spec.count > 1 else resolved)
        return made

    def _word(self, reference: str) -> str:
        return word(reference, self.site, self.day, self.identity)

    def lacking(self, steps: Iterable[Step]) -> str:
        """Why steps mean nothing where we place no orders: nothing is known to stand for one; empty when all have."""
        if self.can_place or self.site.address(services.WORKLIST) is None:
            return ""
        for name, (item, paths) in self._stand_ins(steps).items():
            if item is None:
                having = f" with {', '.join(paths)}" if paths and self.items else ""
                why = "nobody asked what the worklist holds" if self.items is None else "the worklist holds none"
                return f"{described(self.spec(name))}{having}, and {why}"
        return ""

    def stand_ins(self, steps: Iterable[Step]) -> dict[str, Dataset]:
        """For each plain order that steps are about, an item of the worklist that has what they ask of it."""
        return {name: item for name, (item, _) in self._stand_ins(steps).items() if item is not None}

    def _stand_ins(self, steps: Iterable[Step]) -> dict[str, tuple[Dataset | None, list[str]]]:
        wanted: dict[str, list[str]] = {}
        for step in steps:
            for reference in edits.references(step.model_dump()):
                name = edits.order_of(reference)
                if name and not self._is_study(name) and self.spec(name).plain:
                    wanted.setdefault(name, []).append(reference.partition(".")[2])
        free, found = [*(self.items or ())], dict[str, tuple[Dataset | None, list[str]]]()
        for name, paths in wanted.items():
            place = next((at for at, item in enumerate(free) if all(_has(item, path) for path in paths)), None)
            found[name] = (free.pop(place) if place is not None else None, [*dict.fromkeys(paths)])
        return found

    def _is_study(self, name: str) -> bool:
        """Whether an id is that of a study of the battery, which nobody orders."""
        return any(study.id == name.partition("[")[0] for study in self.battery.studies)

    def order(self, name: str) -> Dataset | None:
        """The order of an id, as it stands in the worklist; None when it does not stand there."""
        return self.orders[name] if self.placed else None

    def lookup(self, reference: str, stand_ins: Mapping[str, Dataset] | None = None) -> Any:
        """The value that a reference stands for; NoOrder when what it is about is not in the worklist.

        `stand_ins` are items of the worklist for orders that are not.
        """
        if not edits.order_of(reference):
            return self._word(reference)
        name, _, path = reference[1:].partition(".")
        held = self.orders[name] if self.placed else (stand_ins or {}).get(name)
        if held is None:
            raise NoOrder(f"{described(self.spec(name))}, and nothing that the worklist holds stands for it")
        element = edits.element_at(held, path)
        if element is None or element.is_empty:
            raise NoOrder(f"the order {name} has no {path}")
        if element.VR == "SQ" or element.VM > 1:
            return [each if element.VR == "SQ" else str(each) for each in element.value]
        return element.value if isinstance(element.value, str | int | float) else str(element.value)

    def spec(self, name: str) -> BatteryOrder:
        """What is said of an order, by its id with or without the number in brackets."""
        return next(spec for spec in self.battery.orders if spec.id == name.partition("[")[0])


def unwritable(battery: Scenario) -> Iterator[tuple[int, str]]:
    """Yield the place of each order whose own text its character set cannot hold, and why; made for nobody."""
    day = date(2000, 1, 1)
    book = OrderBook(battery, single_target("ANY", "127.0.0.1", 104), day, Identity(0, day, battery.id), None)
    for place, spec in enumerate(battery.orders):
        if not str(spec.set).isascii():
            try:
                encode(book._make(spec, spec.id, 1), EXPLICIT_LITTLE)
            except CharacterSetError as error:
                yield place, f"order {spec.id}: {error}"


def _has(ds: Dataset, path: str) -> bool:
    element = edits.element_at(ds, path)
    return element is not None and not element.is_empty


def _numbered(value: Any, number: int) -> Any:
    """A value with the number of an order in place of each # in a text."""
    if isinstance(value, Mapping):
        return {path: _numbered(inner, number) for path, inner in value.items()}
    if isinstance(value, list):
        return [_numbered(one, number) for one in value]
    return value.replace("#", str(number)) if isinstance(value, str) else value


def station(site: Site) -> str:
    """Our AE title at the worklist."""
    address = site.address(services.WORKLIST)
    return site.calling(address) if address is not None else site.calling_ae


def word(reference: str, site: Site, day: date, identity: Identity) -> str:
    """What stands for ``$today+1``, ``$station`` or ``$run``."""
    if reference == "$run":
        return identity.number(8, "run", identity.run)
    if reference == "$station":
        return station(site)
    return f"{day + timedelta(days=int(reference.removeprefix('$today') or 0)):%Y%m%d}"


def described(spec: BatteryOrder) -> str:
    """What an order is, for somebody who is to put one like it into a worklist."""
    given = spec.model_dump(exclude_defaults=True, exclude={"id"})
    parts = ", ".join(f"{name} {value}" for name, value in given.items())
    return f"it needs the order {spec.id}" + (f" ({re.sub('[{}]', '', parts)})" if parts else "")

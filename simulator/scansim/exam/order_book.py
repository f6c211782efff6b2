"""The orders of a battery: made once in a run, put into the worklist where the site lets us, and looked up by cases."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from pydicom.dataset import Dataset

from scansim.exam import edits
from scansim.exam.battery import BatteryOrder
from scansim.exam.scenario import Scenario
from scansim.files import make_private, write_atomically
from scansim.identity.chosen import merged
from scansim.identity.ids import Identity
from scansim.identity.orders import CODING_SCHEME, Procedure, order
from scansim.inputs import InputError
from scansim.site import Site
from scansim.vocabulary import services
from scansim.wire.charsets import CharacterSetError

#: Beside the transcripts of a battery's cases: what was ordered for them.
ORDERS = "orders.json"


class NoOrder(Exception):
    """An order that a case needs is not there; the text says what it would have to be."""


@dataclass
class OrderBook:
    """Orders of one battery, by their ids; of several alike the third is ``many[3]``.

    ``placed`` says whether the worklist holds them. Where it does not, `items` are what a query of everything found
    there, and a plain order stands for the first of them.
    """

    battery: Scenario
    site: Site
    day: date
    identity: Identity
    place: Callable[[Dataset], None] | None
    orders: dict[str, Dataset] = field(default_factory=dict)
    items: Sequence[Dataset] = ()
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
        address = self.site.address(services.WORKLIST)
        ours = self.site.calling(address) if address is not None else self.site.calling_ae
        begin = time(int(spec.time[:2]), int(spec.time[2:4]), int(spec.time[4:])) if spec.time else time(9)
        start = datetime.combine(self.day + timedelta(days=spec.day), begin)
        if spec.time is None:
            start += timedelta(minutes=int(self.identity.rng("start", name).integers(0, 480)))
        maker = merged(spec).maker()
        codes = self.battery.procedure
        made = order(
            self.identity,
            modality=self.battery.modality if spec.modality == "ours" else spec.modality,
            station_ae=ours if spec.station == "ours" else spec.station,
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
            told = value.replace("#", str(number)) if isinstance(value, str) and spec.count > 1 else value
            edits.put(made, path, edits.resolve(told, self._word))
        return made

    def _word(self, reference: str) -> str:
        """What stands for ``$today+1``, ``$station`` or ``$run``."""
        if reference == "$run":
            return self.identity.number(8, "run", self.identity.run)
        if reference == "$station":
            address = self.site.address(services.WORKLIST)
            return self.site.calling(address) if address is not None else self.site.calling_ae
        if reference.startswith("$today"):
            return f"{self.day + timedelta(days=int(reference[6:] or 0)):%Y%m%d}"
        raise InputError(f"scenario {self.battery.id}: {reference} is not known here: an order refers to no other one")

    def order(self, name: str) -> Dataset | None:
        """The order of an id, as it stands in the worklist; None when it does not stand there."""
        return self.orders[name] if self.placed else None

    def lookup(self, reference: str) -> Any:
        """The value that a reference stands for; NoOrder when what it is about is not in the worklist."""
        name = edits.order_of(reference)
        if not name:
            return self._word(reference)
        spec = next((spec for spec in self.battery.orders if spec.id == name.partition("[")[0]), None)
        if spec is None or name not in self.orders:
            raise InputError(f"scenario {self.battery.id}: {reference}: no order {name!r}")
        held = self.orders[name]
        if not self.placed:
            if not spec.plain or not self.items:
                raise NoOrder(f"{described(spec)}, and the worklist holds none")
            held = self.items[0]
        path = reference.partition(".")[2]
        value = edits.value_at(held, path)
        if value is None:
            raise NoOrder(f"the order {name} has no {path}")
        return (
            value
            if isinstance(value, str | int | float)
            else [*map(str, value)]
            if isinstance(value, list)
            else str(value)
        )


def described(spec: BatteryOrder) -> str:
    """What an order is, for somebody who is to put one like it into a worklist."""
    given = spec.model_dump(exclude_defaults=True, exclude={"id"})
    parts = ", ".join(f"{name} {value}" for name, value in given.items())
    return f"it needs the order {spec.id}" + (f" ({re.sub('[{}]', '', parts)})" if parts else "")

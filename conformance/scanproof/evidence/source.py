"""The worklist item that an exam was made for, as the message that brought it, and what was wrong with it.

A value that a scanner takes over is its giver's: whoever is asked to take it later is not blamed for it, nor are we.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from scanproof.iod import IodFinding
from scanproof.standard.datasets import value_findings
from scansim.network.transcript import Exchange


def plain(path: str) -> str:
    """A path without numbers of items and blanks: keywords joined by ``>``."""
    return ">".join(part.partition("[")[0].strip() for part in path.split(">"))


def last(path: str) -> str:
    """The keyword that a path leads to."""
    return plain(path).rpartition(">")[2]


@dataclass(frozen=True)
class Source:
    """A worklist item in its message; ``taken`` maps path to path of what each kind of request took from it."""

    exchange: Exchange
    taken: Mapping[str, Mapping[str, str]]

    @cached_property
    def _findings(self) -> tuple[IodFinding, ...]:
        dataset = self.exchange.dataset
        # the encoding is ours again in each message: neither a VR nor a length is carried over
        return tuple(f for f in value_findings(dataset) if f.rule != "vr-mismatch") if dataset is not None else ()

    @cached_property
    def _faults(self) -> frozenset[tuple[str, str]]:
        return frozenset((plain(finding.tag), finding.rule) for finding in self._findings)

    @cached_property
    def _messages(self) -> frozenset[tuple[str, str]]:
        return frozenset((finding.rule, finding.message) for finding in self._findings)

    @cached_property
    def keywords(self) -> frozenset[str]:
        """Attributes of the item that have a value with a fault."""
        return frozenset(last(finding.tag) for finding in self._findings)

    def gave_wrong(self, names: Iterable[str]) -> bool:
        """Whether all of some attributes have a value with a fault in the item."""
        return self.keywords >= frozenset(map(last, names))

    def explains(self, request: str, path: str, rule: str, message: str) -> bool:
        """Whether what is wrong with a request stands in the item as well.

        Parameters
        ----------
        request : str
            Name of the request, such as ``N-CREATE-RQ``.
        path : str
            Where it stands there.
        rule, message : str
            The rule of the IOD checker that it breaks, ``type`` for an attribute of a table that is absent or has no
            value, empty for a key that no query may have; and in words how.
        """
        here = self._place(self.taken.get(request, {}), plain(path))
        if not rule:
            return last(here or path) in self.keywords
        if rule.startswith("type"):
            return bool(here) and self._lacks(here)
        return (here, rule) in self._faults or (rule, message) in self._messages

    def _lacks(self, place: str) -> bool:
        """Whether an item of the sequence that a path leads through has no value of what it leads to."""
        *around, name = place.split(">")
        levels = [self.exchange.dataset] if self.exchange.dataset is not None and around else []
        for sequence in around:
            levels = [item for level in levels for item in level.items(sequence)]
        return any(name not in level or level.is_empty(name) for level in levels)

    @staticmethod
    def _place(taken: Mapping[str, str], path: str) -> str:
        """Where the value of a path came from: by itself, or below a sequence that was taken over whole."""
        parts = path.split(">")
        for count in range(len(parts), 0, -1):
            source = taken.get(">".join(parts[:count]))
            if source:
                return ">".join((source, *parts[count:]))
        return ""


def source_of(origin: object, exchanges: Iterable[Exchange], study: str) -> Source | None:
    """The item of an exam: by what its transcript says, or else the first one that has its Study Instance UID.

    Parameters
    ----------
    origin : object
        What the ledger says: the message, and what was taken from it.
    exchanges : iterable of Exchange
        Messages that bring items.
    study : str
        Study Instance UID of the exam.
    """
    facts: Mapping[str, Any] = origin if isinstance(origin, dict) else {}
    name, requests = facts.get("exchange"), facts.get("requests")
    taken = {
        str(request): {str(here): str(there) for here, there in paths.items()}
        for request, paths in (requests.items() if isinstance(requests, dict) else ())
        if isinstance(paths, dict)
    }
    for exchange in exchanges:
        dataset = exchange.dataset
        if exchange.id == name or (not name and dataset is not None and study and study == _study(exchange)):
            return Source(exchange, taken)
    return None


def _study(exchange: Exchange) -> str:
    return exchange.dataset.text("StudyInstanceUID") if exchange.dataset is not None else ""

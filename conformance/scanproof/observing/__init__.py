"""Which cases can observe a claim: those of the built-in batteries, and those that a plan makes for it.

One module a section of :data:`scanproof.statements.KINDS`; each registers how the claims of its kinds are observed.
What a case shows of a claim is for the checks to say, whichever scenario it is of: they yield ``Kept``.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from types import ModuleType
from typing import Any, Literal

from scanproof.statements import KINDS, Claim


@dataclass(frozen=True)
class Made:
    """A case that a plan makes.

    ``document`` is the case as a battery file has it (id, title, steps; odd, leaves where they are needed), plain data;
    ``claims`` are the ids of the claims that it can observe. In its steps ``at: $at`` is a service of the site whose AE
    is the one that the claims are about.
    """

    document: dict[str, Any]
    claims: tuple[str, ...]


def _no_case(claim: Claim) -> Iterable[str]:
    return ()


def _none_made(claims: Sequence[Claim]) -> Iterable[Made]:
    return ()


@dataclass(frozen=True)
class Observing:
    """How claims of one kind are observed.

    ``built_in`` gives the ids of built-in cases that observe a claim, ``made`` the cases that a plan makes for all
    claims of the kind of one Application Entity; ``reason`` why there is none of either, for what no case can observe.
    """

    kind: str
    built_in: Callable[[Claim], Iterable[str]] = _no_case
    made: Callable[[Sequence[Claim]], Iterable[Made]] = _none_made
    reason: str = ""


_OBSERVING: dict[str, Observing] = {}
_STORING: dict[str, Callable[[Sequence[Claim]], Iterable[Made]]] = {}


def observing(
    kind: str,
    *,
    built_in: Callable[[Claim], Iterable[str]] = _no_case,
    made: Callable[[Sequence[Claim]], Iterable[Made]] = _none_made,
    reason: str = "",
) -> None:
    """Register how the claims of a kind are observed."""
    if kind not in KINDS:
        raise ValueError(f"no kind {kind!r} of claims; there are {', '.join(KINDS)}")
    if kind in _OBSERVING:
        raise ValueError(f"{kind}: registered twice")
    _OBSERVING[kind] = Observing(kind, built_in, made, reason)


def storing(kind: str, made: Callable[[Sequence[Claim]], Iterable[Made]]) -> None:
    """Register the cases that are made for the claims of a kind only where every claimed pair is to be stored."""
    if kind not in KINDS or kind in _STORING:
        raise ValueError(f"{kind}: no kind of claims, or registered twice")
    _STORING[kind] = made


@cache
def _modules() -> tuple[ModuleType, ...]:
    return tuple(importlib.import_module(f"{__name__}.{module.name}") for module in pkgutil.iter_modules(__path__))


def all_observing() -> dict[str, Observing]:
    """How each kind of claims is observed, by the kind's name."""
    _modules()
    return dict(_OBSERVING)


def all_storing() -> dict[str, Callable[[Sequence[Claim]], Iterable[Made]]]:
    """What makes the cases that store every claimed pair, by the kind of the claims."""
    _modules()
    return dict(_STORING)


def laid_out(name: Literal["ORDERS", "STUDIES"], claims: Sequence[Claim]) -> list[dict[str, Any]]:
    """The orders, or studies, that cases made for the claims of one AE are about, as a battery file has them.

    A module here has them as a list, or as a function of the claims.
    """
    found = []
    for module in _modules():
        said = getattr(module, name, ())
        found += [dict(each) for each in (said(claims) if callable(said) else said)]
    return found

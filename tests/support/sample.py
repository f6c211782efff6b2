"""Samples of big tables: what README's tests run of them; CI runs all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import TypeVar

import pytest
from _pytest.mark import ParameterSet

T = TypeVar("T")


def sample(values: Iterable[T], *, every: int = 0, kind: Callable[[T], object] | None = None) -> list[ParameterSet]:
    """Parameters of which every n-th, from the first on, and the first of each kind are the sample.

    The others are marked `whole`. Whatever `every` is, no kind is left out.
    """
    params, kinds = [], set()
    for number, value in enumerate(values):
        chosen = every > 0 and number % every == 0
        if kind is not None and (is_ := kind(value)) not in kinds:
            kinds.add(is_)
            chosen = True
        params.append(pytest.param(value, marks=[] if chosen else [pytest.mark.whole]))
    return params


def spread(values: Iterable[T], *, every: int, kind: Callable[[T], object]) -> list[T]:
    """Every n-th value of each kind, from its first one on: what is too dear to be tried whole even in CI."""
    seen: Counter[object] = Counter()
    chosen = []
    for value in values:
        is_ = kind(value)
        if seen[is_] % every == 0:
            chosen.append(value)
        seen[is_] += 1
    return chosen

"""Work on threads ahead of whoever takes its results: in order, and no more than a few results wait."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

#: Painting, hashing and writing release the interpreter's lock: a thread for each processor, as far as that helps.
THREADS = min(4, os.cpu_count() or 1)

#: Results that are being made or wait to be taken, one thread's next work included: what bounds memory.
_WAITING = 2 * THREADS


@contextmanager
def ahead(work: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Iterator[Result]]:
    """Give an iterator of ``work(item)`` for each item, in their order, made on threads that end with the context.

    An exception of `work` comes out where its result would, and of several the first in order. What is at work when
    the context is left is waited for, and nothing else is begun: a file that is being written is whole in the end.

    Parameters
    ----------
    work : callable
        Runs on several threads at a time.
    items : iterable
        Taken on the thread that takes the results, a few items ahead of it.
    """
    with ThreadPoolExecutor(THREADS, "ahead") as pool:
        try:
            yield _in_order(pool, work, items)
        finally:
            pool.shutdown(cancel_futures=True)


def _in_order(pool: ThreadPoolExecutor, work: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
    waiting: deque[Future[Result]] = deque()
    for item in items:
        waiting.append(pool.submit(work, item))
        if len(waiting) == _WAITING:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()

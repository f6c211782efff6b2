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

#: For what releases the interpreter's lock most of the time, such as hashing and writing.
THREADS = min(4, os.cpu_count() or 1)


@contextmanager
def ahead(work: Callable[[Item], Result], items: Iterable[Item], threads: int = THREADS) -> Iterator[Iterator[Result]]:
    """Give an iterator of ``work(item)`` for each item, in their order, made on threads that end with the context.

    An exception of `work` comes out where its result would, and of several the first in order. What is at work when
    the context is left is waited for, and nothing else is begun: a file that is being written is whole in the end.

    Parameters
    ----------
    work : callable
        Runs on several threads at a time, unless `threads` is 1.
    items : iterable
        Taken on the thread that takes the results, a few items ahead of it.
    threads : int
        How many at a time; twice as many results are being made or wait to be taken, which is what bounds memory.
    """
    with ThreadPoolExecutor(threads, "ahead") as pool:
        try:
            yield _in_order(pool, work, items, 2 * threads)
        finally:
            pool.shutdown(cancel_futures=True)


def _in_order(
    pool: ThreadPoolExecutor, work: Callable[[Item], Result], items: Iterable[Item], most: int
) -> Iterator[Result]:
    waiting: deque[Future[Result]] = deque()
    for item in items:
        waiting.append(pool.submit(work, item))
        if len(waiting) == most:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()

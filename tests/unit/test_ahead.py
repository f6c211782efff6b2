"""Work ahead of whoever takes its results: order, bounds, exceptions, and threads that end."""

from __future__ import annotations

import threading
import time

import pytest

from scansim.ahead import THREADS, ahead


def threads():
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("ahead")]


def test_results_come_in_the_order_of_the_items_whichever_is_ready_first():
    def work(number):
        time.sleep(0.01 * (number % 3 == 0))
        return number, threading.current_thread().name

    with ahead(work, range(20)) as made:
        results = list(made)
    assert [number for number, _ in results] == list(range(20))
    assert all(name.startswith("ahead") for _, name in results)
    assert not threads()


def test_only_a_few_items_are_taken_ahead_of_the_results():
    taken = []

    def items():
        for number in range(1000):
            taken.append(number)
            yield number

    with ahead(lambda number: number, items()) as made:
        for number in made:
            assert len(taken) <= number + 2 * THREADS
            if number == 100:
                break
    assert len(taken) < 120
    assert not threads()


def test_the_first_exception_in_order_comes_out_where_its_result_would():
    later = threading.Event()

    def work(number):
        if number == 2:
            assert later.wait(5) or THREADS == 1
        if number == 3:
            later.set()
        if number >= 2:
            raise OSError(number)
        return number

    results = []
    with pytest.raises(OSError, match="2"), ahead(work, range(10)) as made:  # noqa: PT012
        for number in made:
            results.append(number)
    assert results == [0, 1]
    assert not threads()


def test_what_is_at_work_ends_and_nothing_is_begun_when_the_context_is_left():
    begun, ended = [], []

    def work(number):
        begun.append(number)
        time.sleep(0.05)
        ended.append(number)

    with pytest.raises(KeyboardInterrupt), ahead(work, range(100)) as made:  # noqa: PT012
        next(made)
        raise KeyboardInterrupt
    assert sorted(begun) == sorted(ended)
    assert len(begun) <= 1 + 2 * THREADS
    assert not threads()


def test_an_exception_of_the_items_themselves_comes_out():
    def items():
        yield 1
        raise ValueError("no more")

    with pytest.raises(ValueError, match="no more"), ahead(lambda number: number, items()) as made:
        list(made)
    assert not threads()

"""What every backend keeps to: places at once, order, what starts first, and an end after a fault."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from topotaxy.executor import Places, hand_out, places
from topotaxy.executor.in_process import Immediate
from topotaxy.executor.places import opened


def process_of(_: int) -> int:
    return os.getpid()


def submitting(work: Callable[[int], Any]) -> Callable[[Executor, int], Future[Any]]:
    return lambda executor, item: executor.submit(work, item)


def threads(number: int, stop: Callable[[], None] = lambda: None) -> Places:
    return Places(executor=ThreadPoolExecutor(number + 2), number=number, stop=stop)


@given(st.lists(st.integers(), unique=True, max_size=12))
def test_every_item_is_done_once_and_in_order_in_this_process(items: list[int]) -> None:
    found: list[tuple[int, int]] = []
    with places() as there:
        hand_out(items, there, submit=submitting(lambda i: 2 * i), finished=lambda i, r: found.append((i, r)))
    assert found == [(i, 2 * i) for i in items]


@pytest.mark.parametrize("number", [1, 3])
def test_no_more_than_the_places_are_under_way(number: int) -> None:
    lock, now, most = threading.Lock(), 0, 0

    def work(item: int) -> int:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        time.sleep(0.005)
        with lock:
            now -= 1
        return item

    found: set[int] = set()
    there = threads(number)
    hand_out(range(9), there, submit=submitting(work), finished=lambda i, r: found.add(r))
    there.executor.shutdown()
    assert found == set(range(9))
    assert most <= number


def test_items_that_are_not_ready_let_later_ones_pass() -> None:
    found: list[int] = []
    with places() as there:
        hand_out(
            [3, 1, 2],
            there,
            submit=submitting(lambda i: i),
            finished=lambda i, r: found.append(r),
            ready=lambda i: all(j in found for j in range(1, i)),
        )
    assert found == [1, 2, 3]


def test_a_fault_in_the_block_stops_what_is_under_way() -> None:
    stopped: list[bool] = []
    block = opened(threads(1, lambda: stopped.append(True)))
    there = next(block)
    with pytest.raises(KeyboardInterrupt):
        block.throw(KeyboardInterrupt())
    assert stopped == [True]
    there.executor.shutdown()


def test_a_block_that_ends_shuts_its_executor() -> None:
    block = opened(threads(1))
    there = next(block)
    assert next(block, None) is None
    with pytest.raises(RuntimeError):
        there.executor.submit(process_of, 1)


def test_processes_are_others_and_begin_with_the_initializer() -> None:
    found: list[int] = []
    with places(workers=2) as there:
        assert there.shares_files
        hand_out([1, 2], there, submit=submitting(process_of), finished=lambda i, r: found.append(r))
    assert os.getpid() not in found


def test_in_this_process_a_fault_is_raised_where_the_task_is_submitted() -> None:
    def broken() -> None:
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        Immediate().submit(broken)
    assert Immediate().submit(process_of, 1).result() == os.getpid()

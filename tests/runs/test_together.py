"""Boxes at once: results in order, cycles added up, and all of them stopped by the first that fails."""

from __future__ import annotations

import time
from typing import Any

import pytest

from topotaxy.runs.together import Task, run_together


def box(name: str, cycles: int) -> Task:
    def task(tick: Any) -> Any:
        for cycle in range(1, cycles + 1):
            tick(cycle)
        return name

    return task


def endless(ended: list[bool]) -> Task:
    """A box that only an interruption ends; it gives up after long."""

    def task(tick: Any) -> Any:
        began = time.monotonic()
        try:
            while time.monotonic() - began < 60.0:
                tick(0)
                time.sleep(0.01)
        except Exception:
            ended.append(True)
            raise
        return "never stopped"

    return task


@pytest.mark.parametrize("at_once", [1, 2, 5])
def test_results_come_in_order_and_cycles_add_up(at_once: int) -> None:
    told: list[int] = []
    found: list[Any] = run_together(
        [box("a", 3), box("b", 1), box("c", 4)], at_once=at_once, told=told.append
    )
    assert found == ["a", "b", "c"]
    assert told[-1] == 8


def test_one_that_fails_ends_the_others() -> None:
    ended: list[bool] = []

    def fails(tick: Any) -> Any:
        raise ValueError("no charge")

    with pytest.raises(ValueError, match="no charge"):
        run_together([endless(ended), fails], at_once=2, told=lambda done: None)
    assert ended == [True]


def test_an_interruption_ends_all_and_begins_no_more() -> None:
    ended: list[bool] = []

    def interrupted(done: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_together([endless(ended) for _ in range(3)], at_once=2, told=interrupted)
    assert ended == [True, True]

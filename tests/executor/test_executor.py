"""Every backend gives the same results, in the order that tasks allow, and ends when a task fails."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any

import pytest

from topotaxy.errors import InputError
from topotaxy.executor import hand_out, places

NEEDS = {"a": (), "b": ("a",), "c": ("a", "b"), "d": ()}


def length(name: str, found: dict[str, int]) -> int:
    """One more than the sum of what a task needs."""
    if name == "broken":
        raise ValueError("broken")
    return 1 + sum(found.values())


def results(workers: int, names: list[str]) -> dict[str, int]:
    found: dict[str, int] = {}

    def submit(executor: Executor, name: str) -> Future[Any]:
        return executor.submit(length, name, {need: found[need] for need in NEEDS.get(name, ())})

    keep: Callable[[str, int], None] = found.__setitem__
    with places(workers=workers) as there:
        assert there.number == workers
        hand_out(
            names,
            there,
            ready=lambda name: all(need in found for need in NEEDS.get(name, ())),
            submit=submit,
            finished=keep,
        )
    return found


@pytest.mark.parametrize("workers", [1, 2])
def test_tasks_wait_for_what_they_need(workers: int) -> None:
    assert results(workers, ["c", "b", "a", "d"]) == {"a": 1, "b": 2, "c": 4, "d": 1}


@pytest.mark.parametrize("workers", [1, 2])
def test_a_task_that_fails_ends_the_study_with_its_error(workers: int) -> None:
    with pytest.raises(ValueError, match="broken"):
        results(workers, ["a", "broken", "d"])


def test_workers_and_a_scheduler_exclude_each_other() -> None:
    with pytest.raises(InputError, match="leave --workers out"), places(workers=2, scheduler="tcp://host:1"):
        pass


def test_a_scheduler_that_is_not_there_is_one_line() -> None:
    pytest.importorskip("distributed")
    with pytest.raises(InputError, match="no Dask scheduler answers"), places(scheduler="tcp://127.0.0.1:1"):
        pass

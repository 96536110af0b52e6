"""Sites are added where the scatter asks for them, and only there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from topotaxy.energetics.plan import displacement_tasks, sites_in
from topotaxy.energetics.precision import FURTHER_CELLS, extended
from topotaxy.energetics.task import Task
from topotaxy.material import parse_formula

HALF = parse_formula("Ni0.5Mg0.5O")


def scattered(tasks: Sequence[Task]) -> dict[str, dict[str, Any]]:
    """Results of which Ni scatters by 0.4 V from site to site and Mg not at all."""
    documents = {f"reference-{phase}": {"result": {"energy_per_unit": 0.0}} for phase in ("Ni", "Mg", "Na")}
    turn = 0.4
    for task in tasks:
        if task.kind == "frame":
            documents[task.name] = {"result": {}}
            continue
        # A second try finds a higher minimum, which does not count.
        turn = -turn if task.name.endswith("Ni") else turn
        change = 1.0 if "~" in task.name else turn if task.name.endswith("Ni") else 0.0
        documents[task.name] = {"result": {"energy_change": change, "volume_change": 0.0}}
    return documents


def count(documents: dict[str, dict[str, Any]], element: str) -> int:
    return sum(name.startswith("displacement") and name.endswith(element) for name in documents)


@pytest.mark.parametrize("error", [0.1, 0.08])
def test_sites_are_added_to_what_scatters(error: float) -> None:
    tasks = displacement_tasks(HALF, "Na", sites=2, arrangements=2)
    documents, above = extended(HALF, "Na", tasks, scattered, error=error, arrangements=2, tries=1)
    assert above == []
    assert count(documents, "Mg") == 2
    # The standard deviation of ±0.2 V falls below the target at about (0.2/error)^2 sites.
    assert (0.2 / error) ** 2 <= count(documents, "Ni") <= (0.2 / error) ** 2 + 3
    assert [name for name in documents if name.startswith("frame")] == ["frame-2"]


def test_it_ends_where_the_further_cells_hold_no_more_sites() -> None:
    tasks = displacement_tasks(HALF, "Na", sites=2)
    documents, above = extended(HALF, "Na", tasks, scattered, error=0.001, arrangements=1, tries=1)
    assert above == ["Ni"]
    further = sum(sites_in(HALF, "Ni", seed) for seed in range(1, 1 + FURTHER_CELLS))
    assert count(documents, "Ni") == 2 + further
    assert count(documents, "Mg") == 2


def test_every_try_of_an_added_site_is_run() -> None:
    tasks = displacement_tasks(HALF, "Na", sites=2, tries=2)
    documents, _ = extended(HALF, "Na", tasks, scattered, error=0.05, arrangements=1, tries=2)
    added = [name for name in documents if name.startswith("displacement-removed-Na-1-")]
    assert added
    assert {name + "~1" for name in added if "~" not in name} <= set(added)

"""Made-up cells: numbers about their truth, and a count that can be stopped."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.cell.drawn import draw_table

from topotaxy.errors import InputError
from topotaxy.runs.paper import load_paper
from topotaxy.studies.cell_coverage import coverage, synthetic
from topotaxy.studies.cell_problem import CellProblem, problem_of
from topotaxy.studies.fast_paper import Numerics


@pytest.fixture(scope="module")
def small() -> CellProblem:
    whole = problem_of("fang2022", load_paper("fang2022"), draw_table())
    model = replace(whole.model, numerics=Numerics(steps=10, shells=5, growth=3.0))
    claims = ("na.discharge", "na.ice", "li.discharge")
    return replace(whole, model=model, data=tuple(d for d in whole.data if d.claim in claims))


def test_made_up_numbers_scatter_about_their_truth_as_they_are_said_to(small: CellProblem) -> None:
    z = []
    for seed in range(40):
        own, truth, numbers = synthetic(small, seed)
        assert numbers == small.model.numbers(truth, [d.claim for d in small.data])
        z += [(d.value - numbers[d.claim]) / d.sigma for d in own.data]
    # 120 standard normals: mean and spread within four standard errors.
    assert abs(np.mean(z)) < 4.0 / np.sqrt(120.0)
    assert abs(np.std(z) - 1.0) < 4.0 / np.sqrt(240.0)


def test_a_bound_is_predicted_and_not_used(small: CellProblem) -> None:
    one, *rest = small.data
    own, _, _ = synthetic(replace(small, data=(replace(one, bound="lower", use="bound"), *rest)), 1)
    assert [d.use for d in own.data] == ["held-out", *(d.use for d in rest)]


def test_a_count_goes_on_and_refuses_what_is_none_of_its_cells(small: CellProblem, tmp_path: Path) -> None:
    found = coverage(small, cells=2, particles=16, moves=10, work=tmp_path)
    assert 0.0 <= found.parameters <= 1.0
    assert coverage(small, cells=2, particles=16, moves=10, work=tmp_path) == found
    (tmp_path / "cell-001-16-10.json").write_text("[]", encoding="utf-8")
    with pytest.raises(InputError, match="not a cell"):
        coverage(small, cells=2, particles=16, moves=10, work=tmp_path)

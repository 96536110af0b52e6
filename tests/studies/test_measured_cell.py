"""A measured cell as targets: its currents are followed, its truth is found again, others are refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.cell.drawn import draw_table

from topotaxy.cell.fast import FastCell
from topotaxy.cell.numbers import cell_values
from topotaxy.errors import InputError
from topotaxy.observables import Conditions, Observable, observable, to_json
from topotaxy.runs.paper import LegSection
from topotaxy.studies.cell_posterior import infer
from topotaxy.studies.fast_paper import Numerics
from topotaxy.studies.measured_cell import legs_of, measured_cycles, measured_problem, observables_in, summary

TABLE = draw_table()
LEGS = (LegSection(cycles=3, current=0.1), LegSection(cycles=60, current=0.5))
TRUTH = {"cell_resistance": 80.0, "loss_time": 0.1, "carbon_store": 60.0}


def measured(**conditions: Any) -> list[Observable]:
    """What an analysis would say of a cell with known parameters."""
    cell = FastCell(draw=TABLE.draw(1, "Na"), values=cell_values("Na", TRUTH))
    rows = cell.cycle(LEGS, steps=12, shells=8)
    found = []
    for i, cycle in enumerate(rows.column("cycle")):
        shared = {
            "role": "half-cell-anode",
            "cycle": int(cycle),
            "current": float(rows.column("current")[i]),
            "lower_cutoff": 0.01,
            "upper_cutoff": 3.0,
            **conditions,
        }
        discharge, charge = rows.column("discharge")[i], rows.column("charge")[i]
        for quantity, value in (
            ("specific_capacity_discharge", discharge),
            ("specific_capacity_charge", charge),
            ("mean_voltage_discharge", rows.column("discharge_energy")[i] / discharge),
            *((("initial_coulombic_efficiency", charge / discharge),) if cycle == 1 else ()),
        ):
            found.append(
                observable(
                    quantity,
                    float(value),
                    conditions=Conditions(**shared),
                    origin="measured",
                    method="",
                    technique="cycling",
                    source="mine.csv",
                )
            )
    return found


def test_the_truth_of_a_known_cell_is_found_again(tmp_path: Path) -> None:
    (tmp_path / "observables.json").write_text(to_json(measured()), encoding="utf-8")
    cycles = measured_cycles(observables_in(tmp_path), TABLE, where="x")
    assert [(leg.cycles, round(leg.current, 6)) for leg in legs_of(cycles.currents)] == [(3, 0.1), (60, 0.5)]
    problem = measured_problem(cycles, TABLE, draws="mine", ion="Na", diameter=122.0)
    assert {d.claim for d in problem.used} == {
        "discharge.1",
        "efficiency.1",
        "charge.3",
        "charge.5",
        "charge.63",
    }
    problem = replace(
        problem, model=replace(problem.model, numerics=Numerics(steps=12, shells=8, growth=3.0))
    )
    found = infer(problem, particles=24, moves=10, seed=1)
    for datum in problem.data:
        spread = np.hypot(found.of(datum.claim).std(), datum.sigma)
        assert abs(found.of(datum.claim).mean() - datum.value) < 4.0 * spread, datum.claim
        if datum.use == "fit":
            before = found.prior_predicted[:, found.claims.index(datum.claim)]
            assert found.of(datum.claim).std() < before.std()
    assert "charge.63" in summary(problem, found)


@pytest.mark.parametrize(
    ("conditions", "said"),
    [
        ({"role": "full-cell"}, "no capacities of a half cell"),
        ({"current": None}, "--mass"),
        ({"lower_cutoff": 0.5}, "lower cut-off 0.5 V"),
    ],
)
def test_cells_that_cannot_be_compared_are_refused(conditions: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        measured_cycles(measured(**conditions), TABLE, where="x")


def test_two_cells_and_a_missing_first_cycle_are_refused() -> None:
    one = measured()
    with pytest.raises(InputError, match="more than one cell"):
        measured_cycles([*one, *(o.model_copy(update={"source": "other"}) for o in one)], TABLE, where="x")
    with pytest.raises(InputError, match="first discharge is missing"):
        measured_cycles([o for o in one if o.conditions.cycle != 1], TABLE, where="x")


def test_a_cycle_that_is_not_listed_ran_at_the_current_before_it() -> None:
    some = [o for o in measured() if o.conditions.cycle in (1, 4, 63)]
    cycles = measured_cycles(some, TABLE, where="x")
    assert len(cycles.currents) == 63
    assert cycles.currents[:4] == pytest.approx((0.1, 0.1, 0.1, 0.5))


@pytest.mark.parametrize("options", [{"ion": "K"}, {"scatter": 0.0}, {"diameter": 0.0}])
def test_options_out_of_range_are_refused(options: dict[str, Any]) -> None:
    cycles = measured_cycles(measured(), TABLE, where="x")
    with pytest.raises(InputError):
        measured_problem(cycles, TABLE, **{"draws": "mine", "ion": "Na", **options})

"""Numbers of a measured cell: legs that keep every cycle, scatter as given, one cell under its cut-offs."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.cell.drawn import draw_table

from topotaxy.cell.posterior import Posterior
from topotaxy.cell.priors import names_of, priors
from topotaxy.errors import InputError
from topotaxy.observables import Conditions, Observable, observable, to_json
from topotaxy.studies.cell_problem import CellProblem
from topotaxy.studies.measured_cell import (
    EFFICIENCY_SCATTER,
    KNOWN_SIZE,
    LONG,
    SAME_CURRENT,
    SAME_CUTOFF,
    SCATTER,
    VOLTAGE_SCATTER,
    MeasuredCycles,
    legs_of,
    measured_cycles,
    measured_problem,
    observables_in,
    summary,
)

TABLE = draw_table()


# --- legs


@settings(max_examples=50)
@given(
    st.lists(
        st.tuples(st.sampled_from((0.05, 0.1, 0.2, 1.0, 5.0)), st.integers(1, 6)), min_size=1, max_size=6
    )
)
def test_every_cycle_is_in_one_leg_at_its_own_current(runs: list[tuple[float, int]]) -> None:
    currents = [current for current, count in runs for _ in range(count)]
    legs = legs_of(currents)
    assert [leg.current for leg in legs for _ in range(leg.cycles)] == pytest.approx(currents)
    # Neighbouring legs have other currents: no leg could be longer.
    assert all(a.current != pytest.approx(b.current) for a, b in pairwise(legs))


@settings(max_examples=30)
@given(st.lists(st.floats(0.99, 1.01), min_size=1, max_size=30), st.floats(0.01, 10.0))
def test_a_current_that_wavers_a_little_is_one(wavers: list[float], current: float) -> None:
    (leg,) = legs_of([current * w for w in wavers])
    assert leg.cycles == len(wavers)
    assert leg.current == pytest.approx(np.mean(wavers) * current)


@pytest.mark.parametrize(("ratio", "legs"), [(1.0 + 0.9 * SAME_CURRENT, 1), (1.0 + 1.1 * SAME_CURRENT, 2)])
def test_two_currents_are_told_apart_from_a_twentieth_on(ratio: float, legs: int) -> None:
    assert len(legs_of([0.1, 0.1 * ratio])) == legs
    assert len(legs_of([0.1 * ratio, 0.1])) == legs


# --- cycles


def seen(quantity: str, value: float, cycle: int, current: float | None = 0.1, **more: Any) -> Observable:
    origin = more.pop("origin", "measured")
    source = more.pop("source", "mine.csv")
    conditions = {"role": "half-cell-anode", "cycle": cycle, "current": current, **more}
    return observable(
        quantity,
        value,
        conditions=Conditions(**conditions),
        origin=origin,
        technique="cycling",
        source=source,
    )


def pair(
    cycle: int, discharge: float, charge: float, current: float | None = 0.1, **more: Any
) -> list[Observable]:
    return [
        seen("specific_capacity_discharge", discharge, cycle, current, **more),
        seen("specific_capacity_charge", charge, cycle, current, **more),
    ]


def cycles_of(observables: Sequence[Observable]) -> MeasuredCycles:
    return measured_cycles(observables, TABLE, where="the folder")


def test_measured_numbers_stand_before_simulated_ones() -> None:
    both = [*pair(1, 500.0, 450.0, origin="simulated"), *pair(1, 600.0, 550.0)]
    for order in (both, both[::-1]):
        found = cycles_of(order)
        assert found.values["specific_capacity_discharge"] == {1: 600.0}
    alone = cycles_of(both[:2])
    assert alone.values["specific_capacity_charge"] == {1: 450.0}


def test_a_cycle_that_is_not_listed_ran_as_the_one_before_it() -> None:
    found = cycles_of([*pair(1, 600.0, 550.0), *pair(4, 500.0, 490.0, 1.0), *pair(6, 500.0, 490.0, 0.2)])
    assert found.currents == (0.1, 0.1, 0.1, 1.0, 1.0, 0.2)
    assert found.source == "mine.csv"


@pytest.mark.parametrize("end", ["lower_cutoff", "upper_cutoff"])
@pytest.mark.parametrize(("off", "taken"), [(0.9 * SAME_CUTOFF, True), (1.1 * SAME_CUTOFF, False)])
def test_cut_offs_may_differ_by_a_tenth_of_a_volt(end: str, off: float, taken: bool) -> None:
    own = getattr(TABLE, end) + (off if end == "lower_cutoff" else -off)
    observables = pair(1, 600.0, 550.0, **{end: own})
    if taken:
        assert cycles_of(observables).currents == (0.1,)
        return
    with pytest.raises(InputError, match=end.replace("_cut", " cut-")) as raised:
        cycles_of(observables)
    assert f"{getattr(TABLE, end):g} V" in str(raised.value)


def test_a_cell_that_says_no_cut_off_is_taken() -> None:
    assert cycles_of(pair(1, 600.0, 550.0)).currents == (0.1,)


@pytest.mark.parametrize(
    "observables",
    [
        [],
        [seen("mean_voltage_discharge", 1.0, 1)],
        pair(1, 600.0, 550.0, current=None),
        pair(1, 600.0, 550.0, role="full-cell"),
    ],
    ids=["nothing", "no capacity", "no current", "a full cell"],
)
def test_what_is_no_half_cell_says_what_to_do(observables: list[Observable]) -> None:
    with pytest.raises(InputError, match="--mass and --role half-cell-anode") as raised:
        cycles_of(observables)
    assert str(raised.value).startswith("the folder")


@pytest.mark.parametrize(
    ("cycle", "current", "said"),
    [(2, 1e4, "up to 10000 A/g"), (10**9, 0.1, "cycle 1,000,000,000"), (100_001, 0.1, "cycle 100,001")],
)
def test_what_no_cell_can_be_asked_for_is_refused_at_once(cycle: int, current: float, said: str) -> None:
    with pytest.raises(InputError, match="is the mass right") as raised:
        cycles_of([*pair(1, 600.0, 550.0), *pair(cycle, 500.0, 490.0, current)])
    assert said in str(raised.value)
    assert len(cycles_of([*pair(1, 600.0, 550.0), *pair(100_000, 500.0, 490.0, 1000.0)]).currents) == 100_000


def test_two_cells_are_named_and_refused() -> None:
    two = [*pair(1, 600.0, 550.0), *pair(1, 600.0, 550.0, source="yours.csv")]
    with pytest.raises(InputError, match=r"more than one cell \(mine.csv, yours.csv\)"):
        cycles_of(two)


def test_observables_are_read_from_their_folder_or_their_file(tmp_path: Path) -> None:
    made = pair(1, 600.0, 550.0)
    (tmp_path / "observables.json").write_text(to_json(made), encoding="utf-8")
    assert observables_in(tmp_path) == observables_in(tmp_path / "observables.json") == made
    with pytest.raises(InputError):
        observables_in(tmp_path / "none")


# --- the problem


def measured(last: int = 3, efficiency: bool = True, voltage: bool = True, **values: Any) -> MeasuredCycles:
    numbers: dict[str, dict[int, float]] = {
        "specific_capacity_discharge": {n: 600.0 - n for n in range(1, last + 1)},
        "specific_capacity_charge": {n: 550.0 - n for n in range(1, last + 1)},
    }
    if efficiency:
        numbers["initial_coulombic_efficiency"] = {1: 0.9}
    if voltage:
        numbers["mean_voltage_discharge"] = dict.fromkeys(range(1, last + 1), 0.8)
    return MeasuredCycles(source="mine.csv", values=numbers, currents=(0.1,) * last, **values)


def problem(cycles: MeasuredCycles, **options: Any) -> CellProblem:
    return measured_problem(cycles, TABLE, **{"draws": "mine", "ion": "Na", **options})


def test_the_first_cycle_and_the_end_of_each_current_are_fitted_and_voltages_held_out() -> None:
    data = {d.claim: d for d in problem(measured(3)).data}
    assert set(data) == {"discharge.1", "efficiency.1", "charge.3", "discharge voltage.3"}
    assert {name for name, d in data.items() if d.use == "held-out"} == {"discharge voltage.3"}
    assert (data["discharge.1"].value, data["charge.3"].value) == (599.0, 547.0)


@pytest.mark.parametrize(("last", "wanted"), [(LONG - 1, {LONG - 1}), (LONG, {2, LONG})])
def test_a_long_leg_counts_at_both_ends(last: int, wanted: set[int]) -> None:
    data = {d.claim for d in problem(measured(last)).data}
    assert {int(c.partition(".")[2]) for c in data if c.startswith("charge.")} == wanted


@pytest.mark.parametrize("scatter", [SCATTER, 0.1])
def test_scatter_is_relative_for_capacities_and_fixed_for_the_rest(scatter: float) -> None:
    data = {d.claim: d for d in problem(measured(), scatter=scatter).data}
    assert data["discharge.1"].sigma == pytest.approx(scatter * 599.0)
    assert data["charge.3"].sigma == pytest.approx(scatter * 547.0)
    assert data["efficiency.1"].sigma == EFFICIENCY_SCATTER
    assert data["discharge voltage.3"].sigma == VOLTAGE_SCATTER


def test_numbers_that_are_not_there_are_not_asked_for() -> None:
    data = {d.claim for d in problem(measured(efficiency=False, voltage=False)).data}
    assert data == {"discharge.1", "charge.3"}
    nothing = measured()
    nothing.values["specific_capacity_charge"][3] = 0.0
    assert "charge.3" not in {d.claim for d in problem(nothing).data}


def test_every_number_that_is_fitted_can_be_read_from_the_simulated_cell() -> None:
    own = problem(measured(LONG + 3))
    assert {d.claim for d in own.data} == set(own.model.protocol.computed())
    (run,) = own.model.protocol.runs.values()
    assert [leg.cycles for leg in run.legs] == [LONG + 3]
    assert run.role == "half-cell-anode"


@pytest.mark.parametrize("ion", ["Na", "Li"])
def test_parameters_of_the_other_alkali_are_not_inferred(ion: str) -> None:
    own = problem(measured(), ion=ion)
    assert {p.ion for p in own.priors} == {"", ion}
    assert len(own.priors) < len(priors())


@pytest.mark.parametrize("diameter", [40.0, 122.0])
def test_a_size_that_is_given_narrows_its_own_prior_alone(diameter: float) -> None:
    plain, given_size = problem(measured()).priors, problem(measured(), diameter=diameter).priors
    for before, after in zip(plain, given_size, strict=True):
        if after.name != "particle_diameter":
            assert after == before
            continue
        assert (after.low, after.high) == pytest.approx(
            ((1.0 - KNOWN_SIZE) * diameter, (1.0 + KNOWN_SIZE) * diameter)
        )
        assert "given" in after.source


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"ion": "K"}, "no draws with 'K'; there are Na, Li"),
        ({"scatter": 0.0}, "scatter between 0 and 1"),
        ({"scatter": 1.0}, "scatter between 0 and 1"),
        ({"diameter": 0.5}, "1 to 100,000 nm"),
        ({"diameter": 2e5}, "1 to 100,000 nm"),
        ({"scatter": float("nan")}, "scatter between 0 and 1"),
        ({"diameter": float("nan")}, "1 to 100,000 nm"),
    ],
)
def test_options_out_of_range_say_what_is_expected(options: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        problem(measured(), **options)


def test_the_summary_has_a_line_for_each_number_and_each_parameter() -> None:
    own = problem(measured())
    names, claims = names_of(own.priors), tuple(d.claim for d in own.data)
    rng = np.random.default_rng(0)
    found = Posterior(
        paper="mine.csv",
        draws="mine",
        names=tuple(names),
        points=np.column_stack([*(p.at(rng.random(40)) for p in own.priors), np.zeros(40)]),
        claims=claims,
        predicted=np.array([d.value for d in own.data]) * rng.normal(1.0, 0.01, (40, len(claims))),
        log_likelihood=np.zeros(40),
        prior_predicted=np.zeros((3, len(claims))),
        log_evidence=-1.25,
        facts={"seed": 1},
    )
    lines = summary(own, found).splitlines()
    assert len(lines) == 1 + len(own.data) + len(own.priors)
    assert lines[0] == "mine.csv: 40 particles, log evidence -1.2"
    for datum, line in zip(own.data, lines[1:], strict=False):
        assert line.startswith(datum.claim)
        assert datum.use in line
    for prior, line in zip(own.priors, lines[1 + len(own.data) :], strict=True):
        assert line.split()[0] == prior.key

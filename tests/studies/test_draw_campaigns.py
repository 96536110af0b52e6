"""A campaign of draws with a stub in the lattice's place: shared inputs, seeds, files, and its table."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from topotaxy.cell.branches import POINTS
from topotaxy.errors import InputError
from topotaxy.runs import draw_runs
from topotaxy.runs.draw_campaign import Campaign, Protocol, campaign
from topotaxy.runs.draw_runs import draw_once
from topotaxy.runs.draw_table import draw_digest, lattice_digest, provenance_of, table_of
from topotaxy.spec import Spec
from topotaxy.studies import draws
from topotaxy.studies.draws import run_draws

NICKEL = "Co0.25Ni0.75O"


def spec_of(ion: str, formula: str = NICKEL) -> Spec:
    return Spec.model_validate(
        {
            "name": f"made-up-{ion.lower()}",
            "electrode": {"formula": formula},
            "cell": {"ion": ion},
            "protocol": {},
            "lattice": {},
        }
    )


def plan_of(*, draws: int = 3, seed: int = 5, formula: str = NICKEL, ions: str = "Na Li") -> Campaign:
    specs = [spec_of(ion, formula) for ion in ions.split()]
    return campaign("made-up", specs, draws=draws, seed=seed, protocol=Protocol(cells=2, replicas=1))


def row_of(
    inputs: Mapping[str, float], *ions: str, cations: tuple[str, ...] = ("Co", "Ni")
) -> dict[str, Any]:
    """What a draw might say: every number from the place of the alkali and an input."""
    base = 100.0 * inputs["matrix_pressure"]
    branch = np.linspace(1.5, 0.0, POINTS).tolist()
    return {
        "inputs": dict(inputs),
        "ions": {
            ion: {
                "capacity": base + place,
                "early_loss": 0.01 * (place + 1),
                "later_loss": 0.02 * (place + 1),
                "interface_area": 10.0 * (place + 1),
                "domain_size": 1.0 + place,
                "reduced": {el: 0.1 * (n + 1) + 0.5 * place for n, el in enumerate(cations)},
                "branches": {
                    name: [v + n + 10 * place for v in branch]
                    for n, name in enumerate(("first_discharge", "discharge", "charge"))
                },
            }
            for place, ion in enumerate(ions)
        },
    }


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """What every draw was asked for, in order; answered at once."""
    seen: list[tuple[Any, ...]] = []

    def stub(specs: Any, inputs: Mapping[str, float], protocol: Protocol, seed: int) -> dict[str, Any]:
        seen.append((tuple(s.cell.ion for s in specs), dict(inputs), protocol, seed))
        return row_of(inputs, *(s.cell.ion for s in specs))

    monkeypatch.setattr(draws, "draw_once", stub)
    return seen


def test_every_draw_has_inputs_and_a_seed_of_its_own_and_all_alkalis_together(
    tmp_path: Path, asked: list[tuple[Any, ...]]
) -> None:
    plan = plan_of()
    rows = run_draws(plan, tmp_path)
    assert [one[0] for one in asked] == [("Na", "Li")] * 3
    assert [one[1] for one in asked] == [dict(inputs) for inputs in plan.inputs]
    assert [one[3] for one in asked] == [5, 6, 7]
    assert {one[2] for one in asked} == {plan.protocol}
    assert [row["inputs"] for row in rows] == [dict(inputs) for inputs in plan.inputs]


def test_alkalis_of_one_draw_share_inputs_and_boxes(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[Any, ...]] = []

    def boxes(
        spec: Spec, inputs: Any, protocol: Any, seed: int, current: float, cycles: int, *_: Any
    ) -> list[Any]:
        seen.append((spec.cell.ion, dict(inputs), seed, current, cycles))
        measures = SimpleNamespace(interface_area=0.2, domain_size=1.5, reduced_fraction=[0.25, 0.75])
        curve = SimpleNamespace(charge=np.linspace(0.0, 100.0, 5), voltage=np.linspace(1.0, 0.0, 5))

        def half(cycle: int, direction: str, capacity: float) -> Any:
            return SimpleNamespace(
                cycle=cycle, direction=direction, capacity=capacity, measures=measures, curve=curve
            )

        pairs = [
            half(cycle, direction, 100.0 if direction == "discharge" else 95.0)
            for cycle in range(1, cycles + 1)
            for direction in ("discharge", "charge")
        ]
        return [SimpleNamespace(half_cycles=pairs)] * 2

    monkeypatch.setattr(draw_runs, "_replicas", boxes)
    plan = plan_of(draws=2)
    row = draw_once(plan.specs, plan.inputs[1], Protocol(slow_cycles=2, fast_cycles=4), 9)
    assert [(one[0], one[3], one[4]) for one in seen] == [
        ("Na", 0.01, 2),
        ("Na", 0.1, 4),
        ("Li", 0.01, 2),
        ("Li", 0.1, 4),
    ]
    assert {one[2] for one in seen} == {9}
    assert all(one[1] == dict(plan.inputs[1]) for one in seen)
    found = row["ions"]["Na"]
    assert row["ions"]["Li"] == found
    assert found["capacity"] == 100.0
    # Each cycle holds 5 of 100 mAh/g: after one, and on the average of the last three of four.
    assert found["early_loss"] == pytest.approx(0.05)
    assert found["later_loss"] == pytest.approx(np.mean([0.10, 0.15, 0.20]))
    assert found["reduced"] == {"Co": 0.25, "Ni": 0.75}
    assert found["domain_size"] == 1.5


def test_a_cell_that_gives_more_back_than_it_took_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    measures = SimpleNamespace(interface_area=0.0, domain_size=1.0, reduced_fraction=[0.0, 0.0])
    curve = SimpleNamespace(charge=np.linspace(0.0, 50.0, 4), voltage=np.linspace(1.0, 0.1, 4))
    halves = [
        SimpleNamespace(cycle=1, direction=d, capacity=c, measures=measures, curve=curve)
        for d, c in (("discharge", 50.0), ("charge", 60.0))
    ]
    later = [
        SimpleNamespace(cycle=2, direction=d, capacity=55.0, measures=measures, curve=curve)
        for d in ("discharge", "charge")
    ]
    monkeypatch.setattr(draw_runs, "_replicas", lambda *_: [SimpleNamespace(half_cycles=[*halves, *later])])
    found = draw_once([spec_of("Na")], {}, Protocol(), 1)["ions"]["Na"]
    assert (found["early_loss"], found["later_loss"]) == (0.0, 0.0)


def test_stopped_anywhere_a_campaign_comes_to_the_same_files(
    tmp_path: Path, asked: list[tuple[Any, ...]]
) -> None:
    plan = plan_of()
    rows = run_draws(plan, tmp_path)
    whole = {p.name: p.read_bytes() for p in tmp_path.iterdir()}
    assert sorted(whole) == ["draw-0000.json", "draw-0001.json", "draw-0002.json"]
    told: list[tuple[int, int]] = []
    for missing in whole:
        (tmp_path / missing).unlink()
        asked.clear()
        told.clear()
        assert run_draws(plan, tmp_path, progress=lambda n, total: told.append((n, total))) == rows
        assert (len(asked), told) == (1, [(3, 3)])
        assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == whole


def test_a_campaign_is_extended_by_its_new_draws_alone(tmp_path: Path, asked: list[tuple[Any, ...]]) -> None:
    short = run_draws(plan_of(draws=2), tmp_path)
    asked.clear()
    long = run_draws(plan_of(draws=5), tmp_path)
    assert len(asked) == 3
    assert long[:2] == short


@pytest.mark.parametrize(
    "other",
    [plan_of(seed=6), replace(plan_of(), protocol=Protocol(cells=3, replicas=1)), plan_of(ions="Li Na")],
    ids=["seed", "protocol", "alkalis"],
)
def test_draws_of_another_campaign_are_refused_before_anything_is_run(
    tmp_path: Path, asked: list[tuple[Any, ...]], other: Campaign
) -> None:
    run_draws(plan_of(draws=1), tmp_path)
    asked.clear()
    with pytest.raises(InputError, match="made for another campaign") as raised:
        run_draws(other, tmp_path)
    assert "draw-0000.json" in str(raised.value)
    assert asked == []


@pytest.mark.parametrize("text", ["", "[]", "null", '{"inputs": {}}', "[" * 5000])
def test_what_is_no_draw_is_refused_in_one_line(tmp_path: Path, asked: list[Any], text: str) -> None:
    (tmp_path / "draw-0001.json").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="not a draw; remove it") as raised:
        run_draws(plan_of(), tmp_path)
    assert "\n" not in str(raised.value)
    assert asked == []


def test_a_digest_is_of_every_thing_that_a_draw_follows_from() -> None:
    plan = plan_of()
    others = [
        draw_digest(plan, 1),
        draw_digest(plan_of(seed=6), 0),
        draw_digest(plan_of(ions="Na"), 0),
        draw_digest(replace(plan, protocol=replace(plan.protocol, fast=0.2)), 0),
        draw_digest(replace(plan, inputs=({**plan.inputs[0], "matrix_pressure": 0.123},)), 0),
    ]
    assert draw_digest(plan_of(), 0) == draw_digest(plan, 0)
    assert len({draw_digest(plan, 0), *others}) == 6
    # How many follow changes nothing of the first.
    assert draw_digest(plan_of(draws=9), 0) == draw_digest(plan, 0)


def test_the_lattice_is_named_by_its_code_and_tables_the_same_each_time() -> None:
    assert lattice_digest() == lattice_digest()
    assert len(lattice_digest()) == 64
    assert int(lattice_digest(), 16) > 0


def test_provenance_says_how_to_make_the_table_again(tmp_path: Path, asked: list[Any]) -> None:
    plan = plan_of()
    said = provenance_of(plan, run_draws(plan, tmp_path))
    assert said["made_by"].endswith("made-up --specs made-up-na made-up-li --draws 3 --seed 5")
    assert said["lattice"] == [lattice_digest()]
    assert [r["name"] for r in said["ranges"]] == [r.name for r in plan.ranges]
    assert json.loads(json.dumps(said)) == said
    # Draws of two versions of the lattice name both.
    assert provenance_of(plan, [{"lattice": "b"}, {"lattice": "a"}, {"lattice": "b"}])["lattice"] == [
        "a",
        "b",
    ]


# --- the table


def test_the_table_keeps_alkalis_cations_and_branches_in_their_places() -> None:
    plan = plan_of()
    rows = [row_of(inputs, "Na", "Li") for inputs in plan.inputs]
    table = table_of(plan, rows, {"made_by": "a test"})
    assert (table.ions, table.cations, len(table)) == (("Na", "Li"), ("Co", "Ni"), 3)
    assert table.inputs.shape == (3, len(plan.ranges))
    at = table.input_names.index("matrix_pressure")
    assert_allclose(table.capacity[:, 0], 100.0 * table.inputs[:, at])
    assert_allclose(table.capacity[:, 1] - table.capacity[:, 0], 1.0)
    assert_array_equal(table.interface_area, [[10.0, 20.0]] * 3)
    assert_allclose(table.reduced[0], [[0.1, 0.2], [0.6, 0.7]])
    assert table.branches.shape == (3, 2, 3, POINTS)
    assert_allclose(table.branches[0, :, :, 0], [[1.5, 2.5, 3.5], [11.5, 12.5, 13.5]])
    assert table.provenance == {"made_by": "a test"}


def test_rows_whose_alkalis_are_written_in_another_order_are_the_same_table() -> None:
    plan = plan_of(draws=1)
    row = row_of(plan.inputs[0], "Na", "Li")
    turned = {**row, "ions": dict(reversed(row["ions"].items()))}
    one, other = (table_of(plan, [r], {}) for r in (row, turned))
    assert_array_equal(one.reduced, other.reduced)
    assert_array_equal(one.branches, other.branches)


def test_two_electrons_of_every_cation_are_the_capacity_by_faraday() -> None:
    """2 F over the molar mass of Co0.25Ni0.75O, 74.752 g/mol: 717 mAh/g, three quarters of it nickel's."""
    plan = plan_of(draws=1)
    table = table_of(plan, [row_of(plan.inputs[0], "Na", "Li")], {})
    mass = 0.25 * 58.933 + 0.75 * 58.693 + 15.999
    assert table.molar_mass == pytest.approx(mass, abs=0.01)
    assert sum(table.cation_capacity) == pytest.approx(96485.33 / 3.6 / mass, rel=1e-3)
    assert table.cation_capacity[1] == pytest.approx(3.0 * table.cation_capacity[0], rel=1e-4)
    # Four formula units in a cube of rock salt, edge between 4.26 (CoO) and 4.18 Å (NiO).
    assert 4 * mass / 0.602214 / 4.26**3 < table.density < 4 * mass / 0.602214 / 4.17**3


@pytest.mark.parametrize("formula", ["CoNi3O4", "Co0.5Ni1.5O2"])
def test_how_many_units_a_formula_is_written_with_changes_nothing(
    formula: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All is per gram of the host or per cation: written four times over it is the same material."""
    one, other = (
        table_of(p, [row_of(p.inputs[0], "Na")], {})
        for p in (plan_of(draws=1, ions="Na"), plan_of(draws=1, ions="Na", formula=formula))
    )
    assert other.density == pytest.approx(one.density, rel=1e-3)
    assert other.molar_mass == pytest.approx(one.molar_mass, rel=1e-3)
    assert other.cation_capacity == pytest.approx(one.cation_capacity, rel=1e-3)


def test_the_interface_of_a_gram_is_that_of_its_cations(monkeypatch: pytest.MonkeyPatch) -> None:
    """0.2 nm² for each of N_A / M cations, however many a formula is written with."""
    measures = SimpleNamespace(interface_area=0.2, domain_size=1.0, reduced_fraction=[0.0, 0.0])
    curve = SimpleNamespace(charge=np.linspace(0.0, 9.0, 4), voltage=np.linspace(1.0, 0.1, 4))
    halves = [
        SimpleNamespace(cycle=c, direction=d, capacity=9.0, measures=measures, curve=curve)
        for c in (1, 2)
        for d in ("discharge", "charge")
    ]
    monkeypatch.setattr(draw_runs, "_replicas", lambda *_: [SimpleNamespace(half_cycles=halves)])
    by_hand = 0.2e-18 * 6.02214e23 / (0.25 * 58.933 + 0.75 * 58.693 + 15.999)
    for formula in (NICKEL, "CoNi3O4"):
        found = draw_once([spec_of("Na", formula)], {}, Protocol(), 1)["ions"]["Na"]
        assert found["interface_area"] == pytest.approx(by_hand, rel=1e-3)


def test_what_cannot_be_a_campaign_is_refused() -> None:
    with pytest.raises(InputError, match="single-phase"):
        campaign("x", [spec_of("Na"), spec_of("Li", "NiO")], draws=1)
    with pytest.raises(InputError, match="one specification an alkali"):
        campaign("x", [spec_of("Na"), spec_of("Na")], draws=1)
    with pytest.raises(InputError, match="single-phase"):
        campaign("x", [], draws=1)

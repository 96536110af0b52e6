from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from topotaxy.cell.material import cell_material
from topotaxy.cell.protocol import (
    MOST_CYCLES,
    cell_spec_from_text,
    is_cell,
    load_cell_spec,
)
from topotaxy.errors import InputError
from topotaxy.toml_documents import bundled_names

TEXT = 'name = "mine"\n[cell]\nmaterial = "heos-na"\n'
STEP = "[[step]]\ncurrent = 1.0\n"


@pytest.mark.parametrize("name", bundled_names("cells"))
def test_bundled_cells_load_under_their_own_name(name: str) -> None:
    spec = load_cell_spec(name)
    assert spec.name == name
    assert cell_material(spec.cell.material).ion in ("Na", "Li")


def test_blocks_unfold_in_order() -> None:
    spec = cell_spec_from_text(TEXT + '[[step]]\ncurrent = ["100 mA/g", 0.5]\ncycles = 2\n' + STEP)
    assert [current for _, current in spec.currents()] == [0.1, 0.1, 0.5, 0.5, 1.0]
    assert spec.cycles == 5


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (TEXT, "step: is missing"),
        (TEXT + "[[step]]\n", "current: is missing"),
        (TEXT + "[[step]]\ncurrent = 0\n", "step.0.current.0"),
        (TEXT + "[[step]]\ncurrent = []\n", "step.0.current"),
        (TEXT + STEP + "cycles = 0\n", "step.0.cycles"),
        (TEXT + STEP + f"cycles = {MOST_CYCLES}\n" + STEP, "cycles in all"),
        (TEXT + STEP + "hold = 2.0\n", "step.0.hold"),
        (TEXT + STEP + "speed = 2.0\n", "step.0.speed: is not a known key"),
        (TEXT.replace("mine", "../mine") + STEP, "name"),
        (TEXT + 'counter = "graphite"\n' + STEP, "cell.counter"),
        ("name = [", "not valid TOML"),
    ],
)
def test_what_cannot_be_used_is_named(text: str, words: str) -> None:
    with pytest.raises(InputError) as found:
        cell_spec_from_text(text, where="mine.toml")
    assert str(found.value).startswith("mine.toml")
    assert words in str(found.value)


@settings(deadline=None, max_examples=60)
@given(st.text(max_size=60))
def test_any_text_is_a_cell_or_an_input_error(text: str) -> None:
    try:
        cell_spec_from_text(TEXT + text)
    except InputError as error:
        refused = str(error)
    else:
        refused = ""
    assert "\n" not in refused


def test_a_lattice_run_is_no_cell() -> None:
    assert not is_cell({"name": "a", "electrode": {}})
    assert is_cell({"step": []})


@pytest.mark.parametrize("material", ["nonsense", "absent-na", "/etc", "heos-k"])
def test_material_that_is_not_there(material: str) -> None:
    with pytest.raises(InputError):
        cell_material(material)


def run(text: str) -> Any:
    from topotaxy.cell.experiment import run_cell

    return run_cell(cell_spec_from_text(TEXT + text))


def test_hold_and_rest_take_part(pybamm: Any) -> None:
    plain, held = run(STEP), run(STEP + "hold = 0.05\nrest = 0.5\n")
    passed = [float(r.record["discharging_capacity_ah"].max()) for r in (held, plain)]
    assert passed[0] > 1.02 * passed[1]
    time, current = held.record["test_time_second"], held.record["current_ampere"]
    resting = np.abs(current) < 1e-12
    assert np.ptp(time[resting]) > 0.5 * 3600.0
    assert (np.diff(time) >= 0.0).all()


def test_the_record_gives_the_capacities_back(pybamm: Any) -> None:
    """What a reader of the cycler's file would integrate: negative current on discharge."""
    found = run("[[step]]\ncurrent = 0.5\ncycles = 2\n")
    columns = ("test_time_second", "current_ampere", "cycle_count")
    time, current, cycle = (found.record[name] for name in columns)
    for number in found.states.cycle:
        part = cycle == number
        t, i = time[part], current[part]
        passed = np.diff(t) * 0.5 * (i[1:] + i[:-1]) / 3.6 / found.mass
        counted = [found.record[f"{way}_capacity_ah"][part].max() for way in ("discharging", "charging")]
        discharge, charge = np.array(counted) / found.mass * 1e3
        assert -passed[passed < 0].sum() == pytest.approx(discharge, rel=2e-3)
        assert passed[passed > 0].sum() == pytest.approx(charge, rel=2e-3)


@pytest.mark.parametrize("current", [30.0, 80.0, 900.0])
def test_a_current_that_cannot_be_drawn(pybamm: Any, current: float) -> None:
    with pytest.raises(InputError, match="cannot be drawn"):
        run(f"[[step]]\ncurrent = {current}\n")


def test_a_formula_is_no_draws_yet() -> None:
    from topotaxy.cell.experiment import run_cell

    spec = cell_spec_from_text(TEXT.replace('"heos-na"', '"NiO"\nion = "Na"') + STEP)
    with pytest.raises(InputError, match="tables of 'NiO' have to be made first"):
        run_cell(spec)


def test_lithium_has_no_sodium_cathode(pybamm: Any) -> None:
    text = 'name = "a"\n[cell]\nmaterial = "heos-li"\ncounter = "Na3V2(PO4)3"\n' + STEP
    from topotaxy.cell.experiment import run_cell

    with pytest.raises(InputError, match="expected one with Na"):
        run_cell(cell_spec_from_text(text))

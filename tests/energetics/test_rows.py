"""Rows of a table from results whose right numbers are known beforehand."""

from __future__ import annotations

import math
from typing import Any

import pytest
from fake_potential import PairPotential
from hypothesis import given, settings
from hypothesis import strategies as st

from topotaxy.energetics.cells import CELLS, representative_cell
from topotaxy.energetics.plan import displacement_tasks
from topotaxy.energetics.potentials import check
from topotaxy.energetics.potentials.check import CATIONS, binary_check, check_errors
from topotaxy.energetics.potentials.rows.entry import mean_row, root_mean_square, row, standard_error
from topotaxy.energetics.potentials.rows.frame import elastic_rows, lattice_rows, measured_constants
from topotaxy.energetics.potentials.rows.metal import barrier_rows, embedding_rows, held_rows
from topotaxy.energetics.potentials.rows.voltage import (
    bulk_systematic,
    bulk_voltages,
    difference_rows,
    displaced_sites,
    displacement_rows,
    displacement_voltage,
    drift_rows,
)
from topotaxy.material import (
    FARADAY,
    formation_enthalpy,
    lattice_parameter,
    parse_formula,
)

HEOS = parse_formula("Mg0.2Co0.2Ni0.2Cu0.2Zn0.2O0.89S0.11")
FIVE = parse_formula("Mg0.2Co0.2Ni0.2Cu0.2Zn0.2O")
Results = dict[str, dict[str, Any]]
numbers = st.lists(st.floats(-50.0, 50.0), min_size=2, max_size=12)


def handbook(phase: str, *, shift: float = 0.0) -> float:
    """Formation enthalpy in eV a formula unit, as an energy by a perfect potential; ``shift`` per O."""
    if phase in {*CATIONS, "Li", "Na"}:
        return 0.0
    return formation_enthalpy(phase) / FARADAY + shift


def bulk(shift: float = 0.0) -> Results:
    oxides = [f"{m}O" for m in FIVE.cations]
    phases = [*FIVE.cations, *oxides, "Na", "Na2O", "Li", "Li2O"]
    return {f"reference-{p}": {"energy_per_unit": handbook(p, shift=shift)} for p in phases}


@given(values=numbers, shift=st.floats(-10.0, 10.0), times=st.floats(0.1, 10.0))
def test_a_mean_and_its_error_follow_shift_and_scale(values: list[float], shift: float, times: float) -> None:
    one = mean_row("q", "s", values, "V", "", {})
    other = mean_row("q", "s", [times * v + shift for v in values], "V", "", {})
    assert other["value"] == pytest.approx(times * one["value"] + shift, abs=1e-4)
    assert other["standard_error"] == pytest.approx(times * one["standard_error"], abs=2e-4)
    assert one["sites"] == len(values)
    assert min(values) - 1e-5 <= one["value"] <= max(values) + 1e-5


@given(values=numbers, copies=st.integers(2, 5))
def test_the_error_of_the_mean_falls_with_the_root_of_the_number(values: list[float], copies: int) -> None:
    one, many = standard_error(values), standard_error(values * copies)
    assert one is not None
    assert many is not None
    n = len(values)
    # The same values again and again: the variance is n-1 over n of the sample's.
    expected = one * math.sqrt((n - 1) / (copies * n - 1))
    assert many == pytest.approx(expected, abs=1e-9)


def test_what_nobody_determined_is_none_and_no_zero() -> None:
    alone = row("q", "s", 1.0, "V")
    assert alone["standard_error"] is None
    assert alone["systematic_error"] is None
    assert standard_error([2.0]) is None
    assert root_mean_square([]) is None
    assert root_mean_square([3.0, -4.0]) == pytest.approx(math.sqrt(12.5))


@pytest.mark.parametrize("ion", ["Li", "Na"])
def test_a_potential_that_gives_the_handbook_has_no_error(ion: str) -> None:
    rows = bulk_voltages(FIVE, ion, bulk())
    assert len(rows) == len(FIVE.cations)
    for entry in rows:
        assert entry["systematic_error"] == pytest.approx(0.0, abs=1e-5)
    systematic = bulk_systematic(rows)
    assert systematic is not None
    assert systematic[0] == pytest.approx(0.0, abs=1e-5)
    assert bulk_systematic([]) is None


@given(shift=st.floats(-2.0, 2.0))
@settings(max_examples=15)
def test_an_error_common_to_every_oxygen_cancels(shift: float) -> None:
    # MO and A2O hold one oxygen each: a wrong anion shifts both, and no voltage.
    right, wrong = (bulk_voltages(FIVE, "Na", bulk(s)) for s in (0.0, shift))
    assert [r["value"] for r in right] == pytest.approx([r["value"] for r in wrong], abs=2e-5)


def test_a_voltage_without_one_of_its_four_phases_is_absent() -> None:
    results = bulk()
    for gone in ("reference-NiO", "reference-Ni"):
        left = {key: value for key, value in results.items() if key != gone}
        assert "NiO" not in {r["subject"] for r in bulk_voltages(FIVE, "Na", left)}
    without = {key: value for key, value in results.items() if key != "reference-Na2O"}
    assert bulk_voltages(FIVE, "Na", without) == []


@given(change=st.floats(-20.0, 20.0), metal=st.floats(-9.0, 0.0), alkali=st.floats(-3.0, 0.0))
def test_a_volt_is_two_electrons(change: float, metal: float, alkali: float) -> None:
    one = displacement_voltage(change, metal=metal, alkali=alkali)
    assert displacement_voltage(change + 2.0, metal=metal, alkali=alkali) == pytest.approx(one - 1.0)
    assert displacement_voltage(change, metal=metal, alkali=alkali + 1.0) == pytest.approx(one + 1.0)
    # Where M0 stays, bulk metal does not enter.
    left = displacement_voltage(change, metal=None, alkali=alkali)
    assert one == pytest.approx(left - metal / 2.0)


def displaced(ion: str, sites: int, *, tries: int = 1, shift: float = 0.0) -> Results:
    """Displacements whose energy goes by their sulfur neighbours; later tries lie higher by 1 eV."""
    results: Results = {f"reference-{p}": {"energy_per_unit": -1.0} for p in (*HEOS.cations, ion)}
    for task in displacement_tasks(HEOS, ion, sites=sites, tries=tries):
        cell = representative_cell(HEOS.formula, CELLS, 0)
        sulfur = cell.anion_neighbours(task.parameters["site"]).get("S", 0)
        later = 1.0 if "~" in task.name else 0.0
        results[task.name] = {
            "energy_change": 0.4 * sulfur + 0.01 * task.parameters["site"] + later + shift,
            "volume_change": 20.0 + sulfur,
        }
    return results


def test_the_mean_over_all_sites_is_that_of_the_classes_of_neighbours() -> None:
    rows = displacement_rows(HEOS, "Na", displaced("Na", 5), (0.2, "as told"))
    for element in HEOS.cations:
        mine = [r for r in rows if r["quantity"] == "displacement_voltage" and r["subject"] == element]
        (whole,) = (r for r in mine if r["condition"] == "removed")
        parts = [r for r in mine if r["condition"] != "removed"]
        assert sum(r["sites"] for r in parts) == whole["sites"] == 5
        mean = sum(r["sites"] * r["value"] for r in parts) / 5
        assert whole["value"] == pytest.approx(mean, abs=2e-5)
        assert whole["systematic_error"] == 0.2
        assert whole["systematic_basis"] == "as told"
    swelling = {r["subject"]: r for r in rows if r["quantity"] == "swelling_volume"}
    assert set(swelling) == set(HEOS.cations)
    assert all(r["unit"] == "Å^3" for r in swelling.values())


def test_a_binary_anion_has_no_classes() -> None:
    results: Results = {f"reference-{p}": {"energy_per_unit": -1.0} for p in (*FIVE.cations, "Na")}
    for task in displacement_tasks(FIVE, "Na", sites=2):
        results[task.name] = {"energy_change": 0.0, "volume_change": 1.0}
    rows = displacement_rows(FIVE, "Na", results, None)
    assert {r["condition"] for r in rows} == {"removed"}
    assert all(r["systematic_error"] is None for r in rows)


def test_of_several_tries_the_lowest_counts_and_is_one_site() -> None:
    once, thrice = displaced("Na", 3), displaced("Na", 3, tries=3)
    for element in HEOS.cations:
        assert displaced_sites(HEOS, "Na", element, "removed", thrice) == displaced_sites(
            HEOS, "Na", element, "removed", once
        )
    assert displaced_sites(HEOS, "Li", "Ni", "removed", thrice) == {}
    assert displaced_sites(HEOS, "Na", "Ni", "left", thrice) == {}


@given(shift=st.floats(-1.0, 1.0))
@settings(max_examples=10)
def test_a_constant_difference_of_two_potentials_is_their_systematic_error(shift: float) -> None:
    mine, theirs = displaced("Na", 3), displaced("Na", 3, shift=shift)
    rows, systematic = difference_rows(HEOS, "Na", mine, theirs, "other 1")
    assert systematic is not None
    # Two electrons a displacement.
    assert systematic[0] == pytest.approx(abs(shift) / 2.0, abs=1e-9)
    assert systematic[1] == "rms difference to other 1 at 15 sites"
    assert [r["subject"] for r in rows] == ["", *HEOS.cations]
    for entry in rows:
        assert entry["value"] == pytest.approx(shift / 2.0, abs=2e-5)
        assert entry["standard_error"] == pytest.approx(0.0, abs=1e-5)


def test_only_what_both_did_is_compared() -> None:
    mine, theirs = displaced("Na", 2, tries=2), displaced("Na", 2)
    # A second try of one's own, lower by far, is none of the difference.
    for key in mine:
        if key.endswith("~1"):
            mine[key]["energy_change"] -= 9.0
    rows, systematic = difference_rows(HEOS, "Na", mine, theirs, "other 1")
    assert systematic is not None
    assert systematic[0] == pytest.approx(0.0)
    assert rows[0]["sites"] == 10
    nothing: tuple[list[Any], None] = ([], None)
    assert difference_rows(HEOS, "Na", mine, {}, "other 1") == nothing
    assert difference_rows(HEOS, "Na", mine, displaced("Li", 2), "other 1") == nothing


def test_a_drift_is_the_mean_of_the_ways_back() -> None:
    results: Results = {f"returned-Na-0-{i}-Ni": {"energy_change": -0.1 * i} for i in range(3)}
    (entry,) = drift_rows("Na", results)
    assert entry["value"] == pytest.approx(-0.1)
    assert entry["sites"] == 3
    assert drift_rows("Li", results) == []


def held(one: float, two: float, full: float, *, a: float = 5.0) -> dict[str, Any]:
    return {
        "metal": "Ni",
        "lattice_parameter": a,
        "one": one,
        "two": two,
        "full": full,
        "metal_only": full - 1.0,
        "strain": 0.0,
    }


@given(embed=st.floats(-5.0, 5.0), bond=st.floats(0.0, 1.0), metal=st.floats(-6.0, -2.0))
def test_a_lattice_of_pair_bonds_gives_back_its_bond_twice(embed: float, bond: float, metal: float) -> None:
    # One M0 costs ``embed``, a pair a bond less, and a filled lattice six bonds an atom less.
    above = metal + embed
    results: Results = {
        "reference-Ni": {"energy_per_unit": metal},
        "held-Na-Ni-1.00": held(above, 2.0 * above - bond, above - 6.0 * bond),
    }
    rows = held_rows("Na", results)
    bonds = [r["value"] for r in rows if r["quantity"] == "metal_bond"]
    assert bonds == pytest.approx([bond, bond], abs=2e-5)
    embedding = {r["condition"]: r["value"] for r in rows if r["quantity"] == "metal_embedding"}
    assert embedding["Na2O at 5.00 Å, on its site"] == pytest.approx(embed, abs=2e-5)
    assert embedding["Na2O at 5.00 Å, every site filled"] == pytest.approx(embed - 6.0 * bond, abs=2e-5)


def test_sizes_of_the_product_come_in_order_and_none_without_bulk_metal() -> None:
    sizes = (5.8, 5.0, 5.4)
    results: Results = {f"held-Na-Ni-{a:.2f}": held(0.0, 0.0, 0.0, a=a) for a in sizes}
    assert held_rows("Na", results) == []
    results["reference-Ni"] = {"energy_per_unit": 0.0}
    stretched = [r["condition"] for r in held_rows("Na", results) if r["quantity"] == "metal_stretching"]
    assert stretched == [f"fcc metal at {a:.2f} Å" for a in sorted(sizes)]
    assert held_rows("Li", results) == []
    assert embedding_rows("Na", {"embedding-Na-Ni": {"metal": "Ni"}}, {}) == []


@given(heights=st.lists(st.floats(-1.0, 2.0), min_size=3, max_size=9), zero=st.floats(-5.0, 5.0))
def test_a_barrier_is_the_range_of_its_profile_whatever_the_zero(heights: list[float], zero: float) -> None:
    def value(profile: list[float]) -> float:
        band = {"metal": "Ni", "profile": profile, "images": 1, "steps": 1, "force": 0.1, "path": "way"}
        (entry,) = barrier_rows("Na", {"barrier-Na-Ni-direct": band})
        return float(entry["value"])

    expected = max(heights) - min(heights)
    assert value(heights) == pytest.approx(expected, abs=1e-5)
    assert value([h + zero for h in heights]) == pytest.approx(expected, abs=2e-5)
    # There and back.
    assert value(heights[::-1]) == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("wrong", [0.9, 1.0, 1.03])
def test_a_frame_is_as_wrong_as_its_binaries(wrong: float) -> None:
    results: Results = {
        f"binary-{m}O": {"lattice_parameter": wrong * lattice_parameter(parse_formula(f"{m}O"))}
        for m in FIVE.cations
    }
    results |= {f"frame-{i}": {"lattice_parameter": a} for i, a in enumerate((4.2, 4.3))}
    rows = {(r["quantity"], r["subject"]): r for r in lattice_rows(results)}
    mean, spacing = rows["lattice_parameter", ""], rows["interplanar_spacing", "(111)"]
    assert mean["value"] == pytest.approx(4.25)
    assert mean["systematic_error"] == pytest.approx(4.25 * abs(wrong - 1.0), abs=1e-5)
    # A cubic crystal: d(111) is a over root three, and so is everything that is said of it.
    for key in ("value", "standard_error", "systematic_error"):
        assert spacing[key] == pytest.approx(mean[key] / math.sqrt(3.0), abs=1e-5)


@pytest.mark.parametrize("cation", ["Mg", "Co", "Ni"])
def test_measured_constants_give_no_error_and_one_bulk_modulus(cation: str) -> None:
    measured = measured_constants(cation)
    assert measured["bulk_modulus"] == pytest.approx((measured["c11"] + 2.0 * measured["c12"]) / 3.0)
    rows = elastic_rows({f"elastic-binary-{cation}O": measured})
    assert {r["quantity"] for r in rows} == set(measured)
    assert all(r["systematic_error"] == pytest.approx(0.0, abs=1e-5) for r in rows)


@pytest.fixture
def perfect(monkeypatch: pytest.MonkeyPatch) -> None:
    """A potential whose binaries are the handbook's, but for rock salts larger by two per cent."""
    monkeypatch.setattr(check, "reference", lambda _, phase: {"energy_per_unit": handbook(phase)})
    monkeypatch.setattr(
        check, "rock_salt_binary", lambda _, cation, anion, start: {"lattice_parameter": 1.02 * start}
    )


@pytest.mark.usefixtures("perfect")
def test_a_check_finds_what_is_wrong_and_nothing_else() -> None:
    rows = binary_check(PairPotential())
    assert len(rows) == 3 * len(CATIONS)
    (errors,) = check_errors(rows)
    assert (errors["potential"], errors["version"]) == ("pair", "test 1")
    assert errors["lattice_parameter"] == pytest.approx(0.02, abs=1e-4)
    assert errors["conversion_voltage"] == pytest.approx(0.0, abs=1e-4)


@pytest.mark.usefixtures("perfect")
def test_each_potential_is_judged_by_its_own_rows() -> None:
    mine = binary_check(PairPotential(), ["Ni", "Cu"])
    worse = [
        entry | {"potential": "worse", "value": entry["value"] + 0.3 * (entry["unit"] == "V")}
        for entry in mine
    ]
    found = {errors["potential"]: errors for errors in check_errors([*worse, *mine])}
    assert found["pair"]["conversion_voltage"] == pytest.approx(0.0, abs=1e-4)
    assert found["worse"]["conversion_voltage"] == pytest.approx(0.3, abs=1e-4)

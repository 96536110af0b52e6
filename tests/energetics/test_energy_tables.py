"""The shipped tables: rows with sources, ranges that hold their values, and tables that agree."""

from __future__ import annotations

import math
from importlib import resources

import pytest

from topotaxy.energetics import assumptions_with, migration_barriers
from topotaxy.energetics.handbook import surface_energies
from topotaxy.energetics.moduli import aggregate_moduli
from topotaxy.material import IONS, lattice_parameter, parse_formula, product_volume
from topotaxy.studies.sensitivity_ranges import LEAST_POINTS
from topotaxy.tables import read_table

NUMBERS = {
    "cohesion": ("cohesive_energy", "bulk_modulus"),
    "elastic_constants": ("c11", "c12", "c44"),
    "metals": ("surface_energy",),
    "migration_barriers": ("barrier", "low", "high"),
    "reference_structures": ("a",),
}
KEYS = {
    "assumptions": ("name",),
    "calibration": ("parameter",),
    "cohesion": ("element",),
    "elastic_constants": ("cation",),
    "input_ranges": ("electrode", "ion", "current", "quantity", "subject", "state", "cycle"),
    "metals": ("element",),
    "migration_barriers": ("element",),
    "posterior_targets": ("formula", "ion", "quantity", "subject", "state", "cycle"),
    "prototypes": ("prototype", "atom"),
    "reference_structures": ("phase",),
    "sensitivity": ("electrode", "ion", "quantity", "subject", "state", "cycle", "input"),
}


def rows(name: str) -> list[dict[str, str]]:
    return list(read_table("topotaxy.energetics", name))


def constants_of(row: dict[str, str]) -> tuple[float, float, float]:
    c11, c12, c44 = (float(row[name]) for name in ("c11", "c12", "c44"))
    return c11, c12, c44


@pytest.mark.parametrize("name", sorted(KEYS))
def test_every_row_has_a_source_and_stands_once(name: str) -> None:
    found = rows(name)
    keys = [tuple(row[column] for column in KEYS[name]) for row in found]
    assert found
    assert len(set(keys)) == len(keys)
    for row in found:
        assert None not in row, "more cells than columns"
        assert None not in row.values(), "fewer cells than columns"
        assert len(row["source"].strip()) > 10, row


def test_no_table_is_left_out_of_these_laws() -> None:
    folder = resources.files("topotaxy.energetics") / "tables"
    names = {entry.name.removesuffix(".csv") for entry in folder.iterdir() if entry.name.endswith(".csv")}
    assert names == set(KEYS) | {"limits"}


@pytest.mark.parametrize("name", sorted(NUMBERS))
def test_numbers_of_the_handbook_are_finite_and_positive(name: str) -> None:
    for row in rows(name):
        for column in NUMBERS[name]:
            assert 0.0 < float(row[column]) < math.inf, (row, column)


def test_a_range_over_inputs_holds_its_median_and_is_of_a_study_that_says_what_moves_it() -> None:
    studied = {
        (row["electrode"], row["ion"], row["quantity"], row["subject"], row["state"])
        for row in rows("sensitivity")
    }
    for row in rows("input_ranges"):
        low, median, high = (float(row[key]) for key in ("low", "median", "high"))
        assert low <= median <= high
        assert int(row["points"]) >= LEAST_POINTS
        mine = (row["electrode"], row["ion"], row["quantity"], row["subject"], row["state"])
        # A number without a standard error has a range and no effects.
        assert mine in studied or row["quantity"] in {"bond_length", "coordination_number", "domain_size"}


def test_a_range_holds_its_value_and_is_wider_where_nothing_was_calculated() -> None:
    widths: dict[str, list[float]] = {"calculated": [], "estimate": []}
    for row in rows("migration_barriers"):
        low, value, high = (float(row[key]) for key in ("low", "barrier", "high"))
        assert low < value < high
        widths[row["kind"]].append(high - low)
        assert row["source"].startswith("estimate") == (row["kind"] == "estimate")
    assert min(widths["estimate"]) > max(widths["calculated"])


def test_the_shift_of_all_barriers_covers_the_error_of_the_calculated_ones() -> None:
    shift = assumptions_with()["metal_barrier_shift"]
    for row in rows("migration_barriers"):
        if row["kind"] == "calculated":
            assert float(row["low"]) - float(row["barrier"]) == pytest.approx(shift.low)
            assert float(row["high"]) - float(row["barrier"]) == pytest.approx(shift.high)


def test_what_is_no_estimate_names_a_work_and_a_year() -> None:
    for name in ("cohesion", "elastic_constants", "metals"):
        for row in rows(name):
            assert any(str(year) in row["source"] for year in range(1950, 2026)), row


@pytest.mark.parametrize("row", rows("elastic_constants"), ids=lambda row: row["cation"])
def test_a_crystal_is_stable_and_its_aggregate_too(row: dict[str, str]) -> None:
    # Born's conditions of a cubic crystal.
    c11, c12, c44 = constants_of(row)
    assert c11 > abs(c12)
    assert c11 + 2.0 * c12 > 0.0
    assert c44 > 0.0
    young, poisson = aggregate_moduli(c11=c11, c12=c12, c44=c44)
    assert young > 0.0
    assert 0.0 < poisson < 0.5


@pytest.mark.parametrize("row", rows("elastic_constants"), ids=lambda row: row["cation"])
def test_two_tables_give_one_bulk_modulus(row: dict[str, str]) -> None:
    # Compression and sound on crystals of different makers agree within a tenth.
    other = {r["cation"]: float(r["bulk_modulus"]) for r in read_table("topotaxy.material", "bulk_moduli")}
    c11, c12, _ = constants_of(row)
    assert (c11 + 2.0 * c12) / 3.0 == pytest.approx(other[row["cation"]], rel=0.1)


def test_metals_stand_in_every_table_that_a_lattice_asks() -> None:
    metals = set(surface_energies()) - set(IONS)
    assert metals <= set(migration_barriers())
    assert metals <= {row["element"] for row in rows("cohesion")}
    for element in metals:
        assert product_volume(element) > 0.0
        assert lattice_parameter(parse_formula(f"{element}O")) > 0.0


def test_a_surface_costs_less_than_the_bonds_of_its_atoms() -> None:
    # An atom of a close-packed face keeps nine of twelve neighbours: γ A is about a quarter of the
    # cohesion, between an eighth and a half of it for every metal.
    cohesion = {row["element"]: float(row["cohesive_energy"]) for row in rows("cohesion")}
    for element, surface in surface_energies().items():
        if element in ("Na", "K"):
            continue
        area = math.sqrt(3.0) / 4.0 * (4.0 * product_volume(element)) ** (2 / 3) * 1e-20
        assert 0.125 < surface * area / 1.602176634e-19 / cohesion[element] < 0.5, element


@pytest.mark.parametrize("row", rows("reference_structures"), ids=lambda row: row["phase"])
def test_a_relaxation_starts_near_the_size_that_the_products_have(row: dict[str, str]) -> None:
    cubic = {"fcc": 4, "bcc": 2, "antifluorite": 4, "rocksalt": 4}
    a = float(row["a"])
    if row["prototype"] == "rocksalt":
        assert a == pytest.approx(lattice_parameter(parse_formula(row["phase"])), rel=0.005)
        return
    if row["phase"] not in {r["formula"] for r in read_table("topotaxy.material", "product_volumes")}:
        return
    if row["prototype"] == "hcp":
        volume = math.sqrt(3.0) / 4.0 * a**3 * float(row["c_over_a"])
    else:
        volume = a**3 / cubic[row["prototype"]]
    assert volume == pytest.approx(product_volume(row["phase"]), rel=0.02)


def test_axial_ratios_stand_where_a_structure_has_two_axes() -> None:
    for row in rows("reference_structures"):
        hexagonal = row["prototype"] in ("hcp", "wurtzite")
        assert bool(row["c_over_a"]) == hexagonal
        if hexagonal:
            # Ideal is sqrt(8/3); zinc is the outlier.
            assert float(row["c_over_a"]) == pytest.approx(math.sqrt(8.0 / 3.0), rel=0.15)


@pytest.mark.parametrize(
    "row", read_table("topotaxy.material", "transformation_enthalpies"), ids=lambda row: row["cation"]
)
def test_no_structure_lies_below_the_stable_one(row: dict[str, str]) -> None:
    low, value, high = (float(row[key]) for key in ("low", "enthalpy", "high"))
    assert 0.0 <= low <= value <= high
    assert (value == 0.0) == (row["stable_structure"] == "rock salt")
    stable = {r["phase"]: r["prototype"] for r in rows("reference_structures")}
    known = stable.get(f"{row['cation']}O")
    if known is not None:
        assert (known == "rocksalt") == (value == 0.0)


def test_what_was_fitted_is_an_assumption_with_a_target_and_materials() -> None:
    table = assumptions_with()
    for row in rows("calibration"):
        assert row["kind"] in ("fit", "bound")
        assert table[row["parameter"]].label == "calibrated"
        assert float(row["target"]) > 0.0
        assert (row["tolerance"] != "") == (row["kind"] == "fit")
        for pair in row["materials"].split():
            formula, _, ion = pair.partition("/")
            assert ion in IONS
            assert parse_formula(formula).cations


def test_what_moves_a_number_is_an_assumption_and_moves_it_by_more_than_noise() -> None:
    known = set(assumptions_with())
    for row in rows("sensitivity"):
        size, noise, p = (float(row[key]) for key in ("size", "noise", "p"))
        assert row["input"] in known, row["input"]
        assert min(size, noise) >= 0.0
        assert 0.0 <= p <= 1.0
        if row["moves"] == "1":
            assert size > noise
            assert p < 0.05
            # A mean over steps is at most their root mean square, but for the noise that size leaves out.
            assert abs(float(row["mean_effect"])) <= (size**2 + noise**2) ** 0.5 * 1.01, row


def test_a_limit_is_a_sentence_that_stands_once() -> None:
    limits = [row["limit"] for row in rows("limits")]
    assert len(set(limits)) == len(limits)
    assert all(limit.endswith(".") and limit[0].isupper() for limit in limits)

"""Plans: each site displaced once, nothing planned that has no structure or no meaning."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from topotaxy.energetics.cells import CELLS, representative_cell
from topotaxy.energetics.plan import (
    GROUPS,
    all_tasks,
    binary_tasks,
    displacement_tasks,
    elastic_tasks,
    frame_tasks,
    reference_tasks,
    returned_tasks,
    sites_in,
)
from topotaxy.energetics.plan_product import (
    MOBILE,
    STRAINS,
    barrier_tasks,
    interface_tasks,
    least_reducible,
    product_tasks,
)
from topotaxy.energetics.potentials.crystals import reference_phases
from topotaxy.energetics.potentials.kinds import KINDS
from topotaxy.energetics.precision import cations_above
from topotaxy.errors import InputError
from topotaxy.material import IONS, Composition, conversion_voltage, lattice_parameter, parse_formula

HALF = parse_formula("Ni0.5Mg0.5O")
FIVE = parse_formula("Mg0.2Co0.2Ni0.2Cu0.2Zn0.2O")
SULFUR = parse_formula("Mg0.2Co0.2Ni0.2Cu0.2Zn0.2O0.89S0.11")
FLUORINE = parse_formula("Li0.25Mg0.15Co0.15Ni0.15Cu0.15Zn0.15O0.75F0.25")
COMPOSITIONS = (HALF, FIVE, SULFUR, FLUORINE, parse_formula("NiO"))


@given(sites=st.integers(1, 8), arrangements=st.integers(1, 3), first=st.integers(0, 1))
@settings(max_examples=10, deadline=None)
def test_a_displacement_is_of_a_site_that_holds_the_element_and_is_planned_once(
    sites: int, arrangements: int, first: int
) -> None:
    tasks = displacement_tasks(HALF, "Na", sites=sites, arrangements=arrangements, first=first)
    seen = set()
    for task in tasks:
        *_, seed, site, element = task.name.split("-")
        cell = representative_cell(HALF.formula, CELLS, int(seed))
        assert cell.symbols[int(site)] == element
        assert task.parameters["site"] == int(site)
        assert task.needs == (f"frame-{seed}",)
        assert first <= int(seed) < first + arrangements
        seen.add((seed, site))
    assert len(seen) == len(tasks) == 2 * sites
    # Over the cells in turn, so that none has more than one site more than another.
    spread = Counter(task.needs[0] for task in tasks if task.name.endswith("Ni"))
    assert max(spread.values()) - min(spread.values()) <= 1


def test_every_site_of_a_cell_can_be_displaced_and_no_more() -> None:
    count = sites_in(HALF, "Ni", 0)
    tasks = displacement_tasks(HALF, "Na", sites=count, cations=["Ni"])
    assert {task.parameters["site"] for task in tasks} == set(
        representative_cell(HALF.formula, CELLS, 0).sites("Ni")
    )
    with pytest.raises(InputError, match=f"only {count} sites of Ni in 1 cells; asked for {count + 1}"):
        displacement_tasks(HALF, "Na", sites=count + 1, cations=["Ni"])


@pytest.mark.parametrize("tries", range(1, 9))
def test_tries_start_from_different_diagonals_and_the_opposite_one_second(tries: int) -> None:
    tasks = displacement_tasks(HALF, "Li", sites=3, tries=tries)
    by_site: dict[str, list[int]] = {}
    for task in tasks:
        by_site.setdefault(task.name.partition("~")[0], []).append(task.parameters["direction"])
    for directions in by_site.values():
        assert len(directions) == len(set(directions)) == tries
        assert set(directions) <= set(range(8))
        if tries > 1:
            assert directions[1] == 7 - directions[0]


def test_the_start_of_a_displacement_hangs_on_its_site_alone() -> None:
    one, other = (displacement_tasks(HALF, ion, sites=4) for ion in ("Li", "Na"))
    for first, second in zip(one, other, strict=True):
        assert first.parameters["site"] == second.parameters["site"]
        assert first.parameters["direction"] == second.parameters["direction"]
        assert second.parameters["ion"] == "Na"


@pytest.mark.parametrize("count", [0, 1, 3])
def test_a_way_back_needs_the_way_there(count: int) -> None:
    there = displacement_tasks(HALF, "Na", sites=2)
    back = returned_tasks(there, count)
    assert len(back) == count
    for task, way in zip(back, there, strict=False):
        assert task.needs == (*way.needs, way.name)
        assert task.parameters == {"site": way.parameters["site"], "ion": "Na"}
        assert task.name.startswith("returned-Na-")


@pytest.mark.parametrize("composition", COMPOSITIONS, ids=lambda c: c.formula)
@pytest.mark.parametrize("ion", ["Li", "Na"])
def test_a_plan_is_whole(composition: Composition, ion: str) -> None:
    tasks = all_tasks(composition, ion, sites=1)
    names = [task.name for task in tasks]
    assert len(set(names)) == len(names)
    for task in tasks:
        assert task.kind in KINDS
        assert set(task.needs) <= set(names)
        # A name is that of a file.
        assert not set(task.name) & set("/\\ ")
    parts = {name for group in GROUPS for name in _names(composition, ion, group)}
    assert parts == set(names)


def _names(composition: Composition, ion: str, group: str) -> set[str]:
    return {task.name for task in all_tasks(composition, ion, sites=1, only=[group])}


@pytest.mark.parametrize("composition", COMPOSITIONS, ids=lambda c: c.formula)
def test_references_are_known_crystals_and_hold_both_sides_of_every_reaction(
    composition: Composition,
) -> None:
    phases = {task.parameters["phase"] for task in reference_tasks(composition, "Na")}
    assert phases <= set(reference_phases())
    assert {*composition.cations, "Na", "Na2O"} <= phases


def test_a_metal_without_a_crystal_is_named_with_the_known_ones() -> None:
    with pytest.raises(InputError, match=r"no crystal structure of Fe .* known are Li, Na, K"):
        reference_tasks(parse_formula("Fe0.5Ni0.5O"), "Na")


def test_an_alkali_host_is_no_cation_to_be_displaced_or_reduced() -> None:
    # Two A+ stand for a cation 2+: a host Li+ is neither displaced nor looked for in bulk metal.
    tasks = all_tasks(FLUORINE, "Na", sites=1, only=["removed", "left", "bonds", "barriers", "interfaces"])
    displaced = {task.name.rpartition("-")[2] for task in tasks if task.kind == "displacement"}
    assert displaced == set(FLUORINE.cations) - {"Li"}
    assert "Li" not in {task.parameters.get("metal") for task in tasks}
    assert "reference-Li" in {task.name for task in tasks}
    assert cations_above(FLUORINE, "Na", {}, 0.1) == [el for el in FLUORINE.cations if el != "Li"]


def test_fluorine_has_no_rock_salt_and_no_antifluorite() -> None:
    assert {task.parameters["anion"] for task in binary_tasks(FLUORINE)} == {"O"}
    assert {task.parameters.get("neighbour") for task in product_tasks(FLUORINE, "Na")} == {None}
    assert {task.parameters["anion"] for task in binary_tasks(SULFUR)} == {"O", "S"}
    assert {task.parameters.get("neighbour") for task in product_tasks(SULFUR, "Na")} == {None, "S"}


@pytest.mark.parametrize("composition", COMPOSITIONS, ids=lambda c: c.formula)
def test_a_frame_starts_a_little_larger_than_the_handbook_says(composition: Composition) -> None:
    for number, task in enumerate(frame_tasks(composition, 2, first=3)):
        assert task.parameters["seed"] == 3 + number
        assert task.parameters["lattice_parameter"] == pytest.approx(
            1.01 * lattice_parameter(composition), abs=5e-4
        )


def test_elastic_constants_are_those_of_frames_and_of_measured_oxides() -> None:
    tasks = elastic_tasks(FIVE, 2)
    assert [task.name for task in tasks] == [
        "elastic-binary-MgO",
        "elastic-binary-CoO",
        "elastic-binary-NiO",
        "elastic-0",
        "elastic-1",
    ]
    planned = {task.name for task in (*binary_tasks(FIVE), *frame_tasks(FIVE, 2))}
    assert {need for task in tasks for need in task.needs} <= planned


@pytest.mark.parametrize("ion", ["Li", "Na"])
def test_metal_in_the_product_is_the_same_task_whatever_the_composition(ion: str) -> None:
    whole = {task.name: task for task in product_tasks(FIVE, ion)}
    for task in product_tasks(HALF, ion):
        assert whole[task.name] == task
    held = [task for task in whole.values() if task.kind == "held"]
    assert len(held) == len(STRAINS) * len(FIVE.cations)


@pytest.mark.parametrize("composition", COMPOSITIONS, ids=lambda c: c.formula)
@pytest.mark.parametrize("ion", ["Li", "Na"])
def test_only_mobile_metals_move_and_none_changes_places_with_itself(
    composition: Composition, ion: str
) -> None:
    partner = least_reducible(composition, ion)
    for task in barrier_tasks(composition, ion):
        metal = task.name.split("-")[2]
        assert metal in MOBILE
        if task.kind == "exchange":
            assert task.parameters == {"metal": metal, "partner": partner}
            assert metal != partner


@pytest.mark.parametrize("ion", IONS)
def test_the_hardest_to_reduce_is_that_of_the_lowest_voltage_whatever_the_alkali(ion: str) -> None:
    volts = {m: conversion_voltage(m, {"O": 1.0}, ion, method="enthalpy") for m in FIVE.cations}
    assert volts[least_reducible(FIVE, ion)] == min(volts.values())
    # The salt shifts all of them alike.
    assert least_reducible(FIVE, ion) == "Mg"


@pytest.mark.parametrize("ion", ["Li", "Na"])
def test_interfaces_are_of_metals_that_the_alkali_reduces(ion: str) -> None:
    tasks = interface_tasks(FIVE, ion)
    names = [task.name for task in tasks]
    assert len(set(names)) == len(names)
    metals = {p for task in tasks for p, kind in zip(*task.parameters.values(), strict=True) if kind == "fcc"}
    reducible = {m for m in FIVE.cations if conversion_voltage(m, {"O": 1.0}, ion, method="enthalpy") > 0.0}
    assert metals == reducible
    assert "Mg" not in metals
    for task in tasks:
        assert len(task.needs) == 2
        assert task.parameters["crystals"][1] in ("fcc", "antifluorite")

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from topotaxy.energetics import (
    PotentialNumber,
    PotentialTable,
    lattice_energies,
    potential_table,
    shipped_tables,
)
from topotaxy.energetics.confinement import (
    STIFFNESS_PER_COST,
    StiffnessEstimate,
    confinement,
    matching_tables,
    stiffness_inside,
    what_atoms_say,
)
from topotaxy.lattice.geometry import geometry_from_cells
from topotaxy.lattice.hamiltonian import valence_excess
from topotaxy.lattice.state import VACANT, ionic_configuration
from topotaxy.material import Composition, parse_formula

NIMG = "Ni0.5Mg0.5O"


def number(quantity: str, subject: str, condition: str, value: float, **given: float) -> PotentialNumber:
    return PotentialNumber(
        quantity=quantity,
        subject=subject,
        condition=condition,
        value=value,
        unit="V",
        standard_error=given.get("error"),
        sites=4,
        systematic_error=given.get("systematic"),
        systematic_basis="",
        method="",
        origin="made up",
    )


def made_up(formula: str = NIMG, ion: str = "Na", *, without: str = "nothing") -> PotentialTable:
    rows = (
        number("conversion_voltage", "NiO", "bulk", 1.0),
        number("conversion_voltage", "MgO", "bulk", -0.9),
        number("displacement_voltage", "Ni", "removed", 0.8, error=0.03, systematic=0.3),
        number("displacement_voltage", "Mg", "removed", -1.0, error=0.04, systematic=0.4),
        number("mixing_energy", "", "against stable binaries", 0.02, error=0.0),
    )
    return PotentialTable(
        name=formula,
        formula=formula,
        ion=ion,
        potential="none",
        version="0",
        cells=(),
        rows=tuple(row for row in rows if without not in (row.quantity, row.subject)),
        failed=(),
    )


def removed_with_a_pair(first: int, second: int) -> int:
    """Σq² around a vacancy with A+ in two of its site's tetrahedra, given by their order."""
    geometry = geometry_from_cells(3)
    energies = lattice_energies(parse_formula("NiO"), "Na", 298.15)
    sites = geometry.sites
    species, valence = np.zeros(sites, dtype=np.int8), np.full(sites, 2, dtype=np.int8)
    species[0], valence[0] = VACANT, 0
    alkali = np.zeros(2 * sites, dtype=np.int8)
    alkali[geometry.octahedral_tetrahedra[0][[first, second]]] = 1
    anion = np.zeros(sites, dtype=np.int8)
    configuration = ionic_configuration(geometry, species, valence, alkali, anion)
    return int((valence_excess(geometry, energies, configuration).astype(int) ** 2).sum())


def test_the_pair_across_the_vacancy_costs_a_twelfth_of_the_stiffness() -> None:
    costs = [removed_with_a_pair(0, other) for other in range(1, 8)]
    assert min(costs) == 24
    assert costs.count(24) == 1
    assert min(costs) / 288 == pytest.approx(1 / STIFFNESS_PER_COST)


def test_stiffness_by_hand() -> None:
    found = confinement("made-up", made_up(), parse_formula(NIMG))
    # Mean of 2 (1.0 - 0.8) and 2 (-0.9 + 1.0) is 0.3 eV, and 0.02 eV of mixing.
    assert found.stiffness.value == pytest.approx(12 * 0.32)
    assert found.stiffness.standard_error == pytest.approx(12 * 0.05)
    assert found.stiffness.systematic_error == pytest.approx(12 * 2 * 0.4)
    assert [c.cost for c in found.cations] == pytest.approx([0.2, 0.1])


@pytest.mark.parametrize("without", ["mixing_energy", "MgO", "Ni"])
def test_without_a_row_there_is_no_stiffness_but_a_reason(without: str) -> None:
    found = confinement("made-up", made_up(without=without), parse_formula(NIMG))
    assert found.stiffness.value is None
    assert found.stiffness.why


def test_without_standard_errors_none_is_claimed() -> None:
    table = made_up()
    table = replace(table, rows=tuple(replace(row, standard_error=None) for row in table.rows))
    stiffness = confinement("made-up", table, parse_formula(NIMG)).stiffness
    assert stiffness.value is not None
    assert stiffness.standard_error is None


def test_sulfide_voltages_are_needed_where_there_is_sulfur() -> None:
    composition = parse_formula("Ni0.5Mg0.5O0.9S0.1")
    found = confinement("made-up", made_up(), composition)
    assert found.stiffness.value is None
    assert "NiS" in found.stiffness.why
    assert found.cations[0].bulk is not None
    assert found.cations[0].bulk.subject == "NiO"


@pytest.mark.parametrize(
    ("formula", "ion", "matches"),
    [
        ("Mg50Ni50O100", "Na", True),
        ("Ni0.502Mg0.498O", "Na", True),
        (NIMG, "Li", False),
        ("Ni0.6Mg0.4O", "Na", False),
        ("Ni0.5Mg0.5O0.9S0.1", "Na", False),
        ("NiO", "Na", False),
    ],
)
def test_a_table_is_chosen_by_shares_and_ion(formula: str, ion: str, matches: bool) -> None:
    found = matching_tables(parse_formula(formula), ion, tables={"made-up": made_up()})
    assert bool(found) is matches


def of_table(name: str) -> tuple[PotentialTable, Composition]:
    table = potential_table(name)
    return table, parse_formula(table.formula)


@pytest.mark.parametrize("name", shipped_tables())
def test_a_shipped_table_speaks_of_its_own_composition(name: str) -> None:
    table, composition = of_table(name)
    assert name in matching_tables(composition, table.ion)
    for found in what_atoms_say(composition, table.ion):
        for cation in found.cations:
            assert cation.displacement in found.table.rows
            assert cation.bulk is None or cation.bulk in found.table.rows


def test_nothing_is_said_of_a_composition_without_a_table() -> None:
    assert what_atoms_say(parse_formula("Fe0.5Mn0.5O"), "K") == ()


@pytest.mark.parametrize(
    ("value", "error", "inside"),
    [(5.0, 0.1, True), (12.0, 1.0, False), (12.0, 3.0, True), (-8.0, 9.0, False)],
)
def test_an_estimate_agrees_within_its_error(value: float, error: float, inside: bool) -> None:
    estimate = StiffnessEstimate(value=value, standard_error=error, systematic_error=None, why="")
    assert stiffness_inside(estimate, low=2.5, high=10.0) is inside
    assert stiffness_inside(replace(estimate, value=None), low=2.5, high=10.0) is None

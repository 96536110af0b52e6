from __future__ import annotations

import contextlib

import pytest

from topotaxy.energetics import (
    assumptions_with,
    atoms_document,
    lattice_energies,
    lattice_inputs,
    potential_table,
)
from topotaxy.energetics.inputs import LABELS, LatticeInput
from topotaxy.errors import InputError
from topotaxy.material import FARADAY, formation_gibbs, parse_formula
from topotaxy.tables import read_table

HEO = "Mg0.2Co0.2Ni0.2Cu0.2Zn0.2O"
HEOS = "Mg0.2Co0.2Ni0.2Cu0.2Zn0.2O0.89S0.11"


def inputs(formula: str = HEOS, ion: str = "Na") -> tuple[LatticeInput, ...]:
    return lattice_inputs(parse_formula(formula), ion, 298.15)


def cells_of(row: str) -> dict[str, str]:
    """The row of a table that ``package/tables/table.csv: a-b`` names."""
    place, _, key = row.partition(": ")
    package, _, table = place.removesuffix(".csv").partition("/tables/")
    found = [
        cells
        for cells in read_table(f"topotaxy.{package}", table)
        if list(cells.values())[: key.count("-") + 1] == key.split("-")
    ]
    assert found, row
    return found[0]


def numbers(cells: dict[str, str]) -> list[float]:
    found = []
    for text in cells.values():
        with contextlib.suppress(ValueError):
            found.append(float(text))
    return found


@pytest.mark.parametrize(
    ("formula", "ion"), [(HEOS, "Na"), ("NiO", "Li"), ("CuO0.9F0.1", "K"), ("FeO", "Na")]
)
def test_every_number_is_found_in_the_row_it_names(formula: str, ion: str) -> None:
    for entry in inputs(formula, ion):
        if entry.label == "check":
            name, _, words = entry.row.partition(": ")
            number = potential_table(name).number(*words.split(maxsplit=2))
            assert number is not None
            assert number.value == entry.value
            continue
        cells = cells_of(entry.row)
        assert cells["source"] == entry.source
        if entry.name == "formation_gibbs":
            assert entry.value == formation_gibbs(entry.subject)
        else:
            assert entry.value in numbers(cells)


@pytest.mark.parametrize("ion", ["Li", "Na", "K"])
def test_ranges_labels_and_sources(ion: str) -> None:
    for entry in inputs(ion=ion):
        assert entry.label in LABELS
        assert entry.source
        assert entry.meaning
        assert (entry.low is None) == (entry.high is None)
        if entry.low is not None and entry.high is not None:
            assert entry.low <= entry.value <= entry.high
    names = [(entry.name, entry.subject, entry.row) for entry in inputs(ion=ion)]
    assert len(set(names)) == len(names)


def test_the_energies_of_the_lattice_follow_from_the_listed_rows() -> None:
    composition = parse_formula(HEO)
    energies = lattice_energies(composition, "Na", 298.15)
    listed = {(e.name, e.subject): e.value for e in lattice_inputs(composition, "Na", 298.15)}
    nickel = energies.species.index("Ni")
    assert 6 * energies.cation_bond[nickel, 2, 0] == pytest.approx(listed["formation_gibbs", "NiO"] / FARADAY)
    assert 8 * energies.alkali_bond[0] == pytest.approx(listed["formation_gibbs", "Na2O"] / FARADAY)
    assert energies.valence_stiffness == listed["valence_stiffness", ""]


def test_every_parameter_of_the_model_is_listed() -> None:
    listed = {entry.name for entry in inputs() if not entry.subject}
    assert set(assumptions_with()) <= listed


def test_an_override_points_at_the_specification() -> None:
    found = lattice_inputs(parse_formula("NiO"), "Na", 298.15, overrides={"cation_barrier": 1.05})
    (entry,) = (e for e in found if e.name == "cation_barrier")
    assert (entry.value, entry.label, entry.row) == (1.05, "imposed", "lattice.parameters.cation_barrier")
    with pytest.raises(InputError, match="unknown parameter"):
        lattice_inputs(parse_formula("NiO"), "Na", 298.15, overrides={"barrier": 1.0})


def test_no_number_from_a_potential_enters_the_energies() -> None:
    # The valence stiffness that a table asks for is a check: one K holds for all materials.
    stiffness = assumptions_with()["valence_stiffness"].value
    assert lattice_energies(parse_formula(HEO), "Na", 298.15).valence_stiffness == stiffness
    assert all(e.label == "check" for e in inputs() if e.name == "displacement_voltage")


def test_what_atoms_say_is_plain_data_or_a_sentence() -> None:
    absent = atoms_document([parse_formula("FeO"), parse_formula("MnO")], "K", (2.5, 10.0))
    assert absent["tables"] == []
    assert "FeO, MnO with K" in str(absent["absent"])

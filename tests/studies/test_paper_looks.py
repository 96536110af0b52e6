"""Small virtual looks at an electrode: what is put in comes back, and a second look reads the folder."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from topotaxy.specimen.builders import rock_salt
from topotaxy.studies.electrodes import Electrode
from topotaxy.studies.paper_looks import balance, energy_loss, pristine_cell, spots_seen

FORMULA = "Mg0.2Co0.2Ni0.2Cu0.2Zn0.2O0.89S0.11"


@pytest.fixture(scope="module")
def electrode() -> Electrode:
    crystal = rock_salt(FORMULA, 3, seed=3)
    states = dict.fromkeys(("pristine", "discharged", "charged"), (crystal,))
    return Electrode(name="made", formula=FORMULA, ion="Na", states=states)


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_the_pattern_of_a_crystal_gives_back_its_cell_and_is_taken_once(tmp_path: Path) -> None:
    """Within four standard deviations: a risk of 6e-5."""
    first = pristine_cell("NiO", tmp_path / "made-here")
    cell = next(o for o in first if o.quantity == "lattice_parameter")
    true = rock_salt("NiO", 4, seed=1).unit_cell_or_raise()
    assert cell.uncertainty is not None
    sigma = (cell.uncertainty**2 + (cell.systematic or 0.0) ** 2) ** 0.5
    assert abs(cell.value - true) < 4.0 * sigma
    assert cell.value == pytest.approx(true, rel=2e-3)
    kept = files(tmp_path / "made-here")
    assert pristine_cell("NiO", tmp_path / "made-here") == first
    assert files(tmp_path / "made-here") == kept


def test_a_balance_gives_back_the_sulfur(electrode: Electrode, tmp_path: Path) -> None:
    found = balance(electrode, tmp_path)
    sulfur = next(o for o in found if o.quantity == "anion_fraction" and o.subject.element == "S")
    counts = electrode.states["pristine"][0].counts()
    # The shares of the metals in so small a box are not those of the formula, which the analysis goes by.
    assert sulfur.value == pytest.approx(counts["S"] / (counts["O"] + counts["S"]), abs=0.01)
    kept = files(tmp_path)
    assert balance(electrode, tmp_path) == found
    assert files(tmp_path) == kept


def test_states_that_are_one_specimen_have_white_lines_like_the_pristine_one(
    electrode: Electrode, tmp_path: Path
) -> None:
    found = energy_loss(electrode, tmp_path)
    lines = [o for o in found if o.quantity == "white_line_intensity" and o.state == "discharged"]
    assert lines
    for line in lines:
        assert line.uncertainty is not None
        assert line.systematic is not None
        assert abs(line.value - 1.0) < 4.0 * math.hypot(line.uncertainty, line.systematic)
    assert {path.name.split("-")[1] for path in tmp_path.iterdir()} == {"pristine", "discharged", "charged"}


def test_an_image_of_rock_salt_along_an_edge_shows_its_spots_alone(
    electrode: Electrode, tmp_path: Path
) -> None:
    """Along a cube edge an fcc lattice shows reflections (hk0) with h and k even, and no other."""
    found = spots_seen(electrode, tmp_path)
    assert set(found) == {"pristine", "discharged", "charged"}
    for spots in found.values():
        assert {phase for phase, _ in spots} == {"rock salt"}
        for _, reflection in spots:
            *even, last = sorted((int(i) for i in reflection.strip("()").split(",")), reverse=True)
            assert last == 0
            assert all(index % 2 == 0 for index in even)
    assert spots_seen(electrode, tmp_path) == found

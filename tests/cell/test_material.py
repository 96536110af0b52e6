"""What a material's parameters rest on: learned on itself, carried over, or priors alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from tests.cell.drawn import GRID, draw_table

from topotaxy.cell.cycled import COLUMNS
from topotaxy.cell.cycling import Leg
from topotaxy.cell.draws import write_draws
from topotaxy.cell.fast import FastCell
from topotaxy.cell.material import cell_material, material_names, material_of
from topotaxy.cell.posterior import load_posterior
from topotaxy.cell.priors import priors
from topotaxy.errors import InputError


@pytest.mark.parametrize("name", material_names())
def test_materials_that_ship_are_on_the_posterior_of_their_draws(name: str) -> None:
    material = cell_material(name)
    posterior = load_posterior(material.posterior)
    assert material.basis == "learned"
    assert material.draw_index == int(posterior.values(posterior.central)["draw"])
    for p in priors():
        if p.ion in ("", material.ion):
            assert p.low <= material.learned[p.name] * (1 + 1e-6)
            assert material.learned[p.name] <= p.high * (1 + 1e-6)


def test_another_material_gets_them_carried_over_and_named_so(tmp_path: Path) -> None:
    write_draws(draw_table(), tmp_path / "mine.npz")
    material = cell_material(f"{tmp_path}/mine-na")
    assert material.basis == "transferred"
    assert material.draw_index == 0
    assert material.learned == cell_material("heos-na").learned


@pytest.mark.parametrize("plateau", [0.2, 0.6, 1.0])
def test_a_fresh_electrode_gives_back_no_more_than_it_took(plateau: float) -> None:
    """Alkali is conserved: with a first branch below the stores' potentials, none is in them at the start."""
    table = draw_table()
    branches = table.branches.copy()
    branches[:, :, 0] = plateau - 0.1 * GRID
    material = material_of(replace(table, branches=branches), "", "Na", name="low")
    found = FastCell(draw=material.draw, values=material.values()).cycle([Leg(cycles=1, current=0.1)])
    row = dict(zip(COLUMNS, found.rows[0], strict=True))
    assert 0.5 * row["discharge"] < row["charge"] < row["discharge"]
    assert (material.draw.first_discharge[1:] == branches[0, 0, 0, 1:]).all()


def test_unknown_names_and_overrides_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="heos-na"):
        cell_material("../heos-na")
    (tmp_path / "bad.npz").write_bytes(b"PK")
    with pytest.raises(InputError, match="not a table of draws"):
        cell_material(f"{tmp_path}/bad-na")
    with pytest.raises(InputError, match="unknown cell parameter 'size'"):
        cell_material("heos-na").values({"size": 1.0})

"""Campaigns of draws: what is varied, how energies move, and that a stopped campaign goes on."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose

from topotaxy.cell.draws import read_draws, write_draws
from topotaxy.constants import FARADAY
from topotaxy.energetics import lattice_energies
from topotaxy.errors import InputError
from topotaxy.material import electrode_composition
from topotaxy.runs.draw_campaign import Protocol, campaign
from topotaxy.runs.draw_inputs import drawn_energies, lattice_ranges, sampled_inputs
from topotaxy.runs.draw_table import provenance_of, table_of
from topotaxy.spec import load_spec
from topotaxy.studies import draws

SODIUM, LITHIUM = load_spec("nio-na"), load_spec("nio-li")
SMALL = Protocol(cells=4, replicas=1, slow_cycles=2, fast_cycles=2)


def test_ranges_are_those_of_the_lattice_and_no_caps() -> None:
    ranges = {r.key: r for r in lattice_ranges([SODIUM, LITHIUM])}
    assert {"redox_rate", "matrix_pressure", "formation_gibbs NiO"} <= set(ranges)
    assert not [key for key in ranges if key.endswith("_per_electron")]
    assert all(r.low <= r.value <= r.high and r.low < r.high for r in ranges.values())
    assert ranges["redox_rate"].scale == "log"
    assert ranges["matrix_pressure"].scale == "linear"


def test_draws_lie_in_their_ranges_and_begin_as_shipped() -> None:
    ranges = lattice_ranges([SODIUM])
    found = list(sampled_inputs(ranges, 40, 3))
    assert found[0] == {r.key: r.value for r in ranges}
    for r in ranges:
        values = np.array([row[r.key] for row in found[1:]])
        assert values.min() >= r.low * (1 - 1e-5) - 1e-9
        assert values.max() <= r.high * (1 + 1e-5) + 1e-9
        assert len(set(values)) == 39
    assert list(sampled_inputs(ranges, 10, 3)) == found[:10]  # a longer campaign goes on


def test_formation_energy_moves_the_voltage_of_its_cation_alike_with_every_alkali() -> None:
    """One kJ/mol on NiO: 1/(2F) volt on the couple, whatever the alkali."""
    for spec in (SODIUM, LITHIUM):
        inputs = {r.key: r.value for r in lattice_ranges([spec])}
        plain = drawn_energies(spec, inputs)
        shipped = lattice_energies(electrode_composition(spec.electrode), spec.cell.ion, 298.15)
        assert_allclose(plain.cation_bond, shipped.cation_bond, rtol=1e-12)
        inputs["formation_gibbs NiO"] += 9648.5
        moved = drawn_energies(spec, inputs)
        assert 6.0 * (moved.cation_bond - plain.cation_bond)[0, 2, 0] == pytest.approx(9648.5 / FARADAY)
        assert 6.0 * (moved.cation_bond - plain.cation_bond)[0, 1, 0] == pytest.approx(4824.25 / FARADAY)


def test_other_materials_and_composites_are_refused() -> None:
    with pytest.raises(InputError, match="one single-phase material"):
        campaign("x", [SODIUM, load_spec("coo-li")], draws=1)
    with pytest.raises(InputError, match="one specification an alkali"):
        campaign("x", [SODIUM, SODIUM], draws=1)
    with pytest.raises(InputError, match="at least one"):
        campaign("x", [SODIUM], draws=0)


def test_a_stopped_campaign_goes_on_and_its_table_reads_back(tmp_path: Path) -> None:
    plan = campaign("nio", [SODIUM, LITHIUM], draws=2, protocol=SMALL)
    rows = draws.run_draws(plan, tmp_path)
    (tmp_path / "draw-0001.json").unlink()
    told: list[int] = []
    again = draws.run_draws(plan, tmp_path, progress=lambda done, total: told.append(done))
    assert told == [2]
    assert json.dumps(again) == json.dumps(rows)
    table = table_of(plan, rows, provenance_of(plan, rows))
    write_draws(table, tmp_path / "nio.npz")
    back = read_draws((tmp_path / "nio.npz").read_bytes(), where="nio")
    assert back.ions == ("Na", "Li")
    assert len(back) == 2
    # Two electrons of NiO are 718 mAh/g; nothing takes more, and lithium reaches nearly all.
    assert (back.capacity <= 718.0).all()
    assert back.capacity[0, 1] > 650.0
    assert back.branches[0, 1, 0].mean() > back.branches[0, 0, 0].mean()  # Li binds more strongly than Na
    other = campaign("nio", [SODIUM, LITHIUM], draws=2, seed=2, protocol=SMALL)
    with pytest.raises(InputError, match="another campaign"):
        draws.run_draws(other, tmp_path)
    (tmp_path / "draw-0000.json").write_text("{")
    with pytest.raises(InputError, match="not a draw"):
        draws.run_draws(plan, tmp_path)

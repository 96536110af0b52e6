from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from topotaxy.material import parse_formula, theoretical_capacity
from topotaxy.runs.charge_budget import active_capacity, budget_of, interface_per_gram
from topotaxy.spec import Spec, load_spec


def test_interfaces_per_gram_follow_from_those_per_cation() -> None:
    # One nm² for each Ni of NiO, 74.69 g/mol: N_A × 1e-18 m² / M.
    assert interface_per_gram(parse_formula("NiO"), 1.0) == pytest.approx(6.02214076e5 / 74.692, rel=1e-4)
    assert interface_per_gram(parse_formula("Ni2O2"), 1.0) == pytest.approx(
        interface_per_gram(parse_formula("NiO"), 1.0)
    )


def test_the_active_couples_are_those_claimed_or_inside_the_window() -> None:
    heos = load_spec("heos-na")
    composition = parse_formula(heos.electrode.formula)
    assert active_capacity(heos, composition) == pytest.approx(447.0, abs=1.0)
    nio = load_spec("nio-na")
    whole = theoretical_capacity(2.0, 74.692)
    assert active_capacity(nio, parse_formula("NiO")) == pytest.approx(whole, rel=1e-4)
    magnesia = Spec.model_validate({"name": "x", "electrode": {"formula": "MgO"}, "cell": {"ion": "Na"}})
    assert active_capacity(magnesia, parse_formula("MgO")) == 0.0


def test_the_interface_of_the_lattice_replaces_the_estimate() -> None:
    spec = load_spec("nio-na")
    composition = parse_formula("NiO")
    capacity = xr.Dataset(
        {
            name: (("replica", "cycle"), np.full((2, 1), 700.0))
            for name in ("discharge_capacity", "charge_capacity")
        }
    )
    estimated = budget_of(spec, composition, capacity)
    area = xr.DataArray(
        np.array([[[0.04, 0.0]], [[0.06, 0.0]]]),
        dims=("replica", "cycle", "state"),
        coords={"state": ["discharged", "charged"]},
    )
    found = budget_of(spec, composition, capacity.assign(interface_area=area))
    assert "interface_area" not in estimated.attrs
    assert found.attrs["interface_area"] == pytest.approx(interface_per_gram(composition, 0.05))
    term = found.sel(term="interfacial storage")
    assert float(term.low) < float(term.capacity) < float(term.high)
    assert float(term.capacity) == pytest.approx(found.attrs["interface_area"] * 0.4 / 3.6)

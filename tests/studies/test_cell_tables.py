from __future__ import annotations

import math

import pytest

from topotaxy.cell.branches import branches_from_json, branches_to_json
from topotaxy.errors import InputError
from topotaxy.spec import load_spec
from topotaxy.studies.cell_tables import cell_tables


def test_a_table_of_its_own_from_a_small_lattice() -> None:
    table = cell_tables(load_spec("nio-na"), cells=4, cycles=2, replicas=2)
    assert branches_from_json(branches_to_json(table), where="nio-na") == table
    assert table.formula == "NiO"
    # NiO has no inert cation: what is taken cannot exceed two electrons.
    assert 0.5 * 717.7 < table.capacity <= 717.7
    assert table.density == pytest.approx(6.67, rel=0.05)
    assert math.isfinite(table.nucleation.scale)
    assert 0.0 <= table.trapping.ultimate <= 1.0
    assert table.provenance["made_by"].endswith("nio-na")


def test_a_composite_has_no_one_table() -> None:
    with pytest.raises(InputError, match="composite"):
        cell_tables(load_spec("composite-na"))

from __future__ import annotations

from topotaxy.results.schema import schema_of
from topotaxy.specimen.kept import VARIABLES


def test_what_keeps_the_specimens_is_declared_as_it_is_written() -> None:
    declared = schema_of("run").of("specimens", "variable")
    assert {name: (e.dims, e.units, e.meaning) for name, e in declared.items()} == {
        name: (dims, units, meaning) for name, (dims, _, units, meaning) in VARIABLES.items()
    }

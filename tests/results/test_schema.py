from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from topotaxy.results.schema import schema_of, schema_table

DOCUMENT = Path(__file__).parents[2] / "docs" / "run-dataset.md"
REGENERATE = "python -m topotaxy.results > docs/run-dataset.md"


def small(**changed: object) -> xr.DataTree:
    """A dataset of the cell's schema with one cycle."""
    schema = schema_of("cell")
    types = {"float": 1.0, "int": 1, "text": "a"}
    attrs = {e.name: types[e.type] for e in schema.of("", "attribute").values()}
    groups = {"/": xr.Dataset(attrs=attrs)}
    for group in schema.groups:
        data = {
            e.name: np.full((1,) * len(e.dims), types[e.type])
            for e in schema.of(group, "variable", "coordinate").values()
        }
        groups[f"/{group}"] = schema.dataset(group, data)
    return xr.DataTree.from_dict(groups)


def test_a_dataset_made_by_the_schema_has_no_fault() -> None:
    assert schema_of("cell").faults(small()) == []


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda d: d.drop_vars("current"), "/cycles has no variable current"),
        (lambda d: d.assign(more=("cycle", [1.0])), "/cycles/more is not declared"),
        (lambda d: d.assign(current=d["current"].assign_attrs(units="A")), "/cycles/current is in 'A'"),
        (lambda d: d.assign(current=d["current"].astype(int)), "expected float"),
        (lambda d: d.assign(current=d["current"].expand_dims("replica")), "where cycle belong"),
        (lambda d: d.assign_attrs(colour="red"), "/cycles/colour is not declared"),
    ],
)
def test_every_departure_is_named(change: object, fault: str) -> None:
    tree = small()
    dataset = change(tree["cycles"].to_dataset())  # type: ignore[operator]
    tree["cycles"] = xr.DataTree(dataset)
    assert any(fault in found for found in schema_of("cell").faults(tree))


def test_a_group_that_is_missing_is_named() -> None:
    tree = small()
    del tree["curves"]
    assert schema_of("cell").faults(tree) == ["there is no group /curves"]


@pytest.mark.parametrize("kind", ["run", "cell"])
def test_every_line_says_what_it_is(kind: str) -> None:
    for entry in schema_of(kind).entries:
        assert entry.meaning
        assert entry.units or entry.type in {"text", "bool", "int"}, entry.name
        assert entry.kind == "attribute" or entry.dims, entry.name


@pytest.mark.skipif(not DOCUMENT.is_file(), reason="the documents are not beside these tests")
def test_the_documentation_is_the_declaration() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    for kind in ("run", "cell"):
        assert schema_table(schema_of(kind)) in text, f"the schema changed; run: {REGENERATE}"


def test_the_made_up_run_of_the_reports_tests_follows_the_schema(tmp_path: Path) -> None:
    from topotaxy.results import read_dataset

    sys.path.insert(0, str(Path(__file__).parents[1] / "report"))
    try:
        from synthetic_run import write_run
    finally:
        sys.path.pop(0)
    assert schema_of("run").faults(read_dataset(write_run(tmp_path / "run") / "run.nc")) == []

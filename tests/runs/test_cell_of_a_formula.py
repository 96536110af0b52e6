"""A cell straight from a formula, by the Python face and by the command line: one table for both."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import topotaxy
from topotaxy.cell.draws import DrawTable
from topotaxy.cell.material import cell_material
from topotaxy.cell.numbers import cell_values
from topotaxy.cell.priors import priors
from topotaxy.cell.section import CellSection
from topotaxy.cli import main
from topotaxy.errors import InputError
from topotaxy.runs import lattice_material
from topotaxy.runs.cell_material import material_in
from topotaxy.runs.cell_run import _of_alkali
from topotaxy.spec import Spec

DOCUMENT: dict[str, Any] = {
    "name": "own",
    "cell": {"material": "Ni0.8Mg0.2O", "ion": "Li"},
    "step": [{"current": "C/2", "cycles": 1}],
}
TEXT = 'name = "own"\n[cell]\nmaterial = "Ni0.8Mg0.2O"\nion = "Li"\n[[step]]\ncurrent = "C/2"\ncycles = 1\n'


@pytest.fixture(scope="module", autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("cache")
    before = os.environ.get("XDG_CACHE_HOME")
    os.environ["XDG_CACHE_HOME"] = str(folder)
    yield folder / "topotaxy" / "draws"
    if before is None:
        del os.environ["XDG_CACHE_HOME"]
    else:
        os.environ["XDG_CACHE_HOME"] = before


@pytest.fixture(scope="module")
def tree(cache: Path) -> Any:
    return topotaxy.simulate(DOCUMENT)


def test_a_document_of_a_cell_is_simulated_from_python(tree: Any, cache: Path) -> None:
    assert tree.attrs["schema"].startswith("topotaxy/")
    assert (tree.attrs["formula"], tree.attrs["ion"]) == ("Ni0.8Mg0.2O", "Li")
    assert tree.attrs["material"] == "Ni0.8Mg0.2O"
    # Two electrons of Ni0.8Mg0.2O, 67.82 g/mol: 632 mAh/g of nickel, 790 with magnesium.
    assert 400.0 < tree["lattice"].attrs["capacity"] < 790.5
    assert len(list(cache.glob("*.npz"))) == 1


def test_the_command_line_takes_the_same_table_and_says_where_it_is_from(
    tree: Any, cache: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (kept,) = cache.iterdir()
    written = kept.stat().st_mtime_ns
    (tmp_path / "own.toml").write_text(TEXT, encoding="utf-8")
    out = tmp_path / "run"
    command = ["simulate", str(tmp_path / "own.toml"), "--out", str(out), "--json"]
    assert main(command) == 0
    captured = capsys.readouterr()
    assert "tables of" not in captured.err
    assert kept.stat().st_mtime_ns == written
    observed = json.loads(captured.out)["observables"]
    (found,) = (o["value"] for o in observed if o["quantity"] == "specific_capacity_discharge")
    assert found == pytest.approx(float(tree["cycles"]["discharge_capacity"][0]), rel=1e-9)
    provenance = json.loads((out / "provenance.json").read_text(encoding="utf-8"))
    assert provenance["parameters_are"] == "transferred"
    assert provenance["branches"]["digest"].startswith(kept.stem.rpartition("-")[2])
    assert {p["label"] for p in provenance["parameters"]} <= {"imposed", "handbook"}
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "Ni0.8Mg0.2O with Li, one draw" in page
    assert "carried over from" in page
    assert main([*command, "--resume"]) == 0


def test_what_is_begun_is_told_unless_one_wants_it_quiet(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def stub(spec: Spec, *, progress: Any = None) -> DrawTable:
        for done in range(4):
            progress(done, 18, f"tables of {spec.electrode.formula} with {spec.cell.ion}")
        raise KeyboardInterrupt("enough")

    monkeypatch.setattr("topotaxy.runs.cell_material.lattice_table", stub)
    (tmp_path / "own.toml").write_text(TEXT, encoding="utf-8")
    command = ["simulate", str(tmp_path / "own.toml"), "--out", str(tmp_path / "run")]
    assert main(command) == 130
    told, ended = capsys.readouterr().err.splitlines()
    assert told.startswith("tables of Ni0.8Mg0.2O with Li: 18 cycles of the lattice")
    assert ended == "interrupted: enough"
    assert main([*command, "--quiet"]) == 130
    assert capsys.readouterr().err == "interrupted: enough\n"
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (TEXT.replace("Ni0.8Mg0.2O", "SnO"), "Sn in SnO: the reactive lattice holds"),
        (TEXT.replace('ion = "Li"\n', ""), "needs its alkali"),
        (TEXT.replace('"Li"', '"K"'), "no value of film_diffusivity, film_store, carbon_store, alloy_share"),
        (
            TEXT.replace("[[step]]", "[cell.parameters]\nsize = 1.0\n[[step]]"),
            "unknown cell parameter 'size'",
        ),
        (TEXT.replace("Ni0.8Mg0.2O", "composite-na").replace('"Li"', '"Na"'), "one single-phase material"),
    ],
)
def test_refusals_are_one_line_and_leave_nothing(
    text: str, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "own.toml").write_text(text, encoding="utf-8")
    assert main(["simulate", str(tmp_path / "own.toml"), "--out", str(tmp_path / "run")]) == 2
    said = capsys.readouterr().err.strip().splitlines()
    assert words in said[-1]
    assert len(said) == 1
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("ion", ["Li", "Na", "K"])
def test_a_cell_with_any_alkali_has_every_parameter_among_its_inputs(ion: str) -> None:
    given = dict.fromkeys(("film_diffusivity", "film_store", "carbon_store", "alloy_share"), 1.0)
    values = cell_values(ion, given)
    assert {p.name for p in _of_alkali(ion)} == {p.name for p in priors()} <= set(values)
    assert all(values[name] == 1.0 for name in given)


def test_a_name_makes_no_material_the_one_of_a_posterior(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A specification may be called as the draws that a posterior is on."""
    from topotaxy.cell.draws import load_draws

    monkeypatch.setattr("topotaxy.runs.cell_material.lattice_table", lambda *_, **__: load_draws("heos"))
    spec = Spec(name="heos", formula="NiO", ion="Na")
    material = material_in(CellSection(material="heos.toml", specification=spec))
    assert (material.basis, material.draw_index) == ("transferred", 0)
    assert material.learned == cell_material("heos-na").learned


def test_a_material_of_ones_own_for_python(tree: Any) -> None:
    material = lattice_material("Ni0.8Mg0.2O", ion="Li")
    assert (material.formula, material.ion, material.basis) == ("Ni0.8Mg0.2O", "Li", "transferred")
    assert np.diff(material.draw.discharge).max() <= 1e-6
    with pytest.raises(InputError, match="formula needs its alkali"):
        lattice_material("NiO")


def test_options_of_the_lattice_are_none_of_a_cell() -> None:
    with pytest.raises(InputError, match="a cell has none"):
        topotaxy.simulate(DOCUMENT, cycles=2)
    with pytest.raises(InputError, match=r"^cell: step.0.current.0"):
        topotaxy.simulate({**DOCUMENT, "step": [{"current": "fast"}]})

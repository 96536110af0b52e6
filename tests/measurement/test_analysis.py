"""Files of several techniques at once into one results folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import balance_files
import cycler_files
import pytest
import xarray as xr

from topotaxy.errors import InputError
from topotaxy.measurement.analysis import analysed_files, document, write_results
from topotaxy.measurement.pages import files_title, page_of
from topotaxy.measurement.results_folder import whole_folder
from topotaxy.measurement.sample import Given, Sample
from topotaxy.observables import from_csv, from_json


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    """Two cells and a balance's file between them."""
    made = {
        "one.csv": cycler_files.bdf_csv(),
        "tga.txt": balance_files.netzsch(),
        "two.csv": cycler_files.neware_csv(),
    }
    return [balance_files.written(tmp_path, name, data) for name, data in made.items()]


def given(**shared: Any) -> Given:
    return Given(sample=Sample(name="batch 3", state="pristine"), shared=shared)


FULL = Sample(name="b", state="charged", cycle=3)


@pytest.mark.parametrize(
    "sample",
    [Sample(), Sample(name="b"), Sample(state="charged"), Sample(cycle=3), FULL],
)
def test_what_is_said_of_a_sample_stands_in_every_number(files: list[Path], sample: Sample) -> None:
    found = analysed_files(files[1:2], Given(sample=sample)).observables
    assert found
    for o in found:
        assert (o.conditions.sample, o.state, o.conditions.cycle) == (sample.name, sample.state, sample.cycle)


@pytest.mark.parametrize(
    ("sources", "title"),
    [
        (["a.prj", "b.prj", "b.prj", "b.prj"], "a.prj, b.prj"),
        (["a.txt: Ni 2p", "a.txt: survey"], "a.txt"),
        (["a", "b", "c", "d"], "a, b, c, d"),
        (["a", "b", "c", "d", "e", "a"], "a, b, c and 2 more files"),
    ],
)
def test_a_title_names_each_file_once(sources: list[str], title: str) -> None:
    assert files_title(sources) == title


def test_each_technique_has_its_part_and_masses_their_files(files: list[Path]) -> None:
    analysis = analysed_files(files, given(mass=["1mg", "2mg"], role="half-cell-anode"))
    assert [part.technique.name for part in analysis.parts] == ["cycling", "thermogravimetry"]
    assert [r.source for r in analysis.parts[0].records] == ["one.csv", "two.csv"]
    assert [r.mass for r in analysis.parts[0].records] == pytest.approx([1e-3, 2e-3])  # type: ignore[attr-defined]
    assert {o.conditions.sample for o in analysis.observables} == {"batch 3"}
    states = {o.technique: o.state for o in analysis.observables}
    assert states["thermogravimetry"] == "pristine"
    assert states["galvanostatic cycling"] is None


def test_one_folder_with_one_tree_and_one_table(files: list[Path], tmp_path: Path) -> None:
    analysis = analysed_files(files, given(mass=["1mg"]))
    with whole_folder(tmp_path / "out") as work:
        whole = write_results(analysis, work, version="0", options={"mass": ["1mg"]})
    out = tmp_path / "out"
    assert {p.name for p in out.iterdir()} == {
        "analysis.nc",
        "cycles.csv",
        "observables.csv",
        "observables.json",
        "provenance.json",
    }
    text = (out / "observables.json").read_text(encoding="utf-8")
    assert json.loads(text) == whole == document(analysis)
    assert from_json(text) == list(analysis.observables)
    assert from_csv((out / "observables.csv").read_text(encoding="utf-8")) == list(analysis.observables)
    with xr.open_datatree(out / "analysis.nc", engine="h5netcdf") as tree:
        assert set(tree.children) == {"cycling", "thermogravimetry"}
        assert set(tree["cycling"].children) == {"cell_0", "cell_1"}
        assert tree["thermogravimetry/record_0"]["mass"].attrs["units"] == "mg"
    provenance = json.loads((out / "provenance.json").read_text(encoding="utf-8"))
    assert provenance["techniques"]["thermogravimetry"]["plateau"] == 60.0
    assert [r["technique"] for r in provenance["records"]] == ["cycling", "cycling", "thermogravimetry"]


def test_the_page_of_two_techniques_keeps_their_sections_apart(files: list[Path]) -> None:
    page = page_of(analysed_files(files, given(mass=["1mg"], formula="NiO")))
    assert page.kind == "Cycling and Thermogravimetry"
    anchors = [section.anchor for section in page.sections]
    assert len(set(anchors)) == len(anchors)
    assert any(anchor.startswith("thermogravimetry-") for anchor in anchors)
    assert "tga.txt changes its mass by" in page.verdict
    assert len(page.main_figures()) == 2
    assert len({figure.name for figure in page.figures()}) == len(page.figures())
    (absent,) = next(s for s in page.sections if s.anchor == "not-computed").parts
    assert ("tga.txt", "anion fraction") in {row[:2] for row in absent.rows}
    assert page.provenance[0].rows[-1][:2] == ("tga.txt", "Thermogravimetry")


def test_one_technique_is_forced_on_all_files(files: list[Path]) -> None:
    with pytest.raises(InputError, match=r"one.csv: is no known export"):
        analysed_files(files, Given(), technique="thermogravimetry")
    with pytest.raises(InputError, match="no technique"):
        analysed_files(files, Given(), technique="alchemy")


def test_a_mapping_reads_what_no_format_knows(tmp_path: Path) -> None:
    path = balance_files.written(tmp_path, "cell.csv", b"t;U;I\n0;1.5;-1\n1800;1.0;-1\n3600;0.5;-1\n")
    mapping = tmp_path / "map.toml"
    mapping.write_text(
        '[columns]\ntest_time_second = "t"\nvoltage_volt = "U"\n'
        'current_ampere = {heading = "I", unit = "mA"}\n',
        encoding="utf-8",
    )
    analysis = analysed_files([path], Given(), mapping=mapping)
    assert analysis.parts[0].technique.name == "cycling"
    assert {o.quantity: o.value for o in analysis.observables}["capacity_discharge"] == pytest.approx(1.0)
    mapping.write_text('technique = "thermogravimetry"\n[columns]\nx = "t"\n', encoding="utf-8")
    with pytest.raises(InputError, match="no reader by a mapping"):
        analysed_files([path], Given(), mapping=mapping)

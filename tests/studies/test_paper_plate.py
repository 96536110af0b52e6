"""Transforms, domains and a twin of a paper's electrode: from files, named, and absent where these are."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from topotaxy.content.figure import Absent, Figure, ImagePanel, Panel
from topotaxy.errors import InputError
from topotaxy.studies import paper_microscopy
from topotaxy.studies.electrodes import Electrode, by_hand
from topotaxy.studies.paper_microscopy import CRYSTALS, resolved, twinned
from topotaxy.studies.paper_plate import PARTS, plate_figures


@pytest.fixture(scope="module")
def electrode() -> Electrode:
    return by_hand("intercalation", "Co0.5Ni0.5O", "Li", seed=3, cells=3, reacted=0.5)


@pytest.fixture(scope="module")
def folder(electrode: Electrode, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("plate")
    resolved(electrode, place)
    twinned(electrode, place)
    return place


@pytest.fixture(scope="module")
def figures(folder: Path) -> list[Figure | Absent]:
    return plate_figures(folder)


def test_every_part_is_a_figure_with_what_differs(figures: list[Figure | Absent]) -> None:
    assert len(figures) == len(PARTS)
    for figure, (name, title, differs) in zip(figures, PARTS.values(), strict=True):
        if name == "figure-4f-h" and isinstance(figure, Absent):
            continue  # an image of three cells may be too narrow for local transforms
        assert isinstance(figure, Figure), title
        assert (figure.name, figure.title) == (name, title)
        assert figure.caption.endswith(differs)


def test_transforms_are_of_the_electrode_and_not_of_the_twin(figures: list[Figure | Absent]) -> None:
    assert isinstance(figures[0], Figure)
    titles = [panel.title.partition(":")[0] for panel in figures[0].panels if isinstance(panel, ImagePanel)]
    assert titles == ["pristine", "discharged"]


def test_the_twin_has_the_boundary_that_was_built(figures: list[Figure | Absent]) -> None:
    """Mirror planes at z = 0 and half the height: one boundary, in the middle of the image."""
    assert isinstance(figures[-1], Figure)
    (panel,) = figures[-1].panels
    assert isinstance(panel, Panel)
    assert "boundaries: 1" in panel.title
    (marker,) = panel.markers
    # Places are from the middle; a plane is 0.24 nm.
    assert marker.at == pytest.approx(0.0, abs=0.25)


def test_files_that_are_there_are_kept(electrode: Electrode, folder: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in folder.glob("twin-*")}
    assert before
    twinned(electrode, folder)
    assert {path: path.stat().st_mtime_ns for path in folder.glob("twin-*")} == before
    oxide, alloy, salt = json.loads((folder / CRYSTALS).read_text(encoding="utf-8"))
    assert oxide.startswith("oxide=rock salt:4.2")
    assert (alloy, salt.partition("=")[0]) == (f"alloy=fcc:{paper_microscopy.METAL_EDGE}", "Li2O")


def test_without_files_each_part_says_so(tmp_path: Path) -> None:
    absent = plate_figures(tmp_path)
    assert all(isinstance(one, Absent) for one in absent)
    assert [str(one).count("Figure 4") for one in absent] == [1, 1, 1]


@pytest.mark.parametrize("text", ["{", '{"a": 1}', "[1, 2]"])
def test_a_list_that_is_none_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / CRYSTALS).write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="expected a list of lattices"):
        plate_figures(tmp_path)


def test_every_look_of_the_bench_indexes_with_the_error_that_its_microscope_draws(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Spots of a record within two deviations of the scale are found: one error for all looks."""
    from topotaxy.measurement.imaging import Microscope, plate
    from topotaxy.measurement.imaging.formats import berkeley
    from topotaxy.studies.virtual_bench import CALIBRATION

    told: list[float] = []
    view_of = plate.view_of

    def seen(*given: Any) -> Any:
        told.append(given[-1].scale_error)
        return view_of(*given)

    monkeypatch.setattr(plate, "view_of", seen)
    plate_figures(folder)
    assert told == [2.0 * CALIBRATION] * 2
    # Four deviations: one record in 16,000 lies beyond, and the seed is the study's own.
    step = Microscope().scan_step
    for path in folder.glob("*.emd"):
        assert berkeley.read(path, None)[0].pixel_size == pytest.approx([step, step], rel=4.0 * CALIBRATION)

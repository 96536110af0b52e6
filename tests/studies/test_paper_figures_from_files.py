"""Counterparts of a paper's figures from small files: what they hold is drawn, and what differs is said."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from topotaxy.content.figure import Absent, Figure, ImagePanel, Panel
from topotaxy.content.section import Items, Paragraph, Table
from topotaxy.measurement.absorption.formats import xdi
from topotaxy.measurement.absorption.record import AbsorptionRecord
from topotaxy.measurement.imaging.formats import berkeley
from topotaxy.measurement.imaging.record import checked
from topotaxy.studies.paper_figures import (
    FIGURES,
    STATES,
    alike_figure,
    edges_figure,
    images_figure,
    neighbours_figure,
    pattern_figure,
    profiles_figure,
    states_figure,
)
from topotaxy.studies.paper_images import resolved_figure
from topotaxy.studies.paper_page import CELLS_APART, NOT_THERE, figures_page, short_parts

EDGE = {"Ni": 8333.0, "Cu": 8979.0}


def spectrum(folder: Path, element: str, state: str, *, distance: float = 2.1, shift: float = 0.0) -> None:
    """An edge with the waves of one shell at a distance (Å): sin(2kR) falling with k."""
    e0 = EDGE[element] + shift
    energy = np.concatenate([np.arange(-150.0, -20.0, 5.0), np.arange(-20.0, 40.0, 0.5)])
    k = np.arange(math.sqrt(40.0 * 0.262468), 13.0, 0.05)
    energy = np.concatenate([energy, k**2 / 0.262468])
    wave = np.sqrt(np.maximum(energy, 0.0) * 0.262468)
    onset = 1.0 - np.exp(-((wave / 3.0) ** 4))
    chi = 0.8 * onset * np.sin(2.0 * wave * distance) * np.exp(-0.01 * wave**2) / np.maximum(wave, 1.0)
    mu = (0.5 + np.arctan(energy / 1.5) / np.pi) * (1.0 + chi)
    record = AbsorptionRecord(
        source="made",
        format="XDI",
        element=element,
        edge="K",
        energy_ev=e0 + energy,
        absorption=0.2 + mu,
        label=f"{element}, {state}",
        mode="transmission",
    )
    xdi.write(record, folder / f"e-{state}-{element}.xdi")


def pattern(folder: Path, state: str, counts: Callable[[np.ndarray], np.ndarray]) -> None:
    angle = np.arange(10.0, 30.0, 0.1)
    text = "\n".join(f"{a:.2f} {c:.1f}" for a, c in zip(angle, counts(angle), strict=True))
    (folder / f"e-{state}-diffraction.xy").write_text(
        f"# 2theta (deg) intensity\n# lambda1 = 0.62\n{text}\n", encoding="utf-8"
    )


def image(folder: Path, state: str, values: np.ndarray, stem: str = "e", pixel: float = 0.5) -> None:
    record = checked(
        values, (pixel, pixel), source="made", format="EMD", instrument="virtual microscope", kind="image"
    )
    berkeley.write(
        record, folder / (f"{stem}-{state}-imaging.emd" if stem == "e" else f"{stem}-{state}-0.emd")
    )


STRIPES = 100.0 + 50.0 * np.cos(2 * np.pi * np.arange(40) / 4.0)[None, :] * np.ones((30, 1))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Patterns and images of three states, spectra of two elements in two of them, and a foil."""
    place = tmp_path_factory.mktemp("files")
    for height, state in zip((900.0, 400.0, 600.0), STATES, strict=True):
        pattern(place, state, lambda a, h=height: 100.0 + h * np.exp(-((a - 20.0) ** 2)))  # type: ignore[misc]
        image(place, state, STRIPES * (1.0 if state == "pristine" else 3.0))
    for element in EDGE:
        spectrum(place, element, "pristine", distance=2.1)
        spectrum(place, element, "discharged", distance=2.5, shift=-1.5)
    spectrum(place, "Ni", "foil")
    for state in ("pristine", "discharged"):
        image(place, state, STRIPES[:20, :20], stem="resolved")
    return place


def panels(figure: Figure | Absent) -> list[Any]:
    assert isinstance(figure, Figure)
    return list(figure.panels)


def test_every_figure_is_there_with_a_reading_and_what_differs(folder: Path) -> None:
    found = [make(folder) for make in FIGURES]
    there = [figure for figure in found if isinstance(figure, Figure)]
    # No maps of elements were made.
    assert [figure.why for figure in found if isinstance(figure, Absent)] == [
        "Figure 1d: maps of the cations, pristine: the instruments' files of it are not there"
    ]
    assert len({figure.name for figure in there}) == len(FIGURES) - 1
    for figure in there:
        assert figure.reading
        assert figure.caption.startswith("What differs from the paper's: ")
        assert len(figure.caption) > 60
        assert figure.title.startswith("Figure")


def test_without_files_every_figure_says_that_they_are_not_there(tmp_path: Path) -> None:
    for make in FIGURES:
        found = make(tmp_path)
        assert isinstance(found, Absent)
        assert found.why.endswith("the instruments' files of it are not there")


def test_a_pattern_is_drawn_with_the_counts_of_its_file(folder: Path) -> None:
    (panel,) = panels(pattern_figure(folder))
    (line,) = panel.series
    assert line.name == "pristine"
    assert (line.x[0], line.y.max(), line.y.min()) == pytest.approx((10.0, 1000.0, 100.0))


def test_states_stand_above_each_other_on_one_scale(folder: Path) -> None:
    """Each over the highest count of all, and each 0.6 above the one before."""
    (panel,) = panels(states_figure(folder))
    assert [line.name for line in panel.series] == list(STATES)
    for place, (line, top) in enumerate(zip(panel.series, (1000.0, 500.0, 700.0), strict=True)):
        assert line.y.max() - 0.6 * place == pytest.approx(top / 1000.0)
        assert line.y.min() - 0.6 * place == pytest.approx(100.0 / 1000.0)
    assert panel.hide_y_numbers


def test_a_state_has_one_colour_in_every_figure(folder: Path) -> None:
    for make in (states_figure, edges_figure, neighbours_figure, profiles_figure):
        for panel in panels(make(folder)):
            assert all(line.colour == STATES[line.name] for line in panel.series)


def test_edges_are_drawn_by_element_with_their_derivatives_at_the_threshold(folder: Path) -> None:
    found = {panel.title: panel for panel in panels(edges_figure(folder))}
    assert set(found) == {"Ni K", "Cu K"}
    for element, threshold in EDGE.items():
        before, after = found[f"{element} K"].series
        assert [before.name, after.name] == ["pristine", "discharged"]
        assert before.x[np.argmax(before.y)] == pytest.approx(threshold, abs=1.0)
        # What is reduced lies lower.
        assert after.x[np.argmax(after.y)] == pytest.approx(threshold - 1.5, abs=1.0)


def test_transforms_peak_at_the_distances_that_are_in_the_waves(folder: Path) -> None:
    for panel in panels(neighbours_figure(folder)):
        assert {line.name for line in panel.series} == {"pristine", "discharged"}
        for line in panel.series:
            far, distance = line.x > 1.0, 2.1 if line.name == "pristine" else 2.5
            assert line.x[far][np.argmax(line.y[far])] == pytest.approx(distance, abs=0.06)
            # A window of 9 Å⁻¹ tells shells apart that are 0.4 Å from each other.
            aside = np.abs(np.abs(line.x - distance) - 0.4) < 0.03
            assert line.y[aside].max() < 0.3 * line.y[far].max()
            assert line.x.max() <= 4.5


def test_only_the_states_that_are_asked_for_are_drawn(folder: Path) -> None:
    for panel in panels(neighbours_figure(folder, ("discharged",))):
        assert [line.name for line in panel.series] == ["discharged"]
    (panel,) = panels(alike_figure(folder))
    assert {line.name for line in panel.series} == {"Ni K", "Cu K"}
    assert len({line.colour for line in panel.series}) == 2
    one, other = panel.series
    # The same surroundings give the same transform.
    assert one.y == pytest.approx(other.y, abs=0.05 * one.y.max())


def test_images_have_their_size_in_nanometres(folder: Path) -> None:
    found = panels(images_figure(folder))
    assert [panel.title for panel in found] == list(STATES)
    for panel in found:
        assert isinstance(panel, ImagePanel)
        # 40 by 30 pixels of half an ångström.
        assert panel.x_range == (0.0, pytest.approx(2.0))
        assert panel.y_range == (0.0, pytest.approx(1.5))
        assert panel.scale_bar == (1.0, "1 nm")
    assert found[0].values == pytest.approx(STRIPES)


def test_a_profile_is_the_row_over_its_mean_whatever_the_brightness(folder: Path) -> None:
    (panel,) = panels(profiles_figure(folder))
    assert isinstance(panel, Panel)
    for place, line in enumerate(panel.series):
        assert line.y - place == pytest.approx(STRIPES[0] / STRIPES[0].mean())
        assert line.x == pytest.approx(0.05 * np.arange(40))


def test_high_resolution_images_are_of_two_states(folder: Path) -> None:
    found = panels(resolved_figure(folder))
    assert [panel.title for panel in found] == ["pristine", "discharged"]
    assert found[0].x_range == (0.0, pytest.approx(1.0))


# --- the page


def row(name: str, agrees: bool | None, label: str | None = "imposed", **more: Any) -> dict[str, Any]:
    return {
        "name": name,
        "stated": "so much",
        "computed_text": "" if agrees is None else "as much",
        "agrees": agrees,
        "label": None if agrees is None else label,
        "why": "a reason",
        **more,
    }


ROWS = [
    row("a", True),
    row("b", False),
    row("c", True, "held-out"),
    row("d", True, "held-out"),
    row("e", False, "handbook"),
    row("f", None),
    row("g", None, computed_text=None),
]


def test_the_verdict_counts_what_could_be_compared_and_what_not(tmp_path: Path) -> None:
    page = figures_page("A paper", tmp_path, ROWS)
    assert page.verdict == (
        "3 of 5 claims that could be computed agree; 2 of 7 could not be computed: there is no virtual "
        "instrument for them, or nothing in its data bears on them."
    )
    assert {number.name: number.value for number in page.key_numbers} == {
        "held-out": "2 of 2",
        "imposed": "1 of 2",
        "handbook": "0 of 1",
    }
    assert page.title.startswith("A paper: ")


def test_every_claim_is_a_row_with_its_reason_under_it(tmp_path: Path) -> None:
    (table,) = figures_page("A paper", tmp_path, ROWS).sections[0].parts
    assert isinstance(table, Table)
    assert [cells[0] for cells in table.rows] == list("abcdefg")
    assert [cells[3] for cells in table.rows] == [
        "agrees",
        "disagrees",
        "agrees",
        "agrees",
        "disagrees",
        "not compared",
        "not compared",
    ]
    assert table.details == ["A reason."] * 7
    assert table.rows[6][2] == ""


def test_every_figure_stands_on_the_page_once_and_what_has_none_is_listed(folder: Path) -> None:
    page = figures_page("A paper", folder, ROWS)
    drawn = [figure.name for figure in page.figures()]
    assert len(drawn) == len(set(drawn)) == len(FIGURES) - 1
    assert page.main_figures()[0].name == "figure-1b"  # type: ignore[union-attr]
    (absent,) = page.sections[-1].parts
    assert isinstance(absent, Items)
    assert [text.partition(":")[0] for text in absent.texts] == [f"Figure {n}" for n in NOT_THERE]


def test_figures_of_cells_and_short_names_of_materials_stand_where_they_are_given(folder: Path) -> None:
    alone = {section.anchor: section.parts for section in figures_page("A paper", folder, ROWS).sections}
    assert [str(part) for part in alone["cells"]] == [str(Absent(CELLS_APART))]
    given = Absent("a figure of a cell")
    page = figures_page("A paper", folder, ROWS, cells=[given], materials={"a": "one", "b": "two"})
    parts = {section.anchor: section.parts for section in page.sections}
    assert parts["cells"] == (given,)
    named, table = parts["claims"]
    assert isinstance(named, Paragraph)
    assert "a: one; b: two" in named.text
    assert table == alone["claims"][0]


def test_a_terminal_shows_the_count_and_the_same_table(tmp_path: Path) -> None:
    head, table = short_parts(ROWS)
    assert isinstance(head, Paragraph)
    assert "3 of 5 agree" in head.text
    assert table == figures_page("A paper", tmp_path, ROWS).sections[0].parts[0]


def test_no_claim_at_all_is_counted_as_none(tmp_path: Path) -> None:
    page = figures_page("A paper", tmp_path, [])
    assert page.verdict.startswith("0 of 0 claims")
    assert {number.value for number in page.key_numbers} == {"0 of 0"}

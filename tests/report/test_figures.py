from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from synthetic_run import ELEMENTS, write_run

from topotaxy.content.curves import thinned, without_padding
from topotaxy.content.figure import BarPanel, Figure, Panel
from topotaxy.content.palette import ELEMENT_COLOUR, element_colour
from topotaxy.report.interactive import panel_document
from topotaxy.report.printed import drawn
from topotaxy.report.run.budget import budget_figure
from topotaxy.report.run.cycles import capacity_figure, lattice_figure
from topotaxy.report.run.folder import RunFolder, read_run_folder
from topotaxy.report.run.replicas import over_replicas
from topotaxy.report.run.structure import structure_figure
from topotaxy.report.run.voltage import element_charge_figure, voltage_figure
from topotaxy.report.turnable import scene_document

MAKERS: list[Callable[[RunFolder], object]] = [
    voltage_figure,
    element_charge_figure,
    structure_figure,
    capacity_figure,
    lattice_figure,
]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    return read_run_folder(write_run(tmp_path_factory.mktemp("run"), cells=2, cycles=3))


def figure_of(make: Callable[[RunFolder], object], run: RunFolder) -> Figure:
    figure = make(run)
    assert isinstance(figure, Figure)
    return figure


@pytest.mark.parametrize("make", MAKERS)
def test_screen_and_paper_show_the_same_series(make: Callable[[RunFolder], object], run: RunFolder) -> None:
    figure = figure_of(make, run)
    paper = drawn(figure)
    for panel, printed_axes in zip(figure.panels, paper.axes, strict=False):
        assert isinstance(panel, Panel)
        traces = panel_document(panel)["data"]
        on_screen = {t["name"]: (t["x"], t["y"]) for t in traces if not t["meta"].get("band")}
        on_paper = {
            str(line.get_label()): (line.get_xdata(), line.get_ydata()) for line in printed_axes.get_lines()
        }
        assert set(on_screen) == set(on_paper) == {s.name for s in panel.series}
        for name, (x, y) in on_screen.items():
            np.testing.assert_allclose(x, on_paper[name][0], rtol=1e-4)
            np.testing.assert_allclose(y, on_paper[name][1], rtol=1e-4, atol=1e-12)


def test_screen_and_paper_show_the_same_bars(run: RunFolder) -> None:
    figure = figure_of(budget_figure, run)
    panel = figure.panels[0]
    assert isinstance(panel, BarPanel)
    paper = drawn(figure).axes[0]
    lengths = [bar.get_width() for bar in paper.patches]
    np.testing.assert_allclose(panel_document(panel)["data"][0]["x"], lengths, rtol=1e-4)
    assert [label.get_text() for label in paper.get_yticklabels()] == [b.name for b in panel.bars]


@pytest.mark.parametrize("make", MAKERS)
def test_no_series_holds_padding(make: Callable[[RunFolder], object], run: RunFolder) -> None:
    for panel in figure_of(make, run).panels:
        assert isinstance(panel, Panel)
        for series in panel.series:
            assert np.isfinite(series.x).all()
            assert np.isfinite(series.y).all()


def test_curves_end_where_the_half_cycle_ends(run: RunFolder) -> None:
    first = figure_of(voltage_figure, run).panels[0]
    assert isinstance(first, Panel)
    ends = {s.name: s.x[-1] for s in first.series}
    assert ends["discharge 1, replica 1"] == pytest.approx(470)
    assert ends["discharge 1, replica 2"] == pytest.approx(474)
    assert ends["bulk equilibrium"] == pytest.approx(596)


def test_elements_add_up_to_the_total(run: RunFolder) -> None:
    for panel in figure_of(element_charge_figure, run).panels:
        assert isinstance(panel, Panel)
        lines = [s for s in panel.series if s.dash == "solid"]
        assert {s.name for s in lines} == set(ELEMENTS)
        np.testing.assert_allclose(sum(s.y for s in lines), lines[0].x, rtol=2e-3, atol=0.5)


def test_an_element_has_one_colour_everywhere(run: RunFolder) -> None:
    for make in MAKERS:
        for panel in figure_of(make, run).panels:
            assert isinstance(panel, Panel)
            for series in panel.series:
                if series.key in ELEMENTS:
                    assert series.colour == ELEMENT_COLOUR[series.key]
    assert element_colour("Xx").startswith("#")


def test_slice_shows_pristine_discharged_and_charged(run: RunFolder) -> None:
    figure = figure_of(structure_figure, run)
    assert [p.title for p in figure.panels] == ["(a) Pristine", "(b) Discharged 1", "(c) Charged 3"]
    counts = []
    for panel in figure.panels:
        assert isinstance(panel, Panel)
        cations = [s for s in panel.series if s.key in ELEMENTS]
        counts.append(sum(len(s.x) for s in cations))
    assert counts == [8, 8, 8]  # 2 L² cation sites in a (001) layer
    pristine = figure.panels[0]
    assert isinstance(pristine, Panel)
    assert not any(s.symbol == "circle" and len(s.x) for s in pristine.series)
    assert all(len(s.x) == 0 for s in pristine.series if s.key == "not on its home site")


def test_a_slice_without_metal_names_none_and_counts_what_has_left(run: RunFolder) -> None:
    """In runs metal leaves its sites: the legend must not promise marks that are nowhere."""
    drawn = figure_of(structure_figure, run)
    assert [s.name for s in drawn.swatches] == ["metal M⁰", "ion"]
    structure = run.groups["structure"].copy(deep=True)
    symbol, metal = structure["symbol"].values, structure["valence"].values == 0
    structure["symbol"] = (structure["symbol"].dims, np.where(metal, "", symbol))
    gone = replace(run, groups={**run.groups, "structure": structure})
    figure = figure_of(structure_figure, gone)
    assert [s.name for s in figure.swatches] == ["ion"]
    assert "Filled marks" in drawn.reading
    assert "Filled marks" not in figure.reading
    share = f"{100 * metal[1].sum() / metal.shape[1]:.0f} % of all cations are metal"
    assert f"discharged 1: {share}" in drawn.alt
    assert f"discharged 1: {share}" in figure.alt


def test_scene_holds_every_cation_of_every_snapshot_but_vacancies(run: RunFolder) -> None:
    content = figure_of(structure_figure, run).scene
    assert content is not None
    cations = [sum(len(c.position) for c in clouds if c.key in ELEMENTS) for clouds in content.views.values()]
    assert sorted(cations) == [31, 32, 32, 32, 32]
    traces = scene_document(content)["data"]
    visible = [t for t in traces if "meta" in t and t["visible"]]
    assert {t["meta"]["view"] for t in visible} == {0}
    assert "anions" not in {t["meta"]["key"] for t in visible}


def test_the_scene_opens_on_the_discharged_specimen(run: RunFolder) -> None:
    content = figure_of(structure_figure, run).scene
    assert content is not None
    assert next(iter(content.views)) == "Discharged 1"


def test_a_large_box_is_cut_to_a_corner(tmp_path: Path) -> None:
    from topotaxy.report.run import structure

    run = read_run_folder(write_run(tmp_path, cells=4, cycles=1))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(structure, "MAX_SHOWN_CATIONS", 32)
        figure = figure_of(structure_figure, run)
    assert figure.scene is not None
    shown = [len(c.position) for c in next(iter(figure.scene.views.values())) if c.key in ELEMENTS]
    assert sum(shown) <= 64
    assert "a corner of" in figure.caption


def test_variables_that_are_missing_are_named(run: RunFolder) -> None:
    cycles = run.groups["cycles"].drop_vars(["expansion", "home_fraction"])
    partial = RunFolder(path=run.path, groups={"cycles": cycles})
    figure = figure_of(lattice_figure, partial)
    assert "expansion is absent, because /cycles of run.nc has no variable expansion" in figure.caption
    bare = RunFolder(path=run.path, groups={"curves": run.groups["curves"].drop_vars("voltage")})
    absent = voltage_figure(bare)
    assert not isinstance(absent, Figure)
    assert absent.why == "/curves of run.nc has no variable voltage"


def test_wrong_dimensions_are_named(run: RunFolder) -> None:
    curves = run.groups["curves"].isel(replica=0, drop=True)
    absent = voltage_figure(RunFolder(path=run.path, groups={"curves": curves}))
    assert not isinstance(absent, Figure)
    assert "half_cycle, point where replica, half_cycle, point belong" in absent.why


def test_padding_and_thinning() -> None:
    x, y = without_padding(np.array([0.0, 1.0, np.nan]), np.array([3.0, 2.0, np.nan]))
    assert x.tolist() == [0.0, 1.0]
    assert y.tolist() == [3.0, 2.0]
    long = np.arange(10_000.0)
    (short,) = thinned(long, limit=100)
    assert 90 <= len(short) <= 100
    assert (short[0], short[-1]) == (long[0], long[-1])


def test_spread_over_replicas_leaves_out_nan() -> None:
    spread = over_replicas(np.array([[1.0, np.nan, np.nan], [3.0, 5.0, np.nan]]))
    np.testing.assert_array_equal(spread.mean, [2.0, 5.0, np.nan])
    np.testing.assert_array_equal(spread.low, [1.0, 5.0, np.nan])
    np.testing.assert_array_equal(spread.high, [3.0, 5.0, np.nan])

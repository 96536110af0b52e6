from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from looking import words_of

from topotaxy.content.figure import Absent, Figure, Panel
from topotaxy.report.run.coherency import coherency_figure
from topotaxy.report.run.folder import read_run_folder
from topotaxy.report.run.numbers import OVER_INPUTS, number_parts
from topotaxy.report.run.reliance import NOT_ASKED, reliance_parts

MakeRun = Callable[..., Path]


def _document(rests_on: object) -> str:
    entry = {
        "quantity": "initial_coulombic_efficiency",
        "subject": "",
        "state": None,
        "cycle": 1,
        "label": "emergent",
        "reason": "",
        "rests_on": rests_on,
    }
    return json.dumps(
        {"schema": "topotaxy/labels/1", "ablated": {"no-mobility": "metal <stays>"}, "labels": [entry]}
    )


def test_a_run_without_ablation_says_how_to_make_one(make_run: MakeRun) -> None:
    assert NOT_ASKED in words_of(reliance_parts(read_run_folder(make_run())))


def test_a_number_shows_what_it_becomes(make_run: MakeRun) -> None:
    folder = make_run()
    change = {"without": "mobility", "value": 0.5, "uncertainty": 0.01, "difference": -0.459, "p": 1e-6}
    (folder / "labels.json").write_text(_document([change]), encoding="utf-8")
    shown = words_of(reliance_parts(read_run_folder(folder)))
    assert "mobility: 50.0 ± 1.0 %" in shown
    assert "no mobility: metal <stays>." in shown


def test_nothing_rests_on_anything(make_run: MakeRun) -> None:
    folder = make_run()
    (folder / "labels.json").write_text(_document([]), encoding="utf-8")
    assert "No arm of the ablation changes" in words_of(reliance_parts(read_run_folder(folder)))


def test_a_number_stands_with_how_far_it_goes_over_the_inputs(make_run: MakeRun) -> None:
    folder = make_run()
    assert OVER_INPUTS not in words_of(number_parts(read_run_folder(folder)))
    document = json.loads(_document([]))
    document["labels"][0]["over_inputs"] = {"low": 0.81, "median": 0.9, "high": 0.98, "points": 180}
    (folder / "labels.json").write_text(json.dumps(document), encoding="utf-8")
    shown = words_of(number_parts(read_run_folder(folder)))
    assert "81.0 to 98.0 %" in shown
    assert OVER_INPUTS in shown


json_values = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(json_values, st.dictionaries(st.sampled_from(["ablated", "labels"]), json_values))
def test_any_labels_file_can_be_read(make_run: MakeRun, rests_on: object, other: dict[str, object]) -> None:
    folder = make_run(drop=("run.nc",))
    for document in (json.loads(_document(rests_on)), {**json.loads(_document([])), **other}):
        (folder / "labels.json").write_text(json.dumps(document), encoding="utf-8")
        assert words_of(reliance_parts(read_run_folder(folder)))


def test_the_coherency_figure_has_one_panel_a_measure(make_run: MakeRun) -> None:
    figure = coherency_figure(read_run_folder(make_run()))
    assert isinstance(figure, Figure)
    titles = [panel.title for panel in figure.panels if isinstance(panel, Panel)]
    assert len(titles) == 6
    sizes = figure.panels[-1]
    assert isinstance(sizes, Panel)
    assert all(s.y.sum() == pytest.approx(100) for s in sizes.series)
    first = figure.panels[0]
    assert isinstance(first, Panel)
    assert [s.y[0] for s in first.series] == pytest.approx([70.0, 80.0])
    assert "domain size" in figure.alt.lower() or "domains" in figure.alt.lower()


def test_a_run_without_coherency_says_so(make_run: MakeRun) -> None:
    run = read_run_folder(make_run())
    names = ["coherent_fraction", "domain_size", "interface_area", "frame_strain", "frame_stress"]
    run.groups["cycles"] = run.groups["cycles"].drop_vars([*names[:4], "domain_distribution"])
    figure = coherency_figure(run)
    assert isinstance(figure, Figure)
    assert len(figure.panels) == 1
    assert "domain_size is absent, because" in figure.caption
    run.groups["cycles"] = run.groups["cycles"].drop_vars(names[4:])
    assert isinstance(coherency_figure(run), Absent)

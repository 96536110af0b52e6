"""The page of a reproduction, from a document made by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from looking import Seen

from topotaxy.content.figure import Figure, Panel
from topotaxy.errors import InputError
from topotaxy.report import write_study_report
from topotaxy.report.pages.study import study_page


def claim(identifier: str, stated: float, computed: float | None, label: str | None) -> dict[str, Any]:
    error = None if computed is None else computed / stated - 1.0
    return {
        "id": identifier,
        "quantity": "specific_capacity_charge",
        "stated": stated,
        "computed": computed,
        "uncertainty": None,
        "error": error,
        "unit": "mAh/g",
        "label": label,
        "agrees": None if error is None or label == "imposed" else abs(error) < 0.1,
        "why": "how it is computed",
    }


def document() -> dict[str, Any]:
    line = {"name": "0.5 A/g", "cycle": [1.0, 2.0], "capacity": [500.0, 490.0]}
    return {
        "paper": "nobody1999",
        "citation": "Nobody <i>1999</i>",
        "agreement_within": 0.1,
        "held_out_median_absolute_error": 0.05,
        "claims": [
            claim("a", 500.0, 500.0, "calibrated"),
            claim("b", 400.0, 404.0, "held-out"),
            claim("c", 300.0, 450.0, "held-out"),
            claim("d", 200.0, 170.0, "held-out"),
            claim("e", 90.0, 90.0, "imposed"),
            claim("f", 1.0, None, None),
        ],
        "names": {"c": "Capacity, Na half cell", "d": "Charge of <b>d</b>"},
        "parameters": [
            {"name": "resistance", "value": 116.0, "low": 1, "high": 500, "unit": "Ohm cm2", "source": "s"}
        ],
        "fitted_to": ["a"],
        "curves": [{"name": "full", "direction": "discharge", "capacity": [0, 500], "voltage": [3, 1]}],
        "rate_map": [{"name": "50 nm", "current": [0.1, 5.0], "capacity": [500, 211]}],
        "ageing": [{**line, "trapped": [1, 2], "film": [3, 4], "incoherent": [0.1, 0.2]}],
        "stated": [
            {"figure": "rate", "x": 5.0, "y": 211.0, "name": "rate"},
            {"figure": "ageing", "x": 2, "y": 480.0, "name": "late"},
            {"figure": "voltage: cell_voltage", "x": 0, "y": 2.0, "name": "v"},
            {"figure": "voltage: rate_capacity", "x": 0, "y": 490.0, "name": "q"},
        ],
        "limits": ["one size of particles"],
    }


def written(folder: Path, content: object) -> Path:
    (folder / "reproduction.json").write_text(json.dumps(content))
    return folder


def test_the_verdict_counts_and_names_the_misses_largest_first(tmp_path: Path) -> None:
    page = study_page(written(tmp_path, document()))
    assert "1 of 3 held-out numbers agree within 10 % (median error 5.0 %)" in page.verdict
    assert page.verdict.index("capacity, Na half cell (+50.0 %)") < page.verdict.index("(−15.0 %)")
    assert all(number.label for number in page.key_numbers)
    assert page.limits == ["one size of particles"]


def test_every_figure_holds_the_stated_values(tmp_path: Path) -> None:
    page = study_page(written(tmp_path, document()))
    figures = {f.name: f for f in page.figures()}
    assert set(figures) == {"cell-rate", "cell-ageing", "cell-voltage"}
    for name in ("cell-rate", "cell-ageing"):
        assert "stated" in figures[name].legend()
    voltage = figures["cell-voltage"].panels[0]
    assert isinstance(voltage, Panel)
    assert {(m.axis, m.at) for m in voltage.markers} == {("x", 490.0), ("y", 2.0)}


@pytest.mark.usefixtures("quick_print")
def test_claims_have_names_labels_and_no_ids(tmp_path: Path) -> None:
    text = write_study_report(written(tmp_path, document())).read_text(encoding="utf-8")
    said = Seen(text).said()
    assert "<b>d</b>" not in text
    assert "Charge of <b>d</b>" in said
    assert "Nobody <i>1999</i>" in said
    chips = [a["class"] for t, a in Seen(text).elements if t == "span" and "chip" in str(a.get("class"))]
    assert {"chip calibrated", "chip held-out", "chip imposed"} <= set(chips)


def test_without_curves_the_numbers_remain(tmp_path: Path) -> None:
    bare = {k: document()[k] for k in ("paper", "claims", "parameters")}
    page = study_page(written(tmp_path, bare))
    assert not isinstance(page.main_figures()[0], Figure)
    assert "held-out" in page.verdict


@pytest.mark.parametrize("content", [[], {}, {"paper": "x"}])
def test_other_documents_are_one_line(tmp_path: Path, content: object) -> None:
    with pytest.raises(InputError, match=r"reproduction\.json: expected an? "):
        study_page(written(tmp_path, content))
    with pytest.raises(InputError, match=r"reproduction\.json: cannot be read"):
        study_page(tmp_path / "nowhere")

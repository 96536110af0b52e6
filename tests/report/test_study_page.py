"""The page of a reproduction, from a document made by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from looking import Seen

from topotaxy.content.figure import Figure, Panel
from topotaxy.content.section import Paragraph, Table
from topotaxy.errors import InputError
from topotaxy.report import write_study_report
from topotaxy.report.pages.study import study_page


def claim(
    identifier: str, stated: float, computed: float | None, label: str | None, z: float | None = None
) -> Any:
    return {
        "id": identifier,
        "quantity": "specific_capacity_charge",
        "stated": stated,
        "computed": computed,
        "low": None if computed is None else 0.9 * computed,
        "high": None if computed is None else 1.1 * computed,
        "uncertainty": None,
        "error": None if computed is None else computed / stated - 1.0,
        "unit": "mAh/g",
        "label": label,
        "leave_one_out_z": z,
        "agrees": None if z is None else abs(z) <= 2.0,
        "why": "how it is computed",
        "condition": "the balancing" if identifier == "d" else "",
        "prior_predicted": [1.0, 2.0, 3.0],
    }


def document() -> dict[str, Any]:
    line = {"name": "0.5 A/g", "cycle": [1.0, 2.0], "capacity": [500.0, 490.0]}
    return {
        "paper": "nobody1999",
        "citation": "Nobody <i>1999</i>",
        "agreement_within": "2 standard deviations",
        "claims": [
            claim("a", 500.0, 500.0, "calibrated", 0.3),
            claim("b", 400.0, 404.0, "held-out", 0.2),
            claim("c", 300.0, 450.0, "held-out", 4.0),
            claim("d", 200.0, 170.0, "held-out", -2.5),
            claim("e", 90.0, 90.0, "imposed"),
            claim("f", 1.0, None, None),
        ],
        "names": {"c": "Capacity, Na half cell", "d": "Charge of <b>d</b>"},
        "parameters": [
            {
                "name": "film_store.Na",
                "value": 50.0,
                "low": 20.0,
                "high": 80.0,
                "prior_low": 0,
                "prior_high": 100,
                "unit": "mAh/g",
                "source": "s",
                "words": "narrowed",
            }
        ],
        "correlations": [["loss_time", "loss_throughput", -0.9]],
        "convergence": {"largest_difference": 0.4, "of": "c", "agree": False},
        "fitted_to": ["a"],
        "bounded_by": [],
        "knockouts": [
            {"name": "all mechanisms", "chi_squared": 2.0, "missed": []},
            {"name": "no storage in film", "chi_squared": 20.0, "missed": [["c", -3.2]]},
            {"name": "no alloys", "chi_squared": 2.5, "missed": []},
        ],
        "budgets": [
            {
                "ion": "Na",
                "stated": 581.0,
                "terms": {"couples of the lattice": [400.0, 420.0, 440.0], "film": [10.0, 50.0, 90.0]},
                "remainder": [-20.0, 10.0, 60.0],
                "chance": 0.1,
                "chance_claimed": 0.01,
            }
        ],
        "curves": [{"name": "full", "direction": "discharge", "capacity": [0, 500], "voltage": [3, 1]}],
        "rate_map": [{"name": "50 nm", "current": [0.1, 5.0], "capacity": [500, 211]}],
        "ageing": [{**line, "trapped": [1, 2], "film": [3, 4], "active": [0.9, 0.8]}],
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


def test_the_verdict_counts_and_names_the_misses_farthest_first(tmp_path: Path) -> None:
    page = study_page(written(tmp_path, document()))
    assert (
        "Of 4 numbers, each predicted from the others, 2 agree within 2 standard deviations" in page.verdict
    )
    assert page.verdict.startswith("Stated capacity is above what the couples hold (581 mAh g⁻¹ with Na")
    assert page.verdict.index("capacity, Na half cell (z +4.0)") < page.verdict.index("(z −2.5)")
    assert "median error" not in page.verdict
    assert all(number.label for number in page.key_numbers)
    assert page.limits == ["one size of particles"]


def test_a_number_that_was_used_and_is_missed_is_named(tmp_path: Path) -> None:
    given = document()
    given["claims"].append({**claim("g", 641.0, 595.0, "calibrated"), "low": 570.0, "high": 625.0})
    given["names"]["g"] = "First discharge"
    page = study_page(written(tmp_path, given))
    assert "outside" not in page.verdict
    assert list(page.remarks)[1:] == ["Used, and outside 5 to 95 % all the same: first discharge."]


def test_mechanisms_budgets_and_parameters_are_told_in_words(tmp_path: Path) -> None:
    parts = [part for section in study_page(written(tmp_path, document())).sections for part in section.parts]
    said = " ".join(p.text for p in parts if isinstance(p, Paragraph))
    assert "Cannot be had together with what is missed beside them: no storage in film." in said
    assert "Fit as well: no alloys." in said
    assert "they do not agree within 0.3" in said
    assert "loss time and loss throughput (−0.90)" in said
    tables = {t.caption: t for t in parts if isinstance(t, Table)}
    budget = tables["First charge with Na: 581 mAh g⁻¹ stated"]
    assert budget.rows[-1][0] == "unexplained remainder"
    assert tables["Parameters of the cell"].rows[0][-1] == "narrowed"
    claims = tables["Numbers of cells"]
    assert claims.details is not None
    assert any("It also depends on: the balancing" in str(d) for d in claims.details)


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
    assert "predicted from the others" in page.verdict


@pytest.mark.parametrize("content", [[], {}, {"paper": "x"}])
def test_other_documents_are_one_line(tmp_path: Path, content: object) -> None:
    with pytest.raises(InputError, match=r"reproduction\.json: expected an? "):
        study_page(written(tmp_path, content))
    with pytest.raises(InputError, match=r"reproduction\.json: cannot be read"):
        study_page(tmp_path / "nowhere")


def test_a_deviation_of_thousands_is_written_like_any_other(tmp_path: Path) -> None:
    far = document() | {"claims": [claim("c", 300.0, 450.0, "held-out", 12345.0)]}
    assert "(z +12,345.0)" in study_page(written(tmp_path, far)).verdict

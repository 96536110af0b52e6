"""The page of a comparison, from a document made by hand: orders, ranges and stated values."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from looking import Seen

from topotaxy.content.figure import Absent, BarPanel
from topotaxy.errors import InputError
from topotaxy.report import write_comparison_report
from topotaxy.report.pages.comparison import (
    COMPUTED,
    comparison_page,
    key_numbers,
    outcomes_figure,
    verdict,
)


def outcome(name: str, value: float | None, *stated: float) -> dict[str, Any]:
    return {
        "outcome": name,
        "value": value,
        "uncertainty": None if value is None else 0.01,
        "stated": [{"value": v, "words": f"{v:g} at 1 A/g", "unlike": "cycle 3 against 9"} for v in stated],
    }


def document(*verdicts: str) -> dict[str, Any]:
    return {
        "claims": "Nobody <i>1999</i>",
        "conditions": "3 cycles, 4 replicas.",
        "outcomes": [
            {"outcome": "efficiency", "words": "first-cycle efficiency", "unit": "1"},
            {"outcome": "domain_size", "words": "domain size", "unit": "nm"},
        ],
        "materials": [
            {
                "name": "one",
                "formula": "NiO",
                "ion": "Na",
                "outcomes": [outcome("efficiency", 0.9, 0.8, 0.7), outcome("domain_size", 1.2)],
            },
            {
                "name": "other",
                "formula": "CoO",
                "ion": "Na",
                "outcomes": [outcome("efficiency", 0.6), outcome("domain_size", None)],
            },
        ],
        "orders": [
            {
                "outcome": "efficiency",
                "relation": "greater",
                "left": "one",
                "right": "other",
                "difference": 0.3,
                "uncertainty": 0.014,
                "p": 0.0004,
                "verdict": words,
            }
            for words in verdicts
        ],
        "notes": [],
    }


def test_the_verdict_counts_orders_by_what_became_of_them() -> None:
    ending = " The first-cycle efficiency goes from 90.0 % (one) to 60.0 % (other)."
    assert verdict(document("comes out", "comes out", "not resolved")) == (
        "Of 3 claimed orders between these materials 2 come out, 1 is not resolved." + ending
    )
    assert verdict(document("comes out the other way round")).startswith(
        "Of 1 claimed order between these materials 1 comes out the other way round."
    )
    assert verdict(document()) == ending.strip() + " No order between these materials is claimed."


def test_the_strip_has_ranges_and_their_ends_by_name() -> None:
    shown = {number.name: (number.value, number.note) for number in key_numbers(document())}
    assert shown["First-cycle efficiency"] == ("60 to 90 %", "least other, most one")
    assert shown["Domain size"] == ("1.2 nm", "all alike")


def test_bars_are_the_materials_and_the_stated_values_each_under_a_name_of_its_own() -> None:
    """Bars of one name are drawn on top of each other."""
    figure = outcomes_figure(document())
    assert not isinstance(figure, Absent)
    efficiency, size = figure.panels
    assert isinstance(efficiency, BarPanel)
    assert isinstance(size, BarPanel)
    assert [bar.value for bar in efficiency.bars] == [0.9, 0.8, 0.7, 0.6]
    assert [bar.colour == COMPUTED for bar in efficiency.bars] == [True, False, False, True]
    assert len({bar.name for bar in efficiency.bars}) == 4
    assert [bar.name for bar in size.bars] == ["one"]


def test_no_number_at_all_is_said_in_the_place_of_the_figure() -> None:
    given = document()
    for material in given["materials"]:
        material["outcomes"] = []
    assert isinstance(outcomes_figure(given), Absent)


def test_the_page_is_written_whole_and_says_what_differs_from_the_paper(tmp_path: Path) -> None:
    (tmp_path / "comparison.json").write_text(json.dumps(document("comes out")), encoding="utf-8")
    said = Seen(write_comparison_report(tmp_path).read_text(encoding="utf-8")).said()
    assert "Stated: Nobody <i>1999</i>." in said
    assert "Stated first-cycle efficiency: 0.8 at 1 A/g (model against paper: cycle 3 against 9)." in said
    assert "first-cycle efficiency: one > other +30.0 ± 1.4 points < 0.001 comes out" in said


@pytest.mark.parametrize("text", ["", "[]", '{"materials": []}', "{"])
def test_what_is_no_comparison_is_refused_with_its_name(text: str, tmp_path: Path) -> None:
    (tmp_path / "comparison.json").write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as told:
        comparison_page(tmp_path)
    assert "comparison.json" in str(told.value)

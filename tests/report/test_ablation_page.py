"""The page of an ablation, from a document made by hand: the verdict, the strip and the figure follow it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from looking import Seen

from topotaxy.content.figure import Absent, BarPanel
from topotaxy.errors import InputError
from topotaxy.report import write_ablation_report
from topotaxy.report.pages.ablation import (
    CHANGED,
    ablation_page,
    effects_figure,
    effects_table,
    key_numbers,
    verdict,
)

OUTCOMES = (
    ("charge_capacity", "first charge", "mAh/g"),
    ("efficiency", "first-cycle efficiency", "1"),
    ("trapped_fraction", "trapped fraction", "1"),
)


def effect(arm: str, outcome: str, value: float, difference: float | None, significant: bool) -> Any:
    return {
        "arm": arm,
        "outcome": outcome,
        "value": value,
        "uncertainty": 0.01,
        "difference": difference,
        "difference_uncertainty": None if difference is None else 0.02,
        "significant": None if difference is None else significant,
    }


def document(*, coherency: bool = True, mobility: bool = True) -> dict[str, Any]:
    """``coherency`` and ``mobility``: whether their absence changes anything beyond chance."""
    return {
        "name": "<b>made</b>",
        "formula": "NiO",
        "ion": "Na",
        "replicas": 8,
        "cycles": 2,
        "cells": 4,
        "arms": [
            {"arm": "reference", "what": "as specified", "ran": True},
            {"arm": "no-inert-cations", "what": "no cation is inert", "ran": False},
            {"arm": "no-coherency", "what": "the frame does not strain", "ran": True},
            {"arm": "no-mobility", "what": "metal stays", "ran": True},
        ],
        "outcomes": [{"outcome": o, "words": w, "unit": u} for o, w, u in OUTCOMES],
        "effects": [
            effect("reference", "charge_capacity", 500.0, None, False),
            effect("no-coherency", "charge_capacity", 450.0, -50.0, coherency),
            effect("no-mobility", "charge_capacity", 380.0, -120.0, mobility),
            effect("reference", "efficiency", 0.9, None, False),
            effect("no-coherency", "efficiency", 0.95, 0.05, False),
            effect("no-mobility", "efficiency", 0.5, -0.4, mobility),
        ],
        "notes": ["*: differs"],
    }


def test_the_verdict_counts_what_each_piece_changes_and_names_the_idle() -> None:
    assert verdict(document()) == (
        "Taken away one at a time, 2 of 2 pieces change what comes out beyond chance: "
        "mobility (2 of 2 outcomes), coherency (1 of 2 outcomes)."
    )
    assert verdict(document(coherency=False)).endswith(
        "1 of 2 pieces changes what comes out beyond chance: mobility (2 of 2 outcomes). "
        "No change is shown for coherency."
    )
    none = document(coherency=False, mobility=False)
    assert verdict(none) == "None of the 2 pieces that were taken away changes an outcome beyond chance."
    none["arms"] = none["arms"][:2]
    assert verdict(none) == "There was nothing to take away that could be run."


def test_the_strip_says_what_changes_each_number_most_whatever_the_sign() -> None:
    shown = {number.name: (number.value, number.note) for number in key_numbers(document())}
    assert shown["First charge"][1] == "−120 mAh g⁻¹ without mobility"
    assert shown["First-cycle efficiency"] == ("90.0 ± 1.0 %", "−40.0 points without mobility")
    idle = {number.name: number.note for number in key_numbers(document(mobility=False))}
    assert idle["First-cycle efficiency"] == "nothing changes it beyond chance"
    assert idle["First charge"] == "−50.0 mAh g⁻¹ without coherency"


def test_bars_are_differences_and_coloured_where_beyond_chance() -> None:
    figure = effects_figure(document(coherency=False))
    assert not isinstance(figure, Absent)
    for panel, outcome in zip(figure.panels, ("charge_capacity", "efficiency"), strict=True):
        assert isinstance(panel, BarPanel)
        rows = [e for e in document()["effects"] if e["outcome"] == outcome and e["arm"] != "reference"]
        assert [bar.value for bar in panel.bars] == [e["difference"] for e in rows]
        assert [bar.colour == CHANGED for bar in panel.bars] == [False, True]
        assert all(bar.low < bar.value < bar.high for bar in panel.bars)


def test_the_table_has_a_column_for_each_arm_that_ran_and_marks_what_is_beyond_chance() -> None:
    table = effects_table(document())
    assert list(table.head) == ["Outcome", "As it is", "no coherency", "no mobility"]
    assert [row[0] for row in table.rows] == ["first charge (mAh g⁻¹)", "first-cycle efficiency"]
    assert table.rows[0][1:3] == ["500.000 ± 0.010", "−50.00 ± 0.02 *"]
    assert table.rows[1][2:] == ["+5 ± 2 points", "−40 ± 2 points *"]


def test_an_outcome_that_nothing_moves_has_no_panel() -> None:
    given = document()
    for row in given["effects"]:
        if row["outcome"] == "efficiency" and row["difference"] is not None:
            row["difference"] = 0.0
    figure = effects_figure(given)
    assert not isinstance(figure, Absent)
    assert [panel.title for panel in figure.panels] == ["First charge"]


def test_without_a_difference_the_figure_says_why_it_is_not_there() -> None:
    given = document()
    given["effects"] = [e for e in given["effects"] if e["difference"] is None]
    assert isinstance(effects_figure(given), Absent)


def test_the_page_is_written_whole_and_names_are_no_markup(tmp_path: Path) -> None:
    (tmp_path / "ablation.json").write_text(json.dumps(document()), encoding="utf-8")
    seen = Seen(write_ablation_report(tmp_path).read_text(encoding="utf-8"))
    assert "<b>made</b>: what its outcomes rest on" in seen.said()
    assert "inert cations: no cation is inert (not run)" in seen.said()
    assert sorted(path.suffix for path in (tmp_path / "figures").iterdir()) == [".pdf", ".png", ".svg"]


@pytest.mark.parametrize("text", ["", "[]", '{"arms": []}', "{"])
def test_what_is_no_ablation_is_refused_with_its_name(text: str, tmp_path: Path) -> None:
    (tmp_path / "ablation.json").write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as told:
        ablation_page(tmp_path)
    assert "ablation.json" in str(told.value)

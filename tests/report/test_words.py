from __future__ import annotations

import html
import json
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from synthetic_run import write_run

from topotaxy.content.numbers import number_text, percent, quantity_text, with_uncertainty
from topotaxy.observables import observable
from topotaxy.report.formulas import chemical, whole_options
from topotaxy.report.html import data_block, headed
from topotaxy.report.run.budget import Term, _remainder_sentence
from topotaxy.report.run.folder import RunFolder
from topotaxy.report.run.headline import beside, headlines, name_of
from topotaxy.report.run.words import sentences


@given(
    st.recursive(st.text() | st.integers(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner))
)
def test_embedded_json_cannot_leave_its_block(document: object) -> None:
    block = str(data_block(document, identifier="x"))
    body = block.removeprefix('<script type="application/json" id="x">').removesuffix("</script>")
    assert "<" not in body
    assert json.loads(body) == document


@given(st.text())
def test_a_formula_loses_nothing(text: str) -> None:
    plain = re.sub(r"</?sub>", "", str(chemical(text)))
    assert html.unescape(plain) == html.unescape(html.escape(text))


@pytest.mark.parametrize(
    ("text", "markup"),
    [
        ("Ni0.9Mg0.1O", "Ni<sub>0.9</sub>Mg<sub>0.1</sub>O"),
        ("a Na2O phase", "a Na<sub>2</sub>O phase"),
        ("CoO and SVG", "CoO and SVG"),
        ("against Na3V2(PO4)3/C", "against Na<sub>3</sub>V<sub>2</sub>(PO<sub>4</sub>)<sub>3</sub>/C"),
        ("Ni(OH)2", "Ni(OH)<sub>2</sub>"),
        ("the (111) plane, MgO (200)", "the (111) plane, MgO (200)"),
        ("EC-Lab V11, cycle 2, C10", "EC-Lab V11, cycle 2, C10"),
        ("LaB6_16_03.xye, of LaB6", "LaB6_16_03.xye, of LaB<sub>6</sub>"),
        ("run_NiO2", "run_NiO2"),
    ],
)
def test_amounts_of_formulas_alone_are_subscripts(text: str, markup: str) -> None:
    assert chemical(text) == markup


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("edge shift", "Edge shift"),
        ("dQ/dV, peak 1", "dQ/dV, peak 1"),
        ("ln B", "ln B"),
        ("n", "n"),
        ("", ""),
        ("first-shell neighbours", "First-shell neighbours"),
        ("Debye-Waller variance", "Debye-Waller variance"),
    ],
)
def test_names_begin_with_a_capital_and_signs_stay_as_they_are(name: str, shown: str) -> None:
    assert headed(name) == shown


@pytest.mark.parametrize(
    ("value", "uncertainty", "text"),
    [
        (641.23, 8.4, "641 ± 8"),
        (0.49612, 0.0124, "0.496 ± 0.012"),
        (-0.5, 0.04, "−0.50 ± 0.04"),
        (1234.0, 56.0, "1,234 ± 56"),
        (447.1, None, "447"),
        (6.0, 0.0, "6"),
        (0.96166, 1e-16, "0.9617"),
    ],
)
def test_the_last_digit_is_the_uncertain_one(value: float, uncertainty: float | None, text: str) -> None:
    assert with_uncertainty(value, uncertainty) == text


def test_notation_of_quantities() -> None:
    assert quantity_text("coulombic_efficiency", 0.906, 0.002, "1") == "90.6 ± 0.2 %"
    assert quantity_text("coordination_number", 6.0, None, "1") == "6.00"
    assert quantity_text("bond_length", 2.1, None, "Å") == "2.10 Å"
    assert number_text(1e13) == "1 × 10¹³"
    assert number_text(float("nan")) == "–"
    assert percent(1.0) == "100 %"
    assert percent(0.996) == "99.6 %"


@given(st.floats(min_value=-1e12, max_value=1e12), st.floats(min_value=0, max_value=1e9))
def test_any_number_can_be_printed(value: float, uncertainty: float) -> None:
    text = with_uncertainty(value, uncertainty)
    assert text
    assert "-" not in text
    assert not text.startswith("−0 ")


def test_headlines_are_labelled_and_ordered(tmp_path: Path) -> None:
    entries = [
        observable("strain", 0.1, origin="simulated", label="imposed"),
        observable("home_fraction", 0.9, origin="simulated", label="emergent", cycle=2, state="charged"),
        observable("specific_capacity_charge", 500.0, origin="simulated", label="emergent", cycle=1),
        observable("specific_capacity_charge", 400.0, origin="simulated", cycle=2),
        observable("specific_capacity_charge", 581.0, origin="stated", cycle=1),
    ]
    folder = RunFolder(path=tmp_path, observables=entries)
    found = headlines(folder.observables)
    assert [o.quantity for o in found] == ["specific_capacity_charge", "home_fraction", "strain"]
    assert name_of(found[1]) == "Cations on their home site, charged, cycle 2"
    assert beside(folder, found[0]) == "581 mAh g⁻¹ (stated)"


def test_the_summary_says_only_what_the_folder_holds(tmp_path: Path) -> None:
    assert "too little" in summary(RunFolder(path=tmp_path))
    text = summary(RunFolder(path=tmp_path, attrs={"formula": "NiO", "ion": "Li"}))
    assert "NiO" in text
    assert "half cell against Li metal." in text
    assert "mAh" not in text


def test_the_summary_agrees_with_a_claim_that_holds(tmp_path: Path) -> None:
    from topotaxy.report.run.folder import read_run_folder

    run = read_run_folder(write_run(tmp_path, cells=2))
    reduced = run.groups["cycles"]["reduced_fraction"]
    reduced.values = np.where(reduced["element"].values == "Zn", 0.0, reduced.values)
    assert "agrees with the claim" in summary(run)


def summary(folder: RunFolder) -> str:
    return " ".join(sentences(folder))


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (-204.0, 133.0, "the balance can close"),
        (20.0, 133.0, "the balance does not close"),
        (np.nan, np.nan, "explains."),
    ],
)
def test_the_remainder_in_words(low: float, high: float, words: str) -> None:
    assert words in _remainder_sentence(Term("unexplained remainder", 83.0, low, high, ""))


def test_an_option_is_not_broken_and_nothing_else_changes() -> None:
    assert whole_options("say --dry-at 150degC <b>") == (
        'say <span class="option">--dry-at</span> 150degC &lt;b&gt;'
    )
    for text in ("a--b", "2 -- 3", "2020-01-02", "-c file", "x - y"):
        assert whole_options(text) == text

"""Beside a verdict: reliability, inconsistencies, reproduction; papers and observables together."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from topotaxy.cli import main
from topotaxy.content.section import Items, Paragraph, Table
from topotaxy.errors import InputError
from topotaxy.evidence import audit, load_ledger
from topotaxy.evidence.beside import audit_section, reproduction_section
from topotaxy.evidence.cases import case_of_ledger, with_observables
from topotaxy.evidence.judgement import Case
from topotaxy.evidence.likelihood import number
from topotaxy.evidence.reaction import reaction_of
from topotaxy.evidence.reliability import reliability
from topotaxy.observables import Observable, observable, to_json
from topotaxy.tables import read_table

NIO = reaction_of("NiO", "Li")


def fraction(value: float = 0.4) -> Observable:
    return observable(
        "phase_fraction",
        value,
        uncertainty=0.05,
        state="discharged",
        subject={"phase": "rock salt"},
        origin="measured",
        technique="diffraction",
    )


def numbers(*names: str) -> Case:
    terms = tuple(number(name, name, 0.5, 0.1, technique="t") for name in names)
    return Case(name="made", reaction=NIO, terms=terms)


def test_the_table_of_the_study_is_calibrated() -> None:
    """Bounds set for the tool; the study itself is tests/studies, slow.

    What is right of statements scatters more: three binomial errors are allowed.
    """
    rows = [row for row in read_table("topotaxy.evidence", "calibration") if row["map"] == "as it is"]
    assert {row["design"] for row in rows} >= {"quantitative"}
    for row in rows:
        assert float(row["truths"]) >= 100
        assert 0.87 <= float(row["coverage"]) <= 0.93
        assert 0.83 <= float(row["lowest_coverage"]) <= float(row["highest_coverage"]) <= 0.96
        right, truths = float(row["right"]), float(row["truths"])
        error = math.sqrt(right * (1.0 - right) / truths) if row["design"] == "stated" else 0.0
        assert abs(float(row["stated"]) - right) <= 0.05 + 3.0 * error
        # Statements hardly ever make an answer that certain: of few, some are wrong by chance.
        certain = float(row["certain"]) * truths
        chance = 3.0 * math.sqrt(0.88 * 0.12 / certain) if certain and row["design"] == "stated" else 0.0
        assert certain == 0.0 or float(row["right_where_certain"]) >= 0.88 - chance
        assert float(row["least_uniform"]) > 0.01


def test_a_paper_of_statements_is_not_called_alike() -> None:
    paper = reliability(case_of_ledger(load_ledger("fang2022")))
    assert not paper.alike
    assert paper.design == "stated"
    assert "mostly by statements in words" in paper.sentence
    assert "nan" not in paper.sentence
    measured = reliability(numbers("strain", "loss"))
    assert measured.alike
    assert measured.design == "quantitative"
    assert "statements" not in measured.sentence


def test_what_was_measured_chooses_the_design() -> None:
    designs = {row["design"] for row in read_table("topotaxy.evidence", "calibration")}
    fuller = reliability(numbers("phase_fraction", "salt"))
    assert fuller.design == ("complete" if "complete" in designs else "quantitative")
    assert reliability(numbers("phase_fraction", "loss")).design == "quantitative"


def test_inconsistencies_are_counted_and_contradictions_listed() -> None:
    found = audit("fang2022")
    section = audit_section(found)
    contradictions = [f for f in found if f.severity == "contradiction"]
    (lead, table) = section.parts
    assert isinstance(lead, Paragraph)
    assert f"{len(contradictions)} contradiction" in lead.text
    assert isinstance(table, Table)
    assert [row[1] for row in table.rows][: len(contradictions)] == [f.message for f in contradictions]
    (nothing,) = audit_section([]).parts
    assert "none" in nothing.text


def test_a_reproduction_names_its_misses() -> None:
    document = {
        "claims": [
            {"id": "a", "agrees": True, "why": "", "label": "held-out"},
            {"id": "b", "agrees": False, "why": "too low", "label": "imposed"},
            {"id": "c", "agrees": None, "why": "no instrument"},
        ],
        "names": {"b": "capacity"},
    }
    section = reproduction_section(document)
    assert "1 of 2 claims" in section.parts[0].text
    assert isinstance(section.parts[-1], Items)
    assert section.parts[-1].texts == ["capacity: too low (imposed)"]


def test_observables_add_their_terms_to_a_paper() -> None:
    paper = case_of_ledger(load_ledger("fang2022"))
    both = with_observables(paper, [fraction()], name="own.json")
    assert len(both.terms) == len(paper.terms) + 1
    assert both.origins == ("measured", "stated")
    assert "own.json" in both.name
    with pytest.raises(InputError, match="own"):
        with_observables(paper, [], name="own.json")


def test_a_paper_and_observables_are_judged_by_one_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = tmp_path / "own.json"
    own.write_text(to_json([fraction()]), encoding="utf-8")
    assert main(["judge", "poizot2001", str(own), "--out", str(tmp_path / "out"), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["calibration"]["truths"] >= 100
    assert "own.json" in said["case"]
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "does not agree within the paper" in page
    assert said == {
        key: value
        for key, value in json.loads((tmp_path / "out" / "judgement.json").read_text()).items()
        if key != "made_by"
    }


def test_two_papers_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["judge", "fang2022", "poizot2001"]) == 2
    assert "one paper is judged at a time" in capsys.readouterr().err

"""An ablation in every form: the same numbers in data, CSV and Markdown, absent ones said to be absent."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from topotaxy.results import PROVENANCE_FILE
from topotaxy.runs.outcomes import OUTCOMES
from topotaxy.spec import Spec
from topotaxy.statistics import Difference
from topotaxy.studies.ablation import REFERENCE, Ablation, Arm, Effect
from topotaxy.studies.ablation_files import write_ablation
from topotaxy.studies.ablation_table import (
    MARK,
    ablation_cells,
    ablation_csv,
    ablation_document,
    ablation_markdown,
    arms_lines,
)
from topotaxy.studies.text import value_text

SPEC = Spec.model_validate(
    {
        "name": "made-up",
        "electrode": {"formula": "Co0.5Ni0.5O"},
        "cell": {"ion": "Na"},
        "protocol": {"cycles": 3},
        "lattice": {"cells": 4, "replicas": 5},
    }
)
UNITS = {outcome.name: outcome.unit for outcome in OUTCOMES}


def effect(arm: str, outcome: str, value: float, *apart: float, significant: bool = False) -> Effect:
    """With a difference of value, error and p where they are given."""
    difference = Difference(value=apart[0], error=apart[1], p=apart[2]) if apart else None
    return Effect(
        arm=arm,
        outcome=outcome,
        value=value,
        error=0.5 if apart else None,
        difference=difference,
        significant=significant,
    )


def ablation(*more: Effect) -> Ablation:
    return Ablation(
        spec=SPEC,
        arms=(
            Arm(name=REFERENCE, what="as specified", spec=SPEC),
            Arm(name="no-inert-cations", what="no cation is inert in the reference run", spec=None),
            Arm(name="no-coherency", what="the frame does not strain", spec=SPEC),
            Arm(name="no-reach", what="ions are exchanged in contact only", spec=SPEC),
        ),
        effects=(
            effect(REFERENCE, "discharge_capacity", 640.0),
            effect(REFERENCE, "home_fraction", 0.25),
            effect("no-coherency", "discharge_capacity", 500.0, -140.0, 3.0, 1e-6, significant=True),
            effect("no-coherency", "home_fraction", 0.2),
            effect("no-coherency", "trapped_fraction", 0.7, 0.1, 0.2, 0.6),
            effect("no-reach", "discharge_capacity", 638.0, -2.0, 1.5, 0.25),
            *more,
        ),
        inert=("Mg",),
    )


MADE = ablation()


def test_data_hold_every_effect_with_its_unit_and_no_significance_without_a_test() -> None:
    rows = ablation_document(MADE)["effects"]
    assert len(rows) == len(MADE.effects)
    for row, found in zip(rows, MADE.effects, strict=True):
        assert (row["arm"], row["outcome"], row["value"]) == (found.arm, found.outcome, found.value)
        assert (row["uncertainty"], row["unit"]) == (found.error, UNITS[found.outcome])
        if found.difference is None:
            assert [row[k] for k in ("difference", "difference_uncertainty", "p", "significant")] == [
                None
            ] * 4
        else:
            assert (row["difference"], row["p"]) == (found.difference.value, found.difference.p)
            assert row["difference_uncertainty"] == found.difference.error
            assert row["significant"] is found.significant


def test_data_say_which_arm_was_not_run_and_what_was_run() -> None:
    document = ablation_document(MADE)
    assert {a["arm"]: a["ran"] for a in document["arms"]} == {
        REFERENCE: True,
        "no-inert-cations": False,
        "no-coherency": True,
        "no-reach": True,
    }
    assert (document["formula"], document["ion"], document["inert"]) == ("Co0.5Ni0.5O", "Na", ["Mg"])
    assert (document["replicas"], document["cycles"]) == (5, 3)


def test_csv_reads_back_to_the_data() -> None:
    rows = list(csv.DictReader(io.StringIO(ablation_csv(MADE))))
    for row, found in zip(rows, ablation_document(MADE)["effects"], strict=True):
        for name, value in found.items():
            if value is None:
                assert row[name] == ""
            elif isinstance(value, float):
                assert float(row[name]) == value
            else:
                assert row[name] == str(value)


def test_the_table_has_a_column_for_each_arm_that_ran_and_a_row_for_each_outcome_of_the_reference() -> None:
    head, rows = ablation_cells(MADE)
    assert head == ["", "reference", "no coherency", "no reach"]
    assert [row[0].partition(",")[0] for row in rows] == ["first discharge", "home fraction"]
    assert all(len(row) == len(head) for row in rows)


def cell(arm: str, outcome: str, made: Ablation = MADE) -> str:
    head, rows = ablation_cells(made)
    words = next(o.words for o in OUTCOMES if o.name == outcome)
    row = next(r for r in rows if r[0].partition(",")[0] == words)
    return row[head.index(arm.replace("-", " "))]


def test_the_reference_shows_values_and_the_others_what_changes() -> None:
    assert cell(REFERENCE, "discharge_capacity") == value_text(640.0, None)
    assert cell("no-coherency", "discharge_capacity") == f"{value_text(-140.0, 3.0)} {MARK}"
    assert cell("no-reach", "discharge_capacity") == value_text(-2.0, 1.5)
    # Fewer than four replicas can be compared: the value, in brackets.
    assert cell("no-coherency", "home_fraction") == f"({value_text(0.2, None)})"
    assert cell("no-reach", "home_fraction") == "-"


def test_a_rise_has_its_sign() -> None:
    made = ablation(effect("no-reach", "home_fraction", 0.45, 0.2, 0.01, 1e-4, significant=True))
    assert cell("no-reach", "home_fraction", made) == f"+0.200 ± 0.010 {MARK}"


@pytest.mark.parametrize("significant", [True, False])
def test_only_a_significant_change_is_marked(significant: bool) -> None:
    made = ablation(effect("no-reach", "home_fraction", 0.3, 0.05, 0.01, 0.01, significant=significant))
    assert cell("no-reach", "home_fraction", made).endswith(MARK) is significant


def test_every_arm_but_the_reference_is_explained() -> None:
    lines = arms_lines(MADE)
    assert lines == [
        "no inert cations: no cation is inert in the reference run (not run)",
        "no coherency: the frame does not strain",
        "no reach: ions are exchanged in contact only",
    ]
    text = ablation_markdown(MADE)
    assert all(f"\n- {line}\n" in text for line in lines)


def test_markdown_is_one_whole_table_that_says_of_what_it_is() -> None:
    text = ablation_markdown(MADE)
    table = [line for line in text.splitlines() if line.startswith("|")]
    head, rows = ablation_cells(MADE)
    assert len(table) == len(rows) + 2
    assert {line.count("|") for line in table} == {len(head) + 1}
    for fact in ("made-up", "Co0.5Ni0.5O against Na", "3 cycles", "4 cells", "5 replicas"):
        assert fact in text
    assert text.endswith("\n")


def test_the_folder_holds_the_same_in_every_form_and_leaves_the_runs_alone(tmp_path: Path) -> None:
    (tmp_path / "reference").mkdir()
    (tmp_path / "reference" / "run.nc").write_bytes(b"a run")
    returned = write_ablation(MADE, tmp_path)
    document = json.loads((tmp_path / "ablation.json").read_text(encoding="utf-8"))
    assert document == returned == ablation_document(MADE)
    assert (tmp_path / "ablation.csv").read_text(encoding="utf-8") == ablation_csv(MADE)
    assert (tmp_path / "ablation.md").read_text(encoding="utf-8") == ablation_markdown(MADE)
    assert (tmp_path / "reference" / "run.nc").read_bytes() == b"a run"
    assert not list(tmp_path.parent.glob(".*work"))


def test_provenance_names_the_tables_and_the_specification(tmp_path: Path) -> None:
    write_ablation(MADE, tmp_path)
    said: dict[str, Any] = json.loads((tmp_path / PROVENANCE_FILE).read_text(encoding="utf-8"))
    assert {"ablation.json", "ablation.csv", "ablation.md"} <= set(said["files"])
    assert said["spec"] == SPEC.model_dump(mode="json")
    assert said["schema"] == ablation_document(MADE)["schema"]


def test_written_again_the_tables_are_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b", "a"):
        write_ablation(MADE, tmp_path / name)
    for file in ("ablation.json", "ablation.csv", "ablation.md"):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from topotaxy.cli import main


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    import contextlib
    import io

    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()):
        assert main(["reproduce", "fang2022", "--json"]) == 0
    return json.loads(out.getvalue())


def test_each_value_claim_has_a_row_of_the_published_shape(document: dict[str, Any]) -> None:
    from topotaxy.evidence import load_ledger

    rows = {row["id"]: row for row in document["claims"]}
    assert set(rows) == {c.id for c in load_ledger("fang2022").claims if c.kind == "value"}
    for row in rows.values():
        assert {"id", "stated", "computed", "uncertainty", "unit", "label", "agrees", "why"} <= set(row)
        assert (row["computed"] is None) == (row["label"] is None)
        assert row["why"]


def test_labels_follow_the_targets_of_the_paper(document: dict[str, Any]) -> None:
    """Fitted, a quotient of what was, or the same quantity of the same sample: calibrated."""
    label = {row["id"]: row["label"] for row in document["claims"]}
    fitted = set(document["fitted_to"])
    assert {name for name, own in label.items() if own == "calibrated"} == {*fitted, "na.charge"}
    assert label["na.micro.efficiency"] == "bounded"
    assert label["nvp.capacity"] == "imposed"
    for name in ("li.discharge", "li.charge", "full.voltage", "na.micro.retention"):
        assert label[name] == "held-out"


def test_predictions_are_intervals_and_z_is_that_of_the_number_left_out(document: dict[str, Any]) -> None:
    for row in document["claims"]:
        if row["low"] is None:
            continue
        assert row["low"] <= row["computed"] <= row["high"]
        if row["leave_one_out_z"] is not None:
            assert row["agrees"] == (abs(row["leave_one_out_z"]) <= 2.0)
            assert row["leave_one_out_effective"] >= 20.0


def test_budgets_mechanisms_and_parameters_are_there(document: dict[str, Any]) -> None:
    assert {b["ion"] for b in document["budgets"]} == {"Na", "Li"}
    for b in document["budgets"]:
        assert b["remainder"][0] <= b["remainder"][1] <= b["remainder"][2]
    whole, *others = document["knockouts"]
    assert whole["name"] == "all mechanisms"
    registry = next(k for k in others if "registry" in k["name"])
    assert registry["chi_squared"] > whole["chi_squared"] + 10.0
    assert registry["missed"][0][0] == "full.voltage"
    for p in document["parameters"]:
        assert p["prior_low"] <= p["low"] * (1 + 1e-5)
        assert p["high"] <= p["prior_high"] * (1 + 1e-5)
        assert p["words"]
    assert "held_out_median_absolute_error" not in document


def test_another_paper_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["reproduce", "nobody1999"]) == 2
    assert "fang2022" in capsys.readouterr().err


def test_a_folder_with_something_else_is_refused_before_anything_is_computed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from topotaxy.studies import reproduction

    monkeypatch.setattr(reproduction, "reproduce", lambda *a, **k: pytest.fail("computed all the same"))
    (tmp_path / "mine.txt").write_text("precious", encoding="utf-8")
    for place in (tmp_path, tmp_path / "mine.txt"):
        assert main(["reproduce", "fang2022", "--out", str(place)]) == 2
        assert "holds no reproduction; use another --out" in capsys.readouterr().err
    assert (tmp_path / "mine.txt").read_text(encoding="utf-8") == "precious"


def test_an_earlier_reproduction_may_be_replaced(tmp_path: Path) -> None:
    from topotaxy.studies.reproduction_folder import DOCUMENT_FILE, check_folder

    check_folder(tmp_path / "new")
    check_folder(tmp_path)
    (tmp_path / DOCUMENT_FILE).write_text("{}", encoding="utf-8")
    (tmp_path / "figures").mkdir()
    check_folder(tmp_path)

from __future__ import annotations

import json
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


def test_only_what_was_fitted_is_called_calibrated(document: dict[str, Any]) -> None:
    calibrated = {row["id"] for row in document["claims"] if row["label"] == "calibrated"}
    assert calibrated == {*document["fitted_to"], "na.ice"}


def test_fitted_numbers_are_met_and_held_out_ones_stated(document: dict[str, Any]) -> None:
    for row in document["claims"]:
        if row["label"] == "calibrated":
            assert abs(row["error"]) < 0.01
    errors = sorted(
        abs(row["error"])
        for row in document["claims"]
        if row["label"] == "held-out" and row["id"] not in ("na.micro.efficiency", "li.ice")
    )
    assert len(errors) == 9
    assert document["held_out_median_absolute_error"] == pytest.approx(errors[4])


def test_another_paper_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["reproduce", "nobody1999"]) == 2
    assert "expected fang2022" in capsys.readouterr().err

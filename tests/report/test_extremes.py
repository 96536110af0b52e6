"""Reports of real runs at the edges of what a specification allows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from topotaxy.report import write_report
from topotaxy.runs import run
from topotaxy.spec import Spec


@pytest.mark.parametrize(
    ("formula", "ion"),
    [("MgO", "Na"), ("Ni0.9375Zn0.0625O0.96875S0.03125", "K"), ("Li0.25Cu0.75O0.75F0.25", "Li")],
)
def test_report_of_an_extreme_run(tmp_path: Path, formula: str, ion: str) -> None:
    spec = Spec.model_validate(
        {
            "name": "extreme",
            "electrode": {"formula": formula},
            "cell": {"ion": ion},
            "protocol": {"cycles": 1},
            "lattice": {"cells": 2, "replicas": 1},
        }
    )
    page = write_report(run(spec, tmp_path / "out")).read_text(encoding="utf-8")
    shown = page.partition("<main")[2].partition("<script")[0]
    assert re.search(r"\b(nan|inf)\b", shown, flags=re.IGNORECASE) is None
    assert len(list((tmp_path / "out" / "figures").glob("*.svg"))) >= 5

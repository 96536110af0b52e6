from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from topotaxy.content.figure import Absent
from topotaxy.report.run.budget import budget_sentences, budget_terms
from topotaxy.report.run.folder import RunFolder

MakeRun = Callable[..., Path]


def _folder(charge: float, **attributes: float) -> RunFolder:
    terms = {"couple Ni": 400.0, "interfacial storage": 20.0, "unexplained remainder": charge - 420.0}
    values = np.array(list(terms.values()))
    budget = xr.Dataset(
        {
            "capacity": ("term", values),
            "low": ("term", values * [1, 0.5, 1]),
            "high": ("term", values * [1, 4, 1]),
            "basis": ("term", ["", "", ""]),
        },
        coords={"term": list(terms)},
        attrs={
            "discharge_capacity": charge + 20.0,
            "charge_capacity": charge,
            "subject": "measured",
            **attributes,
        },
    )
    return RunFolder(path=Path("run"), groups={"budget": budget})


def _said(folder: RunFolder) -> str:
    terms = budget_terms(folder)
    assert not isinstance(terms, Absent)
    return " ".join(budget_sentences(folder, terms))


@pytest.mark.parametrize(
    ("charge", "words"),
    [
        (440.0, "50 % (25 to 100 %) of the 40 mAh g⁻¹ that are given back beyond the couples"),
        (390.0, "the couples that are counted hold all that is given back without it"),
    ],
)
def test_what_interfaces_could_carry(charge: float, words: str) -> None:
    said = _said(_folder(charge, interface_area=180.0))
    assert "180 m² g⁻¹" in said
    assert "20 mAh g⁻¹ (10 to 80)" in said
    assert words in said


def test_without_an_area_from_the_lattice_nothing_is_said() -> None:
    assert "m² g⁻¹" not in _said(_folder(440.0))

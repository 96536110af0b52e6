from __future__ import annotations

import warnings
from typing import Any

import pytest

ALL_OFF = dict.fromkeys(("first discharge", "early loss", "film", "stores", "loss of active material"), False)


@pytest.fixture(scope="session")
def pybamm() -> Any:
    # PyBaMM warns at import and at set-up about its own deprecations, not about our models.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from topotaxy.cell.environment import load_pybamm

        return load_pybamm()


@pytest.fixture
def sodium(pybamm: Any) -> dict[str, Any]:
    from topotaxy.cell.parameters import shipped_parameters

    return shipped_parameters("heos-na")

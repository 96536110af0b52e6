"""One row of a table, and the mean of a sample as a row."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

Results = Mapping[str, Mapping[str, Any]]
"""Results of converged tasks by the name of the task."""

Row = dict[str, Any]


def row(
    quantity: str,
    subject: str,
    value: float,
    unit: str,
    *,
    condition: str = "",
    error: float | None = None,
    sites: int = 1,
    systematic: float | None = None,
    basis: str = "",
    method: str = "",
) -> Row:
    """One row; ``error`` is the standard error of the mean over ``sites``, None for one site."""
    return {
        "quantity": quantity,
        "subject": subject,
        "condition": condition,
        "value": round(float(value), 5),
        "unit": unit,
        "standard_error": None if error is None else round(float(error), 5),
        "sites": sites,
        "systematic_error": None if systematic is None else round(float(systematic), 5),
        "systematic_basis": basis,
        "method": method,
    }


def mean_row(
    quantity: str, subject: str, values: list[float], unit: str, condition: str, common: dict[str, Any]
) -> Row:
    """The mean of ``values`` with its standard error; ``common`` are further fields of :func:`row`."""
    return row(
        quantity,
        subject,
        float(np.mean(values)),
        unit,
        condition=condition,
        error=standard_error(values),
        sites=len(values),
        **common,
    )


def standard_error(values: Iterable[float]) -> float | None:
    """Standard deviation over the root of the number; None for fewer than two."""
    found = list(values)
    return float(np.std(found, ddof=1) / math.sqrt(len(found))) if len(found) > 1 else None


def root_mean_square(values: Iterable[float]) -> float | None:
    """None where there are no values."""
    found = list(values)
    return math.sqrt(float(np.mean(np.square(found)))) if found else None

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
    """One row; ``error`` is the standard error of the mean over ``sites``, None for one site.

    Parameters
    ----------
    quantity, subject, unit : str
        What the number is, of what, and in which unit.
    value : float
        In ``unit``; kept to 5 decimals, as the errors are.
    condition : str
        State, facet, neighbours or place, where there is more than one.
    error : float, optional
        Standard error of the mean, in ``unit``.
    sites : int
        Number of values that the mean is of.
    systematic : float, optional
        Systematic error, in ``unit``.
    basis : str
        What the systematic error rests on.
    method : str
        How the number was computed.

    Returns
    -------
    dict
        Fields of the row by their names in the table.
    """
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
    """The mean of ``values`` with its standard error; ``common`` are further fields of :func:`row`.

    Parameters
    ----------
    quantity, subject, unit, condition : str
        As in :func:`row`.
    values : list of float
        One a site or a cell, in ``unit``; at least one.
    common : dict
        ``systematic``, ``basis`` and ``method`` of :func:`row`, those that are known.
    """
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
    """Standard deviation over the root of the number; None for fewer than two.

    Parameters
    ----------
    values : iterable of float
        The sample. The deviation is that of a sample, with one degree of freedom less than values.

    Returns
    -------
    float or None
        In the unit of the values.
    """
    found = list(values)
    return float(np.std(found, ddof=1) / math.sqrt(len(found))) if len(found) > 1 else None


def root_mean_square(values: Iterable[float]) -> float | None:
    """None where there are no values.

    Parameters
    ----------
    values : iterable of float
        Errors, say; of either sign.

    Returns
    -------
    float or None
        In the unit of the values.
    """
    found = list(values)
    return math.sqrt(float(np.mean(np.square(found)))) if found else None

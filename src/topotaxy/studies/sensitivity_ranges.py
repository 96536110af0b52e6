"""Ranges of the headline numbers over the ranges of all inputs together, from the points of a study.

The points of a Morris design take each of four levels of every input equally often, ends among them, whatever
the others are, so that their quantiles are those of the number over that grid: wider than for inputs that
are likely to lie in the middle of their ranges.
"""

from __future__ import annotations

import csv
import io
from typing import Any

import numpy as np

from topotaxy.studies.sensitivity_points import Study

RANGES_FILE = "ranges.csv"

LOW, HIGH = 0.05, 0.95
"""Quantiles that the ends of a range are: nine points in ten lie between them."""

LEAST_POINTS = 40
"""Points below which there is no range: two or more lie beyond each end."""

COLUMNS = (
    "electrode",
    "ion",
    "current",
    "quantity",
    "subject",
    "state",
    "cycle",
    "unit",
    "low",
    "median",
    "high",
    "points",
    "source",
)


def ranges_table(study: Study, found: dict[int, list[list[Any]]]) -> str:
    """Write, as CSV, between what values each number lies at nine points in ten.

    Parameters
    ----------
    study : Study
        The study and its inputs.
    found : dict of int to list
        Numbers by point, of some or all of them, as :func:`~.sensitivity_points.numbers_at` returns them.
    """
    values: dict[tuple[str, str, str, int, str], list[float]] = {}
    for _, numbers in sorted(found.items()):
        for quantity, subject, state, cycle, unit, value, _ in numbers:
            if value is not None and np.isfinite(value):
                key = (str(quantity), str(subject), str(state), int(cycle), str(unit))
                values.setdefault(key, []).append(float(value))
    lattice, protocol = study.spec.lattice, study.spec.protocol
    source = (
        f"{len(found)} points of elementary effects, {lattice.replicas} replicas of {lattice.cells} cubed "
        f"cells, seed {study.seed}"
    )
    of = study.spec.electrode.formula, study.spec.cell.ion, f"{protocol.current:.6g}"
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for (quantity, subject, state, cycle, unit), seen in sorted(values.items()):
        if len(seen) >= LEAST_POINTS:
            ends = [f"{x:.4g}" for x in np.quantile(seen, [LOW, 0.5, HIGH])]
            writer.writerow([*of, quantity, subject, state, cycle, unit, *ends, len(seen), source])
    return text.getvalue()

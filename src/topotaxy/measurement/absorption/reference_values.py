"""Numbers of tables that fits and uncertainties lean on: first shells of metals, and estimates."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np


@dataclass(frozen=True)
class Estimate:
    """A number nobody measured here, with its standard deviation and range."""

    value: float
    deviation: float
    low: float
    high: float


@dataclass(frozen=True)
class Metal:
    """First shells of an element's metal: neighbours and distances, Å."""

    counts: tuple[float, ...]
    distances: tuple[float, ...]


def _rows(name: str) -> list[dict[str, str]]:
    text = (
        resources.files("topotaxy.measurement.absorption").joinpath(f"tables/{name}.csv").read_text("utf-8")
    )
    return list(csv.DictReader(text.splitlines()))


@cache
def estimates() -> dict[str, Estimate]:
    """Return the estimates by name."""
    return {
        row["name"]: Estimate(
            float(row["value"]),
            float(row["deviation"]),
            float(row["low"] or "-inf"),
            float(row["high"] or "inf"),
        )
        for row in _rows("estimates")
    }


@cache
def metals() -> dict[str, Metal]:
    """Return the metals that have a simple first shell."""
    return {
        row["element"]: Metal(
            tuple(float(v) for v in row["counts"].split()), tuple(float(v) for v in row["distances"].split())
        )
        for row in _rows("metals")
        if row["counts"]
    }


def mean_distance(metal: Metal) -> float:
    """Return the mean distance of the first shells, Å, weighted by neighbours.

    Parameters
    ----------
    metal : Metal
        Neighbours and distances (Å) of the first shells of a metal.
    """
    return float(np.average(metal.distances, weights=metal.counts))

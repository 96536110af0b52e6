"""What a posterior infers of the cell, and what it may be before any cell is measured (``priors.toml``)."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np
from numpy.typing import NDArray

from topotaxy.errors import InputError, choices
from topotaxy.tables import read_table

Values = NDArray[np.float64]
SCHEMA = "topotaxy/cell-priors/1"
DRAW = "draw"
"""Name of the draw of the lattice among the inferred parameters."""


@dataclass(frozen=True, kw_only=True)
class Prior:
    """One inferred parameter: flat between ``low`` and ``high``, by its logarithm where ``scale`` is log.

    ``ion`` is the alkali that it belongs to; empty where it holds for all.
    """

    name: str
    ion: str
    low: float
    high: float
    scale: str
    unit: str
    meaning: str
    source: str

    @property
    def key(self) -> str:
        """Name among all inferred parameters, such as ``film_store.Na``."""
        return f"{self.name}.{self.ion}" if self.ion else self.name

    def at(self, share: Values) -> Values:
        """Values at shares (0 to 1) of the prior's probability.

        Parameters
        ----------
        share : array
            Quantiles of the prior, 0 to 1; any shape.
        """
        if self.scale == "log":
            return np.asarray(self.low * (self.high / self.low) ** share)
        return np.asarray(self.low + (self.high - self.low) * share)

    def share(self, value: float) -> float:
        """Share of the prior's probability below a value.

        Parameters
        ----------
        value : float
            In :attr:`unit`; positive where the scale is log.
        """
        if self.scale == "log":
            return math.log(value / self.low) / math.log(self.high / self.low)
        return (value - self.low) / (self.high - self.low)

    @property
    def middle(self) -> float:
        """Median of the prior."""
        return float(self.at(np.array(0.5)))


@cache
def priors() -> tuple[Prior, ...]:
    """Return the inferred parameters in the order of the file; ranges of stores come from the material's
    table."""
    text = (resources.files("topotaxy.cell") / "priors.toml").read_text(encoding="utf-8")
    document = tomllib.loads(text)
    if document["schema"] != SCHEMA:
        raise ValueError(f"expected {SCHEMA}")
    return tuple(_prior(entry) for entry in document["parameter"])


def _prior(entry: Mapping[str, str | float]) -> Prior:
    entry = dict(entry)
    term = entry.pop("storage_term", None)
    if term is not None:
        ion = entry.get("ion", "")
        rows = read_table("topotaxy.material", "storage_terms")
        row = next(r for r in rows if r["term"] == term and r["ion"] == ion)
        entry |= {"low": float(row["low"]), "high": float(row["high"]), "source": row["source"]}
    return Prior(**{"ion": "", **entry})  # type: ignore[arg-type]


def names_of(found: Sequence[Prior]) -> list[str]:
    """Names of the inferred parameters, the draw of the lattice last.

    Parameters
    ----------
    found : sequence of Prior
        In the order of the names.
    """
    return [*(p.key for p in found), DRAW]


def values_at(found: Sequence[Prior], shares: Values, draws: int) -> dict[str, float]:
    """Return the parameters at a point of the unit cube, the draw as a whole number.

    Parameters
    ----------
    found : sequence of Prior
        Priors of the parameters that are inferred.
    shares : array (parameters + 1,)
        Shares of each prior's probability; the last one chooses the draw.
    draws : int
        Number of draws to choose from.
    """
    values = {p.key: float(p.at(u)) for p, u in zip(found, shares[:-1], strict=True)}
    return {**values, DRAW: float(min(draws - 1, int(shares[-1] * draws)))}


def of_ion(values: Mapping[str, float], ion: str) -> dict[str, float]:
    """Return the parameters that hold for one alkali, by their plain names.

    Parameters
    ----------
    values : mapping of str to float
        Values of the inferred parameters by :attr:`Prior.key`.
    ion : str
        Symbol of the alkali metal: Li, Na or K.
    """
    found = {}
    for key, value in values.items():
        name, _, own = key.partition(".")
        if not own or own == ion:
            found[name] = value
    return found


def checked(values: Mapping[str, float]) -> Mapping[str, float]:
    """Return values by plain name after a check that each is known.

    Parameters
    ----------
    values : mapping of str to float
        Values of parameters by plain name, in the unit of that parameter.

    Raises
    ------
    InputError
        For a name that is neither an assumption nor inferred, and a value that is no number.
    """
    known = set(assumed()) | {p.name for p in priors()}
    for name, value in values.items():
        if name not in known:
            raise InputError(f"unknown cell parameter {name!r:.60}; {choices(name, sorted(known))}")
        if not math.isfinite(value):
            raise InputError(f"{name}: expected a finite number, got {value}")
    return values


@cache
def assumed() -> Mapping[str, float]:
    """What is imposed on the cell by name (``tables/assumptions.csv``)."""
    return {row["name"]: float(row["value"]) for row in read_table("topotaxy.cell", "assumptions")}

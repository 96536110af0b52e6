"""What describes one reaction before and after data: latents, their priors, and standard normals behind them.

Every latent is a monotone function of one standard normal, so that the prior is exactly N(0, 1) in each and
the sampler needs to know nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from topotaxy.evidence.reaction import Reaction
from topotaxy.tables import read_table

Values = NDArray[np.float64]

_EDGE = 1e-12
"""Distance of a probability from 0 and 1 that is kept."""


@dataclass(frozen=True, kw_only=True)
class Shape:
    """A Kumaraswamy prior: F(x) = 1 - (1 - y^a)^b, y = (x - low)/(high - low)."""

    a: float
    b: float
    low: float
    high: float

    def quantile(self, share: Values) -> Values:
        """Return the value below which that share of the prior lies."""
        inner = np.clip(share, _EDGE, 1.0 - _EDGE)
        y = (1.0 - (1.0 - inner) ** (1.0 / self.b)) ** (1.0 / self.a)
        return np.asarray(self.low + (self.high - self.low) * y)


@dataclass(frozen=True, kw_only=True)
class Prior:
    """The prior of all latents; everything in it is an input that the answer prints.

    ``sharpness`` raises a and b to that power: above 1 it draws the priors together where they are not
    flat, below 1 it flattens them. ``changed`` replaces the shape of single latents.
    """

    sharpness: float = 1.0
    changed: Mapping[str, Shape] = field(default_factory=dict)

    def shape(self, name: str, element: str = "") -> Shape:
        """Return the shape of a latent, of one element where it goes by cation."""
        table = _table()
        own = f"{name}.{element}"
        shape = self.changed.get(own) or self.changed.get(name) or table.get(own) or table[name]
        if self.sharpness == 1.0:
            return shape
        return replace(shape, a=shape.a**self.sharpness, b=shape.b**self.sharpness)


AS_LISTED = Prior()
"""The prior of ``latents.csv``."""


@cache
def _rows() -> tuple[dict[str, str], ...]:
    return read_table("topotaxy.evidence", "latents")


@cache
def _table() -> dict[str, Shape]:
    return {
        row["name"]: Shape(
            a=float(row["a"]), b=float(row["b"]), low=float(row["low"]), high=float(row["high"])
        )
        for row in _rows()
    }


@cache
def _names(per: str) -> tuple[str, ...]:
    return tuple(row["name"] for row in _rows() if row["per"] == per and "." not in row["name"])


@cache
def offset_names() -> tuple[str, ...]:
    """Return the names of the systematic offsets, one a technique (``offsets.csv``)."""
    return tuple(row["technique"] for row in read_table("topotaxy.evidence", "offsets"))


def coordinates(reaction: Reaction) -> tuple[str, ...]:
    """Return the names of the standard normals, in the order of their columns."""
    by_cation = [f"{name}.{element}" for name in _names("cation") for element in reaction.cations]
    offsets = [f"offset.{name}" for name in offset_names()]
    return (*by_cation, "reoxidised", *_names("whole"), *offsets)


def latents(normals: Values, reaction: Reaction, prior: Prior, correlation: float) -> dict[str, Values]:
    """Return the latents of each row of standard normals.

    Parameters
    ----------
    normals : array (n, d)
        One column for each of :func:`coordinates`.
    reaction : Reaction
        What is judged.
    prior : Prior
        What is believed before data.
    correlation : float
        Between the re-oxidised shares of elements, 0 to 1.

    Returns
    -------
    dict of str to array (n,)
        Latents by name (``name.element`` where they go by cation); offsets in standard deviations. Also
        ``reduced.<element>``, the metal share of a cation in the reacted part.
    """
    column = {name: normals[:, i] for i, name in enumerate(coordinates(reaction))}
    found: dict[str, Values] = {}
    common = column["reoxidised"]
    for element in reaction.cations:
        own = column[f"reoxidised.{element}"]
        mixed = np.sqrt(correlation) * common + np.sqrt(1.0 - correlation) * own
        found[f"reoxidised.{element}"] = prior.shape("reoxidised", element).quantile(ndtr(mixed))
        found[f"reducible.{element}"] = prior.shape("reducible", element).quantile(
            ndtr(column[f"reducible.{element}"])
        )
    for name in _names("whole"):
        found[name] = prior.shape(name).quantile(ndtr(column[name]))
    for name in offset_names():
        found[f"offset.{name}"] = column[f"offset.{name}"]
    for element in reaction.cations:
        found[f"reduced.{element}"] = found[f"reducible.{element}"] * found["extent"]
    return found

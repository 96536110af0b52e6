"""What describes one reaction before and after data: latents, their priors, and standard normals behind them.

Every latent is a monotone function of one standard normal, so that the prior is exactly N(0, 1) in each and
the sampler needs to know nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from topotaxy.evidence.reaction import Reaction
from topotaxy.tables import read_table

Values = NDArray[np.float64]

_EDGE = 1e-12
"""Distance of a probability from 0 and 1 that is kept."""
_REACH, _POINTS = 8.0, 4096
"""Grid of standard normals on which priors are tabulated: a normal lies beyond once in 10^15."""


@dataclass(frozen=True, kw_only=True)
class Shape:
    """A Kumaraswamy prior: F(x) = 1 - (1 - y^a)^b, y = (x - low)/(high - low)."""

    a: float
    b: float
    low: float
    high: float

    def log_density(self, values: Values) -> Values:
        """Return the log density of (x - low)/(high - low); at the ends that just beside them.

        Parameters
        ----------
        values : Values
            Within the range; any shape.
        """
        y = np.clip((values - self.low) / (self.high - self.low), _EDGE, 1.0 - _EDGE)
        return np.asarray(
            np.log(self.a * self.b)
            + (self.a - 1.0) * np.log(y)
            + (self.b - 1.0) * np.log1p(-np.minimum(y**self.a, 1.0 - _EDGE))
        )

    def quantile(self, share: float) -> float:
        """Return the value below which that share of the prior lies.

        Parameters
        ----------
        share : float
            Between 0 and 1.
        """
        inner = min(max(share, _EDGE), 1.0 - _EDGE)
        y = (1.0 - (1.0 - inner) ** (1.0 / self.b)) ** (1.0 / self.a)
        return self.low + (self.high - self.low) * float(y)


@dataclass(frozen=True, kw_only=True)
class Prior:
    """The prior of all latents; everything in it is an input that the answer prints.

    ``sharpness`` raises a and b to that power: above 1 it draws the priors together where they are not
    flat, below 1 it flattens them. ``changed`` replaces the shape of single latents.
    """

    sharpness: float = 1.0
    changed: Mapping[str, Shape] = field(default_factory=dict)

    def __hash__(self) -> int:
        return hash((self.sharpness, tuple(sorted(self.changed))))

    def shape(self, name: str, element: str = "") -> Shape:
        """Return the shape of a latent, of one element where it goes by cation.

        Parameters
        ----------
        name : str
            Name of the latent.
        element : str
            Chemical symbol; empty for a latent of the whole.
        """
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
    """Return the names of the standard normals, in the order of their columns.

    Parameters
    ----------
    reaction : Reaction
        Material and alkali.
    """
    by_cation = [f"{name}.{element}" for name in _names("cation") for element in reaction.cations]
    offsets = [f"offset.{name}" for name in offset_names()]
    return (*by_cation, "reoxidised", *_names("whole"), *offsets)


class _Quantiles:
    """The priors of many latents at once, one a row: from standard normals to values.

    Values are read between the points of a grid, straight: powers and normal integrals were most of the cost
    of the map. A grid of :data:`_POINTS` keeps them to 1e-6 of their range.
    """

    def __init__(self, shapes: list[Shape]) -> None:
        a, b, low, high = (
            np.array([[getattr(shape, name)] for shape in shapes]) for name in ("a", "b", "low", "high")
        )
        share = np.clip(ndtr(np.linspace(-_REACH, _REACH, _POINTS + 1)), _EDGE, 1.0 - _EDGE)
        at = low + (high - low) * (1.0 - (1.0 - share) ** (1.0 / b)) ** (1.0 / a)
        self._at, self._rise = at[:, :-1].ravel(), np.diff(at, axis=1).ravel()
        self._row = _POINTS * np.arange(len(shapes))[:, None]

    def of(self, normals: Values) -> Values:
        """Return the values of standard normals, both (latents, n): F(x) = 1 - (1 - y^a)^b inverted."""
        along = np.clip((normals + _REACH) * (_POINTS / (2.0 * _REACH)), 0.0, _POINTS * (1.0 - 1e-15))
        place = along.astype(np.int64)
        along -= place
        place += self._row
        along *= self._rise.take(place)
        along += self._at.take(place)
        return along


@lru_cache(maxsize=64)
def _quantiles(reaction: Reaction, prior: Prior) -> tuple[tuple[str, ...], _Quantiles]:
    """Return the names of the latents, in the order of their columns, and their priors."""
    pairs = [(name, element) for name in _names("cation") for element in reaction.cations]
    pairs += [(name, "") for name in _names("whole")]
    names = tuple(f"{name}.{element}" if element else name for name, element in pairs)
    return names, _Quantiles([prior.shape(name, element) for name, element in pairs])


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
    names, quantiles = _quantiles(reaction, prior)
    rows = np.ascontiguousarray(normals.T)
    by_cation = len(names) - len(_names("whole"))
    common, offsets = by_cation, len(names) + 1
    own = np.concatenate([rows[:common], rows[common + 1 : offsets]])
    mixed = [i for i, name in enumerate(names) if name.startswith("reoxidised.")]
    own[mixed] = np.sqrt(correlation) * rows[common] + np.sqrt(1.0 - correlation) * own[mixed]
    found: dict[str, Values] = dict(zip(names, quantiles.of(own), strict=True))
    for name, values in zip(offset_names(), rows[offsets:], strict=True):
        found[f"offset.{name}"] = values
    for element in reaction.cations:
        found[f"reduced.{element}"] = found[f"reducible.{element}"] * found["extent"]
    return found

"""What a refinement found: shares and cells, each with a statistical and a systematic uncertainty."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from topotaxy.measurement.diffraction.beam import Beam, tube_of
from topotaxy.measurement.diffraction.keys import Key
from topotaxy.measurement.diffraction.powder import weight_fractions
from topotaxy.measurement.diffraction.refine import Fit
from topotaxy.measurement.diffraction.structure import Structure
from topotaxy.tables import read_table

Floats = NDArray[np.float64]


def accuracy(name: str) -> float:
    """Return an entry of ``accuracy.csv``.

    Parameters
    ----------
    name : str
        Of the row.
    """
    rows = read_table("topotaxy.measurement.diffraction", "accuracy")
    return next(float(row["value"]) for row in rows if row["name"] == name)


@dataclass(frozen=True, kw_only=True)
class Spread:
    """What a number does when an assumption of the fit is changed."""

    assumption: str
    fractions: Floats
    cells: dict[Key, float]
    goodness: float


@dataclass(frozen=True, kw_only=True)
class Refinement:
    """A fit, what was dropped, and how its numbers move under other assumptions."""

    fit: Fit
    structures: tuple[Structure, ...]
    absent: tuple[str, ...]
    """Names of phases that show no line; their bounds are in ``bounds``."""
    bounds: dict[str, float]
    """Upper bound of the share by weight of each absent phase, at 95 %, where the pattern settles one."""
    spreads: tuple[Spread, ...] = ()
    prediction: dict[int, float] = field(default_factory=dict)
    """Error of prediction by number of background terms."""

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the phases in the fit."""
        return self.fit.model.names

    def fractions(self) -> tuple[Floats, Floats, Floats]:
        """Return shares by weight, their statistical and their systematic standard deviation."""
        model = self.fit.model
        values, covariance = self.fit.propagated(lambda q: weight_fractions(model, q))
        repeated = self.systematic(values, lambda s: s.fractions)
        statistical = np.sqrt(np.maximum(np.diag(covariance), 0.0))
        return values, statistical, np.hypot(repeated, from_scales(values, accuracy("scale")))

    def systematic(self, value: Floats, of: Callable[[Spread], Floats]) -> Floats:
        """Return the standard deviation that the spread stands for.

        Each assumption is taken as uniform between its alternatives, which are as far on the other side:
        the largest change over √3; kinds of assumption add in squares.

        Parameters
        ----------
        value : array
        of : callable
            From a spread to the same vector.
        """
        kinds: dict[str, Floats] = {}
        for spread in self.spreads:
            kind = spread.assumption.split(":")[0]
            change = np.abs(of(spread) - value)
            kinds[kind] = np.maximum(kinds.get(kind, np.zeros_like(change)), change)
        return np.asarray(np.sqrt(sum((c**2 / 3.0 for c in kinds.values()), np.zeros_like(value))))

    def cell(self, key: Key) -> tuple[float, float, float]:
        """Return a cell parameter with its statistical and systematic standard deviation.

        Parameters
        ----------
        key : Key
            Name of one parameter.
        """
        value = self.fit.values[key]
        statistical = self.fit.uncertainty(key) or 0.0
        systematic = float(
            self.systematic(np.array([value]), lambda s: np.array([s.cells.get(key, value)]))[0]
        )
        if key.kind in ("a", "b", "c"):
            systematic = float(np.hypot(systematic, value * accuracy(positions_of(self.fit.model.beam))))
        return value, statistical, systematic


def positions_of(beam: Beam) -> str:
    """Return the entry of ``accuracy.csv`` that limits lattice parameters in a beam.

    Parameters
    ----------
    beam : Beam
        Radiation and optics: wavelengths (Å), polarisation, widths, absorption.
    """
    if tube_of(beam):
        return "angles tube"
    return "wavelength neutron" if beam.radiation == "neutron" else "wavelength synchrotron"


def from_scales(fractions: Floats, relative: float) -> Floats:
    """Return the standard deviation of shares where every phase's scale has one relative error of its own.

    Parameters
    ----------
    fractions : array (phases,)
    relative : float
    """
    others = (fractions**2).sum() - fractions**2
    return np.asarray(fractions * relative * np.sqrt((1.0 - fractions) ** 2 + others))

"""How much of a first-cycle loss can be surface film: bounds from two particle sizes.

A loss per gram L = f S + t: film of charge f on the specific area S = 6/(rho d), and t that stays
in the particle. Of one material and one electrolyte f is the same; t is not negative and, as
trapping needs distance, not smaller in the larger particles. Then
(L1 - L2)/(S1 - S2) <= f <= min(L1/S1, L2/S2).
"""

from __future__ import annotations

from dataclasses import dataclass

from topotaxy.errors import InputError

COULOMB_PER_MAH = 3.6


@dataclass(frozen=True, kw_only=True)
class SizedLoss:
    """A first-cycle loss (mAh/g) of particles of diameter ``size`` (nm)."""

    loss: float
    size: float


@dataclass(frozen=True, kw_only=True)
class FilmBounds:
    """Charge of the film per area, C/m², from ``low`` to ``high``; shares of the loss that it makes in the
    smaller and the larger particles; ``areas`` the specific areas of both, m²/g.

    """

    low: float
    high: float
    share_small: tuple[float, float]
    share_large: tuple[float, float]
    areas: tuple[float, float]


def specific_area(size: float, density: float) -> float:
    """Area of smooth spheres, m²/g, of diameter ``size`` (nm) and ``density`` (g/cm³).

    Parameters
    ----------
    size : float
        Diameter of the particles, nm.
    density : float
        Density of the particles, g/cm³.
    """
    return 6000.0 / (density * size)


def film_bounds(one: SizedLoss, other: SizedLoss, density: float) -> FilmBounds:
    """Bound the charge bound in surface film; ``density`` in g/cm³.

    Parameters
    ----------
    one : SizedLoss
        Loss of the first cycle of one size of particle.
    other : SizedLoss
        That of the other size.
    density : float
        Density of the particles, g/cm³.

    Raises
    ------
    InputError
        Where sizes, losses or the density are not positive, the sizes are equal, or the losses
        contradict a film of one thickness: the lower bound lies above the upper.
    """
    if not density > 0.0:
        raise InputError(f"the density has to be positive, got {density:g} g/cm3")
    for given in (one, other):
        if not given.size > 0.0 or not given.loss > 0.0:
            raise InputError(
                f"size and loss have to be positive, got {given.size:g} nm and {given.loss:g} mAh/g"
            )
    if one.size == other.size:
        raise InputError(f"two particle sizes are needed, got {one.size:g} nm twice")
    small, large = sorted((one, other), key=lambda given: given.size)
    areas = specific_area(small.size, density), specific_area(large.size, density)
    high = COULOMB_PER_MAH * min(small.loss / areas[0], large.loss / areas[1])
    low = max(0.0, COULOMB_PER_MAH * (small.loss - large.loss) / (areas[0] - areas[1]))
    if low > high * (1.0 + 1e-9):
        raise InputError(
            f"the losses fit no film of one thickness: their difference asks for {low:.3g} C/m2 or more, "
            f"the larger particles allow {high:.3g}"
        )

    def share(given: SizedLoss, area: float) -> tuple[float, float]:
        whole = COULOMB_PER_MAH * given.loss
        return low * area / whole, min(high * area / whole, 1.0)

    return FilmBounds(
        low=low,
        high=high,
        share_small=share(small, areas[0]),
        share_large=share(large, areas[1]),
        areas=areas,
    )

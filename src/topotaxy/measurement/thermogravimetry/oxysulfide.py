"""Mass change of an oxysulfide that is burnt to oxides and sulfates, and back from it to its sulfur.

One formula unit with cations of mass m_c and a anions, of which the share x is sulfur, has the mass

    m(x) = m_c + a [M_O + x (M_S - M_O)] + k,

k being water. At the end there are the oxides, of mass R = m_c + M_O sum_i n_i o_i (o_i oxygen atoms for each
atom of cation i), and on them, for the share f of the sulfur that is kept as sulfate, SO3:

    m_end = R + f a x (M_S + 3 M_O).

With q = m_end / m(x), this is linear in x:

    x = [R - q (m_c + a M_O + k)] / (a [q (M_S - M_O) - f (M_S + 3 M_O)]).

Conservation of mass alone; atomic masses are IUPAC's.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from topotaxy.errors import InputError
from topotaxy.measurement.thermogravimetry.end_products import EndProduct, combinations


@dataclass(frozen=True, kw_only=True)
class Host:
    """Cations and number of anions of the material; which anions they are is what the balance tells.

    Attributes
    ----------
    cations:
        Element to amount in the formula unit.
    anions:
        Number of anion sites in the formula unit.
    """

    cations: Mapping[str, float]
    anions: float

    @property
    def cation_mass(self) -> float:
        """Mass of the cations of the formula unit, g/mol."""
        return math.fsum(n * atomic_mass(el) for el, n in self.cations.items())

    def mass(self, sulfur: float) -> float:
        """Return the dry mass of the formula unit, g/mol, at a share of sulfur on the anion sites.

        Parameters
        ----------
        sulfur : float
            0 to 1.
        """
        oxygen = atomic_mass("O")
        return self.cation_mass + self.anions * (oxygen + sulfur * (atomic_mass("S") - oxygen))

    def residue(self, products: Mapping[str, EndProduct]) -> float:
        """Return the mass of the oxides that the formula unit ends as, g/mol.

        Parameters
        ----------
        products : mapping
            Cation to the oxide that it ends as.
        """
        oxygen = math.fsum(n * products[el].oxygen for el, n in self.cations.items())
        return self.cation_mass + oxygen * atomic_mass("O")


@lru_cache(maxsize=128)
def atomic_mass(element: str) -> float:
    """Return the standard atomic mass, g/mol (IUPAC, from periodictable).

    Parameters
    ----------
    element : str
        Symbol.
    """
    import periodictable

    return float(periodictable.elements.symbol(element).mass)


def sulfate_mass() -> float:
    """Return the mass of SO3, by which an oxide becomes a sulfate, g/mol."""
    return atomic_mass("S") + 3.0 * atomic_mass("O")


def mass_change(
    host: Host,
    sulfur: float,
    products: Mapping[str, EndProduct],
    *,
    sulfate: float = 0.0,
    water: float = 0.0,
) -> float:
    """Return the change of mass over the starting mass.

    Parameters
    ----------
    host : Host
        Cations and number of anions.
    sulfur : float
        Share of sulfur on the anion sites, 0 to 1.
    products : mapping
        Cation to the oxide that it ends as.
    sulfate : float
        Share of the sulfur that is kept as sulfate.
    water : float
        Water in the start, as a share of the dry mass.
    """
    start = host.mass(sulfur) * (1.0 + water)
    end = host.residue(products) + sulfate * host.anions * sulfur * sulfate_mass()
    return end / start - 1.0


def sulfur_share(
    host: Host,
    change: float,
    products: Mapping[str, EndProduct],
    *,
    sulfate: float = 0.0,
    water: float = 0.0,
) -> float:
    """Return the share of sulfur on the anion sites that gives a change of mass; see :func:`mass_change`.

    It may lie outside 0 to 1, where the end products cannot be right.

    Parameters
    ----------
    host : Host
        Cations and number of anions.
    change : float
        Of the mass over the starting mass.
    products : mapping
        Cation to the oxide that it ends as.
    sulfate : float
        Share of the sulfur that is kept as sulfate.
    water : float
        Water in the start, as a share of the dry mass.

    Raises
    ------
    InputError
        Where the mass does not depend on the sulfur: sulfate kept makes up for what is lost.
    """
    oxygen, difference = atomic_mass("O"), atomic_mass("S") - atomic_mass("O")
    end_over_dry = (1.0 + change) * (1.0 + water)
    slope = host.anions * (end_over_dry * difference - sulfate * sulfate_mass())
    if abs(slope) < 1e-9 * host.anions * sulfate_mass():
        raise InputError("at this share of sulfate the mass does not depend on the sulfur")
    return (host.residue(products) - end_over_dry * (host.cation_mass + host.anions * oxygen)) / slope


class Scenario(NamedTuple):
    """One way in which a sample may have ended, and the sulfur that it implies."""

    products: Mapping[str, EndProduct]
    sulfate: float
    water: float
    sulfur: float

    @property
    def text(self) -> str:
        """In words: ``MgO CoO, no sulfate, dry at the start``."""
        oxides = " ".join(one.formula for one in self.products.values())
        sulfate = "all sulfur as sulfate" if self.sulfate else "no sulfate"
        water = f"{100 * self.water:.2g} % water at the start" if self.water else "dry at the start"
        return f"{oxides}, {sulfate}, {water}"


def scenarios(
    host: Host,
    change: float,
    possible: Mapping[str, Sequence[EndProduct]],
    *,
    sulfates: Sequence[float],
    waters: Sequence[float],
) -> list[Scenario]:
    """Return every combination of end products, sulfate and water with the sulfur that it implies.

    Parameters
    ----------
    host : Host
        The material.
    change : float
        Measured change of mass over the starting mass.
    possible : mapping
        Cation to its possible oxides.
    sulfates, waters : sequence of float
        Shares of the sulfur kept as sulfate, and of the dry mass that is water.
    """
    return [
        Scenario(
            products,
            sulfate,
            water,
            sulfur_share(host, change, products, sulfate=sulfate, water=water),
        )
        for products in combinations(possible)
        for sulfate in sulfates
        for water in waters
    ]


class Range(NamedTuple):
    """Least and most sulfur that a change of mass allows; None where it sets no bound within 0 to 1."""

    least: Scenario | None
    most: Scenario | None


def sulfur_range(
    host: Host,
    change: float,
    possible: Mapping[str, Sequence[EndProduct]],
    *,
    sulfates: tuple[float, float],
    waters: tuple[float, float],
) -> Range:
    """Return the range of sulfur over all end products, and over all shares of sulfate and water in between.

    A share x is possible where the measured end lies between the lightest and the heaviest end that it can
    have; both are linear in x, so that the range ends at ends of the ranges given. Sulfate of any share makes
    up for any loss, so that with it unknown (0 to 1) there is no upper bound.

    Parameters
    ----------
    host, change, possible
        As in :func:`scenarios`.
    sulfates, waters : (float, float)
        Least and most of each; of the sulfate (0, 0), (1, 1) or (0, 1).
    """
    ordered = sorted(combinations(possible), key=host.residue)
    lightest, heaviest = ordered[0], ordered[-1]

    def scenario(products: Mapping[str, EndProduct], sulfate: float, water: float) -> Scenario:
        share = sulfur_share(host, change, products, sulfate=sulfate, water=water)
        return Scenario(products, sulfate, water, share)

    light = scenario(lightest, sulfates[0], waters[1])
    heavy = scenario(heaviest, sulfates[1], waters[0])
    if sulfates == (0.0, 0.0):
        least, most = light, heavy
    elif sulfates == (1.0, 1.0):
        least, most = heavy, light
    else:
        return Range(max((light, heavy), key=lambda one: one.sulfur), None)
    return Range(least, most)

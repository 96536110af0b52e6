"""X-ray lines of the elements, in families that are excited together, and k-factors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from topotaxy.measurement.files.spectra.stored import Floats
from topotaxy.tables import read_table

PACKAGE = "topotaxy.measurement.energy_dispersive"
MN_KA = 5895.0
"""eV: the line that a detector's resolution is stated at."""
WIDTH_SLOPE = 2.5
"""eV: growth of the squared width with energy (C. E. Fiori and D. E. Newbury, Scanning Electron Microscopy 1
(1978) 401)."""
GAUSS = 2.354820045
"""Full width at half maximum of a Gaussian over its standard deviation."""


SPLIT_ABOVE = {"L": 2500.0, "M": 1500.0}
"""eV: main line of L and M above which a detector tells lines of different levels apart; each is fitted."""


@dataclass(frozen=True, kw_only=True)
class Family:
    """Lines that rise and fall together: energies (eV) and shares of the family's photons.

    Attributes
    ----------
    element, name:
        Symbol; ``K``, ``L`` or ``M`` where the main line is among them, else the level, as in ``L2``.
    energies, shares:
        Of each line.
    main, main_share:
        Energy of the strongest line of the main pair (Ka, La, Ma), and the pair's share; of a family without
        a main line those of its strongest.
    has_main:
        Whether it has the main line, for which k-factors are.
    """

    element: str
    name: str
    energies: tuple[float, ...]
    shares: tuple[float, ...]
    main: float
    main_share: float
    has_main: bool

    @property
    def text(self) -> str:
        """As in ``Zn La``."""
        return f"{self.element} {self.name}{'a' if self.has_main else ''}"


Line = tuple[str, str, float, float]


def _family(element: str, name: str, lines: Sequence[Line]) -> Family:
    total = sum(share for *_, share in lines)
    main = [(share, energy) for _, line, energy, share in lines if line.startswith(f"{name}a")]
    strongest = max(main) if main else max((share, energy) for *_, energy, share in lines)
    level = name if main else lines[0][0]
    return Family(
        element=element,
        name=level,
        energies=tuple(energy for *_, energy, _ in lines),
        shares=tuple(share / total for *_, share in lines),
        main=strongest[1],
        main_share=(sum(share for share, _ in main) if main else strongest[0]) / total,
        has_main=bool(main),
    )


@cache
def _lines() -> dict[tuple[str, str], tuple[Line, ...]]:
    found: dict[tuple[str, str], list[Line]] = {}
    for row in read_table(PACKAGE, "lines"):
        line = (row["level"], row["line"], float(row["energy"]), float(row["share"]))
        found.setdefault((row["element"], row["family"]), []).append(line)
    return {key: tuple(lines) for key, lines in found.items()}


@cache
def whole_families() -> tuple[Family, ...]:
    """Return the families K, L and M of ``lines.csv``, with all their lines."""
    made = (_family(element, name, lines) for (element, name), lines in _lines().items())
    return tuple(one for one in made if one.has_main)


@cache
def known_families() -> tuple[Family, ...]:
    """Return the families that are fitted: those of L and M by level, where a detector tells them apart.

    Ratios between levels are calculated and off by a tenth or more; those within a level are good.
    """
    found: list[Family] = []
    for one in whole_families():
        lines = _lines()[one.element, one.name]
        if one.main <= SPLIT_ABOVE.get(one.name, np.inf):
            found.append(one)
            continue
        for level in dict.fromkeys(line[0] for line in lines):
            found.append(_family(one.element, one.name, [line for line in lines if line[0] == level]))
    return tuple(found)


def known_elements() -> tuple[str, ...]:
    """Return the elements of the table."""
    return tuple(dict.fromkeys(one.element for one in known_families()))


def families_of(
    elements: Sequence[str], low: float, high: float, *, whole: bool = False
) -> tuple[Family, ...]:
    """Return the families of elements whose main line lies between two energies (eV).

    Parameters
    ----------
    elements : sequence of str
        Symbols.
    low, high : float
        eV.
    whole : bool
        Whether lines of different levels stay together.
    """
    every = whole_families() if whole else known_families()
    return tuple(one for one in every if one.element in elements and low < one.main < high)


def width_at(energy: Floats | float, resolution: float) -> Floats:
    """Return the full width at half maximum (eV) at an energy (eV), for one at Mn Kα.

    Parameters
    ----------
    energy : float or array
        eV.
    resolution : float
        Full width at half maximum at Mn Kα, eV.
    """
    squared = resolution**2 + WIDTH_SLOPE * (np.asarray(energy, dtype=np.float64) - MN_KA)
    return np.asarray(np.sqrt(np.maximum(squared, 30.0**2)))


def profile(family: Family, energy: Floats, resolution: float) -> Floats:
    """Return what a channel gets of one photon of a family, (n,); channels at ``energy`` (eV), even.

    Parameters
    ----------
    family : Family
        Whose lines; together one photon.
    energy : array (n,)
        Middles of the channels, eV, rising evenly.
    resolution : float
        Full width at half maximum at Mn Kα, eV.
    """
    from scipy.special import ndtr

    step = float(energy[1] - energy[0])
    total = np.zeros(len(energy))
    for at, share in zip(family.energies, family.shares, strict=True):
        sigma = float(width_at(at, resolution)) / GAUSS
        near = np.abs(energy - at) < 7.0 * sigma
        z = (energy[near] - at) / sigma
        half = 0.5 * step / sigma
        total[near] += share * (ndtr(z + half) - ndtr(z - half))
    return total


@dataclass(frozen=True, kw_only=True)
class KFactor:
    """A k-factor by weight, its relative standard deviation, and whether somebody stated it."""

    value: float
    spread: float
    stated: bool


@cache
def _estimates() -> dict[tuple[str, str], tuple[float, float]]:
    return {
        (row["element"], row["family"]): (float(row["k"]), float(row["spread"]))
        for row in read_table(PACKAGE, "k_factors")
    }


def k_factor(family: Family, stated: Mapping[tuple[str, str], float]) -> KFactor | None:
    """Return the k-factor of a family's main line; None where nobody stated one and the table has none.

    Parameters
    ----------
    family : Family
        Which one.
    stated : mapping
        Element and family to factor; where any is given, estimates are not mixed with them.
    """
    key = (family.element, family.name)
    if key in stated:
        return KFactor(value=stated[key], spread=0.0, stated=True)
    if stated or not family.has_main or key not in _estimates():
        return None
    value, spread = _estimates()[key]
    return KFactor(value=value, spread=spread, stated=False)


@cache
def atomic_mass(element: str) -> float:
    """Return the atomic mass of an element, g/mol.

    Parameters
    ----------
    element : str
        Symbol.
    """
    import periodictable

    return float(periodictable.elements.symbol(element).mass)

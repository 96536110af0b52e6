"""Lattice parameter, spacings and the volume change of conversion."""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import cache

from topotaxy.errors import InputError
from topotaxy.material.capacity import reducible_cations
from topotaxy.material.composition import Composition
from topotaxy.material.oxidation import ANION_CHARGE, IONS
from topotaxy.material.phases import salt
from topotaxy.portable import cbrt
from topotaxy.tables import read_table

ROCK_SALT_RATIO = (0.9, 1.1)
"""Cations per anion within which a formula is treated as a rock salt."""

REFLECTIONS: tuple[tuple[int, int, int], ...] = ((1, 1, 1), (2, 0, 0), (2, 2, 0), (3, 1, 1), (2, 2, 2))
"""First reflections that Fm-3m allows (indices all even or all odd)."""


@cache
def ionic_radius(element: str, valence: int) -> float:
    """Shannon's effective radius in six-fold coordination, Å (10.1107/S0567739476001551).

    Parameters
    ----------
    element : str
        Symbol of the element.
    valence : int
        Charge of the cation, elementary charges.
    """
    for row in read_table("topotaxy.material", "ionic_radii"):
        if row["element"] == element and int(row["valence"]) == valence:
            return float(row["radius"])
    raise InputError(f"no ionic radius of {element} with charge {valence:+d} in ionic_radii.csv")


@cache
def _tabulated(cation: str, anion: str) -> tuple[float, int, str]:
    for row in read_table("topotaxy.material", "lattice_parameters"):
        if row["cation"] == cation and row["anion"] == anion:
            return float(row["a"]), int(row["valence"]), row["kind"]
    raise InputError(f"no rock-salt lattice parameter of {cation} with {anion} in lattice_parameters.csv")


def pair_parameter(cation: str, anion: str) -> float:
    """Return the tabulated lattice parameter of the rock salt of one cation and one anion, Å.

    Parameters
    ----------
    cation : str
        Symbol of the cation.
    anion : str
        Symbol of the anion.

    Raises
    ------
    InputError
        Where the pair is not in ``lattice_parameters.csv``.
    """
    return _tabulated(cation, anion)[0]


def estimated_pairs(c: Composition) -> list[str]:
    """Pairs of cation and anion whose lattice parameter is an estimate, such as ``Cu-O``.

    Parameters
    ----------
    c : Composition
        Cations and anions with their amounts and valences.
    """
    return [f"{m}-{x}" for m in c.cations for x in c.anions if _tabulated(m, x)[2] == "estimate"]


def _checked_rock_salt(c: Composition) -> None:
    low, high = ROCK_SALT_RATIO
    if not low <= c.cations_per_anion <= high:
        raise InputError(
            f"{c.formula} has {c.cations_per_anion:.3g} cations per anion; "
            f"a rock salt needs {low:g} to {high:g}"
        )


def lattice_parameter(c: Composition) -> float:
    """Cubic rock-salt lattice parameter by Vegard's law over cation-anion pairs, Å.

    a = sum over cations and anions of x_M x_X a(MX), from ``lattice_parameters.csv``, of
    which some rows are estimates. A cation in another valence than the table's changes its
    pair by twice the difference of the Shannon radii.

    Parameters
    ----------
    c : Composition
        Cations and anions with their amounts and valences.

    Raises
    ------
    InputError
        Where cations and anions are not about one to one, or a pair is not tabulated.
    """
    _checked_rock_salt(c)
    total = 0.0
    for cation, x_cation in c.cation_fractions.items():
        amount = math.fsum(c.valences[cation].values())
        for anion, x_anion in c.anion_fractions.items():
            a, tabulated_valence, _ = _tabulated(cation, anion)
            for valence, n in c.valences[cation].items():
                change = 0.0
                if valence != tabulated_valence:
                    change = 2 * (ionic_radius(cation, valence) - ionic_radius(cation, tabulated_valence))
                total += x_cation * x_anion * n / amount * (a + change)
    return total


def d_spacing(a: float, hkl: tuple[int, int, int]) -> float:
    """Spacing of the planes (h k l) of a cubic lattice, a / sqrt(h2 + k2 + l2), in the unit of a.

    Parameters
    ----------
    a : float
        Lattice parameter of the cubic cell, Å.
    hkl : tuple of int
        Miller indices h, k, l.
    """
    square = sum(index * index for index in hkl)
    if not square:
        raise InputError("the reflection (000) has no spacing")
    if not (math.isfinite(a) and a > 0):
        raise InputError(f"expected a lattice parameter > 0, got {a!r:.40}")
    return a / math.sqrt(square)


@cache
def product_volume(formula: str) -> float:
    """Volume of one formula unit of a product (one atom of a metal), Å³ (``product_volumes.csv``).

    Parameters
    ----------
    formula : str
        Of the product, or symbol of a metal.
    """
    for row in read_table("topotaxy.material", "product_volumes"):
        if row["formula"] == formula:
            return float(row["volume"])
    raise InputError(f"no volume of {formula} in product_volumes.csv")


def conversion_volume_ratio(c: Composition, ion: str, redox: Iterable[str] | None = None) -> float:
    """Volume of the products over volume of the host, for MX + n A -> M + alkali salts in bulk.

    Averaged over the cations of ``redox`` (all reducible ones where None), weighted by
    amount. The host's volume per cation is a^3/4 per anion of the rock salt, divided by the
    cations per anion; mixed anions go to their salts by their share of the charge.

    Parameters
    ----------
    c : Composition
        Cations and anions with their amounts and valences.
    ion : str
        The alkali metal: Li, Na or K.
    redox : iterable of str, optional
        Cations that react; all that can by default.

    Raises
    ------
    InputError
        For an unknown ion or cation, a host that is no rock salt, or a missing volume.
    """
    if ion not in IONS:
        raise InputError(f"unknown ion {ion!r:.20}; expected one of {', '.join(IONS)}")
    chosen = reducible_cations(c) if redox is None else tuple(dict.fromkeys(redox))
    reducible = reducible_cations(c)
    if not chosen:
        raise InputError(f"no cation to reduce in {c.formula}")
    for element in chosen:
        if element not in reducible:
            raise InputError(
                f"{element!r:.20} cannot be reduced in {c.formula}; "
                f"what can is {', '.join(reducible) or 'nothing'}"
            )
    a = lattice_parameter(c)
    host = a * a * a / 4 / c.cations_per_anion
    charges = {x: -ANION_CHARGE[x] * n for x, n in c.anions.items()}
    total = math.fsum(charges.values())
    per_charge = math.fsum(
        q / total * product_volume(salt(ion, x)) / -ANION_CHARGE[x] for x, q in charges.items()
    )
    weight = math.fsum(c.cations[el] for el in chosen)
    products = math.fsum(
        c.cations[el] * (product_volume(el) + c.mean_valences[el] * per_charge) for el in chosen
    )
    return products / weight / host


def swelling_strain(c: Composition, ion: str, reacted_fraction: float) -> float:
    """Linear strain if the whole lattice swelled with the reacted share r of its cations.

    (1 + r (ratio - 1))^(1/3) - 1, with the volume ratio of all reducible cations.

    Parameters
    ----------
    c : Composition
        Cations and anions with their amounts and valences.
    ion : str
        The alkali metal: Li, Na or K.
    reacted_fraction : float
        Share r of the reducible cations that have become metal, 0 to 1.
    """
    if not 0.0 <= reacted_fraction <= 1.0:
        raise InputError(f"expected a reacted fraction from 0 to 1, got {reacted_fraction!r:.40}")
    ratio = conversion_volume_ratio(c, ion)
    return cbrt(1.0 + reacted_fraction * (ratio - 1.0)) - 1.0

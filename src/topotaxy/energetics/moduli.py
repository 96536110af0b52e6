"""How stiff a frame is, and the stresses that would part or twin it."""

from __future__ import annotations

import numpy as np

from topotaxy.errors import InputError
from topotaxy.material import IONS, Composition
from topotaxy.material.mixing import assumption as material_assumption
from topotaxy.tables import read_table


def aggregate_moduli(*, c11: float, c12: float, c44: float) -> tuple[float, float]:
    """Return Young's modulus and Poisson's ratio of a random aggregate of cubic grains.

    The shear modulus is Hill's mean of Voigt's G = (C11 - C12 + 3 C44)/5 and Reuss's
    G = 5 (C11 - C12) C44 / (4 C44 + 3 (C11 - C12)); R. Hill, Proc. Phys. Soc. A 65 (1952) 349,
    10.1088/0370-1298/65/5/307. Moduli in GPa.

    Parameters
    ----------
    c11, c12, c44 : float
        Elastic constants of the cubic crystal, GPa.
    """
    bulk = (c11 + 2.0 * c12) / 3.0
    voigt = (c11 - c12 + 3.0 * c44) / 5.0
    reuss = 5.0 * (c11 - c12) * c44 / (4.0 * c44 + 3.0 * (c11 - c12))
    shear = 0.5 * (voigt + reuss)
    return _isotropic(bulk=bulk, shear=shear)


def _isotropic(*, bulk: float, shear: float) -> tuple[float, float]:
    return 9.0 * bulk * shear / (3.0 * bulk + shear), (3.0 * bulk - 2.0 * shear) / (6.0 * bulk + 2.0 * shear)


def cleavage_strength(*, modulus: float, surface_energy: float, spacing: float) -> float:
    """Return Orowan's estimate sqrt(Y γ / d) of the ideal cleavage strength, GPa.

    ``modulus`` in GPa, ``surface_energy`` in J/m², ``spacing`` of the planes in Å. E. Orowan,
    Rep. Prog. Phys. 12 (1949) 185, 10.1088/0034-4885/12/1/309.

    Parameters
    ----------
    modulus : float
        Modulus Y across the planes, GPa; here E/(1 - nu) of the frame.
    surface_energy : float
        Energy of the surface that is made, γ, J/m².
    spacing : float
        Distance of the planes that are parted, d, Å.
    """
    return float(np.sqrt(modulus * surface_energy * 10.0 / spacing))


def twinning_strength(shear_modulus: float) -> float:
    """Return Frenkel's estimate G b / (2 pi d) of the ideal shear strength in twinning, GPa.

    The {111} planes of the fcc anion lattice, d = a/sqrt(3), slide over each other by
    b = a/sqrt(6) along <112>: G / (2 pi sqrt(2)). J. Frenkel, Z. Phys. 37 (1926) 572,
    10.1007/BF01397292.

    Parameters
    ----------
    shear_modulus : float
        Shear modulus along the twinning plane, G, GPa.
    """
    return float(shear_modulus / (2.0 * np.pi * np.sqrt(2.0)))


def frame_moduli(composition: Composition) -> tuple[float, float, str]:
    """Return Y = E/(1 - nu) and the shear modulus of the frame in GPa, and what they rest on.

    Mean over the oxides of the cations by their share: from measured elastic constants
    (``elastic_constants.csv``) where there are any, otherwise from the bulk modulus and the
    assumed Poisson ratio of :mod:`topotaxy.material`, Y = 3 B (1 - 2 nu)/(1 - nu). Alkali hosts
    and the anions besides oxygen are left out.

    Parameters
    ----------
    composition : Composition
        Cations and anions of the pristine electrode, with their amounts and valences.

    Raises
    ------
    InputError
        Where a cation has neither.
    """
    constants_of = {row["cation"]: row for row in read_table("topotaxy.energetics", "elastic_constants")}
    bulk_of = {row["cation"]: row for row in read_table("topotaxy.material", "bulk_moduli")}
    biaxial = shear = weight = 0.0
    basis = []
    for element, share in composition.cation_fractions.items():
        if element in IONS:
            continue
        if element in constants_of:
            row = constants_of[element]
            young, poisson = aggregate_moduli(**{key: float(row[key]) for key in ("c11", "c12", "c44")})
            basis.append(f"{element}: elastic constants of its oxide, {row['source']}")
        elif element in bulk_of:
            row, poisson = bulk_of[element], material_assumption("poisson_ratio")
            young = 3.0 * float(row["bulk_modulus"]) * (1.0 - 2.0 * poisson)
            basis.append(f"{element}: bulk modulus and an assumed Poisson ratio, {row['source']}")
        else:
            raise InputError(
                f"no elastic constants of the oxide of {element} in energetics/tables/elastic_constants.csv "
                "and no bulk modulus in material/tables/bulk_moduli.csv"
            )
        biaxial += share * young / (1.0 - poisson)
        shear += share * young / (2.0 * (1.0 + poisson))
        weight += share
    if not weight:
        raise InputError(f"{composition.formula} has no cation whose oxide has a known modulus")
    return biaxial / weight, shear / weight, "; ".join(basis)

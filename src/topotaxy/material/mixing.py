"""Entropy and misfit of mixing, and what they say about stability against the binaries."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from topotaxy.constants import AVOGADRO, GAS_CONSTANT
from topotaxy.errors import InputError
from topotaxy.material.composition import Composition
from topotaxy.material.structure import ionic_radius
from topotaxy.tables import read_table


@dataclass(frozen=True)
class MixingEntropy:
    """Ideal configurational entropy of each sublattice, J/mol/K per formula unit as written."""

    cations: float
    anions: float

    @property
    def total(self) -> float:
        """Sum over both sublattices, J/mol/K."""
        return self.cations + self.anions


@dataclass(frozen=True)
class Stability:
    """Enthalpy of a rock salt against its stable binary oxides, and the temperature it implies.

    Energies in J per mole of cations, ``entropy`` (of the cations) in J/mol/K, temperatures
    in K. ``leaves_out`` lists what the estimate does not contain.
    """

    enthalpy: float
    enthalpy_low: float
    enthalpy_high: float
    transformation: float
    strain: float
    entropy: float
    temperature: float
    temperature_low: float
    temperature_high: float
    leaves_out: tuple[str, ...]


def _ideal(fractions: Mapping[str, float], sites: float) -> float:
    return -GAS_CONSTANT * sites * math.fsum(x * math.log(x) for x in fractions.values()) + 0.0


def configurational_entropy(c: Composition) -> MixingEntropy:
    """Entropy of ideal random mixing, -R sum(n x ln x), on the cation and the anion sublattice.

    Parameters
    ----------
    c : Composition
        Cations and anions with their amounts and valences.
    """
    return MixingEntropy(
        _ideal(c.cation_fractions, math.fsum(c.cations.values())),
        _ideal(c.anion_fractions, math.fsum(c.anions.values())),
    )


def _mean_radius(c: Composition, cation: str) -> float:
    states = c.valences[cation]
    return math.fsum(n * ionic_radius(cation, z) for z, n in states.items()) / math.fsum(states.values())


def _spread(fractions: Mapping[str, float], values: Mapping[str, float]) -> float:
    mean = math.fsum(x * values[el] for el, x in fractions.items())
    return math.sqrt(math.fsum(x * (1.0 - values[el] / mean) ** 2 for el, x in fractions.items()))


def size_mismatch(c: Composition) -> float:
    """Relative spread of the cation radii, sqrt(sum x (1 - r/mean r)^2); Shannon, six-fold.

    The form is that of Zhang et al., Adv. Eng. Mater. 10 (2008) 534, 10.1002/adem.200700240.

    Parameters
    ----------
    c : Composition
        Cations and anions with their amounts and valences.
    """
    return _spread(c.cation_fractions, {el: _mean_radius(c, el) for el in c.cations})


@cache
def _bulk_moduli() -> dict[str, float]:
    rows = read_table("topotaxy.material", "bulk_moduli")
    return {row["cation"]: float(row["bulk_modulus"]) for row in rows}


def _moduli(c: Composition) -> dict[str, float]:
    missing = [el for el in c.cations if el not in _bulk_moduli()]
    if missing:
        raise InputError(f"no bulk modulus of the oxide of {missing[0]} in bulk_moduli.csv")
    return {el: _bulk_moduli()[el] for el in c.cations}


def modulus_mismatch(c: Composition) -> float:
    """Relative spread of the bulk moduli of the monoxides, sqrt(sum x (1 - B/mean B)^2).

    The anions' effect on the moduli is left out. Raises InputError where a modulus is missing.

    Parameters
    ----------
    c : Composition
        Cations and anions with their amounts and valences.
    """
    return _spread(c.cation_fractions, _moduli(c))


@cache
def assumption(name: str) -> float:
    """Value of a row of ``assumptions.csv``, in the unit that stands there.

    Parameters
    ----------
    name : str
        Name of the assumption: a row of its table.
    """
    (row,) = (row for row in read_table("topotaxy.material", "assumptions") if row["name"] == name)
    return float(row["value"])


def misfit_strain_energy(c: Composition) -> float:
    """Elastic energy of cations of unequal size sharing one lattice, J per mole of cations.

    Brice's sphere in an elastic continuum, 4 pi E N_A [r0/2 d^2 + d^3/3] with d = r - r0, the
    form that Blundy and Wood use for cations on a lattice site (10.1038/372452a0); r0 is the
    mean radius and E = 3B(1 - 2 nu) follows from the mean bulk modulus of the monoxides.

    Parameters
    ----------
    c : Composition
        Cations and anions with their amounts and valences.
    """
    fractions, moduli = c.cation_fractions, _moduli(c)
    poisson = assumption("poisson_ratio")
    bulk = math.fsum(x * moduli[el] for el, x in fractions.items())
    young = 3.0 * bulk * (1.0 - 2.0 * poisson) * 1e9
    radii = {el: _mean_radius(c, el) * 1e-10 for el in fractions}
    mean = math.fsum(x * radii[el] for el, x in fractions.items())
    shape = math.fsum(
        x * (mean / 2.0 * (radii[el] - mean) ** 2 + (radii[el] - mean) ** 3 / 3.0)
        for el, x in fractions.items()
    )
    return 4.0 * math.pi * young * AVOGADRO * shape


@cache
def _transformations() -> dict[str, tuple[float, float, float]]:
    rows = read_table("topotaxy.material", "transformation_enthalpies")
    return {row["cation"]: (float(row["enthalpy"]), float(row["low"]), float(row["high"])) for row in rows}


def stability(c: Composition) -> Stability:
    """Estimate whether the mixed rock salt is stable against its binary oxides.

    dH is the enthalpy of turning each binary into rock salt (tenorite CuO, wurtzite ZnO;
    ``transformation_enthalpies.csv``) plus the misfit strain energy; dS is the ideal entropy
    of the cations; T = dH/dS, as in Rost et al. (10.1038/ncomms9485).

    Parameters
    ----------
    c : Composition
        Cations and anions with their amounts and valences.

    Raises
    ------
    InputError
        For a single cation (nothing mixes), for a formula that is not mainly an oxide, and for
        a cation without data.
    """
    if len(c.cations) < 2:
        raise InputError(f"{c.formula} has a single cation: nothing mixes, so no stability is estimated")
    if c.anion_fractions.get("O", 0.0) < 0.5:
        raise InputError(f"{c.formula} is not mainly an oxide; transformation enthalpies are of oxides only")
    table = _transformations()
    missing = [el for el in c.cations if el not in table]
    if missing:
        raise InputError(f"no transformation enthalpy of the oxide of {missing[0]}")
    middle, low, high = (
        math.fsum(x * table[el][i] for el, x in c.cation_fractions.items()) for i in range(3)
    )
    strain = misfit_strain_energy(c)
    entropy = _ideal(c.cation_fractions, 1.0)
    return Stability(
        enthalpy=middle + strain,
        enthalpy_low=low + strain,
        enthalpy_high=high + strain,
        transformation=middle,
        strain=strain,
        entropy=entropy,
        temperature=(middle + strain) / entropy,
        temperature_low=(low + strain) / entropy,
        temperature_high=(high + strain) / entropy,
        leaves_out=_left_out(c),
    )


def _left_out(c: Composition) -> tuple[str, ...]:
    items = [
        "solid solutions among fewer cations compete; against them, not against pure binaries, the "
        "single-phase window opens (near 1150 K for (MgCoNiCuZn)0.2O, far above dH/dS)",
        "chemical interaction between the cations (dH of mixing rock salt with rock salt)",
        "vibrational and magnetic entropy of mixing and of transformation",
        "short-range order, which lowers the configurational entropy",
        "the oxygen chemical potential: Cu2+ and Co2+ change valence with temperature and atmosphere",
        "kinetics: a quenched phase may live below its window",
    ]
    if {"Cu", "Zn"} & set(c.cations):
        items.append(
            "the limited solubility of CuO and ZnO in rock salt, beyond their transformation enthalpy"
        )
    others = [el for el in c.anions if el != "O"]
    if others:
        items.append(
            f"the anions besides O ({', '.join(others)}): enthalpies are those of the oxides, and anion "
            "misfit and anion entropy are not counted"
        )
    if any(len(states) > 1 for states in c.valences.values()):
        items.append("mixed valence: binaries of one valence each are assumed")
    return tuple(items)

"""Equilibrium voltage profile of a whole formula, by linear programming over pure phases."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from topotaxy.constants import FARADAY
from topotaxy.errors import InputError
from topotaxy.material.capacity import reducible_cations, theoretical_capacity
from topotaxy.material.composition import Composition, molar_mass
from topotaxy.material.oxidation import ANION_CHARGE, IONS
from topotaxy.material.phases import T_STANDARD, Phase, formation_gibbs, phases

Array = NDArray[np.float64]

TOLERANCE = 1e-6
"""Smallest step that counts, in electrons per unit of anion charge and in volts."""


@dataclass(frozen=True)
class EquilibriumProfile:
    """Equilibrium discharge curve of a formula against an alkali metal.

    ``charge`` (N,) mAh/g rises from 0; ``voltage`` (N,) V is constant between each pair of
    points, so that a plateau is two points; ``charge_by_cation`` maps each cation to its share
    of the charge (N,) mAh/g. ``skipped`` (mAh/g) is what lies above the upper cut-off.
    """

    charge: Array
    voltage: Array
    charge_by_cation: Mapping[str, Array]
    skipped: float

    @property
    def capacity(self) -> float:
        """Charge between the cut-offs, mAh/g."""
        return float(self.charge[-1]) if len(self.charge) else 0.0

    @property
    def mean_voltage(self) -> float | None:
        """Charge-weighted mean voltage, V; None where no charge flows."""
        if not self.capacity:
            return None
        return math.fsum((np.diff(self.charge) * self.voltage[1:]).tolist()) / self.capacity


@dataclass(frozen=True)
class _Vertex:
    electrons: float
    energy: float
    reduction: Array  # electrons taken up by each cation, per formula unit


class _Mixture:
    """Linear programme: the cheapest mixture of phases that holds the atoms of the formula.

    Amounts are scaled to one mole of anion charge and energies to volts, so that one set of
    tolerances serves every formula.
    """

    def __init__(self, c: Composition, ion: str, temperature: float) -> None:
        self.composition, self.ion = c, ion
        self.cations = reducible_cations(c)
        self.scale = -math.fsum(ANION_CHARGE[el] * n for el, n in c.anions.items())
        self.phases = _candidates(c, ion)
        energies = [formation_gibbs(p.formula, temperature) for p in self.phases]
        self.energies: Array = np.array(energies) / FARADAY
        elements = [el for el in (*c.cations, *c.anions) if el != ion]
        self.balance: Array = np.array(
            [[p.amounts.get(el, 0) for p in self.phases] for el in elements], float
        )
        amounts = {**c.cations, **c.anions}
        self.amounts: Array = np.array([amounts[el] for el in elements]) / self.scale
        self.alkali: Array = np.array([p.amounts.get(ion, 0) for p in self.phases], float)
        # cation charge that each phase carries on each cation
        carried = [_cation_charge(p, cation) for cation in self.cations for p in self.phases]
        self.charges: Array = np.array(carried).reshape(len(self.cations), len(self.phases))
        charges = [c.mean_valences[el] * c.cations[el] for el in self.cations]
        self.pristine: Array = np.array(charges) / self.scale
        self.host_alkali = c.cations.get(ion, 0.0) / self.scale

    def solve(self, slope: float, fixed: float | None = None) -> _Vertex | None:
        """Minimise energy - slope x electrons; with ``fixed``, at that number of electrons."""
        from scipy.optimize import linprog

        equalities, targets = [self.balance], [self.amounts]
        if fixed is not None:
            equalities.append(self.alkali[None, :])
            targets.append(np.array([self.host_alkali + fixed]))
        # no cation may be oxidised beyond the pristine state while the cell discharges
        result: Any = linprog(
            self.energies - slope * self.alkali,
            A_ub=np.vstack([self.charges, -self.alkali[None, :]]),
            b_ub=np.append(self.pristine, -self.host_alkali),
            A_eq=np.vstack(equalities),
            b_eq=np.concatenate(targets),
            method="highs",
        )
        if result.status != 0:
            return None
        amounts: Array = result.x
        return _Vertex(
            _total(self.alkali, amounts) - self.host_alkali,
            _total(self.energies, amounts),
            self.pristine - [_total(charges, amounts) for charges in self.charges],
        )


def _total(each: Array, amounts: Array) -> float:
    """Sum of products; with ``@`` its last bit would hang on the processor."""
    return math.fsum((each * amounts).tolist())


def _candidates(c: Composition, ion: str) -> list[Phase]:
    """Tabulated phases of the elements present; the alkali metals and gases are left out."""
    present = {*c.cations, *c.anions, ion}
    anions, alkalis = set(ANION_CHARGE), set(IONS)
    chosen = []
    for phase in phases().values():
        elements = set(phase.amounts)
        is_salt = bool(elements & anions) and bool(elements & alkalis)
        if elements <= present and (is_salt or elements - anions - alkalis):
            chosen.append(phase)
    return chosen


def _cation_charge(phase: Phase, cation: str) -> float:
    """Charge on all atoms of one cation in a phase; every phase has at most one kind of cation."""
    if cation not in phase.amounts:
        return 0.0
    return -float(sum(ANION_CHARGE.get(el, 0) * n for el, n in phase.amounts.items()))


def equilibrium_profile(
    c: Composition,
    ion: str,
    *,
    temperature: float = T_STANDARD,
    lower: float = 0.01,
    upper: float = 3.0,
) -> EquilibriumProfile:
    """Voltage against charge of the formula in full equilibrium at every alkali content.

    At each content the mixture of pure phases (``phases.csv``) of lowest Gibbs energy is
    found; the voltage is the slope, V = -dG/(F dn). The host stands as the mixture of its
    binaries, with the anions where they cost least and its free energy of mixing neglected
    (about RT ln 5 per 2 e, 0.02 V, for five cations). Anions keep their charge, alloys and
    ternary alkali oxides are left out, and no cation is oxidised beyond its pristine valence.
    The convex, piecewise-linear curve is found exactly by recursion on its chords, not on a
    grid.

    Steps outside ``lower`` and ``upper`` (V) are cut off.

    Parameters
    ----------
    c : Composition
        Cations and anions with their amounts and valences.
    ion : str
        The alkali metal: Li, Na or K.
    temperature : float
        Temperature, K.
    lower : float
        Lower cut-off against the alkali metal, V.
    upper : float
        Upper cut-off against the alkali metal, V.

    Raises
    ------
    InputError
        For an unknown ion or window, and where no tabulated phases can hold the host.
    """
    if ion not in IONS:
        raise InputError(f"unknown ion {ion!r:.20}; expected one of {', '.join(IONS)}")
    if not (math.isfinite(lower) and math.isfinite(upper) and lower < upper):
        raise InputError(f"expected lower < upper, got {lower!r:.40} V and {upper!r:.40} V")
    mixture = _Mixture(c, ion, temperature)
    first = mixture.solve(0.0, fixed=0.0)
    if first is None:
        raise InputError(f"the tabulated phases cannot hold {c.formula} with {_states(c)}")
    last = _fully_reduced(mixture, c)
    vertices = _merged([first, *_between(mixture, first, last), last])
    return _profile(mixture, vertices, lower, upper)


def _states(c: Composition) -> str:
    return ", ".join(f"{el}{z}+" for el, states in c.valences.items() for z in states)


def _fully_reduced(mixture: _Mixture, c: Composition) -> _Vertex:
    electrons = math.fsum(z * n for el, s in c.valences.items() if el not in IONS for z, n in s.items())
    last = mixture.solve(0.0, fixed=electrons / mixture.scale)
    if last is None:
        raise InputError(f"no tabulated {mixture.ion} salts of {', '.join(c.anions)} for {c.formula}")
    return last


def _between(mixture: _Mixture, left: _Vertex, right: _Vertex) -> list[_Vertex]:
    """Vertices of the lower hull strictly between two of its points."""
    span = right.electrons - left.electrons
    if span < TOLERANCE:
        return []
    slope = (right.energy - left.energy) / span
    found = mixture.solve(slope)
    if found is None:
        return []
    gap = (left.energy - slope * left.electrons) - (found.energy - slope * found.electrons)
    inside = left.electrons + TOLERANCE < found.electrons < right.electrons - TOLERANCE
    if gap < TOLERANCE or not inside:
        return []
    return [*_between(mixture, left, found), found, *_between(mixture, found, right)]


def _merged(vertices: list[_Vertex]) -> list[_Vertex]:
    """Drop points that coincide with their neighbour, and points inside a straight stretch."""
    kept = vertices[:1]
    for vertex in vertices[1:]:
        if vertex.electrons - kept[-1].electrons <= TOLERANCE:
            continue
        if len(kept) > 1 and abs(_voltage(kept[-2], kept[-1]) - _voltage(kept[-1], vertex)) <= TOLERANCE:
            kept.pop()
        kept.append(vertex)
    return kept


def _voltage(left: _Vertex, right: _Vertex) -> float:
    return -(right.energy - left.energy) / (right.electrons - left.electrons)


def _profile(mixture: _Mixture, vertices: list[_Vertex], lower: float, upper: float) -> EquilibriumProfile:
    unit = theoretical_capacity(mixture.scale, molar_mass(mixture.composition))
    electrons: list[float] = []
    voltages: list[float] = []
    reductions: list[Array] = []
    start: _Vertex | None = None
    skipped = 0.0
    for left, right in pairwise(vertices):
        voltage = _voltage(left, right)
        if voltage > upper:
            skipped = right.electrons
            continue
        if voltage < lower:
            break
        start = start or left
        for vertex in (left, right):
            electrons.append(vertex.electrons - start.electrons)
            voltages.append(voltage)
            reductions.append(vertex.reduction - start.reduction)
    shares = np.array(reductions).reshape(len(reductions), len(mixture.cations))
    shares[np.abs(shares) < TOLERANCE] = 0.0
    return EquilibriumProfile(
        np.array(electrons) * unit,
        np.array(voltages),
        {el: shares[:, i] * unit for i, el in enumerate(mixture.cations)},
        skipped * unit,
    )

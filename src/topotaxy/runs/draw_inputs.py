"""The inputs of the lattice that a campaign varies, and a sequence of points within their ranges."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from topotaxy.constants import FARADAY
from topotaxy.energetics import LatticeEnergies, lattice_energies
from topotaxy.energetics.inputs import LatticeInput, lattice_inputs
from topotaxy.errors import InputError
from topotaxy.material import Composition, compound, electrode_composition
from topotaxy.spec import Spec
from topotaxy.tables import read_table

DECADE = 10.0
"""Ratio of the ends of a range from which it is drawn by its logarithm."""

_NOT_VARIED = ("_per_electron", "cleavage_energy")
"""Numerical caps, and what only the stress is compared with."""

_ENERGIES = ("formation_gibbs", "transformation_enthalpy")


@dataclass(frozen=True, kw_only=True)
class LatticeRange:
    """An input that is varied: shipped value and range, in ``unit``; ``scale`` is linear or log."""

    name: str
    subject: str
    value: float
    low: float
    high: float
    scale: str
    unit: str
    row: str

    @property
    def key(self) -> str:
        """Name of the input among those of a draw."""
        return f"{self.name} {self.subject}" if self.subject else self.name


def lattice_ranges(specs: Sequence[Spec]) -> tuple[LatticeRange, ...]:
    """Return every input with a range that moves a lattice of these specifications, each once.

    Parameters of the model, and the formation and transformation energies of the host's phases. The numerical
    caps are left out, and migration barriers of single metals, of which ``metal_barrier_shift`` moves all;
    so is what a specification imposes, which stays as it says.
    """
    imposed = {name for spec in specs for name in spec.lattice.parameters}
    known = {row["name"] for row in read_table("topotaxy.energetics", "assumptions")}
    found: dict[str, LatticeRange] = {}
    for spec in specs:
        composition = electrode_composition(spec.electrode)
        for item in lattice_inputs(composition, spec.cell.ion, spec.cell.temperature):
            varied = item.name in known - imposed or item.name in _ENERGIES
            if varied and not item.name.endswith(_NOT_VARIED):
                found.update({r.key: r for r in _range(item)})
    return tuple(found.values())


def _range(item: LatticeInput) -> Iterator[LatticeRange]:
    low, high = item.low, item.high
    if low is None or high is None or not low < high:
        return
    logarithmic = low > 0.0 and high / low >= DECADE
    yield LatticeRange(
        name=item.name,
        subject=item.subject,
        value=item.value,
        low=low,
        high=high,
        scale="log" if logarithmic else "linear",
        unit=item.unit,
        row=item.row,
    )


def sampled_inputs(ranges: Sequence[LatticeRange], draws: int, seed: int) -> Iterator[dict[str, float]]:
    """Yield the inputs of each draw: the shipped values, then a scrambled Halton sequence over the ranges.

    The first draws of a longer campaign are those of a shorter one, so that it can be extended.

    Parameters
    ----------
    ranges : Sequence[LatticeRange]
        Ranges of the inputs.
    draws : int
        How many sets are drawn.
    seed : int
        Of the random numbers.

    Raises
    ------
    InputError
        For fewer than one draw.
    """
    if draws < 1:
        raise InputError(f"expected at least one draw, got {draws}")
    yield {r.key: r.value for r in ranges}
    if draws == 1:
        return
    from scipy.stats.qmc import Halton

    points = Halton(len(ranges), scramble=True, seed=np.random.default_rng(seed)).random(draws - 1)
    for row in points:
        yield {r.key: _at(r, float(u)) for r, u in zip(ranges, row, strict=True)}


def _at(r: LatticeRange, u: float) -> float:
    value = r.low * (r.high / r.low) ** u if r.scale == "log" else r.low + (r.high - r.low) * u
    return float(f"{value:.6g}")


def parameters_of(inputs: Mapping[str, float]) -> dict[str, float]:
    """Return those inputs of a draw that are parameters of the model.

    Parameters
    ----------
    inputs : Mapping[str, float]
        Value of each input, by name.
    """
    return {key: value for key, value in inputs.items() if not key.startswith(_ENERGIES)}


def drawn_energies(spec: Spec, inputs: Mapping[str, float]) -> LatticeEnergies:
    """Return the energies of a specification with the formation and transformation energies of a draw.

    A contact holds a sixth of its phase's formation energy (M2+) or a twelfth (M+ of a phase M2X, per
    cation);
    an M+ without a phase of its own lies half-way between M2+ and the metal, so it moves by half.

    Parameters
    ----------
    spec : Spec
        Specification whose energies are drawn.
    inputs : Mapping[str, float]
        Value of each input, by name.
    """
    composition = electrode_composition(spec.electrode)
    overrides = {**spec.lattice.parameters, **parameters_of(inputs)}
    energies = lattice_energies(composition, spec.cell.ion, spec.cell.temperature, overrides=overrides)
    table = {
        f"{i.name} {i.subject}": i.value
        for i in lattice_inputs(composition, spec.cell.ion, spec.cell.temperature)
        if i.name in _ENERGIES
    }
    shift = {key: inputs[key] - table[key] for key in inputs if key in table}
    return replace(energies, cation_bond=_shifted(composition, energies, shift))


def _shifted(composition: Composition, energies: LatticeEnergies, shift: Mapping[str, float]) -> np.ndarray:
    bond = energies.cation_bond.copy()
    for s, element in enumerate(energies.species):
        if not energies.reducible[s]:
            continue
        for x, anion in enumerate(energies.anions):
            two = shift.get(f"formation_gibbs {compound(element, anion, 2)}", 0.0)
            if anion == "O":
                two += shift.get(f"transformation_enthalpy {element}", 0.0)
            two /= 6.0 * FARADAY
            bond[s, 2, x] += two
            one = None
            if energies.monovalent_phase[s]:
                one = shift.get(f"formation_gibbs {compound(element, anion, 1)}")
            bond[s, 1, x] += 0.5 * two if one is None else one / (12.0 * FARADAY)
    if not all(math.isfinite(v) for v in bond.ravel()):
        raise InputError(f"energies of {composition.formula} that are no numbers")
    return bond

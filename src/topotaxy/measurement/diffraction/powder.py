"""A calculated powder pattern of several phases, as a function of named parameters."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from topotaxy.measurement.diffraction.beam import Beam
from topotaxy.measurement.diffraction.keys import GLOBAL, Key
from topotaxy.measurement.diffraction.occupancies import occupied, shares_at
from topotaxy.measurement.diffraction.profile import accumulate, shape
from topotaxy.measurement.diffraction.reflections import Reflections, inverse_spacings, reflections
from topotaxy.measurement.diffraction.scattering import Floats
from topotaxy.measurement.diffraction.structure import Structure

NARROWEST = 1e-5
"""Degrees: the least width that a peak is given, far below any instrument's."""

STEPS = {
    "scale": 1e-4,
    "cell": 1e-6,
    "angle": 1e-4,
    "position": 1e-5,
    "width": 1e-6,
    "displacement": 1e-4,
    "share": 1e-5,
}
"""Steps of the difference quotients: relative for scales and lengths, else in the parameter's unit."""


@dataclass(frozen=True, kw_only=True)
class Peaks:
    """Peaks of one phase: one for each reflection and line, degrees."""

    centre: Floats
    area: Floats
    gauss: Floats
    lorentz: Floats


Values = dict[Key, float]


@dataclass(frozen=True, kw_only=True)
class Powder:
    """Phases in a beam, over one axis of 2θ (degrees, rising)."""

    x: Floats
    beam: Beam
    phases: tuple[Reflections, ...]
    intensities: tuple[Floats | None, ...] = field(default=())
    """Areas that stand for m|F|² where a phase's are taken from the pattern (Le Bail), by phase."""
    negligible: float = 0.0
    """Intensity below which the wings of peaks are left out; 0 for none."""

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the phases."""
        return tuple(phase.structure.name for phase in self.phases)

    def start(self) -> Values:
        """Return values of all parameters before anything is fitted."""
        values: Values = {Key(kind): 0.0 for kind in GLOBAL}
        values[Key("W")] = 0.006
        for phase in self.phases:
            structure = phase.structure
            values[Key("scale", structure.name)] = 1.0
            values[Key("size", structure.name)] = 0.0
            values[Key("strain", structure.name)] = 0.0
            values[Key("B", structure.name)] = 0.0
            names = ("a", "b", "c", "alpha", "beta", "gamma")
            known = dict(zip(names, structure.cell, strict=True))
            for name in structure.free_lengths:
                values[Key(name, structure.name)] = known[name]
        return values

    def peaks(self, index: int, values: Mapping[Key, float]) -> Peaks:
        """Return the peaks of a phase.

        ``size`` and ``strain`` add to the instrument's X and Y; ``B`` adds to the B of all its sites.

        Parameters
        ----------
        index : int
            Of the phase.
        values : mapping
            All parameters by key.
        """
        phase = self.phases[index]
        structure = phase.structure
        name = structure.name
        cell = structure.cell_of({k: values[Key(k, name)] for k in structure.free_lengths})
        inverse = inverse_spacings(phase.hkl, cell)
        strength = self.strength(index, values) * values[Key("scale", name)]
        columns: list[tuple[Floats, Floats, Floats, Floats]] = []
        for wavelength, weight in self.beam.lines:
            sine = wavelength * inverse / 2.0
            seen = sine < 0.9999
            theta = np.arcsin(np.where(seen, sine, 0.5))
            tangent, cosine = np.tan(theta), np.cos(theta)
            centre = np.degrees(2.0 * theta) + values[Key("zero")] + values[Key("displacement")] * cosine
            centre = centre + values[Key("transparency")] * np.sin(2.0 * theta)
            area = np.where(seen, strength * weight * self.beam.lorentz_polarisation(theta), 0.0)
            variance = values[Key("U")] * tangent**2 + values[Key("V")] * tangent + values[Key("W")]
            gauss = np.sqrt(np.maximum(variance, NARROWEST))
            lorentz = np.maximum(
                (values[Key("X")] + values[Key("size", name)]) / cosine
                + (values[Key("Y")] + values[Key("strain", name)]) * tangent,
                NARROWEST,
            )
            columns.append((np.where(seen, centre, 1e4), area, gauss, lorentz))
        centre, area, gauss, lorentz = (np.concatenate(parts) for parts in zip(*columns, strict=True))
        return Peaks(centre=centre, area=area, gauss=gauss, lorentz=lorentz)

    def strength(self, index: int, values: Mapping[Key, float]) -> Floats:
        """Return m|F|² of the reflections of a phase, or what stands for it, (n,).

        Parameters
        ----------
        index : int
            Of the phase.
        values : mapping
            All parameters by key.
        """
        phase = self.phases[index]
        given = self.intensities[index] if self.intensities else None
        if given is not None:
            return given
        name = phase.structure.name

        displacements = {k.site: v for k, v in values.items() if k.kind == "Bsite" and k.phase == name}
        shares = shares_at(phase.structure, values)
        overall = np.exp(-2.0 * values[Key("B", name)] * phase.s2)
        return np.asarray(phase.multiplicity * phase.squared(displacements, shares) * overall)

    def pattern(self, values: Mapping[Key, float]) -> Floats:
        """Return the pattern of each phase, (phases, n), without background.

        Parameters
        ----------
        values : mapping
            All parameters by key.
        """
        return self.with_derivatives(values, ())[0]

    def with_derivatives(self, values: Mapping[Key, float], free: Sequence[Key]) -> tuple[Floats, Floats]:
        """Return the pattern of each phase (phases, n) and the derivatives of their sum (n, parameters).

        Parameters
        ----------
        values : mapping
            All parameters by key.
        free : sequence of Key
            Names of the parameters that are refined.
        """
        peaks = [self.peaks(k, values) for k in range(len(self.phases))]
        sizes = [len(p.centre) for p in peaks]
        ends = np.concatenate([[0], np.cumsum(sizes)])
        owner = np.repeat(np.arange(len(peaks)), sizes)
        arrays = {
            name: np.concatenate([getattr(p, name) for p in peaks]) if peaks else np.empty(0)
            for name in ("centre", "area", "gauss", "lorentz")
        }
        slopes = {name: np.zeros((len(free), ends[-1])) for name in arrays}
        axial = np.zeros(len(free))
        moved = np.full(len(free), -1, dtype=np.int64)
        for q, key in enumerate(free):
            if key.kind == "axial":
                axial[q] = 1.0
                continue
            step = self._step(key, values[key])
            changed = dict(values)
            changed[key] = values[key] + step
            chosen = range(len(peaks)) if not key.phase else (self.names.index(key.phase),)
            if key.phase:
                moved[q] = chosen[0]
            for k in chosen:
                other = self.peaks(k, changed)
                for name, slope in slopes.items():
                    slope[q, ends[k] : ends[k + 1]] = (getattr(other, name) - getattr(peaks[k], name)) / step
        y = np.zeros((len(peaks), len(self.x)))
        jacobian = np.zeros((len(self.x), len(free)))
        accumulate(
            self.x,
            arrays["centre"],
            arrays["area"],
            arrays["gauss"],
            arrays["lorentz"],
            float(values[Key("axial")]),
            self.negligible,
            y,
            owner,
            moved,
            slopes["centre"],
            slopes["area"],
            slopes["gauss"],
            slopes["lorentz"],
            axial,
            jacobian,
        )
        return y, jacobian

    @staticmethod
    def _step(key: Key, value: float) -> float:
        if key.kind == "scale":
            return STEPS["scale"] * max(abs(value), 1e-300)
        if key.kind in ("a", "b", "c"):
            return STEPS["cell"] * value
        if key.kind in ("alpha", "beta", "gamma"):
            return STEPS["angle"]
        if key.kind in ("zero", "displacement", "transparency"):
            return STEPS["position"]
        if key.kind in ("B", "Bsite"):
            return STEPS["displacement"]
        return STEPS["share"] if key.kind == "share" else STEPS["width"]


def powder(x: Floats, beam: Beam, structures: Sequence[Structure], *, negligible: float = 0.0) -> Powder:
    """Return the calculated pattern of structures over an axis of 2θ (degrees, rising).

    Parameters
    ----------
    x : array (n,)
        2θ, degrees, rising.
    beam : Beam
        Radiation and optics: wavelengths (Å), polarisation, widths, absorption.
    structures : sequence of Structure
        Phases: space group, cell (Å, °) and sites of each.
    negligible : float
        Intensity below which wings of peaks are left out.
    """
    shortest_line = min(wavelength for wavelength, _ in beam.lines)
    # A little beyond the last angle, so that a peak may move into the range.
    top = min(float(x[-1]) + 1.0, 179.0)
    shortest = shortest_line / (2.0 * math.sin(math.radians(top / 2.0))) * 0.995
    return Powder(
        x=np.ascontiguousarray(x, dtype=float),
        beam=beam,
        phases=tuple(
            reflections(s, shortest=shortest, radiation=beam.radiation, wavelength=beam.wavelength)
            for s in structures
        ),
        intensities=(None,) * len(structures),
        negligible=negligible,
    )


def weight_fractions(model: Powder, values: Mapping[Key, float]) -> NDArray[np.float64]:
    """Return shares by weight of the crystalline phases: W ∝ S Z M V (Hill & Howard 1987).

    10.1107/S0021889887086199.

    Parameters
    ----------
    model : Powder
        Phases in a beam, over one axis of 2θ (°).
    values : mapping
        All parameters by key.
    """

    amounts = []
    for phase in model.phases:
        structure = phase.structure
        name = structure.name
        cell = structure.cell_of({k: values[Key(k, name)] for k in structure.free_lengths})
        shaped = occupied(structure.with_cell(cell), values)
        amounts.append(max(values[Key("scale", name)], 0.0) * shaped.mass * shaped.volume)
    total = float(sum(amounts))
    return np.array(amounts) / total if total > 0.0 else np.full(len(amounts), np.nan)


def typical_width(model: Powder, values: Mapping[Key, float], at: float) -> float:
    """Return the full width at half maximum of the peak nearest to an angle, degrees.

    Parameters
    ----------
    model : Powder
        Phases in a beam, over one axis of 2θ (°).
    values : mapping
    at : float
        2θ, degrees.
    """
    best, width = np.inf, 0.1
    for k in range(len(model.phases)):
        peaks = model.peaks(k, values)
        place = int(np.argmin(np.abs(peaks.centre - at)))
        if abs(peaks.centre[place] - at) < best:
            best = abs(peaks.centre[place] - at)
            width = shape(float(peaks.gauss[place]), float(peaks.lorentz[place]))[0]
    return float(width)

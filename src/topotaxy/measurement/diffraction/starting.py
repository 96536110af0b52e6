"""Where a refinement starts and what it frees: shifts and widths by search, cells by broadened peaks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from topotaxy.measurement.diffraction.background import chebyshev
from topotaxy.measurement.diffraction.beam import Beam, position_of, tube_of
from topotaxy.measurement.diffraction.data import Data
from topotaxy.measurement.diffraction.keys import Key
from topotaxy.measurement.diffraction.powder import Powder, Values
from topotaxy.measurement.diffraction.refine import Fit, refined

Floats = NDArray[np.float64]

BROAD = (1.0, 0.3, 0.08)
"""Gaussian variances of the search for cells that are far off, degrees²."""
FREE_SHAPE_ABOVE = 0.02
"""Share of the pattern's signal from which on a phase's own widths are refined."""


def negligible_in(data: Data) -> float:
    """Return the intensity below which a wing does not matter: a fiftieth of the least deviation.

    Parameters
    ----------
    data : Data
        What is fitted: axis (°, rising), intensity, and the variance of a unit of it.
    """
    return float(0.02 * np.sqrt(np.maximum(data.y, data.floor) * data.per_count).min())


def started(data: Data, model: Powder, beam: Beam, instrument: Mapping[str, float]) -> Values:
    """Return values to start from: zero or displacement, one width and scales, by search.

    Patterns of a few widths are shifted over the data; the best non-negative combination wins.

    Parameters
    ----------
    data : Data
        What is fitted: axis (°, rising), intensity, and the variance of a unit of it.
    model : Powder
        Phases in a beam, over one axis of 2θ (°).
    beam : Beam
        Radiation and optics: wavelengths (Å), polarisation, widths, absorption.
    instrument : mapping
        U, V, W (degrees²), X, Y (degrees), axial; empty where not known.
    """
    from scipy.optimize import nnls

    values = model.start()
    position = position_of(beam)
    design = chebyshev(data.x, 6)
    weights = data.weights(np.maximum(data.y, np.median(data.y)))
    step = float(np.median(np.diff(data.x)))
    best = (np.inf, 0.0, 0.0, np.zeros(len(model.phases)))
    widths = [instrument["W"]] if instrument.get("W") else [(4.0 * step) ** 2, (8 * step) ** 2, 0.04, 0.25]
    # Negative background terms are let through by giving every term both signs.
    both = np.hstack([design, -design]) * weights[:, None]
    every = max(len(data.x) // 3000, 1)
    for width in widths:
        values[Key("W")] = width
        patterns = model.pattern(values)
        reach = 0.8 if beam.radiation == "neutron" else 0.25
        count = int(np.ceil(reach / (0.5 * np.sqrt(width))))
        for shift in np.linspace(-reach, reach, 2 * count + 1):
            moved = np.array([np.interp(data.x - shift, data.x, p) for p in patterns])
            norms = np.maximum(moved.max(axis=1), 1e-300)
            columns = np.hstack([(moved / norms[:, None]).T * weights[:, None], both])[::every]
            solution, residual = nnls(columns, (data.y * weights)[::every])
            if residual < best[0]:
                best = (residual, float(shift), width, solution[: len(patterns)] / norms)
    _, shift, width, scales = best
    values[Key("W")] = width
    values[Key(position)] = shift
    floor = max(scales.max() * 1e-4, 1e-300)
    for name, scale in zip(model.names, scales, strict=True):
        values[Key("scale", name)] = max(float(scale), floor)
    for kind, value in instrument.items():
        values[Key(kind)] = value
    if tube_of(beam) and "axial" not in instrument:
        values[Key("axial")] = 0.025
    return values


def free_parameters(
    model: Powder,
    values: Mapping[Key, float],
    beam: Beam,
    instrument: Mapping[str, float],
    *,
    displacements: bool,
) -> list[Key]:
    """Return what is refined: scales, cells, one correction of positions, the instrument's widths where they
    are not known, and the widths of every phase with a share of the signal.

    Parameters
    ----------
    model : Powder
        Phases in a beam, over one axis of 2θ (°).
    values : mapping
        Parameters near the data.
    beam : Beam
        Radiation and optics: wavelengths (Å), polarisation, widths, absorption.
    instrument : mapping
        U, V, W (degrees²), X, Y (degrees), axial; empty where not known.
    displacements : bool
        Whether B of each phase is refined.
    """
    patterns = model.pattern(values)
    signal = patterns.sum(axis=1) / max(patterns.sum(), 1e-300)
    free = [Key("scale", name) for name in model.names]
    for phase, share in zip(model.phases, signal, strict=True):
        name = phase.structure.name
        free += [Key(kind, name) for kind in phase.structure.free_lengths]
        if share > FREE_SHAPE_ABOVE:
            free += [Key("size", name), Key("strain", name)]
            if displacements:
                free.append(Key("B", name))
    free.append(Key(position_of(beam)))
    if not instrument:
        free += [Key("U"), Key("V"), Key("W")]
        if tube_of(beam):
            free.append(Key("axial"))
    return free


def from_afar(data: Data, model: Powder, values: Values, first: Sequence[Key], design: Floats) -> Fit:
    """Return a fit that finds cells which are off by some peak widths: broad peaks first, then narrower.

    Parameters
    ----------
    data : Data
        What is fitted: axis (°, rising), intensity, and the variance of a unit of it.
    model : Powder
        Phases in a beam, over one axis of 2θ (°).
    values : mapping
        All parameters by key.
    first : sequence of Key
        What a first fit frees.
    design : array (n, terms)
        Functions of the background.
    """
    cells = [Key(kind, p.structure.name) for p in model.phases for kind in p.structure.free_lengths]
    known = values[Key("W")]
    near = [k for k in first if k.kind != "W"]
    for width in BROAD:
        values = dict(values)
        values[Key("W")] = width
        values = refined(
            data, model, values, [*near, *cells], design, reweightings=1, most_evaluations=12
        ).values
    values = dict(values)
    values[Key("W")] = max(known, 0.01)
    return refined(data, model, values, [*first, *cells], design, reweightings=1)

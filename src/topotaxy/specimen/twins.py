"""Twins: rock salt mirrored at (111) planes."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from topotaxy.errors import InputError
from topotaxy.material import ANION_CHARGE, parse_formula
from topotaxy.specimen.builders import rock_salt
from topotaxy.specimen.periodic import wrapped
from topotaxy.specimen.sites import MOST_ATOMS, drawn
from topotaxy.specimen.specimen import PHASES, Floats, Specimen


def twin(
    formula: str, size: tuple[int, int, int], *, lattice_parameter: float | None = None, seed: int = 0
) -> Specimen:
    """Return rock salt with (111) twins: mirror planes through anions at z = 0 and at half the height.

    The box is orthogonal and periodic with edges a/√2 along [1-10], a √(3/2) along [11-2] and planes (111)
    along z; the notes say where the mirror planes are. Between them the stacking is perfect.

    Parameters
    ----------
    size
        Repeats along [1-10] and [11-2], and (111) planes of anions between two mirror planes.
    lattice_parameter
        Å; by Vegard's law where None.
    """
    across, along, planes = size
    if min(size) < 1 or 4 * across * along * planes > MOST_ATOMS:
        raise InputError(f"expected at least one repeat along each edge, got {size!r:.60}")
    perfect = rock_salt(formula, 2, lattice_parameter=lattice_parameter, seed=seed)
    a = perfect.unit_cell_or_raise()
    width, depth, spacing = a / math.sqrt(2.0), a * math.sqrt(1.5), a / math.sqrt(3.0)
    anion_layers = np.arange(-planes + 1, planes + 1)
    cation_layers = np.arange(-planes, planes) + 0.5
    places = [
        _layers(anion_layers, anion_layers, across, along, width, depth, spacing),
        # The cation between two anion planes A and B lies over C, on both sides of the mirror.
        _layers(
            cation_layers,
            np.sign(cation_layers) * (np.abs(cation_layers) + 1.5),
            across,
            along,
            width,
            depth,
            spacing,
        ),
    ]
    composition = parse_formula(formula)
    rng = np.random.default_rng(seed)
    per_anion = math.fsum(composition.anions.values())
    cations = {
        (el, z): n / per_anion for el, states in composition.valences.items() for z, n in states.items()
    }
    anions = {(x, ANION_CHARGE[x]): share for x, share in composition.anion_fractions.items()}
    filled = [drawn(anions, len(places[0]), rng), drawn(cations, len(places[1]), rng)]
    elements = np.concatenate([el for el, _ in filled])
    held = elements != ""
    box = np.diag([across * width, along * depth, 2 * planes * spacing])
    positions = wrapped(np.concatenate(places), box, (True, True, True))
    return Specimen(
        positions=positions[held],
        elements=elements[held],
        valences=np.concatenate([v for _, v in filled])[held],
        phases=np.full(int(held.sum()), PHASES.index("frame"), dtype=np.int8),
        identities=np.flatnonzero(held),
        box=box,
        unit_cell=a,
        formula=formula,
        source="twin",
        notes=(f"(111) mirror planes at z = 0 and z = {planes * spacing:.6f} Å, normal to the third edge",),
    )


def _layers(
    layers: NDArray[Any],
    stacking: NDArray[Any],
    across: int,
    along: int,
    width: float,
    depth: float,
    spacing: float,
) -> Floats:
    """Triangular layers, each shifted by its place in the stacking, mirrored below zero."""
    grid = np.stack(np.meshgrid(np.arange(across), np.arange(along), indexing="ij"), axis=-1).reshape(-1, 2)
    plane = np.concatenate([grid, grid + 0.5]) * (width, depth)
    shift = np.abs(stacking)[:, None] * depth / 3.0 * np.array([0.0, 1.0])
    flat = (plane[None] + shift[:, None, :]).reshape(-1, 2)
    height = np.repeat(layers * spacing, len(plane))
    return np.column_stack([flat, height])

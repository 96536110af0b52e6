"""An unreacted core in a converted shell."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from topotaxy.errors import InputError
from topotaxy.specimen.builders import (
    antifluorite,
    joined,
    rock_salt,
)
from topotaxy.specimen.domains import BOUNDARY, nanodomains
from topotaxy.specimen.periodic import near_any, wrapped
from topotaxy.specimen.specimen import Floats, Specimen


def norm_of(vectors: Floats, exponent: float) -> Floats:
    """Return (|x|^n + |y|^n + |z|^n)^(1/n) of vectors (m, 3): their length for n = 2, (m,).

    Parameters
    ----------
    vectors : array (m, 3)
        Any unit.
    exponent : float
        n; the larger it is, the more the surface of constant length is a cube.
    """
    return np.asarray((np.abs(vectors) ** exponent).sum(axis=1) ** (1.0 / exponent))


def core_in(core: Specimen, shell: Specimen, radius: float, *, exponent: float = 2.0) -> Specimen:
    """Return a ball of one specimen (an unreacted core) inside another (its converted shell).

    Parameters
    ----------
    core
        In a box of at least the shell's; its positions stay as they are.
    shell
        Its atoms inside the radius, or closer than :data:`BOUNDARY` to the core, go; its box is the result's.
    radius
        Å.
    exponent
        2 for a ball; larger for a cube with round edges, of which the radius is half the edge.

    Raises
    ------
    InputError
        Where the radius does not fit into the box.
    """
    from topotaxy.specimen.periodic import heights

    if not 0 < 2.0 * radius < float(heights(shell.box).min()):
        raise InputError(f"a core of radius {radius:g} Å does not fit into the box")
    middle = shell.box.sum(axis=0) / 2.0
    moved = wrapped(core.positions - core.box.sum(axis=0) / 2.0 + middle, core.box, (False,) * 3)
    inside = norm_of(moved - middle, exponent) <= radius
    ball = replace(core, positions=moved, box=shell.box, periodic=shell.periodic).subset(inside)
    outside = norm_of(shell.positions - middle, exponent) > radius
    outside &= ~near_any(shell.positions, ball.positions, shell.box, shell.periodic, BOUNDARY)
    return replace(joined(ball, shell.subset(outside)), unit_cell=core.unit_cell, source="core in a shell")


def core_shell(
    formula: str,
    ion: str,
    *,
    edge: float,
    core_radius: float,
    metal: Mapping[str, float],
    metal_fraction: float = 0.2,
    diameter: float = 2.0,
    seed: int = 0,
) -> Specimen:
    """Return an unreacted core of rock salt in a shell of A2O nanodomains and metal spheres.

    Parameters
    ----------
    edge, core_radius
        Of the periodic cubic box and of the core, Å.
    metal, metal_fraction, diameter
        Share of each element, volume fraction of metal in the shell, and median diameter (nm) of metal and of
        domains of the salt.
    """
    from topotaxy.specimen.inclusions import metal_spheres

    core = rock_salt(
        formula, math.ceil(edge / rock_salt(formula, 2, seed=seed).unit_cell_or_raise()), seed=seed
    )
    salt = nanodomains(antifluorite(ion, "O", 1), edge, diameter=diameter, seed=seed)
    shell = metal_spheres(
        salt, metal=metal, volume_fraction=metal_fraction, diameter=diameter, spread=0.2, seed=seed
    )
    centre = shell.box.sum(axis=0) / 2.0
    cut = [c for c in shell.clusters if np.linalg.norm(c.centre - centre) < core_radius]
    gone = np.zeros(len(shell), dtype=bool)
    for cluster in cut:
        gone[cluster.members] = True
    return replace(core_in(core, shell.subset(~gone), core_radius), formula=formula)

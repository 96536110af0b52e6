"""Shares of a frame and of the domains beside it, and how far they are to be trusted."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from topotaxy.measurement.diffraction.frame_content import ALKALI
from topotaxy.measurement.diffraction.nano_model import DomainModel
from topotaxy.measurement.diffraction.refinement import accuracy, from_scales
from topotaxy.measurement.diffraction.structure import ANIONS, Structure, has_anion

Floats = NDArray[np.float64]

MOST_HOLES = 0.5
"""Share of a frame that may be holes: of more than half no frame would be left (estimate)."""


def shares(
    problem: DomainModel,
    point: Floats,
    amounts: Floats,
    covariance: Floats,
    of: Callable[[Structure], float],
) -> tuple[Floats, Floats]:
    """Return shares in the sum of a property of cells, and standard deviations that hold the content's.

    Parameters
    ----------
    problem : DomainModel
        The pattern of a frame and of domains as a function of what is not linear in it.
    point : array
        What is not linear.
    amounts : array (phases,)
        Cells of the frame and of each phase of domains.
    covariance : array
        Of point and amounts.
    of : callable
        The property of a structure's cell.
    """
    first, factors = len(point), np.array([of(s) for s in _held(problem, point)])
    moved = np.zeros((len(amounts), len(covariance)))
    moved[:, first:] = np.eye(len(amounts))
    if problem.content is not None:
        one, full, none = (problem.content.holding(*c) for c in ((1.0, 0.0), (0.0, 1.0), (0.0, 0.0)))
        place = len(problem.free) - len(problem.changeable)
        for k, other in enumerate((one, full)):
            moved[0, place + k] = amounts[0] * (of(other) - of(none)) / max(factors[0], 1e-12)
    return shares_of(amounts, factors, moved @ covariance @ moved.T)


def systematic(
    problem: DomainModel,
    point: Floats,
    amounts: Floats,
    of: Callable[[Structure], float],
    *,
    inlaid: bool = True,
) -> Floats:
    """Return the standard deviation of shares that the scales of phases and holes in the frame stand for.

    What a frame loses from its peaks by giving way to metal is known to ``giving way`` of its logarithm. The
    rest of the metal may lie in holes: a share p of holes leaves (1 - p)² of a frame in its peaks where
    (1 - p) of it is there. What holes scatter besides looks like loose oxide, so no pattern tells how much of
    the metal lies in the frame: holes are taken as uniform between none and all of the metal's room, up to
    :data:`MOST_HOLES`.

    Parameters
    ----------
    problem : DomainModel
        The pattern of a frame and of domains as a function of what is not linear in it.
    point : array
        What is not linear.
    amounts : array (phases,)
    of : callable
        The property of a structure's cell.
    inlaid : bool
        Whether metal may lie in the frame; holes are none where not.
    """
    held = _held(problem, point)
    parts = amounts * np.array([of(s) for s in held])
    total = float(parts.sum())
    if total <= 0.0:
        return np.zeros(len(parts))
    shares = parts / total
    room = amounts * np.array([s.volume for s in held])
    metal = sum(v for v, s in zip(room[1:], held[1:], strict=True) if not has_anion(s))
    ways = [from_scales(shares, accuracy("domain"))]
    if inlaid and problem.content is not None and room[0] > 0.0:
        given, _ = problem.room_at(point)
        left = max(metal / room[0] - given / (1.0 - given), 0.0)
        filled = 1.0 + min(left, MOST_HOLES / (1.0 - MOST_HOLES))
        ways.append((_with_frame(parts, filled) - shares) / math.sqrt(3.0))
    if problem.metal is not None:
        content = problem.content_at(point)
        lost = problem.peaks(content) / max(problem.peaks(content, *problem.room_at(point)), 1e-300)
        more = max(lost, 1.0) ** accuracy("giving way")
        ways.append(_with_frame(parts, more) - shares)
    return np.asarray(np.sqrt(sum(way**2 for way in ways)))


def unseen(
    problem: DomainModel, point: Floats, amounts: Floats, error: float, of: Callable[[Structure], float]
) -> float:
    """Return the share that a frame as given has where its peaks are one standard deviation.

    A frame that shows no peaks shows no content either, so that a bound with the content where the search
    happened to end, which may be none of the metal, would bound nothing. It is that of the frame as given.

    Parameters
    ----------
    problem : DomainModel
        The pattern of a frame and of domains as a function of what is not linear in it.
    point : array
        What is not linear.
    amounts : array (phases,)
        Cells of the frame, which are not used, and of each phase of domains.
    error : float
        Standard deviation of the frame's amount at that point.
    of : callable
        The property of a structure's cell.
    """
    now = problem.peaks(problem.content_at(point), *problem.room_at(point))
    own = error * now / problem.peaks((1.0, 0.0)) * of(problem.frame)
    rest = sum(n * of(s) for n, s in zip(amounts[1:], problem.domains, strict=True))
    return float(own / (own + rest)) if own + rest > 0.0 else 1.0


def _with_frame(parts: Floats, factor: float) -> Floats:
    """Return the shares of parts with the first of them multiplied by a factor."""
    moved = np.concatenate([parts[:1] * factor, parts[1:]])
    return np.asarray(moved / float(moved.sum()))


def _held(problem: DomainModel, point: Floats) -> tuple[Structure, ...]:
    """Return the structures with the frame's content as found."""
    frame = problem.frame
    if problem.content is not None:
        frame = problem.content.holding(*problem.content_at(point))
    return (frame, *problem.domains)


def mass(structure: Structure) -> float:
    """Return the mass of a cell's content, g/mol.

    Parameters
    ----------
    structure : Structure
        A phase: space group, cell (Å, °) and sites of the asymmetric unit.
    """
    return structure.mass


def metal_atoms(structure: Structure) -> float:
    """Return the atoms of a cell that are neither anion nor alkali metal.

    Parameters
    ----------
    structure : Structure
        A phase: space group, cell (Å, °) and sites of the asymmetric unit.
    """
    return float(
        sum(
            len(orbit) * share
            for site, orbit in zip(structure.sites, structure.orbits, strict=True)
            for element, share in site.shares.items()
            if element not in ANIONS and element not in ALKALI
        )
    )


def shares_of(amounts: Floats, factors: Floats, covariance: Floats) -> tuple[Floats, Floats]:
    """Return the shares of amounts times factors in their sum, and their standard deviations.

    Parameters
    ----------
    amounts, factors : arrays (phases,)
    covariance : array (phases, phases)
        Of the amounts.
    """
    parts = amounts * factors
    total = float(parts.sum())
    if total <= 0.0:
        return np.zeros(len(parts)), np.full(len(parts), np.nan)
    shares = parts / total
    slopes = (np.diag(factors) - np.outer(shares, factors)) / total
    variance = np.diag(slopes @ covariance @ slopes.T)
    return shares, np.sqrt(np.maximum(variance, 0.0))

"""What lies around a site at fixed places: whose sums of q a change touches, and whose weights.

The lattice looks the same from every site, so the places are kept once and not by site. Points of the grid,
of sites and of tetrahedra alike, are looked up in the box with its periodic images around it.
A point may occur twice in a small box: then what it is changed by adds up.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from topotaxy.lattice.geometry import CORNERS, FCC, UNIT, Geometry, IntArray

LEAST_PAD = 3
"""Points that a change reaches beyond a site, at most."""

SITE, TETRAHEDRON = 8, 9
"""Kinds of changes: 0 to 7 a redox event, by the tetrahedron of its A+; an ion's charge by one; and
A+ in a tetrahedron, of which there are two kinds."""

_CHANGES = 11


def surroundings_of(geometry: Geometry, pad: int) -> dict[str, NDArray[Any]]:
    """Return the tables of what lies where, in a box with ``pad`` points of its images on each side.

    Parameters
    ----------
    geometry : Geometry
        Of the box.
    pad : int
        Points on each side, :data:`LEAST_PAD` at least.
    """
    wide = 2 * (geometry.cells + pad)
    cubes = np.rint(2.0 * geometry.tetrahedral_position - 0.5).astype(np.int64)
    whole = np.empty((2 * geometry.cells,) * 3, dtype=np.int32)
    whole[tuple(cubes.T)] = np.arange(len(cubes))
    felt = [_felt(change) for change in range(_CHANGES)]
    tables = {"felt_counts": np.array([[len(part[0]) for part in parts] for parts in felt], dtype=np.int32)}
    for which, name in enumerate(("tetrahedra", "sites")):
        longest = int(tables["felt_counts"][:, which].max())
        places = np.zeros((_CHANGES, longest), dtype=np.int32)
        steps = np.zeros((_CHANGES, longest), dtype=np.int32)
        for change, parts in enumerate(felt):
            points, by = parts[which]
            places[change, : len(points)] = _flat_offset(points, wide)
            steps[change, : len(points)] = by
        tables |= {f"felt_{name}": places, f"felt_{name}_by": steps}
    return tables | {
        "padded_tetrahedron": padded(whole, pad),
        "site_place": _flat_offset(geometry.grid + pad, wide),
        "tetrahedron_place": _flat_offset(cubes + pad, wide),
        "tetrahedron_kind": (TETRAHEDRON + cubes.sum(axis=1) % 2).astype(np.int8),
        "tetrahedron_beside": _flat_offset(-CORNERS, wide),
        "site_beside": np.array([_flat_offset(CORNERS[CORNERS.sum(axis=1) % 2 != k], wide) for k in (0, 1)]),
        "site_neighbour": _flat_offset(FCC, wide),
        "tetrahedron_neighbour": _flat_offset(UNIT, wide),
    }


def padded(whole: IntArray, pad: int) -> IntArray:
    """Return a periodic cube with ``pad`` points of its images on each side, flat.

    Parameters
    ----------
    whole : array of int32, shape (edge, edge, edge)
        Who is at a point of the grid.
    pad : int
        Points on each side.
    """
    at = np.arange(-pad, len(whole) + pad) % len(whole)
    return np.ascontiguousarray(whole[np.ix_(at, at, at)].reshape(-1))


def _flat_offset(points: NDArray[Any], wide: int) -> IntArray:
    """Places of points, or differences of places, in a cube of ``wide`` points; shape (n,)."""
    p = np.asarray(points, dtype=np.int64).reshape(-1, 3)
    return np.asarray((p[:, 0] * wide + p[:, 1]) * wide + p[:, 2], dtype=np.int32)


def _felt(change: int) -> tuple[tuple[NDArray[Any], list[int]], tuple[NDArray[Any], list[int]]]:
    """Tetrahedra and sites whose sum of q a change touches or whose weight it does, and by how much.

    Seen from the site, or from the tetrahedron where that alone changes. A redox event is counted as a
    reduction.
    """
    q: Counter[tuple[int, ...]] = Counter()
    flipped: list[tuple[int, ...]] = []
    if change >= TETRAHEDRON:
        flipped, parity = [(0, 0, 0)], change - TETRAHEDRON
    else:
        # Points of even parity are anions, those of sites odd: seen from a site it is the other way round.
        parity = 1
        q.update({tuple(u): 2 if change == SITE else -2 for u in UNIT.tolist()})
        if change < SITE:
            flipped = [tuple((-CORNERS[change]).tolist())]
    for point in flipped:
        for corner in _corners(point):
            if sum(corner) % 2 == parity:
                q[corner] += 3
    tetrahedra, sites = Counter(dict.fromkeys(flipped, 0)), Counter[tuple[int, ...]]()
    for anion, step in q.items():
        for cube in (np.array(anion) - CORNERS).tolist():
            tetrahedra[tuple(cube)] += step
        for site in (np.array(anion) + UNIT).tolist():
            sites[tuple(site)] += step
    changed = {t: step for t, step in tetrahedra.items() if step or t in flipped}
    for cube in changed:
        for corner in _corners(cube):
            if sum(corner) % 2 != parity:
                sites[corner] += 0
    touching = {corner for cube in changed for corner in _corners(cube)}
    kept = {s: step for s, step in sites.items() if step or s in touching}
    return _sorted(changed), _sorted(kept)


def _corners(cube: tuple[int, ...]) -> list[tuple[int, ...]]:
    return [tuple(c) for c in (np.array(cube) + CORNERS).tolist()]


def _sorted(steps: dict[tuple[int, ...], int]) -> tuple[NDArray[Any], list[int]]:
    points = sorted(steps)
    return np.array(points), [steps[p] for p in points]


def shared_anions(geometry: Geometry) -> dict[str, IntArray]:
    """Return how many anions neighbours have in common.

    ``hop_shared`` (12, 8, 8): of a tetrahedron around a site and one around its neighbour, by the direction
    of that and by those of the tetrahedra. ``hop_own`` (12, 8, 8): of the first tetrahedron and the
    neighbour, with those of the second and the site, less six. ``beside_shared`` (8, 8): of two tetrahedra
    around one site.

    Parameters
    ----------
    geometry : Geometry
        Of the box.
    """
    g, end = geometry, 0
    starts = g.octahedral_octahedra[end]
    out = g.tetrahedral_anions[g.octahedral_tetrahedra[end]]
    into = g.tetrahedral_anions[g.octahedral_tetrahedra[starts]]
    left, entered = g.octahedral_anions[starts], g.octahedral_anions[end]
    own = (
        _common(left[:, None, :], out[None])[:, :, None] + _common(entered[None, None], into)[:, None, :] - 6
    )
    return {
        "hop_shared": _common(out[None, :, None, :], into[:, None, :, :]).astype(np.int32),
        "hop_own": own.astype(np.int32),
        "beside_shared": _common(out[:, None, :], out[None]).astype(np.int32),
    }


def _common(first: IntArray, second: IntArray) -> NDArray[np.int64]:
    """How many members of two lists are alike, along the last axis."""
    alike: NDArray[np.int64] = (first[..., :, None] == second[..., None, :]).sum(axis=(-2, -1))
    return alike

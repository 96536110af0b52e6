"""What an event touches, tabulated once: the same in every block.

An event changes q of a few anions, and with it the sums of q of the sites around them. Seen from
its octahedral site, the sites it touches lie at the same displacements wherever it happens. So
each kind and direction of event has one pattern: tetrahedra with the change of their sum of q,
then octahedral sites with theirs, those included that only have a touched tetrahedron beside
them. Where changes cancel, nothing is listed.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from topotaxy.lattice.geometry import CORNERS, FCC, UNIT, Geometry

Point = tuple[int, int, int]

REDOX, HOP, EXCHANGE, CONTACT = 0, 8, 20, 32
"""First pattern of each kind: redox by direction; hop by 6 · start + direction, with start 0 or 1
as :data:`HOP_CORNERS` has it; exchange by direction, for a cation that comes to the site from
there; the same for two metals, or metal and vacancy, where no q changes."""

HOP_CORNERS = (0, 1)
"""A tetrahedron is reached from the first of its octahedral sites, whose corner of it this is."""

BLOCK_BITS = 7
"""A place is ``local << BLOCK_BITS | neighbour block``: up to 5³ blocks around the own one."""


class Footprint(NamedTuple):
    """Patterns, and where the sites at their displacements lie.

    Attributes
    ----------
    beside (blocks, around):
        Blocks around a block, itself among them, as :data:`BLOCK_BITS` of a place count them.
    near_tetrahedra, near_sites (sites per block, displacements):
        Places of the sites at all displacements that patterns know.
    tetrahedra, sites (patterns, most, 2):
        Displacement, and change of the sum of q per unit of the event.
    counts (patterns, 2):
        How many tetrahedra and sites.
    touched_blocks (sites per block, patterns, most):
        Blocks of the touched sites as columns of ``beside``; -1 after the last.
    """

    beside: NDArray[np.int32]
    near_tetrahedra: NDArray[np.int32]
    near_sites: NDArray[np.int32]
    tetrahedra: NDArray[np.int16]
    sites: NDArray[np.int16]
    counts: NDArray[np.int64]
    touched_blocks: NDArray[np.int8]


def footprint_of(geometry: Geometry) -> Footprint:
    """Tabulate the patterns for the blocks of a box."""
    patterns = _patterns()
    tetrahedra, near_t = _listed([p[0] for p in patterns])
    sites, near_s = _listed([p[1] for p in patterns])
    edge = 2 * geometry.block
    reach = -(-int(max(np.abs(near_t).max(), np.abs(near_s).max())) // edge)
    grid = np.stack(np.meshgrid(*[np.arange(edge)] * 3, indexing="ij"), axis=-1).reshape(-1, 3)
    odd = grid.sum(axis=1) % 2 == 1
    number = np.where(odd, np.cumsum(odd) - 1, -1)
    near_sites, blocks = _places(grid[odd], near_s, edge, reach, number)
    near_tetrahedra, _ = _places(grid[odd], near_t, edge, reach, np.arange(len(grid)))
    counts = np.array([[len(p[0]), len(p[1])] for p in patterns])
    return Footprint(
        beside=_beside(geometry.cells // geometry.block, reach),
        near_tetrahedra=near_tetrahedra,
        near_sites=near_sites,
        tetrahedra=tetrahedra,
        sites=sites,
        counts=counts,
        touched_blocks=_touched_blocks(blocks, sites, counts[:, 1]),
    )


def _patterns() -> list[tuple[dict[Point, int], dict[Point, int]]]:
    site = (0, 0, 0)
    found = []
    for corner in CORNERS:
        tetrahedron = _minus(site, corner)
        changes = _around(site, 2)
        _add(changes, _corner_anions(tetrahedron), -3)
        found.append(_spread(changes, [tetrahedron], [site, *map(_point, FCC)]))
    for corner in HOP_CORNERS:
        start = _minus(site, CORNERS[corner])
        for step in UNIT:
            end = _plus(start, step)
            changes = {}
            _add(changes, _corner_anions(start), -3)
            _add(changes, _corner_anions(end), 3)
            found.append(_spread(changes, [start, end], []))
    for charged in (True, False):
        for step in FCC:
            other = _point(step)
            changes = _around(site, 2) if charged else {}
            if charged:
                _add(changes, list(_around(other, 0)), -2)
            beside = [_plus(centre, away) for centre in (site, other) for away in FCC]
            found.append(_spread(changes, [], sorted({site, other, *beside})))
    return found


def _spread(
    changes: dict[Point, int], reacting: list[Point], always: list[Point]
) -> tuple[dict[Point, int], dict[Point, int]]:
    """Change of the sums of q: tetrahedra and octahedral sites, with those that must be listed."""
    tetrahedra: dict[Point, int] = {}
    sites: dict[Point, int] = {}
    for anion, change in changes.items():
        _add(tetrahedra, [_minus(anion, corner) for corner in CORNERS], change)
        _add(sites, [_plus(anion, step) for step in UNIT], change)
    tetrahedra = {t: change for t, change in tetrahedra.items() if change or t in reacting}
    tetrahedra |= {t: 0 for t in reacting if t not in tetrahedra}
    touched = {site for site, change in sites.items() if change} | set(always)
    for t in tetrahedra:
        touched |= {p for p in (_plus(t, corner) for corner in CORNERS) if sum(p) % 2 == 0}
    return dict(sorted(tetrahedra.items())), {p: sites.get(p, 0) for p in sorted(touched)}


def _point(p: NDArray[np.int64]) -> Point:
    return int(p[0]), int(p[1]), int(p[2])


def _plus(a: Point, b: NDArray[np.int64] | Point) -> Point:
    return int(a[0] + b[0]), int(a[1] + b[1]), int(a[2] + b[2])


def _minus(a: Point, b: NDArray[np.int64] | Point) -> Point:
    return int(a[0] - b[0]), int(a[1] - b[1]), int(a[2] - b[2])


def _add(changes: dict[Point, int], points: list[Point], change: int) -> None:
    for p in points:
        changes[p] = changes.get(p, 0) + change


def _around(site: Point, change: int) -> dict[Point, int]:
    """The six anions of a site; seen from a site, anions are at odd displacements."""
    return {_plus(site, step): change for step in UNIT}


def _corner_anions(tetrahedron: Point) -> list[Point]:
    return [p for p in (_plus(tetrahedron, corner) for corner in CORNERS) if sum(p) % 2 != 0]


def _listed(patterns: list[dict[Point, int]]) -> tuple[NDArray[np.int16], NDArray[np.int64]]:
    """(patterns, most, 2) of displacement number and change; and the displacements."""
    displacements = sorted(set().union(*patterns))
    number = {p: i for i, p in enumerate(displacements)}
    listed = np.zeros((len(patterns), max(map(len, patterns)), 2), dtype=np.int16)
    for row, pattern in zip(listed, patterns, strict=True):
        for place, (p, change) in enumerate(pattern.items()):
            row[place] = number[p], change
    return listed, np.array(displacements, dtype=np.int64)


def _places(
    centres: NDArray[np.int64],
    displacements: NDArray[np.int64],
    edge: int,
    reach: int,
    number: NDArray[np.int64],
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Places at all displacements from each site of a block, and their blocks alone."""
    points = centres[:, None, :] + displacements[None]
    blocks = _flat(points // edge + reach, 2 * reach + 1)
    local = number[_flat(points % edge, edge)]
    return (local << BLOCK_BITS | blocks).astype(np.int32), blocks


def _flat(points: NDArray[np.int64], edge: int) -> NDArray[np.int64]:
    return np.asarray((points[..., 0] * edge + points[..., 1]) * edge + points[..., 2])


def _beside(edge: int, reach: int) -> NDArray[np.int32]:
    own = np.stack(np.meshgrid(*[np.arange(edge)] * 3, indexing="ij"), axis=-1).reshape(-1, 3)
    steps = np.stack(np.meshgrid(*[np.arange(-reach, reach + 1)] * 3, indexing="ij"), axis=-1)
    return _flat((own[:, None, :] + steps.reshape(-1, 3)[None]) % edge, edge).astype(np.int32)


def _touched_blocks(
    blocks: NDArray[np.int64], sites: NDArray[np.int16], counts: NDArray[np.int64]
) -> NDArray[np.int8]:
    rows = [
        [np.unique(own[pattern[:count, 0]]) for pattern, count in zip(sites, counts, strict=True)]
        for own in blocks
    ]
    most = max(len(row) for site in rows for row in site) + 1
    touched = np.full((len(rows), len(sites), most), -1, dtype=np.int8)
    for place, site in enumerate(rows):
        for pattern, row in enumerate(site):
            touched[place, pattern, : len(row)] = row
    return touched

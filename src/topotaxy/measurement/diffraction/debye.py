"""Debye sums: pairs of atoms by distance, and spheres of a crystal by their overlap.

I(Q) = Σ_ij f_i f_j sin(Q r_ij)/(Q r_ij) (Debye 1915, 10.1002/andp.19153510606); the pairs of a sphere of
diameter D cut at random from a crystal are those of the crystal times 1 - 1.5 x + 0.5 x³, x = r/D
(Guinier 1963; Kodama et al. 2006, 10.1107/S0108767306034635).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numba
import numpy as np
from numpy.typing import NDArray

from topotaxy.measurement.diffraction.scattering import Complexes, Floats, Radiation, amplitude
from topotaxy.measurement.diffraction.structure import Structure

BIN = 0.01
"""Å: width of the bins of distances; moves an intensity at Q = 10 Å⁻¹ by less than 1e-3."""
CHUNK = 512
"""Distances summed at once."""


@dataclass(frozen=True, kw_only=True)
class Pairs:
    """Ordered pairs of unlike atoms by distance and species.

    Attributes
    ----------
    species:
        Symbols, (s,).
    singles:
        Atoms of each species, (s,).
    r:
        Distances, Å, (n,).
    counts:
        Ordered pairs, both ways, (n, s, s), symmetric.
    """

    species: tuple[str, ...]
    singles: Floats
    r: Floats
    counts: Floats


def intensity(
    pairs: Pairs, q: Floats, *, radiation: Radiation, wavelength: float, displacement: float = 0.5
) -> Floats:
    """Return the scattering of pairs and single atoms, electrons² or fm², (n,).

    Parameters
    ----------
    pairs : Pairs
    q : array (n,)
        Å⁻¹, above 0.
    displacement : float
        B, Å²: damps pairs, not the atoms' own scattering, so that thermal diffuse scattering is there.
    """
    s2 = (q / (4.0 * math.pi)) ** 2
    f = np.array(
        [amplitude(el, s2, radiation=radiation, wavelength=wavelength) for el in pairs.species]
    ).reshape(len(pairs.species), len(q))
    total = (pairs.singles[:, None] * np.abs(f) ** 2).sum(axis=0) if len(f) else np.zeros(len(q))
    total = total + interference(pairs.r, pairs.counts, f, q) * np.exp(-2.0 * displacement * s2)
    return np.asarray(total)


def interference(r: Floats, counts: Floats, f: Complexes, q: Floats) -> Floats:
    """Return Σ counts_ij(r) Re(f_i f_j*) sin(Qr)/(Qr), (n,)."""
    species = len(f)
    rows, columns = np.triu_indices(species)
    held = [(i, j) for i, j in zip(rows, columns, strict=True) if np.any(counts[:, i, j])]
    total = np.zeros(len(q))
    if not held or not len(r):
        return total
    weights = np.array([counts[:, i, j] * (1.0 if i == j else 2.0) for i, j in held])
    products = np.array([np.real(f[i] * np.conj(f[j])) for i, j in held])
    for begin in range(0, len(r), CHUNK):
        part = slice(begin, begin + CHUNK)
        angle = np.outer(r[part], q)
        waves = np.sin(angle) / angle
        total += ((weights[:, part] @ waves) * products).sum(axis=0)
    return total


@numba.njit(cache=True)
def _histogram(
    positions: Floats,
    group: NDArray[np.int64],
    species: NDArray[np.int64],
    centres: NDArray[np.int64],
    box: Floats,
    periodic: NDArray[np.bool_],
    order: NDArray[np.int64],
    first: NDArray[np.int64],
    cells: NDArray[np.int64],
    cell_of: NDArray[np.int64],
    reach: float,
    width: float,
    counts: Floats,
) -> None:
    """Add the pairs of some atoms with all others of their group; positions are fractional."""
    bins = counts.shape[0]
    limit = reach * reach
    for c in range(centres.size):
        a = centres[c]
        for dx in range(-1, 2):
            x = cell_of[a, 0] + dx
            if periodic[0]:
                if cells[0] < 3 and dx > cells[0] - 2 and cells[0] != 1 and dx == 1:
                    continue
                if cells[0] == 1 and dx != 0:
                    continue
                x = x % cells[0]
            elif x < 0 or x >= cells[0]:
                continue
            for dy in range(-1, 2):
                y = cell_of[a, 1] + dy
                if periodic[1]:
                    if cells[1] < 3 and dy > cells[1] - 2 and cells[1] != 1 and dy == 1:
                        continue
                    if cells[1] == 1 and dy != 0:
                        continue
                    y = y % cells[1]
                elif y < 0 or y >= cells[1]:
                    continue
                for dz in range(-1, 2):
                    z = cell_of[a, 2] + dz
                    if periodic[2]:
                        if cells[2] < 3 and dz > cells[2] - 2 and cells[2] != 1 and dz == 1:
                            continue
                        if cells[2] == 1 and dz != 0:
                            continue
                        z = z % cells[2]
                    elif z < 0 or z >= cells[2]:
                        continue
                    cell = (x * cells[1] + y) * cells[2] + z
                    for k in range(first[cell], first[cell + 1]):
                        b = order[k]
                        if b == a or group[b] != group[a]:
                            continue
                        u0 = positions[b, 0] - positions[a, 0]
                        u1 = positions[b, 1] - positions[a, 1]
                        u2 = positions[b, 2] - positions[a, 2]
                        if periodic[0]:
                            u0 -= np.round(u0)
                        if periodic[1]:
                            u1 -= np.round(u1)
                        if periodic[2]:
                            u2 -= np.round(u2)
                        rx = u0 * box[0, 0] + u1 * box[1, 0] + u2 * box[2, 0]
                        ry = u0 * box[0, 1] + u1 * box[1, 1] + u2 * box[2, 1]
                        rz = u0 * box[0, 2] + u1 * box[1, 2] + u2 * box[2, 2]
                        d2 = rx * rx + ry * ry + rz * rz
                        if d2 < limit:
                            place = int(math.sqrt(d2) / width)
                            if place < bins:
                                counts[place, species[a], species[b]] += 1.0


def pairs_within(
    positions: Floats,
    elements: Sequence[str] | NDArray[np.str_],
    groups: NDArray[np.int64],
    box: Floats,
    periodic: Sequence[bool],
    *,
    reach: float,
    rng: np.random.Generator,
    most_centres: int,
    continuous: bool = False,
) -> Pairs:
    """Return the pairs of atoms that share a group, up to a distance.

    Beyond half of ``reach`` pairs fade with a cosine, so that a cut does not ring. A pair of a periodic box
    is taken at its nearest image; ``reach`` is cut to half the shortest edge.

    Parameters
    ----------
    positions : array (n, 3)
        Å.
    elements, groups : (n,)
    box : array (3, 3)
        Rows are the edges, Å.
    reach : float
        Å.
    rng : Generator
        Chooses the atoms whose pairs are counted where there are more than ``most_centres``.
    continuous : bool
        Whether groups go on through the periodic box: the pairs of a uniform medium of their mean density are
        then taken off, which scatters forward only and would else ring where pairs fade.
    """
    symbols, species = np.unique(np.asarray(elements), return_inverse=True)
    singles = np.bincount(species, minlength=len(symbols)).astype(float)
    edges = np.linalg.norm(box, axis=1)
    held = np.asarray(periodic, dtype=bool)
    if held.any():
        reach = min(reach, 0.5 * float(edges[held].min()) - BIN)
    fractional = positions @ np.linalg.inv(box)
    fractional = np.where(held, fractional % 1.0, fractional)
    low = np.where(held, 0.0, fractional.min(axis=0, initial=0.0))
    high = np.where(held, 1.0, fractional.max(axis=0, initial=1.0) + 1e-9)
    heights = 1.0 / np.linalg.norm(np.linalg.inv(box), axis=0)
    cells = np.maximum(((high - low) * heights / reach).astype(np.int64), 1)
    cell_of = np.minimum(((fractional - low) / (high - low) * cells).astype(np.int64), cells - 1)
    flat = (cell_of[:, 0] * cells[1] + cell_of[:, 1]) * cells[2] + cell_of[:, 2]
    order = np.argsort(flat, kind="stable")
    first = np.concatenate([[0], np.cumsum(np.bincount(flat, minlength=int(cells.prod())))])
    count = len(positions)
    centres = np.arange(count)
    if count > most_centres:
        centres = np.sort(rng.choice(count, size=most_centres, replace=False))
    counts = np.zeros((int(reach / BIN), len(symbols), len(symbols)))
    if count:
        _histogram(
            np.ascontiguousarray(fractional),
            np.ascontiguousarray(groups, dtype=np.int64),
            np.ascontiguousarray(species, dtype=np.int64),
            centres,
            np.ascontiguousarray(box, dtype=float),
            held,
            order,
            first,
            cells,
            np.ascontiguousarray(cell_of),
            reach,
            BIN,
            counts,
        )
        counts *= count / len(centres)
    counts = 0.5 * (counts + counts.transpose(0, 2, 1))
    r = (np.arange(len(counts)) + 0.5) * BIN
    if continuous:
        members = np.zeros((int(groups.max(initial=0)) + 1, len(symbols)))
        np.add.at(members, (groups, species), 1.0)
        volume = float(abs(np.linalg.det(box)))
        counts = counts - 4.0 * np.pi * BIN * (r**2)[:, None, None] * (members.T @ members)[None] / volume
    x = np.clip((r / reach - 0.5) / 0.5, 0.0, 1.0)
    counts = counts * (0.5 * (1.0 + np.cos(np.pi * x)))[:, None, None]
    kept = counts.any(axis=(1, 2))
    return Pairs(species=tuple(str(s) for s in symbols), singles=singles, r=r[kept], counts=counts[kept])


def envelope(r: Floats, diameter: float) -> Floats:
    """Return the share of pairs at a distance that a sphere of a diameter holds, both in Å."""
    x = np.minimum(r / diameter, 1.0)
    return np.asarray(1.0 - 1.5 * x + 0.5 * x**3)


@lru_cache(maxsize=64)
def crystal_pairs(key: tuple[object, ...], reach: float) -> Pairs:
    """Return the pairs of one conventional cell with all around it, at a cell edge of 1, reach in edges."""
    basis: tuple[tuple[str, float, float, float, float], ...] = key  # type: ignore[assignment]
    symbols = sorted({atom[0] for atom in basis})
    n = math.ceil(reach) + 1
    shifts = np.stack(np.meshgrid(*[np.arange(-n, n + 1)] * 3, indexing="ij"), -1).reshape(-1, 3)
    gathered: dict[float, Floats] = {}
    for first in basis:
        for second in basis:
            offset = np.array(second[1:4]) - np.array(first[1:4])
            r = np.round(np.linalg.norm(shifts + offset, axis=1), 6)
            r = r[(r > 1e-3) & (r <= reach)]
            values, numbers = np.unique(r, return_counts=True)
            i, j = symbols.index(first[0]), symbols.index(second[0])
            for value, number in zip(values, numbers, strict=True):
                table = gathered.setdefault(float(value), np.zeros((len(symbols), len(symbols))))
                table[i, j] += number * first[4] * second[4]
    distances = np.array(sorted(gathered))
    counts = np.array([gathered[float(d)] for d in distances]).reshape(-1, len(symbols), len(symbols))
    singles = np.array([sum(a[4] for a in basis if a[0] == s) for s in symbols])
    return Pairs(
        species=tuple(symbols),
        singles=singles,
        r=distances,
        counts=0.5 * (counts + counts.transpose(0, 2, 1)),
    )


def sphere(
    structure: Structure,
    edge: float,
    diameters: Floats,
    q: Floats,
    *,
    radiation: Radiation,
    wavelength: float,
    displacement: float,
) -> Floats:
    """Return the scattering per conventional cell of spheres cut from a cubic crystal, (diameters, n).

    Parameters
    ----------
    structure : Structure
        Cubic; sites that several elements share are occupied at random.
    edge : float
        Å.
    diameters : array
        Å.
    q : array (n,)
        Å⁻¹.
    displacement : float
        B, Å².
    """
    basis = tuple(
        (element, *(float(v) for v in point), float(share))
        for site, orbit in zip(structure.sites, structure.orbits, strict=True)
        for point in orbit
        for element, share in site.shares.items()
    )
    reach = math.ceil(float(np.max(diameters)) / edge * 2.0) / 2.0
    crystal = crystal_pairs(basis, reach)
    s2 = (q / (4.0 * math.pi)) ** 2
    f = np.array([amplitude(el, s2, radiation=radiation, wavelength=wavelength) for el in crystal.species])
    own = (crystal.singles[:, None] * np.abs(f) ** 2).sum(axis=0)
    damping = np.exp(-2.0 * displacement * s2)
    r = crystal.r * edge
    rows, columns = np.triu_indices(len(f))
    products = np.array(
        [np.real(f[i] * np.conj(f[j])) * (1.0 if i == j else 2.0) for i, j in zip(rows, columns, strict=True)]
    )
    pair_counts = np.array([crystal.counts[:, i, j] for i, j in zip(rows, columns, strict=True)])
    envelopes = np.array([np.where(r < d, envelope(r, float(d)), 0.0) for d in diameters])
    total = np.zeros((len(diameters), len(q)))
    for begin in range(0, len(r), CHUNK):
        part = slice(begin, begin + CHUNK)
        angle = np.outer(r[part], q)
        waves = np.sin(angle) / angle
        for k in range(len(products)):
            if pair_counts[k, part].any():
                total += (envelopes[:, part] * pair_counts[k, part]) @ waves * products[k]
    return np.asarray(own + damping * total)


def shares_of(elements: Sequence[str] | NDArray[np.str_]) -> Mapping[str, float]:
    """Return the share of each element among atoms."""
    symbols, numbers = np.unique(np.asarray(elements), return_counts=True)
    return {str(s): float(n) / float(numbers.sum()) for s, n in zip(symbols, numbers, strict=True)}

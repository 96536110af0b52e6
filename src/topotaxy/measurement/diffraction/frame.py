"""What the frame of a specimen scatters: peaks of its average cell, diffuse scattering of its deviations.

The frame is rock salt with its sites on a grid of half cell edges. Its average cell gives the peaks; what
each site differs from the average, and how neighbours' differences go together, gives the diffuse scattering:
Σ_ij f_i f_j Σ_r <δ_i(0) δ_j(r)> sin(Qr)/(Qr), δ from the means of its sublattice (Warren 1969, X-ray
Diffraction, ch. 12). The correlations are counted exactly, by Fourier transforms of the box.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from topotaxy.errors import InputError
from topotaxy.measurement.diffraction.debye import interference
from topotaxy.measurement.diffraction.scattering import Floats, Radiation, amplitude
from topotaxy.measurement.diffraction.structure import ANIONS, Site, Structure
from topotaxy.specimen import Specimen

QUARTERS = 4
LARGEST_GRID = 40_000_000
"""Sites of the grid of half edges, beyond which a specimen is refused."""
FADE_FROM = 0.5
"""Share of the largest distance from which correlations fade, so that the end does not ring."""


@dataclass(frozen=True, kw_only=True)
class Frame:
    """The frame's atoms on its grid.

    Attributes
    ----------
    cells:
        Conventional cells along each edge.
    edge:
        Of the conventional cell, Å.
    elements:
        Symbols of its species.
    species:
        Of each atom, (n,).
    quarter:
        Position in the cell in quarters of its edge, (n, 3), from 0 to 3.
    fractional:
        Position in edges of the cell, from a site of the grid, (n, 3).
    grid:
        Place on the grid of half edges, (n, 3); only for atoms on it (``on_grid``).
    displacement:
        Mean square distance of atoms from their sites along one axis, Å².
    """

    cells: tuple[int, int, int]
    edge: float
    elements: tuple[str, ...]
    species: NDArray[np.int64]
    quarter: NDArray[np.int64]
    fractional: Floats
    grid: NDArray[np.int64]
    on_grid: NDArray[np.bool_]
    displacement: float

    @property
    def count(self) -> int:
        """Number of conventional cells."""
        return math.prod(self.cells)


def frame_of(specimen: Specimen) -> Frame | None:
    """Return the frame of a specimen on its grid, or None where it has none.

    Parameters
    ----------
    specimen : Specimen
        Atoms with a periodic box, Å.

    Raises
    ------
    InputError
        Where the frame is not periodic, or its box no whole number of its cells.
    """
    chosen = specimen.is_phase("frame")
    if specimen.unit_cell is None or not chosen.any():
        return None
    where = specimen.source or "specimen"
    if not all(specimen.periodic):
        raise InputError("the frame of a specimen has to be periodic along all edges", where=where)
    edges = np.linalg.norm(specimen.box, axis=1)
    cells = np.maximum(np.round(edges / specimen.unit_cell), 1).astype(int)
    if np.abs(edges / cells / specimen.unit_cell - 1.0).max() > 0.2:
        raise InputError(
            f"the box of {', '.join(f'{e:.2f}' for e in edges)} Å is no whole number of cells of "
            f"{specimen.unit_cell:.3f} Å",
            where=where,
        )
    if int(cells.prod()) * 8 > LARGEST_GRID:
        raise InputError("the box is too large for a virtual diffractometer", where=where)
    fractional = specimen.positions[chosen] @ np.linalg.inv(specimen.box) * cells
    # The lattice may be shifted as a whole: take the shift that most anions agree on.
    elements = specimen.elements[chosen]
    anions = np.isin(elements, sorted(ANIONS))
    origin = _origin(fractional[anions] if anions.any() else fractional)
    quarters = np.round((fractional - origin) * QUARTERS)
    off = (fractional - origin) - quarters / QUARTERS
    spread = float(((off @ (specimen.box / cells[:, None])) ** 2).sum(axis=1).mean() / 3.0)
    quarters = quarters.astype(np.int64)
    on_grid = (quarters % 2 == 0).all(axis=1)
    symbols, species = np.unique(elements, return_inverse=True)
    return Frame(
        cells=(int(cells[0]), int(cells[1]), int(cells[2])),
        edge=float(specimen.unit_cell),
        elements=tuple(str(s) for s in symbols),
        species=species,
        quarter=quarters % QUARTERS,
        fractional=fractional - origin,
        grid=(quarters // 2) % (2 * cells),
        on_grid=on_grid,
        displacement=spread,
    )


def _origin(fractional: Floats) -> Floats:
    """Return the shift of the grid of half edges, in cell edges, by the phase of its mean wave."""
    phase = np.exp(4j * np.pi * fractional).mean(axis=0)
    return np.asarray(np.where(np.abs(phase) > 0.2, np.angle(phase) / (4.0 * np.pi), 0.0))


def average_structure(frame: Frame, *, displacement: float, name: str = "frame") -> Structure:
    """Return the average cell as a structure without symmetry: every site with its mean content.

    Parameters
    ----------
    displacement : float
        Thermal B, Å²; the static displacements of the atoms are added.
    """
    code = (frame.quarter * np.array([QUARTERS**2, QUARTERS, 1])).sum(axis=1)
    table = np.zeros((QUARTERS**3, len(frame.elements)))
    np.add.at(table, (code, frame.species), 1.0)
    b = displacement + 8.0 * math.pi**2 * frame.displacement
    sites = []
    for place in np.flatnonzero(table.any(axis=1)):
        x, rest = divmod(int(place), QUARTERS**2)
        y, z = divmod(rest, QUARTERS)
        sites.append(
            Site(
                label=f"s{place}",
                shares={
                    element: float(n / frame.count)
                    for element, n in zip(frame.elements, table[place], strict=True)
                    if n > 0
                },
                position=(x / QUARTERS, y / QUARTERS, z / QUARTERS),
                displacement=b,
            )
        )
    a = frame.edge
    return Structure(name=name, space_group="P 1", cell=(a, a, a, 90.0, 90.0, 90.0), sites=tuple(sites))


def diffuse(
    frame: Frame, q: Floats, *, radiation: Radiation, wavelength: float, displacement: float
) -> Floats:
    """Return the diffuse scattering of the whole frame, electrons² or fm², (n,).

    Thermal diffuse scattering of independent atoms is part of it. Atoms off the grid of half edges (in
    tetrahedral sites) scatter by themselves.

    Parameters
    ----------
    frame : Frame
        The frame's atoms on its grid.
    q : array (n,)
        Å⁻¹.
    radiation : {"X-ray", "neutron"}
        By which the amplitudes of atoms are taken.
    wavelength : float
        Å.
    displacement : float
        B, Å².
    """
    s2 = (q / (4.0 * math.pi)) ** 2
    b = displacement + 8.0 * math.pi**2 * frame.displacement
    f = np.array([amplitude(el, s2, radiation=radiation, wavelength=wavelength) for el in frame.elements])
    r, counts, own, squares = _correlations(frame)
    damping = np.exp(-2.0 * b * s2)
    products = np.real(f[:, None, :] * np.conj(f[None, :, :]))
    still = np.einsum("ij,ijq->q", own, products)
    total = still * damping + interference(r, counts, f, q) * damping
    # What vibration takes from the peaks, and atoms off the grid.
    total += (squares[:, None] * np.abs(f) ** 2).sum(axis=0) * (1.0 - damping)
    extra = np.bincount(frame.species[~frame.on_grid], minlength=len(f)).astype(float)
    if extra.any():
        places = 8.0 * frame.count
        mean = (extra[:, None] * f).sum(axis=0) / places
        total += (extra[:, None] * np.abs(f) ** 2).sum(axis=0) - places * np.abs(mean) ** 2 * damping
    return np.asarray(total)


def _correlations(frame: Frame) -> tuple[Floats, Floats, Floats, Floats]:
    """Return distances, sums of δ_i δ_j over pairs at each, the same at distance 0, and atoms by species."""
    shape = tuple(2 * n for n in frame.cells)
    species = len(frame.elements)
    parity = np.indices(shape).sum(axis=0) % 2
    grid, kinds = frame.grid[frame.on_grid], frame.species[frame.on_grid]
    squares = np.bincount(kinds, minlength=species).astype(float)
    waves = []
    own = np.zeros((species, species))
    fields = []
    for kind in range(species):
        field = np.zeros(shape, dtype=np.float32)
        chosen = grid[kinds == kind]
        np.add.at(field, (chosen[:, 0], chosen[:, 1], chosen[:, 2]), 1.0)
        for side in (0, 1):
            on = parity == side
            field[on] -= field[on].mean()
        fields.append(field)
        waves.append(np.fft.rfftn(field))
    label, r2 = _shells(shape)
    limit = (min(shape) // 2) ** 2
    kept = np.flatnonzero((r2 > 0) & (r2 < limit))
    counts = np.zeros((len(kept), species, species))
    for i in range(species):
        for j in range(i, species):
            correlation = np.fft.irfftn(waves[i] * np.conj(waves[j]), s=shape, axes=(0, 1, 2))
            sums = np.bincount(label.ravel(), weights=correlation.ravel(), minlength=len(r2))
            own[i, j] = own[j, i] = float(sums[0])
            counts[:, i, j] = counts[:, j, i] = sums[kept]
    distance = np.sqrt(r2[kept]) * frame.edge / 2.0
    if len(distance):
        x = np.clip((distance / distance[-1] - FADE_FROM) / (1.0 - FADE_FROM), 0.0, 1.0)
        counts = counts * (0.5 * (1.0 + np.cos(np.pi * x)))[:, None, None]
    return distance, counts, own, squares


def _shells(shape: tuple[int, ...]) -> tuple[NDArray[np.int64], Floats]:
    """Return the shell of each shift of a periodic grid and the squared length of each shell."""
    axes = [np.minimum(np.arange(n), n - np.arange(n)) ** 2 for n in shape]
    squared = axes[0][:, None, None] + axes[1][None, :, None] + axes[2][None, None, :]
    lengths, label = np.unique(squared, return_inverse=True)
    return label.reshape(shape), lengths.astype(float)

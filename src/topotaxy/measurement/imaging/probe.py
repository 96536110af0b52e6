"""A virtual scanning microscope: annular dark field of a specimen's slab, with dose noise and scan errors.

The fast model: every atom scatters incoherently as Z^1.7, blurred by the probe. It knows no channelling and
no multiple scattering, so contrast is not quantitative; the places of columns are.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from topotaxy.errors import InputError
from topotaxy.measurement.imaging.record import MOST_PIXELS, Floats, Micrograph, checked
from topotaxy.measurement.instrument import counts
from topotaxy.measurement.options import Quantity

if TYPE_CHECKING:
    from topotaxy.specimen import Specimen

EXPONENT = 1.7
"""Of the atomic number in annular dark-field intensity; 1.6 to 2 by detector angles (D. O. Klenov,
S. Stemmer, Ultramicroscopy 106 (2006) 889, doi:10.1016/j.ultramic.2006.03.007)."""
GRID = 0.2
"""Spacing of the grid on which the object is computed, Å."""
AXES = {"x": 0, "y": 1, "z": 2}


class Microscope(BaseModel):
    """Options of the virtual scanning transmission microscope."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    beam_along: Literal["x", "y", "z"] = Field(default="z", description="Edge of the box along the beam.")
    slab_thickness: Annotated[float | None, Quantity("particle_size", "5nm")] = Field(
        default=None, description="Thickness of the slab that is looked at; the whole box if not given."
    )
    scan_step: Annotated[float, Quantity("length", "0.2Å")] = Field(
        default=0.2, description="Distance of the points of the scan."
    )
    scan_width: Annotated[float | None, Quantity("particle_size", "5nm")] = Field(
        default=None, description="Edge of the square that is scanned; what the box offers if not given."
    )
    probe_width: Annotated[float, Quantity("length", "0.4Å")] = Field(
        default=0.4, description="Blur by probe, source and thermal motion, one standard deviation."
    )
    electron_dose: Annotated[float, Quantity("dimensionless", "100000")] = Field(
        default=1e5, description="Electrons per square ångström."
    )
    scattered_share: Annotated[float, Quantity("dimensionless", "0.05")] = Field(
        default=0.05, description="Share of the electrons that reach the detector, mean over the image."
    )
    row_jitter: Annotated[float, Quantity("length", "0.02Å", "non-negative")] = Field(
        default=0.02, description="Random shift of each row of the scan, one standard deviation."
    )
    stage_drift: Annotated[float, Quantity("length", "0.1Å", "non-negative")] = Field(
        default=0.0, description="Drift over the whole scan in a random direction, one standard deviation."
    )
    magnification_error: Annotated[float, Quantity("dimensionless", "0.03", "non-negative")] = Field(
        default=0.03,
        description="Error of the stated pixel size, one standard deviation, drawn once a record.",
    )


def projected(specimen: Specimen, microscope: Microscope) -> tuple[Floats, Floats]:
    """Return the blurred object on a periodic grid, (rows, columns), and its edges, (2,), Å.

    Rows are along the second, columns along the first of the two edges across the beam.

    Raises
    ------
    InputError
        Where the box has no right angles or is too large.
    """
    from scipy import fft

    lengths = np.diag(specimen.box)
    if not np.allclose(specimen.box, np.diag(lengths), atol=1e-6 * float(np.abs(lengths).max())):
        raise InputError(
            "the virtual microscope needs a box with right angles", where=specimen.source or None
        )
    beam = AXES[microscope.beam_along]
    across, down = (axis for axis in (0, 1, 2) if axis != beam)
    inside = np.ones(len(specimen), dtype=bool)
    if microscope.slab_thickness is not None:
        depth = specimen.positions[:, beam] % lengths[beam]
        inside = depth < 10.0 * microscope.slab_thickness
    if not inside.any():
        raise InputError("the slab holds no atom", where=specimen.source or None)
    edges = np.array([lengths[down], lengths[across]], dtype=np.float64)
    shape = tuple(max(8, fft.next_fast_len(math.ceil(edge / GRID))) for edge in edges)
    if math.prod(shape) > MOST_PIXELS:
        raise InputError(f"the box of {edges[0]:.0f} x {edges[1]:.0f} Å is too large for one image")
    places = specimen.positions[inside][:, [down, across]] / edges * np.array(shape)
    strength = _strength(specimen.elements[inside])
    return _blurred(places, strength, shape, edges, microscope.probe_width), edges


def _strength(elements: np.ndarray[tuple[int, ...], np.dtype[np.str_]]) -> Floats:
    import gemmi

    symbols, which = np.unique(elements, return_inverse=True)
    each = [float(gemmi.Element(str(symbol)).atomic_number) ** EXPONENT for symbol in symbols]
    return np.array(each)[which]


def _blurred(places: Floats, strength: Floats, shape: tuple[int, ...], edges: Floats, width: float) -> Floats:
    """Put atoms on the grid bilinearly, divide by the transform of that, and blur by a Gaussian."""
    from scipy import fft

    corner = np.floor(places).astype(np.int64)
    part = places - corner
    grid = np.zeros(math.prod(shape))
    for down in (0, 1):
        for across in (0, 1):
            weight = np.abs(1 - down - part[:, 0]) * np.abs(1 - across - part[:, 1])
            at = (corner[:, 0] + down) % shape[0] * shape[1] + (corner[:, 1] + across) % shape[1]
            grid += np.bincount(at, weights=strength * weight, minlength=len(grid))
    transform = fft.fft2(grid.reshape(shape))
    filters = []
    for count, edge in zip(shape, edges, strict=True):
        cycles = np.fft.fftfreq(count)
        k = cycles * count / edge
        filters.append(np.exp(-2.0 * (math.pi * width * k) ** 2) / np.sinc(cycles) ** 2)
    object_seen = fft.ifft2(transform * filters[0][:, None] * filters[1][None]).real
    return np.asarray(np.maximum(object_seen, 0.0), dtype=np.float64)


def probe(
    specimens: Sequence[Specimen], microscope: Microscope, rng: np.random.Generator
) -> tuple[Micrograph, ...]:
    """Return one image of each specimen.

    Raises
    ------
    InputError
        Where the scan is wider than the box, or has too few or too many points.
    """
    return tuple(_scanned(specimen, microscope, rng) for specimen in specimens)


def _scanned(specimen: Specimen, microscope: Microscope, rng: np.random.Generator) -> Micrograph:
    from scipy import ndimage

    where = specimen.source or "specimen"
    objects, edges = projected(specimen, microscope)
    step = microscope.scan_step
    wide = float(edges.min()) if microscope.scan_width is None else 10.0 * microscope.scan_width
    if wide > float(edges.min()) * (1.0 + 1e-9):
        raise InputError(
            f"a scan of {wide / 10:.3g} nm is wider than the box of {edges.min() / 10:.3g} nm", where=where
        )
    points = math.floor(wide / step)
    if not 32 <= points <= 8192:
        raise InputError(f"the scan would have {points} points a row; expected 32 to 8192", where=where)
    jitter = rng.normal(0.0, microscope.row_jitter, points) if microscope.row_jitter else np.zeros(points)
    drift = rng.normal(0.0, microscope.stage_drift, 2) if microscope.stage_drift else np.zeros(2)
    index = np.arange(points, dtype=np.float64)
    time = (index[:, None] + index[None] / points) / points
    rows = step * index[:, None] + drift[0] * time
    columns = step * index[None] + jitter[:, None] + drift[1] * time
    scale = np.array(objects.shape) / edges
    seen = ndimage.map_coordinates(
        objects, [rows * scale[0], columns * scale[1]], order=3, mode="grid-wrap", prefilter=True
    )
    electrons = microscope.electron_dose * step**2 * microscope.scattered_share
    image = counts(np.maximum(seen, 0.0) / float(objects.mean()) * electrons, rng)
    stated = step * (1.0 + float(rng.normal(0.0, microscope.magnification_error)))
    thick = "the whole box" if microscope.slab_thickness is None else f"{microscope.slab_thickness:g} nm"
    return checked(
        image,
        (stated, stated),
        source=f"{specimen.formula or where}, virtual microscope",
        format="virtual microscope",
        instrument="virtual scanning transmission electron microscope, annular dark field, fast model",
        notes=(f"beam along {microscope.beam_along} through {thick}",),
        origin="simulated",
    )

"""A specimen in the virtual microscope: slab, view, noise of the dose and errors of the scan."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from topotaxy.errors import InputError
from topotaxy.measurement.imaging.record import Floats, Micrograph, checked
from topotaxy.measurement.imaging.virtual.microscope import Microscope
from topotaxy.measurement.instrument import counts

if TYPE_CHECKING:
    from topotaxy.measurement.imaging.virtual.scan import Beam
    from topotaxy.measurement.imaging.virtual.slab import Slab
    from topotaxy.specimen import Specimen

__all__ = ["Microscope", "probe"]

NAMES = {
    ("haadf", "fast"): "virtual scanning transmission electron microscope, dark field, fast model",
    (
        "haadf",
        "multislice",
    ): "virtual scanning transmission electron microscope, dark field, multislice",
    ("hrtem", "fast"): "virtual transmission electron microscope, multislice",
    ("hrtem", "multislice"): "virtual transmission electron microscope, multislice",
    ("saed", "fast"): "virtual transmission electron microscope, kinematic diffraction",
    ("saed", "multislice"): "virtual transmission electron microscope, diffraction by multislice",
}
MOST_SCATTERED = 0.3
"""Kinematic probability of scattering from which intensities of a pattern are said to be no good."""
POINTS = (32, 8192)


def probe(
    specimens: Sequence[Specimen], microscope: Microscope, rng: np.random.Generator
) -> tuple[Micrograph, ...]:
    """Return one image or pattern of each specimen.

    Parameters
    ----------
    specimens : sequence of Specimen
        With boxes at right angles.
    microscope : Microscope
        What is recorded, and how.
    rng : numpy Generator
        Of noise, drift and calibration.

    Raises
    ------
    InputError
        Where the view does not suit the box: wider than it, too few or too many points.
    """
    return tuple(_record(specimen, microscope, rng) for specimen in specimens)


def _record(specimen: Specimen, microscope: Microscope, rng: np.random.Generator) -> Micrograph:
    from topotaxy.measurement.imaging.virtual.slab import slab_of

    where = specimen.source or "specimen"
    thickness = microscope.slab_thickness
    slab = slab_of(specimen, microscope.beam_along, None if thickness is None else 10.0 * thickness)
    notes = [f"beam along {microscope.beam_along} through {slab.thickness / 10:.3g} nm"]
    corner, kind = np.zeros(2), "image"
    if microscope.view == "saed":
        image, size, corner = _pattern(slab, microscope, notes, rng)
        kind = "diffraction"
    elif microscope.view == "hrtem":
        image, size = _camera_image(slab, microscope, where, rng), microscope.scan_step
    else:
        image, size = _scanned(slab, microscope, where, rng), microscope.scan_step
    stated = size * (1.0 + float(rng.normal(0.0, microscope.magnification_error)))
    return checked(
        image,
        (stated, stated),
        source=f"{specimen.formula or where}, virtual microscope",
        format="virtual microscope",
        corner=corner * stated / size,
        kind=kind,
        centred=kind == "diffraction",
        instrument=NAMES[microscope.view, microscope.scattering],
        notes=tuple(notes),
        origin="simulated",
    )


def _points(slab: Slab, microscope: Microscope, where: str) -> int:
    """Points along each side of the square that is seen."""
    narrow = float(slab.edges.min())
    wide = narrow if microscope.scan_width is None else 10.0 * microscope.scan_width
    if wide > narrow * (1.0 + 1e-9):
        raise InputError(
            f"a scan of {wide / 10:.3g} nm is wider than the box of {narrow / 10:.3g} nm", where=where
        )
    points = math.floor(wide / microscope.scan_step)
    if not POINTS[0] <= points <= POINTS[1]:
        raise InputError(
            f"the scan would have {points} points a row; expected {POINTS[0]} to {POINTS[1]}", where=where
        )
    return points


def _seen(periodic: Floats, edges: Floats, rows: Floats, columns: Floats) -> Floats:
    """Values of a periodic image at places in Å, by cubic splines."""
    from scipy import ndimage

    scale = np.array(periodic.shape) / edges
    found = ndimage.map_coordinates(
        periodic, [rows * scale[0], columns * scale[1]], order=3, mode="grid-wrap", prefilter=True
    )
    return np.maximum(np.asarray(found, dtype=np.float64), 0.0)


def _scanned(slab: Slab, microscope: Microscope, where: str, rng: np.random.Generator) -> Floats:
    """Counts of a scan whose rows jitter and whose stage drifts."""
    from topotaxy.measurement.imaging.virtual.scan import incoherent_image, multislice_scan

    points, step = _points(slab, microscope, where), microscope.scan_step
    jitter = rng.normal(0.0, microscope.row_jitter, points) if microscope.row_jitter else np.zeros(points)
    drift = rng.normal(0.0, microscope.stage_drift, 2) if microscope.stage_drift else np.zeros(2)
    index = np.arange(points, dtype=np.float64)
    time = (index[:, None] + index[None] / points) / points
    rows = step * index[:, None] + drift[0] * time
    columns = step * index[None] + jitter[:, None] + drift[1] * time
    electrons = microscope.electron_dose * step**2
    if microscope.scattering == "fast":
        periodic = incoherent_image(slab, microscope.probe_width)
        seen = _seen(periodic, slab.edges, rows, columns) / float(periodic.mean())
        return counts(seen * electrons * microscope.scattered_share, rng)
    places = np.stack([rows, columns], axis=-1).reshape(-1, 2)
    shares = multislice_scan(
        slab,
        np.mod(places, slab.edges),
        _beam(microscope),
        thermal=microscope.thermal_motion,
        configurations=microscope.phonon_configurations,
        rng=rng,
    )
    return counts(shares.reshape(points, points) * electrons, rng)


def _beam(microscope: Microscope) -> Beam:
    from topotaxy.measurement.imaging.virtual.lens import Lens
    from topotaxy.measurement.imaging.virtual.scan import Beam

    lens = Lens(
        defocus=microscope.defocus,
        spherical=microscope.spherical_aberration,
        aperture=math.radians(microscope.convergence),
    )
    return Beam(
        voltage=microscope.beam_voltage,
        lens=lens,
        inner=math.radians(microscope.detector_inner),
        outer=math.radians(microscope.detector_outer),
    )


def _camera_image(slab: Slab, microscope: Microscope, where: str, rng: np.random.Generator) -> Floats:
    """Counts of a camera in the image plane; a stage that drifts blurs along its way."""
    from topotaxy.measurement.imaging.virtual.lens import Lens, image_of
    from topotaxy.measurement.imaging.virtual.multislice import exit_wave

    points, step = _points(slab, microscope, where), microscope.scan_step
    wave = exit_wave(slab, voltage=microscope.beam_voltage, thermal=microscope.thermal_motion)
    lens = Lens(
        defocus=microscope.defocus,
        spherical=microscope.spherical_aberration,
        focal_spread=microscope.focal_spread,
        divergence=math.radians(microscope.divergence),
        aperture=math.radians(microscope.objective_aperture),
    )
    periodic = image_of(wave, lens)
    if microscope.stage_drift:
        periodic = _smeared(periodic, slab.edges, rng.normal(0.0, microscope.stage_drift, 2))
    index = step * np.arange(points, dtype=np.float64)
    rows, columns = np.broadcast_arrays(index[:, None], index[None])
    seen = _seen(periodic, slab.edges, rows, columns)
    return counts(seen * microscope.electron_dose * step**2, rng)


def _smeared(periodic: Floats, edges: Floats, drift: Floats) -> Floats:
    """An image that moved evenly along ``drift`` (Å) while it was taken."""
    from scipy import fft

    from topotaxy.measurement.imaging.virtual.deposition import frequencies

    shape = (periodic.shape[0], periodic.shape[1])
    rows, columns = frequencies(shape, edges, half=True)
    blur = np.sinc(rows * float(drift[0]) + columns * float(drift[1]))
    return np.asarray(fft.irfft2(fft.rfft2(periodic) * blur, s=shape), dtype=np.float64)


def _pattern(
    slab: Slab, microscope: Microscope, notes: list[str], rng: np.random.Generator
) -> tuple[Floats, float, Floats]:
    """Counts of a camera in the diffraction plane, its pixel (1/Å) and the corner's coordinates."""
    from topotaxy.measurement.imaging.virtual.kinematic import kinematic_pattern
    from topotaxy.measurement.imaging.virtual.pattern import EDGE, Camera, divergence_spread, dynamic_pattern

    camera = Camera(pixels=microscope.camera_pixels, reach=1.0 / microscope.smallest_spacing)
    diameter = microscope.lit_diameter
    wide = float(slab.edges.min()) / (1.0 + EDGE) if diameter is None else 10.0 * diameter
    if not 10.0 <= wide <= 2000.0:
        raise InputError(f"expected a lit area of 1 to 200 nm, got {wide / 10:.3g} nm")
    make = kinematic_pattern if microscope.scattering == "fast" else dynamic_pattern
    pattern = make(
        slab,
        camera,
        voltage=microscope.beam_voltage,
        diameter=wide,
        spread=divergence_spread(math.radians(microscope.divergence), camera, microscope.beam_voltage),
        thermal=microscope.thermal_motion,
    )
    notes.append(f"area of {wide / 10:.3g} nm")
    if pattern.scattered > MOST_SCATTERED:
        notes.append(
            f"kinematic: {pattern.scattered:.2g} scattering events an electron: intensities are not right, "
            "places of spots are"
        )
    return (
        counts(pattern.values * microscope.total_electrons, rng),
        camera.pixel,
        -pattern.centre * camera.pixel,
    )

"""The virtual microscope beside abTEM in one run: correlation and time of an image and a dark field; SAED.

    python benchmarks/imaging.py [--thorough]

abTEM (``pip install abtem``) is needed for the comparison; without it only topotaxy's times are printed.
Images: abTEM on a grid of a third of topotaxy's, in slices of 0.5 Å, where it agrees with itself. Dark field:
topotaxy's fast model beside frozen-phonon multislice, which scatters: one configuration of phonons correlates
with another with 0.957 only (512 atoms), so that even the right image would correlate with one with 0.978.
"""

from __future__ import annotations

import math
import sys
import time
from dataclasses import dataclass

import numpy as np

from topotaxy.measurement.imaging.virtual.electrons import wavelength
from topotaxy.measurement.imaging.virtual.kinematic import kinematic_pattern
from topotaxy.measurement.imaging.virtual.lens import Lens, image_of
from topotaxy.measurement.imaging.virtual.multislice import exit_wave
from topotaxy.measurement.imaging.virtual.pattern import EDGE, Camera, divergence_spread
from topotaxy.measurement.imaging.virtual.scan import incoherent_image
from topotaxy.measurement.imaging.virtual.slab import Slab, slab_of
from topotaxy.specimen.builders import rock_salt
from topotaxy.specimen.mechanisms import mechanism

FORMULA = "Mg0.2Co0.2Ni0.2Cu0.2Zn0.2O0.89S0.11"
VOLTAGE = 2e5
LENS = Lens(defocus=400.0, spherical=1e5, aperture=0.025)
CONVERGENCE = 0.022
THERMAL = 0.07
BLUR = math.hypot(0.514 * wavelength(VOLTAGE) / CONVERGENCE / 2.355, THERMAL)
"""Of the fast dark field, Å: a Gaussian as wide at half height as the disc of Airy of the beam's aperture
(0.514 of the wavelength over the half angle), and thermal motion."""


@dataclass(frozen=True)
class Beside:
    """Correlation of two images, and wall times in seconds."""

    correlation: float
    ours: float
    theirs: float


def atoms_of(slab: Slab):
    """Return a slab as ASE has it, rows along x."""
    from ase import Atoms

    places = np.column_stack([slab.places, slab.depths])
    return Atoms(
        list(map(str, slab.elements)), positions=places, cell=[*slab.edges, slab.thickness], pbc=True
    )


def band_limited(image, shape):
    """Return an image on a coarser grid, by its low frequencies."""
    transform = np.fft.fft2(image)
    coarse = np.zeros(shape, dtype=complex)
    half = [n // 2 for n in shape]
    for down in (slice(0, half[0]), slice(-half[0], None)):
        for across in (slice(0, half[1]), slice(-half[1], None)):
            coarse[down, across] = transform[down, across]
    return np.fft.ifft2(coarse).real * np.prod(shape) / image.size


def image_beside(slab: Slab, *, sampling: float = 0.033, slices: float = 0.5) -> Beside:
    """Return how alike the images of a slab are."""
    import abtem

    exit_wave(slab, voltage=VOLTAGE)  # compiles
    start = time.perf_counter()
    ours = image_of(exit_wave(slab, voltage=VOLTAGE), LENS)
    mine = time.perf_counter() - start
    start = time.perf_counter()
    potential = abtem.Potential(
        atoms_of(slab),
        sampling=sampling,
        slice_thickness=slices,
        parametrization="lobato",
        projection="infinite",
    )
    wave = abtem.PlaneWave(energy=VOLTAGE).multislice(potential)
    lens = abtem.CTF(
        energy=VOLTAGE, defocus=LENS.defocus, Cs=LENS.spherical, semiangle_cutoff=25.0, soft=False
    )
    theirs = wave.apply_ctf(lens).intensity().compute(progress_bar=False).array.astype(float)
    other = time.perf_counter() - start
    return Beside(correlated(ours, band_limited(theirs, ours.shape)), mine, other)


def dark_field_beside(slab: Slab, points: int, configurations: int) -> Beside:
    """Return how alike the fast dark field and frozen-phonon multislice are, over a quarter of the slab."""
    import abtem
    from scipy import ndimage

    incoherent_image(slab, BLUR)
    start = time.perf_counter()
    periodic = incoherent_image(slab, BLUR)
    index = np.arange(points) / points * 0.5
    rows, columns = np.meshgrid(index * periodic.shape[0], index * periodic.shape[1], indexing="ij")
    ours = ndimage.map_coordinates(periodic, [rows, columns], order=3, mode="grid-wrap")
    mine = time.perf_counter() - start
    start = time.perf_counter()
    phonons = abtem.FrozenPhonons(atoms_of(slab), configurations, sigmas=THERMAL, seed=1)
    potential = abtem.Potential(
        phonons, sampling=0.05, slice_thickness=2.1, parametrization="lobato", projection="infinite"
    )
    scan = abtem.GridScan(start=(0, 0), end=tuple(slab.edges / 2), gpts=points, endpoint=False)
    probe = abtem.Probe(energy=VOLTAGE, semiangle_cutoff=1e3 * CONVERGENCE)
    detector = abtem.AnnularDetector(inner=70, outer=150)
    theirs = probe.scan(potential, scan=scan, detectors=detector).compute(progress_bar=False).array
    return Beside(correlated(ours, np.asarray(theirs, dtype=float)), mine, time.perf_counter() - start)


def correlated(one, other) -> float:
    """Return the correlation of two images."""
    return float(np.corrcoef(one.ravel(), other.ravel())[0, 1])


def pattern_time(cells: int) -> tuple[int, float, float]:
    """Return atoms, wall and processor time of a kinematic pattern of a cube of the oxide."""
    camera = Camera(pixels=512, reach=1.25)
    slab = slab_of(rock_salt(FORMULA, cells, seed=1), "z", None)
    given = {
        "voltage": VOLTAGE,
        "diameter": float(slab.edges.min()) / (1.0 + EDGE),
        "spread": divergence_spread(1e-4, camera, VOLTAGE),
        "thermal": THERMAL,
    }
    kinematic_pattern(slab_of(rock_salt(FORMULA, 4), "z", None), camera, **{**given, "diameter": 10.0})
    start, processor = time.perf_counter(), time.process_time()
    kinematic_pattern(slab, camera, **given)
    return len(slab), time.perf_counter() - start, time.process_time() - processor


def main(thorough: bool) -> None:
    """Print all of it."""
    count, wall, processor = pattern_time(50)
    print(f"SAED of {count} atoms, 512 x 512: {wall:.1f} s, {processor:.1f} s of processor time")
    try:
        import abtem  # noqa: F401
    except ImportError:
        print("abTEM is not installed")
        return
    inlaid = mechanism("inlaid", FORMULA, "Na", cells=7 if thorough else 4, seed=2).states["discharged"]
    slab = slab_of(inlaid, "z", None)
    one = image_beside(slab)
    print(
        f"image, {len(slab)} atoms: correlation {one.correlation:.5f}, {one.ours:.2f} s against "
        f"{one.theirs:.1f} s ({one.theirs / one.ours:.0f} times)"
    )
    slab = slab_of(rock_salt(FORMULA, (4, 4, 10 if thorough else 4), seed=4), "z", None)
    one = dark_field_beside(slab, 28 if thorough else 20, 3 if thorough else 4)
    print(
        f"dark field, {len(slab)} atoms: correlation {one.correlation:.4f}, {1e3 * one.ours:.1f} ms against "
        f"{one.theirs:.0f} s ({one.theirs / one.ours:.0f} times)"
    )


if __name__ == "__main__":
    main("--thorough" in sys.argv[1:])

"""Laws of the wave behind a slab, and of the grid that it is computed on."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from topotaxy.measurement.imaging.virtual.deposition import (
    deposited,
    frequencies,
    grid_for,
    undone,
    workers,
)
from topotaxy.measurement.imaging.virtual.electrons import interaction, scattering_factor, wavelength
from topotaxy.measurement.imaging.virtual.multislice import (
    boundaries,
    exit_wave,
    phases,
    propagator,
    transmission,
)
from topotaxy.measurement.imaging.virtual.slab import Slab, slab_of
from topotaxy.specimen.builders import rock_salt

VOLTAGE = 2e5


def slab_of_atoms(count: int, element: str = "Ni", seed: int = 0, thickness: float = 1.0) -> Slab:
    rng = np.random.default_rng(seed)
    edges = np.array([12.0, 14.0])
    return Slab(
        places=rng.random((count, 2)) * edges,
        depths=rng.random(count) * thickness,
        elements=np.full(count, element, dtype="U2"),
        edges=edges,
        thickness=thickness,
    )


def test_a_spline_spreads_all_of_an_atom_and_its_transform_is_known() -> None:
    rng = np.random.default_rng(1)
    shape, count = (48, 40), 7
    places, strength = rng.random((count, 2)) * shape * 3.0 - shape, rng.random(count)
    grid = deposited(places, strength, shape)
    assert grid.sum() == pytest.approx(strength.sum(), rel=1e-5)
    down, across = undone(shape)
    ours = np.fft.rfft2(grid) * down[:, None] * across[None]
    ky, kx = np.fft.fftfreq(shape[0])[:, None], np.fft.rfftfreq(shape[1])[None]
    exact = sum(
        s * np.exp(-2j * math.pi * (ky * y + kx * x)) for s, (y, x) in zip(strength, places, strict=True)
    )
    low = (np.abs(ky) < 0.2) & (np.abs(kx) < 0.2)
    # Aliases of the spline at a fifth of a cycle per step: (0.2 / 0.8)^4.
    assert np.abs(ours - exact)[low].max() < 2.0 * 0.25**4 * strength.sum()


def test_grids_are_fine_enough_and_this_process_has_a_core() -> None:
    shape = grid_for(np.array([10.0, 21.3]), 0.1)
    assert shape[0] >= 100
    assert shape[1] >= 213
    assert workers() >= 1


def test_an_empty_slab_leaves_the_wave_as_it_was() -> None:
    wave = exit_wave(slab_of_atoms(0), voltage=VOLTAGE)
    np.testing.assert_allclose(wave.values, 1.0, atol=1e-5)


def test_the_phase_of_one_atom_is_its_scattering_factor() -> None:
    """The mean phase over the area is lambda gamma f(0) over it; its transform is f(g) at each g."""
    slab = slab_of_atoms(1)
    shape = grid_for(slab.edges, 0.1)
    (phase,) = phases(slab, shape, np.array([0.0, 1.0]), VOLTAGE, 0.0)
    transform = np.fft.rfft2(phase.astype(float)) / phase.size * float(slab.edges.prod())
    ky, kx = frequencies(shape, slab.edges, half=True)
    g = np.hypot(ky, kx)
    expected = interaction(VOLTAGE) * scattering_factor("Ni", g)
    low = g < 1.0
    np.testing.assert_allclose(np.abs(transform)[low], expected[low], rtol=2e-3)


def test_thermal_motion_damps_as_debye_and_waller_say() -> None:
    slab, u = slab_of_atoms(1), 0.09
    shape = grid_for(slab.edges, 0.1)
    cuts = np.array([0.0, 1.0])
    still, moved = (next(iter(phases(slab, shape, cuts, VOLTAGE, t))) for t in (0.0, u))
    ky, kx = frequencies(shape, slab.edges, half=True)
    g = np.hypot(ky, kx)
    ratio = np.abs(np.fft.rfft2(moved.astype(float))) / np.abs(np.fft.rfft2(still.astype(float)))
    low = g < 1.5
    np.testing.assert_allclose(ratio[low], np.exp(-2.0 * (math.pi * u * g[low]) ** 2), rtol=2e-3)


def test_a_weak_object_gives_the_wave_one_plus_i_times_its_phase() -> None:
    slab = slab_of_atoms(1, "H")
    wave = exit_wave(slab, voltage=VOLTAGE, slice_thickness=1.0, thermal=0.2)
    shape = wave.values.shape
    (phase,) = phases(slab, (shape[0], shape[1]), np.array([0.0, 1.0]), VOLTAGE, 0.2)
    ky, kx = frequencies((shape[0], shape[1]), slab.edges, half=False)
    turn = np.exp(-1j * math.pi * wavelength(VOLTAGE) * 0.5 * (ky**2 + kx**2))
    first = 1.0 + np.fft.ifft2(np.fft.fft2(1j * phase) * turn)
    error = float(np.abs(wave.values - first).max())
    assert error < 0.6 * float(np.abs(phase).max()) ** 2 + 1e-4


def test_electrons_are_neither_made_nor_lost() -> None:
    """Only beams beyond the band are cut off, fewer of them on a finer grid: 5 % in 4 nm of NiO."""
    slab = slab_of(rock_salt("NiO", (3, 3, 10), seed=1), "z", None)
    shares = [
        float((np.abs(exit_wave(slab, voltage=VOLTAGE, step=step).values) ** 2).mean())
        for step in (0.1, 0.07)
    ]
    assert 0.93 < shares[0] < shares[1] <= 1.0 + 1e-4


def test_finer_slices_and_grids_change_little() -> None:
    slab = slab_of(rock_salt("NiO", (2, 2, 6), seed=1), "z", None)
    coarse = exit_wave(slab, voltage=VOLTAGE, thermal=0.07)
    fine = exit_wave(slab, voltage=VOLTAGE, thermal=0.07, slice_thickness=0.75)
    overlap = abs(np.vdot(coarse.values, fine.values)) / (
        np.linalg.norm(coarse.values) * np.linalg.norm(fine.values)
    )
    assert overlap > 0.9995


def test_the_wave_moves_with_the_atoms() -> None:
    slab = slab_of_atoms(30, thickness=10.0)
    wave = exit_wave(slab, voltage=VOLTAGE)
    steps = slab.edges / np.array(wave.values.shape)
    moved = exit_wave(replace(slab, places=slab.places + steps * [5.0, -3.0]), voltage=VOLTAGE)
    np.testing.assert_allclose(np.roll(wave.values, (5, -3), axis=(0, 1)), moved.values, atol=2e-4)


def test_boundaries_lie_between_planes() -> None:
    depths = np.repeat(np.arange(20) * 2.1 + 1.0, 5)
    cuts = boundaries(depths, 42.0, 2.0)
    assert (np.diff(cuts) > 0.0).all()
    assert cuts[0] == 0.0
    assert cuts[-1] == 42.0
    inner = cuts[1:-1]
    # A cut may come to lie in a gap of its own only where planes are as far apart as slices.
    away = np.abs(inner[:, None] - np.unique(depths)[None]).min(axis=1)
    assert (away > 0.5).mean() > 0.9


def test_free_space_only_turns_phases_and_adds_up() -> None:
    shape, edges = (64, 64), np.array([10.0, 10.0])
    one, two = (propagator(shape, edges, d, VOLTAGE) for d in (3.0, 6.0))
    inside = np.abs(one) > 0.5
    np.testing.assert_allclose(np.abs(one[inside]), 1.0, atol=1e-5)
    np.testing.assert_allclose(one[inside] ** 2, two[inside], atol=1e-4)
    np.testing.assert_allclose(np.abs(transmission(np.linspace(-9, 9, 50, dtype=np.float32))), 1.0, rtol=1e-6)

"""The virtual diffractometer: one scale for peaks and Debye sums, diffuse scattering, noise."""

from __future__ import annotations

import math

import numpy as np
import pytest

from topotaxy.errors import InputError
from topotaxy.measurement.diffraction.beam import Beam
from topotaxy.measurement.diffraction.debye import envelope, intensity, sphere
from topotaxy.measurement.diffraction.frame import average_structure, diffuse, frame_of
from topotaxy.measurement.diffraction.instrument_options import Instrument
from topotaxy.measurement.diffraction.keys import Key
from topotaxy.measurement.diffraction.pair_counting import pairs_within
from topotaxy.measurement.diffraction.phases import phase
from topotaxy.measurement.diffraction.powder import powder
from topotaxy.measurement.diffraction.probe import parts, probe
from topotaxy.measurement.diffraction.scattering import amplitude, mean_amplitude, mean_square
from topotaxy.specimen.builders import antifluorite, as_phase, random_alloy, rock_salt

WAVELENGTH = 0.7


def test_two_atoms_scatter_by_debyes_formula() -> None:
    q = np.linspace(0.5, 12.0, 300)
    positions = np.array([[1.0, 1.0, 1.0], [1.0, 1.0, 3.5]])
    pairs = pairs_within(
        positions,
        ["Ni", "O"],
        np.zeros(2, dtype=np.int64),
        np.eye(3) * 20.0,
        (False,) * 3,
        reach=10.0,
        rng=np.random.default_rng(0),
        most_centres=10,
    )
    found = intensity(pairs, q, radiation="X-ray", wavelength=WAVELENGTH, displacement=0.0)
    s2 = (q / (4 * math.pi)) ** 2
    ni, o = (amplitude(el, s2, radiation="X-ray", wavelength=WAVELENGTH) for el in ("Ni", "O"))
    expected = np.abs(ni) ** 2 + np.abs(o) ** 2 + 2 * np.real(ni * np.conj(o)) * np.sin(2.5 * q) / (2.5 * q)
    # The pair falls into a bin of 0.01 Å: its phase is off by at most 0.005 Q.
    assert np.abs(found - expected).max() < 0.07 * np.abs(ni * o).max()
    low = q < 4.0
    assert np.abs(found - expected)[low].max() < 0.03 * np.abs(ni * o).max()


@pytest.mark.parametrize("cells", [3, 4, 7])
def test_pairs_of_a_periodic_crystal_are_its_shells(cells: int) -> None:
    crystal = as_phase(rock_salt("MgO", cells, lattice_parameter=4.2), "oxide")
    pairs = pairs_within(
        crystal.positions,
        crystal.elements,
        np.zeros(len(crystal), dtype=np.int64),
        crystal.box,
        crystal.periodic,
        reach=12.4,
        rng=np.random.default_rng(0),
        most_centres=10**9,
    )
    mg, o = pairs.species.index("Mg"), pairs.species.index("O")
    near = (pairs.r > 2.0) & (pairs.r < 2.2)
    assert pairs.counts[near, mg, o].sum() == pytest.approx(6 * len(crystal) / 2)
    second = (pairs.r > 2.9) & (pairs.r < 3.05)
    assert pairs.counts[second, mg, mg].sum() == pytest.approx(12 * len(crystal) / 2)


def test_pairs_of_an_oblique_box_are_those_of_all_its_images() -> None:
    """Twelve atoms in a triclinic box, against a sum over 27 images."""
    rng = np.random.default_rng(8)
    box = np.array([[11.0, 0.0, 0.0], [2.5, 10.0, 0.0], [-1.5, 3.0, 9.5]])
    fractional = rng.random((12, 3))
    elements = np.array(["Ni", "O", "O"] * 4)
    groups = np.array([0, 1] * 6)
    pairs = pairs_within(
        fractional @ box,
        elements,
        groups,
        box,
        (True,) * 3,
        reach=100.0,
        rng=rng,
        most_centres=100,
    )
    reach = 0.5 / np.linalg.norm(np.linalg.inv(box), axis=0).max() - 0.01
    shifts = np.stack(np.meshgrid(*[[-1, 0, 1]] * 3, indexing="ij"), -1).reshape(-1, 3)
    expected = np.zeros((len(pairs.species),) * 2)
    for i in range(12):
        for j in range(12):
            distance = np.linalg.norm((fractional[j] - fractional[i] + shifts) @ box, axis=1)
            near = distance[(distance < reach) & (distance > 1e-9)]
            if i == j or groups[i] != groups[j]:
                continue
            fade = 0.5 * (1.0 + np.cos(np.pi * np.clip((near / reach - 0.5) / 0.5, 0.0, 1.0)))
            a, b = (pairs.species.index(elements[k]) for k in (i, j))
            expected[a, b] += fade.sum()
    assert expected.sum() > 3.0
    np.testing.assert_allclose(pairs.counts.sum(axis=0), expected, rtol=0.01, atol=0.01)


def test_drawn_centres_give_the_same_sum() -> None:
    crystal = as_phase(rock_salt("MgO", 8, lattice_parameter=4.2), "oxide")
    q = np.linspace(1.5, 6.0, 200)
    sums = []
    for most in (10**9, 500):
        pairs = pairs_within(
            crystal.positions,
            crystal.elements,
            np.zeros(len(crystal), dtype=np.int64),
            crystal.box,
            crystal.periodic,
            reach=15.0,
            rng=np.random.default_rng(3),
            most_centres=most,
        )
        sums.append(intensity(pairs, q, radiation="X-ray", wavelength=WAVELENGTH))
    # In a perfect crystal all atoms of an element see the same; only the share of Mg and O drawn scatters.
    assert np.abs(sums[0] - sums[1]).max() < 0.1 * sums[0].max()


def test_spheres_by_overlap_agree_with_explicit_spheres() -> None:
    """Mean over spheres cut at random places of a crystal; 40 of them leave 2 % of noise."""
    rng = np.random.default_rng(5)
    q = np.linspace(1.5, 8.0, 400)
    a, diameter = 3.524, 12.0
    metal = phase("x=fcc metal:Ni:3.524")
    template = sphere(
        metal, a, np.array([diameter]), q, radiation="X-ray", wavelength=WAVELENGTH, displacement=0.3
    )[0]
    grid = np.stack(np.meshgrid(*[np.arange(-4, 5)] * 3, indexing="ij"), -1).reshape(-1, 3)
    basis = np.array([(0, 0, 0), (0.5, 0.5, 0), (0.5, 0, 0.5), (0, 0.5, 0.5)])
    atoms = (grid[:, None] + basis).reshape(-1, 3) * a
    total, count = np.zeros(len(q)), 0
    for _ in range(40):
        inside = atoms[np.linalg.norm(atoms - rng.random(3) * a, axis=1) < diameter / 2]
        pairs = pairs_within(
            inside,
            ["Ni"] * len(inside),
            np.zeros(len(inside), dtype=np.int64),
            np.eye(3) * 60.0,
            (False,) * 3,
            reach=40.0,
            rng=rng,
            most_centres=10**9,
        )
        total += intensity(pairs, q, radiation="X-ray", wavelength=WAVELENGTH, displacement=0.3)
        count += len(inside)
    mean = total / count * 4.0
    assert np.abs(mean - template).max() < 0.06 * template.max()
    assert np.corrcoef(mean, template)[0, 1] > 0.998


def test_the_envelope_goes_from_one_to_nothing_with_the_slope_of_the_surface() -> None:
    assert envelope(np.array([0.0]), 10.0)[0] == 1.0
    assert envelope(np.array([10.0, 12.0]), 10.0).max() == 0.0
    # Porod: minus surface over four volumes, -1.5 / D for a sphere.
    assert (envelope(np.array([1e-4]), 10.0)[0] - 1.0) / 1e-4 == pytest.approx(-0.15, rel=1e-3)


def test_peaks_and_debye_sums_stand_on_one_scale() -> None:
    """A large sphere by Debye has the areas that m|F|² λ³/(16π V sin²θ cosθ) gives."""
    metal = phase("x=fcc metal:Ni:3.524")
    x = np.arange(14.0, 40.0, 0.02)
    q = 4 * math.pi / WAVELENGTH * np.sin(np.radians(x / 2))
    debye = sphere(
        metal, 3.524, np.array([80.0]), q, radiation="X-ray", wavelength=WAVELENGTH, displacement=0.5
    )[0]
    s2 = (q / (4 * math.pi)) ** 2
    f = amplitude("Ni", s2, radiation="X-ray", wavelength=WAVELENGTH)
    thermal = 4 * np.abs(f) ** 2 * (1 - np.exp(-2 * 0.5 * s2))
    model = powder(x, Beam(radiation="neutron", lines=((WAVELENGTH, 1.0),)), [metal])
    # The polarisation is the same for both: leave it out by the beam, take X-ray amplitudes by the phase.
    rays = powder(x, Beam(radiation="X-ray", lines=((WAVELENGTH, 1.0),), polarisation=0.0), [metal])
    assert len(model.phases[0]) == len(rays.phases[0])
    values = rays.start()
    values[Key("scale", "x")] = WAVELENGTH**3 / (16 * math.pi * metal.volume) * 180 / math.pi
    values[Key("W")] = 0.3
    peaks = rays.pattern(values)[0]
    between = (x > 18.0) & (x < 35.0)
    assert (debye - thermal)[between].sum() == pytest.approx(peaks[between].sum(), rel=0.03)


def test_a_random_alloy_scatters_by_laues_term() -> None:
    shares = {"Mg": 0.3, "Ni": 0.7}
    alloy = random_alloy(
        cations={("Mg", 2): 0.3, ("Ni", 2): 0.7},
        anions={("O", -2): 1.0},
        lattice_parameter=4.2,
        cells=14,
        seed=2,
    )
    q = np.linspace(1.5, 8.0, 300)
    frame = frame_of(alloy)
    assert frame is not None
    found = diffuse(frame, q, radiation="X-ray", wavelength=WAVELENGTH, displacement=0.0)
    s2 = (q / (4 * math.pi)) ** 2
    common = {"radiation": "X-ray", "wavelength": WAVELENGTH}
    laue = mean_square(shares, s2, **common) - np.abs(mean_amplitude(shares, s2, **common)) ** 2
    cations = 4 * frame.count
    # Correlations of a finite random box scatter about none; their mean is exactly Laue's term.
    assert (found / cations / laue).mean() == pytest.approx(1.0, abs=0.02)
    assert (found / cations / laue).std() < 0.15


def test_a_perfect_crystal_scatters_nothing_between_its_peaks() -> None:
    frame = frame_of(rock_salt("MgO", 6, lattice_parameter=4.2))
    assert frame is not None
    q = np.linspace(1.0, 8.0, 50)
    found = diffuse(frame, q, radiation="X-ray", wavelength=WAVELENGTH, displacement=0.0)
    assert np.abs(found).max() < 1e-3 * frame.count


def test_the_average_cell_is_that_of_the_atoms() -> None:
    frame = frame_of(rock_salt("Mg0.5Ni0.5O", 6, lattice_parameter=4.2))
    assert frame is not None
    structure = average_structure(frame, displacement=0.5)
    assert len(structure.sites) == 8
    assert structure.cations == pytest.approx(4.0)
    assert frame.displacement == pytest.approx(0.0, abs=1e-12)


def test_a_shifted_frame_gives_the_same_pattern() -> None:
    from dataclasses import replace

    crystal = rock_salt("MgO", 5, lattice_parameter=4.2)
    moved = replace(crystal, positions=(crystal.positions + np.array([0.3, 1.1, 0.7])) % (5 * 4.2))
    options = Instrument(last_angle=60.0, angle_step=0.05)
    patterns = [parts([s], options, np.random.default_rng(0)).total for s in (crystal, moved)]
    np.testing.assert_allclose(patterns[1], patterns[0], rtol=1e-6, atol=1e-6 * patterns[0].max())


def test_antifluorite_scatters_by_its_pairs_alone() -> None:
    salt = antifluorite("Na", "O", 4)
    found = parts([salt], Instrument(last_angle=60.0, angle_step=0.05), np.random.default_rng(0))
    assert found.bragg.max() == 0.0
    x = found.two_theta
    # The strongest line of Na2O is (220); one of some nm is pulled by the slope that it stands on.
    expected = 2 * math.degrees(math.asin(1.5405929 / 2 / (float(salt.box[0, 0]) / 4 / math.sqrt(8))))
    assert x[int(np.argmax(found.incoherent))] == pytest.approx(expected, abs=1.2)


def test_counts_are_poisson_about_the_expected_pattern() -> None:
    crystal = rock_salt("MgO", 3, lattice_parameter=4.2)
    options = Instrument(last_angle=60.0, angle_step=0.05, peak_counts=1000.0, background_level=0.05)
    rng = np.random.default_rng(1)
    records = [probe([crystal], options, rng)[0] for _ in range(50)]
    counts = np.array([r.intensity for r in records])
    flat = counts.mean(axis=0) < 100
    ratio = counts.var(axis=0, ddof=1)[flat] / counts.mean(axis=0)[flat]
    # Variance over mean of 50 draws has a standard deviation of sqrt(2/49), over some hundred points.
    assert ratio.mean() == pytest.approx(1.0, abs=5 * math.sqrt(2 / 49 / flat.sum()))


def test_what_cannot_be_seen_is_refused() -> None:
    crystal = rock_salt("MgO", 2, lattice_parameter=4.2)
    with pytest.raises(InputError):
        probe([], Instrument(), np.random.default_rng(0))
    with pytest.raises(InputError):
        parts([crystal.subset(np.zeros(len(crystal), dtype=bool))], Instrument(), np.random.default_rng(0))
    with pytest.raises(InputError):
        parts([crystal], Instrument(beam_wavelength=0.5), np.random.default_rng(0))

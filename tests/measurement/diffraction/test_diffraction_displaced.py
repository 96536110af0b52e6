"""A frame whose atoms are off their sites: its peaks, its diffuse scattering, and its share all the same."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from topotaxy.measurement.diffraction import probe as probing
from topotaxy.measurement.diffraction.data import Data
from topotaxy.measurement.diffraction.displaced import families, is_cube, mean_waves
from topotaxy.measurement.diffraction.frame import frame_of
from topotaxy.measurement.diffraction.giving_way import coherence
from topotaxy.measurement.diffraction.instrument import diffractometer
from topotaxy.measurement.diffraction.instrument_options import Instrument
from topotaxy.measurement.diffraction.nanodomains import NanoFit, fit_domains
from topotaxy.measurement.diffraction.phases import phase
from topotaxy.measurement.diffraction.probe import Parts, parts
from topotaxy.measurement.diffraction.scattering import amplitude
from topotaxy.specimen import Specimen
from topotaxy.specimen.builders import rock_salt
from topotaxy.specimen.construction import LatticeState, specimen_of
from topotaxy.specimen.packing import displaced

INSTRUMENT = Instrument(diffractometer="synchrotron", first_angle=8.0, last_angle=36.0, angle_step=0.03)
FORMULA = "Mg0.5Ni0.5O"


def seen(specimen: Specimen) -> Parts:
    return parts([specimen], INSTRUMENT, np.random.default_rng(0))


def moved(specimen: Specimen, shifts: np.ndarray) -> Specimen:
    return replace(specimen, positions=(specimen.positions + shifts) % np.diag(specimen.box))


def test_families_of_a_face_centred_lattice_are_all_even_or_all_odd() -> None:
    found = families(12.0).tolist()
    assert found == [[1, 1, 1], [2, 0, 0], [2, 2, 0], [3, 1, 1], [2, 2, 2]]


def test_multiplicities_are_those_of_the_powder() -> None:
    frame = frame_of(rock_salt(FORMULA, 2, seed=0))
    assert frame is not None
    waves = mean_waves(frame, families(35.0))
    expected = {(1, 1, 1): 8, (2, 0, 0): 6, (2, 2, 0): 12, (3, 1, 1): 24, (5, 3, 1): 48, (4, 2, 0): 24}
    known = {tuple(row): m for row, m in zip(waves.hkl.tolist(), waves.multiplicity.tolist(), strict=True)}
    assert {family: known[family] for family in expected} == expected


def test_waves_of_atoms_on_their_sites_are_whole() -> None:
    frame = frame_of(rock_salt("NiO", 3))
    assert frame is not None
    waves = mean_waves(frame, families(20.0))
    nickel, oxygen = (waves.elements.index(e) for e in ("Ni", "O"))
    odd = waves.hkl[:, 0] % 2 == 1
    assert np.abs(waves.amplitude) == pytest.approx(4.0)
    assert (waves.amplitude[:, nickel] * waves.amplitude[:, oxygen] < 0).tolist() == odd.tolist()


def test_atom_by_atom_and_by_its_grid_a_frame_on_its_sites_scatters_alike(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pure, mixed = rock_salt("NiO", 4), rock_salt(FORMULA, 6, seed=3)
    by_grid = seen(pure), seen(mixed)
    monkeypatch.setattr(probing, "OFF_SITES", -1.0)
    by_atoms = seen(pure), seen(mixed)
    peaks = by_grid[0].bragg
    assert by_atoms[0].bragg == pytest.approx(peaks, rel=1e-6, abs=1e-9 * peaks.max())
    # Both count the same pairs, to a sphere in the box; only the bins of 0.01 Å differ.
    assert by_atoms[1].diffuse == pytest.approx(by_grid[1].diffuse, rel=0.03)


def test_where_some_atoms_are_anywhere_every_peak_has_the_share_squared_of_those_that_stay() -> None:
    """A Gaussian of their mean square distance would take every peak away."""
    host = rock_salt(FORMULA, 8, seed=1)
    rng = np.random.default_rng(5)
    away = rng.random(len(host)) < 0.35
    shifts = np.where(away[:, None], rng.uniform(0.0, 1.0, (len(host), 3)) * host.box[0, 0], 0.0)
    whole, part = seen(host), seen(moved(host, shifts))
    strong = whole.bragg > 0.02 * whole.bragg.max()
    # 4096 atoms: a mean wave scatters by √(0.35/4096) of one atom, 0.9 %; a peak by 3 %, four of which are
    # passed with a risk below 1e-3 over all peaks.
    kept = part.bragg[strong] / whole.bragg[strong]
    assert kept == pytest.approx((1.0 - away.mean()) ** 2, rel=0.12)
    assert np.ptp(kept) < 0.1


def test_small_even_pushes_take_what_debye_and_waller_say() -> None:
    host = rock_salt("NiO", 8)
    sigma = 0.12
    shaken = moved(host, np.random.default_rng(2).normal(0.0, sigma, (len(host), 3)))
    whole, part = seen(host), seen(shaken)
    machine = diffractometer(INSTRUMENT)
    q = 4.0 * math.pi / machine.beam.wavelength * np.sin(np.radians(whole.two_theta / 2.0))
    tops = np.flatnonzero(
        (whole.bragg[1:-1] > whole.bragg[:-2])
        & (whole.bragg[1:-1] > whole.bragg[2:])
        & (whole.bragg[1:-1] > 0.02 * whole.bragg.max())
    )
    assert len(tops) >= 5
    kept = part.bragg[1:-1][tops] / whole.bragg[1:-1][tops]
    assert kept == pytest.approx(np.exp(-((q[1:-1][tops] * sigma) ** 2)), rel=0.05)


def test_without_any_order_all_is_diffuse_and_each_atom_scatters_alone() -> None:
    host = rock_salt("NiO", 6)
    anywhere = moved(host, np.random.default_rng(3).uniform(0.0, host.box[0, 0], (len(host), 3)))
    lost = seen(anywhere)
    still = seen(host)
    assert lost.bragg.max() < 0.01 * still.bragg.max()
    machine = diffractometer(INSTRUMENT)
    q = np.arange(1.0, 8.0, 0.02)
    s2 = (q / (4.0 * math.pi)) ** 2
    rays = {"radiation": machine.beam.radiation, "wavelength": machine.beam.wavelength}
    squares = sum(np.abs(amplitude(element, s2, **rays)) ** 2 for element in ("Ni", "O"))
    alone = probing.on_two_theta(squares, q, lost.two_theta, machine)
    assert lost.diffuse.sum() == pytest.approx(alone.sum(), rel=0.03)


def test_a_box_that_is_no_cube_is_known() -> None:
    host = rock_salt("NiO", 2)
    assert is_cube(host)
    assert not is_cube(replace(host, box=host.box * np.array([[1.0], [1.01], [1.0]])))
    skewed = host.box.copy()
    skewed[0, 1] = 0.1
    assert not is_cube(replace(host, box=skewed))


def test_a_frame_that_does_not_give_way_loses_nothing() -> None:
    q = np.linspace(0.1, 10.0, 50)
    assert coherence(q, radius=5.0, share=0.0) == pytest.approx(1.0)
    assert coherence(q, radius=5.0, share=1e-6) == pytest.approx(1.0, abs=1e-4)


@pytest.mark.parametrize(("radius", "share"), [(4.0, 0.05), (5.0, 0.15), (7.0, 0.3)])
def test_what_is_lost_is_the_mean_wave_of_points_that_a_ball_has_pushed(radius: float, share: float) -> None:
    rng = np.random.default_rng(1)
    limit = radius / share ** (1.0 / 3.0)
    box = np.diag([2.2 * limit] * 3)
    middle = np.full(3, 1.1 * limit)
    directions = rng.normal(size=(20_000, 3))
    directions /= np.linalg.norm(directions, axis=1)[:, None]
    points = middle + directions * (limit * np.cbrt(rng.random(len(directions))))[:, None]
    pushed = displaced(points, middle[None], np.array([radius]), box, share=share)
    ways = np.linalg.norm(pushed - points, axis=1)
    q = np.array([0.5, 2.0, 4.0, 8.0])
    mean = np.sinc(np.outer(q, ways) / np.pi).mean(axis=1)
    # 20,000 points: 0.004 of a mean of waves.
    assert coherence(q, radius=radius, share=share) == pytest.approx(np.exp(mean - 1.0), abs=0.02)


def test_more_metal_takes_more_of_every_peak_but_never_all() -> None:
    q = np.linspace(0.2, 12.0, 60)
    less, more = (coherence(q, radius=5.0, share=share) for share in (0.05, 0.2))
    assert (more < less).all()
    assert (more > math.exp(-1.25)).all()


@pytest.fixture(scope="module")
def electrode() -> tuple[Specimen, float]:
    """Rock salt that has lost most of its Ni to balls inside it, which push it apart, and what it kept."""
    cells, rng = 7, np.random.default_rng(11)
    host = rock_salt(FORMULA, cells, seed=4)
    fractional = host.positions / host.box[0, 0]
    gone = (host.elements == "Ni") & (rng.random(len(host)) < 0.9)
    corners = np.stack(np.meshgrid(*[np.arange(2 * cells)] * 3, indexing="ij"), -1).reshape(-1, 3)
    tetrahedra = (corners + 0.5) / (2 * cells)
    alkali = tetrahedra[rng.permutation(len(tetrahedra))[: 2 * int(gone.sum())]]
    sites = np.concatenate([fractional[~gone], alkali])
    metal = int(gone.sum())
    pieces = metal // 55
    count = len(sites)
    state = LatticeState(
        sites=sites,
        elements=np.concatenate([host.elements[~gone], np.full(len(alkali), "Na")]),
        valences=np.concatenate([host.valences[~gone], np.ones(len(alkali))]),
        phases=np.zeros(count, dtype=np.int8),
        identities=np.arange(count),
        metal_elements=np.full(metal, "Ni"),
        metal_identities=np.arange(count, count + metal),
        piece=np.arange(metal) % pieces,
        centres=rng.random((pieces, 3)),
        registered=np.ones(pieces, dtype=bool),
        edge=5.4 * cells,
        cells=cells,
        framed=True,
    )
    made = specimen_of(state, when="discharged", cycle=1, replica=0, formula=FORMULA, source="made")
    return made, 1.0 - metal / int((host.valences > 0).sum())


def found_in(specimen: Specimen, *, inlaid: bool) -> NanoFit:
    expected = seen(specimen)
    mean = 20_000.0 * (expected.total / expected.total.max() + 0.02)
    machine = diffractometer(INSTRUMENT)
    return fit_domains(
        Data(x=expected.two_theta, y=np.random.default_rng(0).poisson(mean).astype(float), per_count=1.0),
        machine.beam,
        phase(f"frame=rock salt:{FORMULA}:5.4"),
        [phase("metal=fcc metal:Ni:3.53"), phase("salt=antifluorite:Na2O:5.55")],
        instrument=machine.resolution,
        spread=False,
        inlaid=inlaid,
    )


def test_a_frame_that_metal_has_pushed_apart_is_found_inside_its_bar(
    electrode: tuple[Specimen, float],
) -> None:
    specimen, truth = electrode
    frame = found_in(specimen, inlaid=True).domains[0]
    bar = math.hypot(frame.share_error, frame.share_systematic)
    assert frame.amount > 3.0 * frame.amount_error
    assert abs(frame.share - truth) < 2.0 * bar
    assert bar < 0.5 * truth
    # As if the metal lay beside it, the frame would be taken for less than it is by more than that bar.
    beside = found_in(specimen, inlaid=False).domains[0]
    assert beside.share < truth - 2.0 * math.hypot(beside.share_error, beside.share_systematic)

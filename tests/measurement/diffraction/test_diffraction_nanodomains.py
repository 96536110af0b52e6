"""A frame with nanometre domains: truth from explicit atoms, bounds on what is absent, G(r)."""

from __future__ import annotations

import numpy as np
import pytest
from test_diffraction_complaints import pattern
from test_diffraction_formats import read, shared

from topotaxy.errors import InputError
from topotaxy.measurement.diffraction import Options
from topotaxy.measurement.diffraction.data import Data
from topotaxy.measurement.diffraction.debye import sphere
from topotaxy.measurement.diffraction.instrument import diffractometer
from topotaxy.measurement.diffraction.instrument_options import Instrument
from topotaxy.measurement.diffraction.log_normal import distribution, mean_diameter
from topotaxy.measurement.diffraction.nanodomains import NanoFit, fit_domains
from topotaxy.measurement.diffraction.observed import observed
from topotaxy.measurement.diffraction.pair_distribution import fit_pairs, pair_function
from topotaxy.measurement.diffraction.phases import phase
from topotaxy.measurement.diffraction.probe import parts
from topotaxy.specimen.builders import rock_salt
from topotaxy.specimen.domains import empty_box
from topotaxy.specimen.inclusions import metal_spheres

FORMULA = "Mg0.5Zn0.25Ni0.25O"
FRAME = phase(f"frame=rock salt:{FORMULA}:4.20")
METAL = phase("metal=fcc metal:Ni0.5Co0.5:3.53")
SALT = phase("Na2O=antifluorite:Na2O:5.55")
EDGE = 4.221
OPTIONS = Instrument(
    diffractometer="synchrotron",
    first_angle=9.0,
    last_angle=45.0,
    angle_step=0.03,
    crystallite_size=10.0,
    microstrain=0.003,
)
MACHINE = diffractometer(OPTIONS)


@pytest.fixture(scope="module")
def means() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Axis, and the expected pattern per metal atom of the frame and of explicit balls of metal."""
    rng = np.random.default_rng(1)
    frame = rock_salt(FORMULA, 10, lattice_parameter=EDGE, seed=1)
    balls = metal_spheres(
        empty_box(90.0), metal={"Ni": 0.5, "Co": 0.5}, volume_fraction=0.1, diameter=1.2, spread=0.25, seed=3
    )
    first, second = (parts([s], OPTIONS, rng) for s in (frame, balls))
    return first.two_theta, first.total, second.total


def fitted(
    means: tuple[np.ndarray, np.ndarray, np.ndarray], share: float, counts: float, terms: int
) -> NanoFit:
    x, frame, metal = means
    mean = share * frame + (1.0 - share) * metal
    mean = counts * (mean / mean.max() + 0.1 + 0.05 * np.exp(-(x - x[0]) / 15.0))
    y = np.random.default_rng(7).poisson(mean).astype(float)
    data = Data(x=x, y=y, per_count=np.ones(len(x)))
    return fit_domains(
        data, MACHINE.beam, FRAME, [METAL], instrument=MACHINE.resolution, terms=terms, spread=False
    )


@pytest.mark.parametrize("terms", [4, 30])
@pytest.mark.parametrize("share", [0.2, 0.5, 0.85])
def test_the_share_of_the_frame_and_its_cell_are_the_truth(
    means: tuple[np.ndarray, np.ndarray, np.ndarray], share: float, terms: int
) -> None:
    """The bar is on truth, not on goodness: with few terms of the background and with thirty."""
    fit = fitted(means, share, 2e4, terms)
    frame, metal = fit.domains
    assert frame.share == pytest.approx(share, abs=0.025)
    # A frame of a fifth is told to 5e-4 only: its lines lie on the humps of the metal.
    assert frame.edge / EDGE - 1.0 == pytest.approx(0.0, abs=max(4e-4, 2.5 * frame.edge_error / EDGE))
    assert frame.edge / EDGE - 1.0 == pytest.approx(0.0, abs=4e-4 if share > 0.3 else 1e-3)
    assert metal.share == pytest.approx(1.0 - frame.share)
    # Balls of 1.2 nm by number with this spread: 1.2 exp(3.5 s²) = 1.5 by volume.
    assert metal.diameter == pytest.approx(1.5, abs=0.35)


def test_a_frame_that_is_not_there_is_bounded(means: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    without, little = (fitted(means, share, 2e5, 6).domains[0] for share in (0.0, 0.03))
    assert without.amount < 3.0 * without.amount_error or without.share < 0.01
    assert little.amount > 3.0 * little.amount_error


def test_observables_say_shares_of_metal_atoms_and_by_weight(
    means: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> None:
    x, frame, metal = means
    mean = 2e4 * ((0.5 * frame + 0.5 * metal) / (0.5 * frame + 0.5 * metal).max() + 0.1)
    record = pattern(
        x=x,
        intensity=np.random.default_rng(1).poisson(mean).astype(float),
        lines=MACHINE.beam.lines,
        polarisation=0.01,
    )
    numbers = tuple(MACHINE.resolution[k] for k in ("U", "V", "W", "X", "Y", "axial"))
    options = Options(
        phases=(f"frame=rock salt:{FORMULA}:4.20",),
        nano_phases=("metal=fcc metal:Ni0.5Co0.5:3.53", "Na2O=antifluorite:Na2O:5.55"),
        resolution=numbers,
        pristine_lattice_parameter=4.2,
        spread=False,
    )
    found = observed([record], options).observables
    shares = {
        (o.subject.phase, o.subject.note, o.bound): o.value for o in found if o.quantity == "phase_fraction"
    }
    assert shares["frame", "of the metal atoms", None] == pytest.approx(0.5, abs=0.025)
    (strain,) = [o for o in found if o.quantity == "strain"]
    assert strain.value == pytest.approx(EDGE / 4.2 - 1.0, abs=4e-4)
    assert any(o.quantity == "domain_size" and o.subject.phase == "metal" for o in found)


def test_domains_need_one_frame() -> None:
    with pytest.raises(InputError, match="one frame"):
        observed([pattern()], Options(nano_phases=("metal=fcc metal:Ni:3.53",)))


def test_a_narrow_distribution_is_one_diameter() -> None:
    assert distribution(np.log(15.0), 0.1).sum() == pytest.approx(1.0)
    assert mean_diameter(np.log(16.0), 0.1) == pytest.approx(16.0, rel=0.1)


def test_the_pair_distribution_is_the_transform_of_the_scattering() -> None:
    """G(r) = 2/π ∫ Q [S(Q) - 1] sin(Qr) dQ, with I(Q) of spheres: two roads, one function."""
    q = np.arange(0.3, 40.0, 0.01)
    metal = phase("x=fcc metal:Ni:3.52")
    diameter, u2 = 20.0, 0.008
    total = sphere(
        metal,
        3.52,
        np.array([diameter]),
        q,
        radiation="neutron",
        wavelength=1.0,
        displacement=8 * np.pi**2 * u2,
    )[0]
    b2 = 10.3**2
    structure_factor = total / 4.0 / b2
    r = np.arange(1.8, 15.0, 0.02)
    transformed = 2 / np.pi * (q * (structure_factor - 1.0) * np.sin(np.outer(r, q))).sum(axis=1) * 0.01
    modelled = pair_function(metal, 3.52, r, radiation="neutron", displacement=u2, diameter=diameter)
    # The transform lacks what spheres scatter forward, below the first Q: a smooth part.
    assert np.corrcoef(transformed, modelled)[0, 1] > 0.99
    assert transformed.std() == pytest.approx(modelled.std(), rel=0.1)


@pytest.mark.parametrize("diameter", [15.0, 30.0])
def test_size_and_cell_come_back_from_a_pair_distribution(diameter: float) -> None:
    r = np.arange(0.02, 20.0, 0.02)
    metal = phase("x=fcc metal:Ni:3.52")
    g = pair_function(metal, 3.531, r, radiation="neutron", displacement=0.006, diameter=diameter)
    record = pattern(axis="r", x=r, intensity=0.8 * g, intensity_unit="G", radiation="neutron", lines=())
    fit = fit_pairs(record, metal)
    assert fit.edge == pytest.approx(3.531, abs=1e-4)
    assert fit.diameter == pytest.approx(diameter, rel=0.03)
    assert fit.scale == pytest.approx(0.8, rel=0.02)


@pytest.mark.parametrize(
    ("name", "radiation"), [("neutron/Ni-neutron.gr", "neutron"), ("diffraction/Ni-xray.gr", "X-ray")]
)
def test_nickel_from_real_pair_distributions(name: str, radiation: str) -> None:
    """Instruments of this kind are calibrated to some parts in a thousand."""
    found = observed(read(shared(name)), Options(phases=("Ni=fcc metal:Ni:3.52",)))
    (cell,) = [o for o in found.observables if o.quantity == "lattice_parameter"]
    assert cell.value == pytest.approx(3.524, rel=2.5e-3)
    (size,) = [o for o in found.observables if o.quantity == "domain_size"]
    assert size.bound == "lower"
    assert found.details[0].record.radiation == radiation

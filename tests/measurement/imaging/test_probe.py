"""Every view of the virtual microscope: truth through it, counting noise, and what it refuses."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from topotaxy.errors import InputError
from topotaxy.measurement.imaging import TECHNIQUE, ImagingOptions, Microscope
from topotaxy.measurement.imaging.formats import berkeley
from topotaxy.specimen import Specimen
from topotaxy.specimen.builders import rock_salt

EDGE = 4.2
OPTIONS = ImagingOptions(crystals=("oxide=rock salt:4.2",), scale_error=0.0)


@pytest.fixture(scope="module")
def crystal() -> Specimen:
    return rock_salt("NiO", (10, 10, 2), lattice_parameter=EDGE)


def record(crystal: Specimen, seed: int = 0, **options):
    known = {"magnification_error": 0.0, "row_jitter": 0.0} | options
    (one,) = TECHNIQUE.probe([crystal], Microscope(**known), np.random.default_rng(seed))
    return one


VIEWS = [
    {"view": "haadf"},
    {"view": "hrtem"},
    {"view": "saed", "camera_pixels": 256},
    {"view": "saed", "camera_pixels": 256, "scattering": "multislice"},
]


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: "-".join(map(str, view.values())))
def test_a_spacing_goes_through_the_microscope(crystal: Specimen, view: dict) -> None:
    """0.05 % in images (acceptance of synthetic truth); a pattern of 4 nm has spots of 0.02 1/Å: 0.3 %."""
    found = TECHNIQUE.observed([record(crystal, **view)], OPTIONS).observables
    spacings = {o.subject.reflection: o for o in found if o.quantity == "interplanar_spacing"}
    bound = 3e-3 if view["view"] == "saed" else 5e-4
    assert spacings[2, 0, 0].value == pytest.approx(EDGE / 2.0, rel=bound)
    assert spacings[2, 2, 0].value == pytest.approx(EDGE / math.sqrt(8.0), rel=max(bound, 1e-3))


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: "-".join(map(str, view.values())))
def test_what_was_recorded_reads_back_as_simulated(crystal: Specimen, view: dict, tmp_path: Path) -> None:
    one = record(crystal, **view)
    berkeley.write(one, tmp_path / "virtual.emd")
    (read,) = berkeley.read(tmp_path / "virtual.emd", None)
    np.testing.assert_array_equal(read.image, one.image)
    np.testing.assert_allclose(read.pixel_size, one.pixel_size)
    np.testing.assert_allclose(read.corner, one.corner)
    assert (read.kind, read.centred, read.origin) == (one.kind, one.centred, "simulated")


def test_counts_of_an_image_are_the_dose(crystal: Specimen) -> None:
    """Poisson counts: the mean of 40,000 pixels of 20 electrons is right to 0.3 %; an aperture takes some."""
    image = record(crystal, view="hrtem", electron_dose=500.0, objective_aperture=80.0).image
    assert (image == np.round(image)).all()
    assert 0.9 * 20.0 < image.mean() < 1.01 * 20.0


def test_counts_of_a_scan_are_the_share_of_the_dose(crystal: Specimen) -> None:
    image = record(crystal, electron_dose=1e4, scattered_share=0.1).image
    expected = 1e4 * 0.04 * 0.1
    assert image.mean() == pytest.approx(expected, rel=5.0 / math.sqrt(image.size * expected) + 2e-3)


def test_a_thick_kinematic_pattern_says_that_it_is_not_right(crystal: Specimen) -> None:
    thin = record(crystal, view="saed", slab_thickness=0.42, camera_pixels=128)
    thick = record(crystal, view="saed", slab_thickness=20.0, camera_pixels=128)
    assert not any("intensities" in note for note in thin.notes)
    assert any("intensities are not right" in note for note in thick.notes)


def test_a_scan_by_multislice_shows_the_same_columns(crystal: Specimen) -> None:
    small = rock_salt("NiO", (3, 3, 2), lattice_parameter=EDGE)
    given = {"scan_step": 0.35, "scan_width": 1.15, "electron_dose": 1e7, "slab_thickness": 0.4}
    fast = record(small, **given).image
    slow = record(
        small,
        scattering="multislice",
        defocus=0.0,
        spherical_aberration=0.0,
        phonon_configurations=1,
        detector_inner="50mrad",
        detector_outer="90mrad",
        **given,
    ).image
    assert np.corrcoef(fast.ravel(), slow.ravel())[0, 1] > 0.8


def test_drift_smears_an_image_and_shears_a_scan(crystal: Specimen) -> None:
    sharp = record(crystal, view="hrtem", electron_dose=1e7).image
    smeared = record(crystal, view="hrtem", electron_dose=1e7, stage_drift=2.0).image
    assert smeared.std() < sharp.std()
    still, moved = (record(crystal, stage_drift=drift, electron_dose=1e7).image for drift in (0.0, 2.0))
    first, last = slice(0, 8), slice(-8, None)
    assert np.corrcoef(still[first].ravel(), moved[first].ravel())[0, 1] > 0.9
    assert np.corrcoef(still[last].ravel(), moved[last].ravel())[0, 1] < 0.9


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"scan_width": 90.0}, "wider than the box"),
        ({"scan_step": 2.0}, "points a row"),
        ({"view": "saed", "lit_diameter": 0.5}, "lit area"),
        ({"beam_along": "111"}, "cubic box"),
    ],
)
def test_what_does_not_suit_the_box_is_refused(crystal: Specimen, options: dict, words: str) -> None:
    with pytest.raises(InputError, match=words):
        record(crystal, **options)


def test_a_perfect_random_alloy_shows_next_to_no_strain() -> None:
    """Phase analysis takes its strongest spots, not those that stand highest over noise."""
    alloy = rock_salt("Mg0.2Co0.2Ni0.2Cu0.2Zn0.2O0.89S0.11", 8, seed=1)
    records = TECHNIQUE.probe([alloy], Microscope(view="haadf"), np.random.default_rng(1))
    found = TECHNIQUE.observed(records, ImagingOptions()).observables
    spreads = [one.value for one in found if one.quantity == "microstrain"]
    assert len(spreads) == 2
    assert max(spreads) < 0.003

"""Real X-ray files beside what is known of them; skipped where they are absent."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

import numpy as np
import pytest

from topotaxy.errors import InputError
from topotaxy.measurement.energy_dispersive import EnergyDispersiveOptions, XRayRecord
from topotaxy.measurement.energy_dispersive.formats import bruker_bcf
from topotaxy.measurement.energy_dispersive.observed import observed
from topotaxy.measurement.recognise import recognised
from topotaxy.measurement.technique import techniques

ROOT = Path(os.environ.get("TOPOTAXY_DATA", Path(__file__).parents[4] / "shared" / "data"))
DATA = ROOT / "eds"

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the spectra are not beside the project")

FACTORS = ("Fe Ka=1.450226", "Pt La=5.075602")
"""By weight; exspy has 15.41 and 84.59 at% with them, from 2754 and 15090 counts."""


def read(path: Path) -> tuple[XRayRecord, ...]:
    return tuple(recognised(path, among=[techniques()["energy_dispersive"]]).format.read(path, None))


def test_iron_platinum_by_windows_is_what_exspy_has() -> None:
    options = EnergyDispersiveOptions(x_ray_elements=("Fe", "Pt"), k_factors=FACTORS, line_intensity="window")
    found = observed(read(DATA / "fept_nanoparticles.hspy"), options)
    iron = next(o for o in found.observables if o.subject.element == "Fe")
    assert 100.0 * iron.value == pytest.approx(15.41, abs=0.05)
    intensities = {line.family.text: line.intensity for line in found.details[0].lines}
    assert intensities["Fe Ka"] == pytest.approx(2754.0, abs=1.0)
    assert intensities["Pt La"] == pytest.approx(15090.0, abs=1.0)


def test_iron_platinum_by_fit_agrees_within_its_uncertainty() -> None:
    options = EnergyDispersiveOptions(x_ray_elements=("Fe", "Pt"), k_factors=FACTORS)
    found = observed(read(DATA / "fept_nanoparticles.hspy"), options).observables
    iron = next(o for o in found if o.subject.element == "Fe")
    assert iron.value == pytest.approx(0.1541, abs=2.0 * (iron.uncertainty or 0.0))


def test_the_sum_of_four_detectors_is_the_record() -> None:
    (one,) = read(DATA / "sto_velox_4detectors.emd")
    assert one.total.sum() == 190830.0
    assert any("4 detectors" in note for note in one.notes)
    # The highest lines: Sr L 1.81, Ti K 4.51, O K 0.525 keV.
    for energy in (1810.0, 4510.0, 525.0):
        near = np.abs(one.energy - energy) < 150.0
        assert one.energy[near][np.argmax(one.total[near])] == pytest.approx(energy, abs=15.0)


def test_strontium_titanate_has_its_elements() -> None:
    found = observed(read(DATA / "sto_velox_4detectors.emd"), EnergyDispersiveOptions())
    assert {"Sr", "Ti", "O"} <= {line.family.element for line in found.details[0].lines}
    share = {o.subject.element: o for o in found.observables if o.quantity == "atomic_fraction"}
    ratio = share["Sr"].value / share["Ti"].value
    # One to one, within what estimated k-factors are good for.
    assert ratio == pytest.approx(1.0, abs=0.35)


def test_a_stream_becomes_an_image() -> None:
    (one,) = read(DATA / "velox_spectrum_image.emd")
    assert one.counts.shape == (16, 16, 4096)
    assert one.energy[0] == pytest.approx(-1000.0)
    assert one.energy[1] - one.energy[0] == pytest.approx(10.0)
    assert one.pixel == pytest.approx((5.3024, 5.3024), rel=1e-4)
    # All entries of the stream but the ends of pixels.
    assert one.counts.sum() == 7837 - 1273


def test_bruker_maps_need_the_extra_or_are_read() -> None:
    path = DATA / "bruker_tem_map.bcf"
    if importlib.util.find_spec("rsciio") is None:
        with pytest.raises(InputError, match=r"topotaxy\[em\]"):
            bruker_bcf.FORMAT.read(path, None)
        return
    (one,) = bruker_bcf.FORMAT.read(path, None)
    assert one.counts.shape == (64, 64, 2048)
    assert one.pixel == pytest.approx((0.771, 0.771), rel=1e-3)
    assert one.energy[1] - one.energy[0] == pytest.approx(10.001, rel=1e-4)
    assert one.energy[0] == pytest.approx(-475.45, abs=0.01)


def test_what_is_no_bcf_is_refused_in_one_line() -> None:
    with pytest.raises(InputError) as refused:
        bruker_bcf.FORMAT.read(ROOT / "awkward" / "Nope.bcf", None)
    assert "\n" not in str(refused.value)

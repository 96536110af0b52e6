"""Time of flight: laws of the profile, constants of banks, positions that a symmetric peak misses."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from test_diffraction_complaints import pattern
from test_diffraction_formats import read, shared

from topotaxy.errors import InputError
from topotaxy.measurement.diffraction.data import Data
from topotaxy.measurement.diffraction.flight import back_to_back, flight_peaks
from topotaxy.measurement.diffraction.flight_constants import Constants, constants_of, read_constants
from topotaxy.measurement.diffraction.observed import observed
from topotaxy.measurement.diffraction.options import Options
from topotaxy.measurement.diffraction.peaks import peaks
from topotaxy.measurement.diffraction.phases import phase
from topotaxy.measurement.diffraction.preparing import prepared
from topotaxy.measurement.diffraction.reflections import reflections

CONSTANTS = Constants(difc=5000.0, difa=-2.0, zero=4.0, rates=(0.0, 1.2, 0.03, 0.007))


@pytest.mark.parametrize(("sigma", "rise", "decay"), [(10.0, 0.5, 0.05), (3.0, 2.0, 0.2), (20.0, 0.1, 0.1)])
def test_the_profile_has_unit_area_and_the_moments_of_its_parts(
    sigma: float, rise: float, decay: float
) -> None:
    """Mean: decay time less rise time; variance: those of the three squared."""
    x = np.arange(-600.0, 1200.0, 0.05)
    y = back_to_back(x, 0.0, sigma, rise, decay)
    assert y.min() >= 0.0
    area = y.sum() * 0.05
    mean = (x * y).sum() * 0.05
    variance = ((x - mean) ** 2 * y).sum() * 0.05
    assert area == pytest.approx(1.0, rel=1e-4)
    assert mean == pytest.approx(1.0 / decay - 1.0 / rise, abs=0.02)
    assert variance == pytest.approx(sigma**2 + 1.0 / decay**2 + 1.0 / rise**2, rel=1e-3)


def test_fast_rates_leave_a_gaussian() -> None:
    x = np.linspace(-40.0, 40.0, 401)
    found = back_to_back(x, 1.0, 8.0, 60.0, 60.0)
    expected = np.exp(-0.5 * ((x - 1.0) / 8.0) ** 2) / (8.0 * math.sqrt(2.0 * math.pi))
    np.testing.assert_allclose(found, expected, atol=2e-4 * expected.max())


@pytest.mark.parametrize("d", [0.5, 1.0, 2.7, 4.0])
def test_spacing_undoes_the_time_of_flight(d: float) -> None:
    time = CONSTANTS.difc * d + CONSTANTS.difa * d * d + CONSTANTS.zero
    found, slope = CONSTANTS.spacing(time)
    assert found == pytest.approx(d, rel=1e-12)
    later, _ = CONSTANTS.spacing(time + 1.0)
    assert slope == pytest.approx(later - found, rel=1e-3)
    assert Constants(difc=5000.0).spacing(5000.0 * d)[0] == pytest.approx(d)


def test_times_without_a_spacing_are_refused() -> None:
    with pytest.raises(InputError, match="spacing"):
        CONSTANTS.spacing(3.0)


def synthetic(counts: float, seed: int) -> tuple[Data, list[float]]:
    """Ten peaks of a cubic cell over bins of constant relative width."""
    spacings = [4.1 / math.sqrt(n) for n in (3, 4, 8, 11, 12, 16, 19, 20, 24, 27)]
    x = 3800.0 * 1.0005 ** np.arange(3500)
    width = 0.0005 * x
    mean = counts * 0.02 * width
    times = []
    for d in spacings:
        time = CONSTANTS.difc * d + CONSTANTS.difa * d * d + CONSTANTS.zero
        rise, decay = CONSTANTS.rates_at(time) or (1.0, 1.0)
        mean = mean + counts * 20.0 * width * back_to_back(x, time, 6.0 * d, rise, decay)
        times.append(time)
    y = np.random.default_rng(seed).poisson(mean).astype(float)
    return Data(x=x, y=y, per_count=np.ones(len(x))), sorted(times)


def test_positions_are_where_the_exponentials_meet() -> None:
    """With the rates of the instrument; a symmetric peak is late by ten of its uncertainties and more."""
    z, late = [], []
    for seed in range(4):
        data, times = synthetic(20.0, seed)
        found = peaks(data)
        fitted = flight_peaks(data, found, CONSTANTS)
        for kept, listed in ((z, fitted), (late, found)):
            nearest = [min(listed, key=lambda p, t=t: abs(p.position - t)) for t in times]
            kept += [(p.position - t) / p.position_error for p, t in zip(nearest, times, strict=True)]
    # Forty normal deviates: their mean square lies between 0.45 and 1.9 but for one case in ten thousand.
    assert 0.3 < np.mean(np.square(z)) < 2.5
    assert np.median(late) > 10.0


def test_without_rates_they_are_taken_from_strong_peaks() -> None:
    data, times = synthetic(200.0, 5)
    fitted = flight_peaks(data, peaks(data))
    for time in times:
        assert min(abs(peak.position / time - 1.0) for peak in fitted) < 4e-4


def test_nothing_strong_gives_nothing() -> None:
    data, _ = synthetic(1.0, 2)
    assert flight_peaks(Data(x=data.x, y=np.full(len(data.x), 5.0), per_count=data.per_count), ()) == ()


def test_constants_come_from_texts_and_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "x.prm"
    path.write_text(
        "INS   HTYPE   PNTR\nINS  1 ICONS   5074.11     -2.10      3.29\nINS  2 ICONS   818.0 0 0\n"
        "INS  1PRCF1     1    9   0.01000\n"
        "INS  1PRCF11    .000000E+00    .500000E+01    .281732E-01    .712807E-02\n"
    )
    found = read_constants(path)
    assert found[1] == Constants(difc=5074.11, difa=-2.1, zero=3.29, rates=(0.0, 5.0, 0.0281732, 0.00712807))
    assert found[2].rates is None
    merged = constants_of(("2=820.5, 0.1", "3=900"), str(path))
    assert merged[2] == Constants(difc=820.5, difa=0.1)
    assert merged[3].spacing(900.0)[0] == pytest.approx(1.0)


@pytest.mark.parametrize("text", ["", "1", "1=", "1=far", "1=1,2,3,4", "x=5000", "1=0.1", "1=nan"])
def test_constants_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(InputError) as caught:
        constants_of((text,), None)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "text", ["hello\n", "INS   HTYPE   PXCR\nINS  1 ICONS 1.5 0 0\n", "INS   HTYPE   PNTR\n"]
)
def test_files_without_constants_are_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "x.prm"
    path.write_text(text)
    with pytest.raises(InputError):
        read_constants(path)


def test_spacings_are_observables_where_constants_are_known() -> None:
    data, _ = synthetic(100.0, 3)
    record = pattern(axis="tof", x=data.x, intensity=data.y, radiation="neutron", lines=(), bank=1)
    without = observed([record], Options())
    assert not [o for o in without.observables if o.quantity == "interplanar_spacing"]
    found = observed([record], Options(flight_constants=("1=5000,-2,4",)))
    spacings = [o.value for o in found.observables if o.quantity == "interplanar_spacing"]
    for n in (3, 4, 8, 11):
        assert min(abs(d / (4.1 / math.sqrt(n)) - 1.0) for d in spacings) < 1e-3
    with pytest.raises(InputError, match="bank 1"):
        observed([record], Options(flight_constants=("7=5000",)))


def test_the_round_robin_of_a_pulsed_source() -> None:
    """Corundum, fluorite and zincite: lines that stand alone lie at their places but for one factor.

    The factor, 1.2e-3 in this bank, is the file's constants for this sample; the lines agree with each other.
    """
    records = read(shared("neutron/roundrobin_tof/6729.dat"))
    constants = read_constants(shared("neutron/roundrobin_tof/I22jan99.prm"))[1]
    data = prepared(records[0], Options()).data
    fitted = flight_peaks(data, peaks(data), constants)
    known = []
    for name in ("corundum", "fluorite", "zincite"):
        found = reflections(phase(name), shortest=0.9, radiation="neutron", wavelength=1.0)
        strength = found.multiplicity * found.squared() / found.s2**2
        known += [(0.5 / math.sqrt(s), i) for s, i in zip(found.s2, strength, strict=True)]
    deviations = []
    for peak in fitted:
        d, _ = constants.spacing(peak.position)
        near = [(at, i) for at, i in known if abs(at / d - 1.0) < 0.02]
        top = max((i for at, i in near if abs(at / d - 1.0) < 0.012), default=0.0)
        alone = [at for at, i in near if i > 0.03 * top]
        if top > 0.0 and len(alone) == 1:
            deviations.append(d / alone[0] - 1.0)
    assert len(deviations) >= 8
    middle = float(np.median(deviations))
    assert abs(middle) < 2e-3
    assert float(np.median(np.abs(np.array(deviations) - middle))) < 4e-4

"""Laws of backgrounds, white lines, combinations, zero-loss peaks and maps."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import loss_files
import numpy as np
import pytest

from topotaxy.errors import InputError
from topotaxy.measurement.energy_loss import EnergyLossOptions, LossSpectrometer
from topotaxy.measurement.energy_loss.background import extrapolated, two_areas
from topotaxy.measurement.energy_loss.combination import combined, reference_of
from topotaxy.measurement.energy_loss.edges import Edge, edges_in, known_edges
from topotaxy.measurement.energy_loss.imposed import constant, line, shape, steps
from topotaxy.measurement.energy_loss.observed import observed
from topotaxy.measurement.energy_loss.probe import probe, references
from topotaxy.measurement.energy_loss.record import variance_of
from topotaxy.measurement.energy_loss.white_lines import white_lines
from topotaxy.measurement.energy_loss.zero_loss import single_scattering, without_plural, zero_loss
from topotaxy.measurement.projected import metal_share, projected
from topotaxy.specimen.builders import rock_salt


def edge(element: str) -> Edge:
    return next(one for one in known_edges() if one.element == element)


NICKEL = edge("Ni")


@pytest.mark.parametrize("exponent", [1.5, 3.0, 5.0])
def test_a_power_law_gives_itself_back(exponent: float) -> None:
    energy = np.arange(400.0, 900.0, 0.5)
    law = 3e12 * energy**-exponent
    found, amplitude = two_areas(energy, law, 500.0, 540.0)
    assert float(found) == pytest.approx(exponent, rel=1e-9)
    np.testing.assert_allclose(extrapolated(energy, law, 500.0, 540.0), law, rtol=1e-9)
    assert amplitude > 0.0


def test_a_background_of_many_pixels_is_that_of_each() -> None:
    energy = np.arange(400.0, 600.0, 1.0)
    laws = np.stack([1e9 * energy**-2.0, 1e12 * energy**-3.0])[:, None, :]
    both = extrapolated(energy, laws, 420.0, 480.0)
    assert both.shape == laws.shape
    np.testing.assert_allclose(both[1, 0], extrapolated(energy, laws[1, 0], 420.0, 480.0))


def test_nothing_below_zero_is_extrapolated() -> None:
    energy = np.arange(400.0, 600.0, 1.0)
    assert (extrapolated(energy, np.zeros(200), 420.0, 480.0) == 0.0).all()


def test_steps_have_two_thirds_and_one_third() -> None:
    # A narrow step, so that plateau and foot are reached; the fall is taken out.
    energy = np.array([800.0, 861.0, 900.0])
    low, middle, high = steps(energy, 852.7, 870.0, 0.01) / np.array([1.0, *(energy[1:] / 852.7) ** -3.0])
    assert low == pytest.approx(0.0, abs=1e-12)
    assert middle == pytest.approx(2.0 / 3.0, abs=1e-3)
    assert high == pytest.approx(1.0, abs=1e-3)


def test_a_line_has_unit_area_and_its_width() -> None:
    x = np.arange(-400.0, 400.0, 0.01)
    y = line(x, 0.0, 2.0)
    assert np.trapezoid(y, x) == pytest.approx(1.0, abs=3e-3)
    half = x[y >= 0.5 * y.max()]
    assert half[-1] - half[0] == pytest.approx(2.0, abs=0.03)


@pytest.mark.parametrize("element", ["Mn", "Fe", "Co", "Ni", "Cu", "Zn"])
@pytest.mark.parametrize("state", ["metal", "oxide"])
def test_imposed_edges_have_their_continuum_at_one(element: str, state: str) -> None:
    one = edge(element)
    energy = np.arange(one.end, one.end + 12.0, 0.1)
    tail = shape(energy, one, state)  # type: ignore[arg-type]
    assert tail.mean() == pytest.approx(1.0, rel=0.15)
    assert shape(np.array([one.energy - 50.0]), one, state)[0] < 0.02  # type: ignore[arg-type]


def test_white_lines_shrink_as_3d_states_fill() -> None:
    energy = np.arange(840.0, 900.0, 0.1)
    oxide, metal = (shape(energy, NICKEL, state) for state in ("oxide", "metal"))  # type: ignore[arg-type]
    assert oxide.max() > metal.max()


@pytest.mark.parametrize("share", [0.0, 0.2, 0.5, 0.8, 1.0])
def test_a_mixture_comes_back_with_its_offset(share: float) -> None:
    """Share and offset within 4.5 stated deviations (a risk of 1e-5 a case)."""
    one = loss_files.record(share=share, seed=int(10 * share))
    metal, oxide = (reference_of(r, NICKEL, 40.0) for r in references("Ni", loss_files.SPECTROMETER))
    shift = 0.37
    found = combined(one.energy + shift, one.total, one.variance, NICKEL, metal, oxide, width=40.0)
    width = np.hypot(found.share_uncertainty, found.window_spread)
    assert abs(found.share - share) < 4.5 * max(width, 0.003)
    assert abs(found.offset - shift) < max(
        4.5 * np.hypot(found.offset_uncertainty, found.offset_spread), 0.02
    )
    assert width < 0.02
    assert 0.7 < found.chi_square < 1.3


def test_the_parts_of_a_combination_make_its_fit() -> None:
    one = loss_files.record()
    metal, oxide = (reference_of(r, NICKEL, 40.0) for r in references("Ni", loss_files.SPECTROMETER))
    found = combined(one.energy, one.total, one.variance, NICKEL, metal, oxide, width=40.0)
    np.testing.assert_allclose(found.metal + found.oxide + found.background, found.fit)


def test_white_lines_of_steps_and_lines_are_found_again() -> None:
    energy = np.arange(780.0, 940.0, 0.25)
    law = 1e6 * (energy / 850.0) ** -3.0
    lines = 5.0 * line(energy, 853.5, 2.0) + 2.0 * line(energy, 870.8, 2.4)
    total = law + 3e5 * (steps(energy, 853.5, 870.8, constant("step_width")) + lines)
    found = white_lines(energy, total, total, NICKEL, width=40.0, rng=np.random.default_rng(1))
    assert found is not None
    assert found.position == pytest.approx(853.5, abs=0.05)
    assert found.ratio == pytest.approx(
        2.5, abs=4.5 * np.hypot(found.ratio_uncertainty, found.ratio_spread) + 0.02
    )
    assert found.intensity == pytest.approx(7.0, rel=0.05)


def test_a_ratio_that_windows_or_noise_move_is_absent_with_the_reason() -> None:
    """Steps without lines on a curved background: there is no ratio to give."""
    one = loss_files.record()
    law = 600.0 * (one.energy / 850.0) ** -3.0 * (1.0 + 0.02 * np.sin(one.energy / 12.0))
    total = law + 100.0 * steps(one.energy, 853.5, 870.8, constant("step_width"))
    flat = replace(one, counts=np.random.default_rng(2).poisson(total).astype(float))
    found = observed([flat], EnergyLossOptions(loss_elements=("Ni",)))
    assert not [o for o in found.observables if o.quantity == "white_line_ratio"]
    assert "says nothing" in found.absent["made"]["white_line_ratio"]


def test_a_ratio_that_is_given_carries_the_spread_of_the_windows() -> None:
    found = observed([loss_files.record()], EnergyLossOptions(loss_elements=("Ni",)))
    ratios = [o for o in found.observables if o.quantity == "white_line_ratio"]
    assert ratios
    assert all(o.systematic is not None and o.systematic > 0.0 for o in ratios)


def test_without_references_a_share_is_absent_and_imposed_ones_are_labelled() -> None:
    plain = observed([loss_files.record()], EnergyLossOptions(loss_elements=("Ni",)))
    assert "--loss-metals" in plain.absent["made"]["reduced_fraction"]
    imposed = observed(
        [loss_files.record()], EnergyLossOptions(loss_elements=("Ni",), imposed_references=True)
    )
    (share,) = [o for o in imposed.observables if o.quantity == "reduced_fraction"]
    assert share.label == "imposed"


def test_reference_files_give_shares_and_relative_white_lines(tmp_path: Path) -> None:
    paths = []
    for name, one in zip(("metal", "oxide"), references("Ni", loss_files.SPECTROMETER), strict=True):
        (tmp_path / name).mkdir()
        paths.append(loss_files.hyperspy(tmp_path / name, one))
    options = EnergyLossOptions(loss_metals=(paths[0],), loss_oxides=(paths[1],), loss_elements=("Ni",))
    found = {o.quantity: o for o in observed([loss_files.record(share=0.0)], options).observables}
    assert found["reduced_fraction"].value == pytest.approx(0.0, abs=0.02)
    assert found["reduced_fraction"].label is None
    relative = found["white_line_intensity"]
    assert relative.value == pytest.approx(
        1.0, abs=4.5 * np.hypot(relative.uncertainty or 0.0, relative.systematic or 0.0)
    )


def test_a_reference_without_an_edge_is_refused(tmp_path: Path) -> None:
    one = loss_files.record()
    flat = replace(one, counts=np.full(len(one.energy), 1000.0))
    path = loss_files.hyperspy(tmp_path, flat)
    with pytest.raises(InputError, match="no L edge"):
        observed([one], EnergyLossOptions(loss_metals=(path,)))


def test_a_falling_background_alone_has_no_edge() -> None:
    energy = np.arange(500.0, 1100.0, 0.5)
    rng = np.random.default_rng(3)
    total = rng.poisson(1e6 * (energy / 500.0) ** -3.2).astype(float)
    assert edges_in(energy, total, total, elements=(), width=40.0) == ()


def test_edges_of_a_specimen_are_found_unasked() -> None:
    (one,) = probe(
        [rock_salt("Mg0.2Co0.2Ni0.2Cu0.2Zn0.2O", 4, seed=1)], LossSpectrometer(), np.random.default_rng(4)
    )
    seen = edges_in(one.energy, one.total, one.variance, elements=(), width=40.0)
    assert {one.element for one in seen} == {"Co", "Ni", "Cu", "Zn"}


def test_zinc_has_a_reason_and_no_share() -> None:
    (one,) = probe([rock_salt("ZnO", 4, seed=1)], LossSpectrometer(), np.random.default_rng(4))
    found = observed([one], EnergyLossOptions(imposed_references=True))
    assert not [o for o in found.observables if o.quantity == "reduced_fraction"]
    assert "3d" in found.absent[one.source]["reduced_fraction"]


def low_loss(thickness: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Energy, a spectrum of Poisson plural scattering, and its single-loss distribution."""
    energy = np.arange(-20.0, 300.0, 0.1)
    zero = np.exp(-0.5 * (energy / 0.4) ** 2)
    zero /= zero.sum()
    loss = np.where(energy > 3.0, line(energy, 22.0, 6.0), 0.0)
    loss /= loss.sum()
    size = 4 * len(energy)
    # The convolution starts at the first channel, not at zero: shift it back.
    start = round(20.0 / 0.1)
    transform = np.fft.rfft(np.roll(np.pad(loss, (0, size - len(loss))), -start))
    plural = np.fft.irfft(
        np.exp(thickness * (transform - 1.0)) * np.fft.rfft(np.pad(zero, (0, size - len(zero))))
    )
    return energy, 1e6 * plural[: len(energy)], 1e6 * np.exp(-thickness) * thickness * loss


@pytest.mark.parametrize("thickness", [0.3, 0.8])
def test_the_logarithm_of_intensities_is_the_thickness(thickness: float) -> None:
    energy, total, _ = low_loss(thickness)
    peak = zero_loss(energy + 1.3, total)
    assert peak is not None
    assert peak.position == pytest.approx(1.3, abs=0.02)
    assert peak.width == pytest.approx(0.4 * 2.3548, rel=0.05)
    assert peak.thickness == pytest.approx(thickness, rel=0.03)


def test_fourier_log_takes_plural_scattering_out() -> None:
    energy, total, single = low_loss(0.8)
    peak = zero_loss(energy, total)
    assert peak is not None
    found = single_scattering(energy, total, peak)
    plasmon, double = (np.abs(energy - at) < 4.0 for at in (22.0, 44.0))
    assert found[plasmon].sum() == pytest.approx(single[plasmon].sum(), rel=0.05)
    before = (total - single)[double].sum()
    assert abs((found - single)[double].sum()) < 0.1 * before


def test_fourier_ratio_gives_an_edge_of_single_scattering_back() -> None:
    low_energy, low, _ = low_loss(0.7)
    peak = zero_loss(low_energy, low)
    assert peak is not None
    step = 0.1
    axis = np.arange(0.0, 200.0, step)
    single = np.where(axis > 10.0, np.exp(-axis / 150.0), 0.0) + 4.0 * line(axis, 14.0, 2.0)
    size = 2 * len(low_energy) + len(axis)
    kernel = np.pad(low, (0, size - len(low)))
    blurred = np.fft.irfft(np.fft.rfft(single, size) * np.fft.rfft(np.roll(kernel, -200)), size)[: len(axis)]
    found = without_plural(blurred, low_energy, low, peak, step)
    # The zero-loss area is what single scattering keeps.
    wanted = 1e6 * np.exp(-0.7) * single
    inside = (axis > 20.0) & (axis < 120.0)
    assert np.abs(found - wanted)[inside].mean() < 0.03 * wanted[inside].mean()
    assert np.abs(blurred - wanted)[inside].mean() > 0.2 * wanted[inside].mean()


def test_a_low_loss_file_aligns_the_axis(tmp_path: Path) -> None:
    energy, total, _ = low_loss(0.3)
    one = loss_files.record()
    low = replace(one, energy=energy + 0.8, counts=np.round(total) + 1.0)
    path = loss_files.hyperspy(tmp_path, low)
    plain, moved = (
        next(
            o
            for o in observed([one], EnergyLossOptions(low_loss=p, loss_elements=("Ni",))).observables
            if o.quantity == "edge_energy"
        )
        for p in (None, path)
    )
    assert moved.value - plain.value == pytest.approx(-0.8, abs=0.1)
    assert (moved.systematic or 0.0) < (plain.systematic or 0.0)


def test_no_zero_loss_peak_is_none_and_a_low_loss_file_needs_one(tmp_path: Path) -> None:
    energy = np.arange(-20.0, 50.0, 0.1)
    assert zero_loss(energy, np.linspace(1.0, 2.0, len(energy))) is None
    path = loss_files.hyperspy(tmp_path, loss_files.record())
    with pytest.raises(InputError, match="zero-loss"):
        observed([loss_files.record()], EnergyLossOptions(low_loss=path))


def test_a_map_shows_where_the_metal_is() -> None:
    host = rock_salt("Ni0.5Mg0.5O", 8, seed=2)
    valences = host.valences.copy()
    left = host.positions[:, 1] < 0.5 * host.box[1, 1]
    valences[left & host.is_element("Ni")] = 0.0
    halved = replace(host, valences=valences)
    spectrometer = LossSpectrometer(scan_pixels=8, axis_drift=0.0, background_counts=3e4)
    records = probe([halved], spectrometer, np.random.default_rng(6))
    found = observed(records, EnergyLossOptions(imposed_references=True, loss_elements=("Ni",)))
    (seen,) = found.details[0].edges
    share, error = seen.map.share, seen.map.share_error
    inner = np.array([1, 2])
    for columns, truth in ((inner, 1.0), (inner + 4, 0.0)):
        mean = float(share[:, columns].mean())
        # Error of the mean of 16 pixels, and what the background shared by all pixels costs.
        assert mean == pytest.approx(truth, abs=4.5 * float(np.nanmean(error)) / 4.0 + 0.03)
    scatter = float(share[:, inner + 4].std(ddof=1))
    assert scatter == pytest.approx(float(error[:, inner + 4].mean()), rel=0.6)


def test_projection_keeps_every_atom() -> None:
    host = rock_salt("NiO", 3, seed=1)
    for width in (0.0, 1.5):
        image = projected(host, np.ones(len(host)), along="y", pixels=6, probe_width=width)
        assert image.sum() == pytest.approx(len(host))
    assert metal_share(host)[host.is_element("Ni")].max() == 0.0


def test_counts_and_a_camera_have_their_own_scatter() -> None:
    rng = np.random.default_rng(7)
    mean = np.linspace(2000.0, 1000.0, 4000)
    counted = rng.poisson(mean).astype(float)
    assert variance_of(counted, counted=True).mean() == pytest.approx(mean.mean(), rel=0.01)
    # A gain of 50 a count: the variance is 50 times the intensity.
    assert variance_of(50.0 * counted, counted=False).mean() == pytest.approx(2500.0 * mean.mean(), rel=0.15)

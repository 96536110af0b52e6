"""Laws of axes, onsets, tables, zero-loss peaks, references, maps, pages and of the virtual spectrometer."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import loss_files
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from topotaxy.errors import InputError
from topotaxy.measurement.energy_loss import EnergyLossOptions, LossRecord, LossSpectrometer
from topotaxy.measurement.energy_loss.background import extrapolated, two_areas, windows
from topotaxy.measurement.energy_loss.combination import combined
from topotaxy.measurement.energy_loss.edges import Edge, edges_in, inside, known_edges
from topotaxy.measurement.energy_loss.imposed import constant, is_imposed, line, shape, steps
from topotaxy.measurement.energy_loss.maps import edge_map
from topotaxy.measurement.energy_loss.observed import observed
from topotaxy.measurement.energy_loss.onset import first_maximum, half_rise
from topotaxy.measurement.energy_loss.probe import probe, recorded_edges, reduced_share, references
from topotaxy.measurement.energy_loss.record import variance_of
from topotaxy.measurement.energy_loss.references import LowLoss, read_any, references_in
from topotaxy.measurement.energy_loss.shown import shown
from topotaxy.measurement.energy_loss.zero_loss import alone, zero_loss
from topotaxy.specimen.builders import rock_salt

ENERGY = np.arange(700.0, 1000.0, 0.25)


def edge(element: str, name: str = "L3") -> Edge:
    return next(one for one in known_edges() if (one.element, one.name) == (element, name))


NICKEL = edge("Ni")


@given(st.floats(1.0, 6.0), st.floats(1e-3, 1e3))
def test_a_background_scales_with_its_spectrum(exponent: float, scale: float) -> None:
    law = 1e9 * ENERGY**-exponent
    found = two_areas(ENERGY, law, 720.0, 760.0)
    scaled = two_areas(ENERGY, scale * law, 720.0, 760.0)
    assert float(scaled[0]) == pytest.approx(float(found[0]), rel=1e-9)
    assert float(scaled[1]) == pytest.approx(scale * float(found[1]), rel=1e-9)


@given(st.floats(710.0, 800.0), st.floats(20.0, 80.0))
def test_windows_lie_before_the_edge_and_begin_with_the_whole(low: float, width: float) -> None:
    every = list(windows(low, low + width))
    assert every[0] == (low, low + width)
    assert all(low <= first < last <= low + width for first, last in every)
    assert len(set(every)) == len(every)


def test_edges_of_the_table_rise_and_partners_lie_above() -> None:
    energies = [one.energy for one in known_edges()]
    assert energies == sorted(energies)
    for one in known_edges():
        assert one.partner is None or 0.0 < one.partner - one.energy < 60.0
        assert one.end > one.energy


@pytest.mark.parametrize(
    ("element", "energy"), [("Mn", 640.0), ("Fe", 708.0), ("Co", 779.0), ("Ni", 855.0), ("Cu", 931.0)]
)
def test_l3_edges_lie_where_the_atlas_has_them(element: str, energy: float) -> None:
    """EELS Atlas (Ahn and Krivanek 1983), to what edges of metals and oxides differ by."""
    assert edge(element).energy == pytest.approx(energy, abs=3.0)


@pytest.mark.parametrize(("element", "has"), [("Ni", True), ("Cu", True), ("Zn", False)])
def test_white_lines_take_an_empty_3d_state(element: str, has: bool) -> None:
    assert edge(element).has_lines is has


def test_an_edge_is_inside_where_window_and_continuum_are() -> None:
    low, high = NICKEL.energy - 6.0 - 20.0, NICKEL.end + 12.0
    assert inside(NICKEL, np.array([low, high]), 40.0)
    assert not inside(NICKEL, np.array([low + 0.1, high]), 40.0)
    assert not inside(NICKEL, np.array([low, high - 0.1]), 40.0)


def made(element: str = "Ni", state: str = "oxide", height: float = 0.5, level: float = 1e6) -> np.ndarray:
    law = (ENERGY / 700.0) ** -3.0
    at = float((edge(element).energy / 700.0) ** -3.0)
    return level * (law + height * at * shape(ENERGY, edge(element), state))  # type: ignore[arg-type]


@pytest.mark.parametrize("element", ["Co", "Ni"])
def test_an_edge_that_is_there_is_found_and_no_other(element: str) -> None:
    total = np.random.default_rng(2).poisson(made(element)).astype(float)
    seen = edges_in(ENERGY, total, total, elements=(), width=40.0)
    assert [one.element for one in seen] == [element]


def test_stated_elements_are_taken_where_they_fit() -> None:
    seen = edges_in(ENERGY, made(), made(), elements=("Ni", "O"), width=40.0)
    assert {one.element for one in seen} == {"Ni"}


@settings(max_examples=12)
@given(st.floats(-4.0, 4.0))
def test_an_onset_moves_with_its_axis(shift: float) -> None:
    plain = half_rise(ENERGY, made(), made(), NICKEL, width=40.0)
    moved = half_rise(ENERGY + shift, made(), made(), NICKEL, width=40.0)
    assert plain is not None
    assert moved is not None
    assert moved.energy - plain.energy == pytest.approx(shift, abs=0.15)


def test_an_onset_does_not_depend_on_the_dose_and_its_error_falls_with_it() -> None:
    found = [half_rise(ENERGY, made(level=n), made(level=n), NICKEL, width=40.0) for n in (1e5, 1e7)]
    assert found[0] is not None
    assert found[1] is not None
    assert found[0].energy == pytest.approx(found[1].energy, abs=1e-6)
    assert found[0].uncertainty == pytest.approx(10.0 * found[1].uncertainty, rel=1e-6)


def test_noise_alone_has_no_onset() -> None:
    total = np.random.default_rng(3).poisson(1e4 * (ENERGY / 700.0) ** -3.0).astype(float)
    found = half_rise(ENERGY, total, total, NICKEL, width=40.0)
    assert found is None or found.spread > 0.0


def test_the_first_of_two_maxima_is_taken_where_it_is_high_enough() -> None:
    x = np.arange(100.0)
    near = np.arange(5, 95)
    two = [np.exp(-0.5 * ((x - at) / 4.0) ** 2) for at in (30.0, 70.0)]
    assert first_maximum(0.7 * two[0] + two[1], near) == 30
    assert first_maximum(0.3 * two[0] + two[1], near) == 70


@given(st.floats(700.0, 900.0), st.floats(0.5, 4.0))
def test_steps_rise_once_to_each_plateau(first: float, width: float) -> None:
    x = np.arange(first - 60.0, first + 120.0, 0.5)
    flat = steps(x, first, first + 40.0, width) * np.where(x > first, (x / first) ** constant("fall"), 1.0)
    assert (np.diff(flat) > -1e-9).all()
    assert flat[0] == pytest.approx(0.0, abs=1e-6)
    assert flat[-1] == pytest.approx(1.0, abs=1e-6)


@given(st.floats(-5.0, 5.0), st.floats(0.5, 5.0))
def test_a_line_is_symmetric_and_as_high_as_its_width_says(at: float, width: float) -> None:
    x = np.linspace(-8.0, 8.0, 161)
    values = line(at + x, at, width)
    np.testing.assert_allclose(values, values[::-1], rtol=1e-9)
    assert values.max() * width == pytest.approx(float(line(np.array([0.0]), 0.0, 1.0)[0]), rel=1e-9)


@pytest.mark.parametrize("element", ["Mn", "Fe", "Co", "Ni", "Cu"])
def test_imposed_edges_move_with_the_state_and_blur_with_the_spectrometer(element: str) -> None:
    one = edge(element)
    x = np.arange(one.energy - 40.0, one.end + 20.0, 0.05)
    assert is_imposed(element)
    for state in ("metal", "oxide"):
        sharp, blurred = (shape(x, one, state, resolution=r) for r in (0.3, 3.0))  # type: ignore[arg-type]
        assert sharp.max() > blurred.max()
        assert sharp[-1] == pytest.approx(blurred[-1], rel=0.1)


def test_an_element_that_is_not_imposed_has_no_shape() -> None:
    assert not is_imposed("O")
    with pytest.raises(KeyError):
        shape(ENERGY, replace(NICKEL, element="O"), "oxide")


def peak_at(at: float, width: float) -> tuple[np.ndarray, np.ndarray]:
    x = np.arange(-20.0, 60.0, 0.1)
    return x, 1e5 * np.exp(-4.0 * np.log(2.0) * ((x - at) / width) ** 2) + 1.0


@given(st.floats(-5.0, 5.0), st.floats(0.4, 2.0))
def test_a_zero_loss_peak_has_its_place_and_width(at: float, width: float) -> None:
    found = zero_loss(*peak_at(at, width))
    assert found is not None
    assert found.position == pytest.approx(at, abs=0.01)
    assert found.width == pytest.approx(width, rel=0.05)
    assert found.end > at


def test_a_peak_alone_holds_the_peak_and_nothing_behind_it() -> None:
    energy, total = peak_at(0.0, 1.0)
    total = total + np.where(energy > 8.0, 500.0, 0.0)
    peak = zero_loss(energy, total)
    assert peak is not None
    left = alone(energy, total, peak)
    assert left[energy > peak.end].sum() == 0.0
    assert left.sum() == pytest.approx(total[energy < 3.0].sum(), rel=0.01)
    assert (left <= total + 1e-9).all()


@pytest.mark.parametrize("end", ["first", "last"])
def test_a_maximum_at_an_end_of_the_range_is_no_peak(end: str) -> None:
    x = np.arange(0.0, 50.0, 0.1)
    falling = np.exp(-x / 5.0)
    assert zero_loss(x, falling if end == "first" else falling[::-1]) is None


@given(st.floats(1.0, 100.0))
def test_the_gain_of_a_camera_scales_its_variance(gain: float) -> None:
    """Of g times counts the variance is g² times theirs, found from the scatter: to 15 % at 1200 channels."""
    counts = np.random.default_rng(4).poisson(500.0, 1200).astype(float)
    plain, scaled = (variance_of(k * counts, counted=False) for k in (1.0, gain))
    np.testing.assert_allclose(scaled, gain**2 * plain, rtol=1e-6)
    assert plain.mean() == pytest.approx(500.0, rel=0.15)


def test_a_record_sums_its_pixels() -> None:
    image = np.random.default_rng(5).poisson(4.0, (3, 2, 64)).astype(float)
    one = LossRecord(energy=np.arange(64.0), counts=image, source="s", format="f")
    assert one.total == pytest.approx(image.reshape(6, 64).sum(axis=0))
    assert not one.reaches_zero
    assert replace(one, energy=np.arange(64.0) - 10.0).reaches_zero


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_a_combination_without_noise_gives_the_share(share: float) -> None:
    """To 0.004: the two power laws lie on either side of the one that is there."""
    metal, oxide = (
        lambda x, s=state: shape(np.asarray(x, dtype=float), NICKEL, s)  # type: ignore[misc,arg-type]
        for state in ("metal", "oxide")
    )
    law = (ENERGY / 700.0) ** -3.0
    total = 1e7 * (law + 0.5 * (share * metal(ENERGY) + (1.0 - share) * oxide(ENERGY)))
    found = combined(ENERGY, total, total, NICKEL, metal, oxide, width=40.0)
    assert found.share == pytest.approx(share, abs=4e-3)
    assert found.offset == pytest.approx(0.0, abs=5e-3)


def test_a_map_of_equal_pixels_has_one_share_and_the_sum_of_its_intensity() -> None:
    metal, oxide = (
        lambda x, s=state: shape(np.asarray(x, dtype=float), NICKEL, s)  # type: ignore[misc,arg-type]
        for state in ("metal", "oxide")
    )
    one = 1e5 * ((ENERGY / 700.0) ** -3.0 + 0.5 * (0.4 * metal(ENERGY) + 0.6 * oxide(ENERGY)))
    image = np.broadcast_to(one, (2, 3, len(ENERGY))).copy()
    whole = combined(ENERGY, 6.0 * one, 6.0 * one, NICKEL, metal, oxide, width=40.0)
    found = edge_map(ENERGY, image, NICKEL, width=40.0, whole=whole, shapes=(metal, oxide))
    assert found.share is not None
    np.testing.assert_allclose(found.share, 0.4, atol=5e-3)
    np.testing.assert_allclose(found.intensity, found.intensity[0, 0])
    bare = edge_map(ENERGY, image, NICKEL, width=40.0, whole=None, shapes=None)
    assert bare.share is None
    np.testing.assert_array_equal(bare.intensity, found.intensity)


def test_a_pixel_without_the_edge_has_no_share() -> None:
    metal, oxide = (
        lambda x, s=state: shape(np.asarray(x, dtype=float), NICKEL, s)  # type: ignore[misc,arg-type]
        for state in ("metal", "oxide")
    )
    law = 1e5 * (ENERGY / 700.0) ** -3.0
    image = np.stack([law, law + 5e4 * oxide(ENERGY)])[None]
    whole = combined(ENERGY, image.sum((0, 1)), image.sum((0, 1)), NICKEL, metal, oxide, width=40.0)
    found = edge_map(ENERGY, image, NICKEL, width=40.0, whole=whole, shapes=(metal, oxide))
    assert found.share is not None
    assert np.isnan(found.share[0, 0])
    assert found.share[0, 1] == pytest.approx(0.0, abs=0.02)


def half_reduced(formula: str = "Ni0.5Mg0.5O"):
    host = rock_salt(formula, 4, seed=2)
    valences = host.valences.copy()
    nickel = np.flatnonzero(host.is_element("Ni"))
    valences[nickel[::2]] = 0.0
    return replace(host, valences=valences)


def test_the_share_of_a_specimen_is_that_of_its_atoms() -> None:
    host = half_reduced()
    nickel = int(host.is_element("Ni").sum())
    assert reduced_share([host], "Ni") == pytest.approx(-(-nickel // 2) / nickel)
    pristine = rock_salt("Ni0.5Mg0.5O", 4, seed=2)
    assert reduced_share([host, pristine], "Ni") == pytest.approx(0.5 * reduced_share([host], "Ni"))
    with pytest.raises(InputError, match="holds no Cu"):
        reduced_share([host], "Cu")


def test_recorded_edges_begin_within_the_range() -> None:
    spectrometer = LossSpectrometer(range_start=800.0, range_end=1000.0)
    found = recorded_edges(("Co", "Ni", "Cu", "O"), spectrometer)
    assert {one.element for one in found} == {"Ni", "Cu"}


def test_a_specimen_without_an_edge_in_the_range_is_refused() -> None:
    with pytest.raises(InputError, match="no element with an L edge"):
        probe([rock_salt("MgO", 3, seed=1)], LossSpectrometer(), np.random.default_rng(1))
    with pytest.raises(InputError, match="no imposed edge of Mg"):
        references("Mg", LossSpectrometer())


def test_a_scan_holds_what_one_spectrum_does() -> None:
    """Counts of a scan of four pixels, with four times the dose, are those of one: 5 standard deviations."""
    host = half_reduced()
    plain = LossSpectrometer(axis_drift=0.0, background_counts=1e4)
    one = probe([host], plain, np.random.default_rng(1))[0]
    scan = probe([host], plain.model_copy(update={"scan_pixels": 2}), np.random.default_rng(2))[0]
    assert scan.counts.shape[:2] == (2, 2)
    assert scan.pixel is not None
    total = one.total.sum()
    assert abs(scan.total.sum() / 4.0 - total) < 5.0 * np.sqrt(total * 1.25)


def test_the_virtual_spectrometer_repeats_with_its_generator() -> None:
    made = [
        probe([half_reduced()], LossSpectrometer(), np.random.default_rng(k))[0].counts for k in (1, 1, 2)
    ]
    assert np.array_equal(made[0], made[1])
    assert not np.array_equal(made[0], made[2])


@pytest.mark.parametrize(
    "fields",
    [{"scan_pixels": 0}, {"scan_pixels": 1000}, {"range_end": 701.0}, {"channel_width": 1e-3}],
)
def test_a_spectrometer_that_cannot_be_is_refused(fields: dict) -> None:
    with pytest.raises(ValidationError):
        LossSpectrometer(**fields)


@pytest.mark.parametrize("width", [1.0, 500.0])
def test_a_background_window_has_bounds(width: float) -> None:
    with pytest.raises(ValidationError, match="from 10 to 200 eV"):
        EnergyLossOptions(background_width=width)


def test_references_say_what_is_lacking(tmp_path: Path) -> None:
    metal, _ = references("Ni", loss_files.SPECTROMETER)
    path = loss_files.hyperspy(tmp_path, metal)
    found = references_in(EnergyLossOptions(loss_metals=(path,)))
    assert found.of(NICKEL) is None
    assert "reference of the metal alone" in found.lacks(NICKEL)
    assert "--loss-metals" in found.lacks(edge("Co"))
    assert found.white_lines(NICKEL) is None
    imposed = references_in(EnergyLossOptions(imposed_references=True)).of(NICKEL)
    assert imposed is not None
    assert imposed.imposed


def test_files_of_no_spectrum_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("hello", encoding="utf-8")
    with pytest.raises(InputError, match="no energy-loss spectrum of a known format"):
        read_any(path)
    with pytest.raises(InputError, match="cannot be read"):
        read_any(tmp_path / "nosuch")


def test_without_losses_an_edge_stays_as_it_is() -> None:
    """A low-loss spectrum of the zero-loss peak alone takes nothing away, to its area."""
    energy, total = peak_at(0.0, 1.0)
    peak = zero_loss(energy, total - 1.0 + 1e-9)
    assert peak is not None
    spectrum = made()
    single = LowLoss(energy=energy, total=total - 1.0, peak=peak).single(ENERGY, spectrum, NICKEL, 40.0)
    high = NICKEL.energy - 6.0
    under = extrapolated(ENERGY, spectrum, high - 40.0, high)
    behind = (NICKEL.end < ENERGY) & (NICKEL.end + 40.0 > ENERGY)
    np.testing.assert_array_equal(single[high >= ENERGY], spectrum[high >= ENERGY])
    assert (single - under)[behind].mean() == pytest.approx((spectrum - under)[behind].mean(), rel=0.02)


def test_a_page_names_edges_and_draws_maps_with_their_errors() -> None:
    spectrometer = LossSpectrometer(
        range_start=780.0, range_end=940.0, scan_pixels=3, background_counts=2e5, axis_drift=0.0
    )
    (one,) = probe([half_reduced()], spectrometer, np.random.default_rng(3))
    options = EnergyLossOptions(loss_elements=("Ni",), imposed_references=True)
    found = observed([one], options)
    sections = shown([one], found)
    assert [section.anchor for section in sections][:2] == ["losses", "loss-maps"]
    titles = [panel.title for part in sections[1].parts for panel in part.panels]  # type: ignore[union-attr]
    assert any("metal share, each pixel ±" in title for title in titles)
    text = sections[0].parts[0].text  # type: ignore[union-attr]
    assert "metal share" in text


def test_a_page_of_nothing_says_so() -> None:
    flat = replace(loss_files.record(), counts=np.full(640, 1000.0))
    found = observed([flat], EnergyLossOptions())
    assert "No edge and no zero-loss peak" in shown([flat], found)[0].parts[0].text  # type: ignore[union-attr]


def test_the_dataset_holds_spectra_fits_and_their_units() -> None:
    one = loss_files.record()
    tree = observed([one], EnergyLossOptions(loss_elements=("Ni",), imposed_references=True)).dataset
    assert tree["record_0"].attrs["source"] == "made"
    np.testing.assert_array_equal(tree["record_0"]["intensity"].values, one.counts)
    fit = tree["record_0/Ni_L3"]
    parts = fit["metal"] + fit["oxide"] + fit["background"]
    np.testing.assert_allclose(parts.values, fit["fit"].values)
    assert fit["energy_loss"].attrs["units"] == "eV"


def test_a_stated_shift_moves_the_edge() -> None:
    one = loss_files.record()
    moved = [
        next(
            o.value
            for o in observed([one], EnergyLossOptions(loss_elements=("Ni",), loss_axis_shift=s)).observables
            if o.quantity == "edge_energy"
        )
        for s in (0.0, 1.5)
    ]
    assert moved[0] - moved[1] == pytest.approx(1.5, abs=0.15)

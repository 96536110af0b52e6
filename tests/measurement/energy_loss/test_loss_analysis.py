"""What an analysis of energy loss keeps whatever the file, the dose, the pixels or the order of records."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import loss_files
import numpy as np
import pytest

from topotaxy.errors import InputError
from topotaxy.measurement.energy_loss import TECHNIQUE, EnergyLossOptions, LossRecord
from topotaxy.measurement.energy_loss.combination import combined, reference_of
from topotaxy.measurement.energy_loss.edges import Edge, known_edges
from topotaxy.measurement.energy_loss.imposed import constant, line, shape, steps
from topotaxy.measurement.energy_loss.observed import LARGEST_MAP, observed
from topotaxy.measurement.energy_loss.probe import references
from topotaxy.measurement.energy_loss.white_lines import white_lines
from topotaxy.measurement.energy_loss.zero_loss import single_scattering, without_plural, zero_loss

NICKEL = next(one for one in known_edges() if one.element == "Ni")
IMPOSED = EnergyLossOptions(loss_elements=("Ni",), imposed_references=True)
ENERGY = np.arange(780.0, 940.0, 0.25)


def numbers(record: LossRecord, options: EnergyLossOptions = IMPOSED) -> dict[str, float]:
    return {o.quantity: o.value for o in observed([record], options).observables}


@pytest.mark.parametrize("name", sorted(loss_files.EVERY))
def test_every_format_gives_the_spectrum_that_was_written(tmp_path: Path, name: str) -> None:
    one = loss_files.record()
    path = loss_files.EVERY[name](tmp_path, one)
    (format,) = [each for each in TECHNIQUE.formats() if each.name == name]
    assert format.recognises(path.read_bytes()[:65536], path)
    (again,) = format.read(path, None)
    np.testing.assert_array_equal(again.total, one.total)
    np.testing.assert_allclose(again.energy, one.energy, atol=1e-9)
    assert again.format == name
    others = [each for each in TECHNIQUE.formats() if each.name != name]
    assert not any(each.recognises(path.read_bytes()[:65536], path) for each in others)


@pytest.mark.parametrize("name", sorted(loss_files.EVERY))
def test_a_file_that_is_cut_or_of_another_kind_is_refused(tmp_path: Path, name: str) -> None:
    path = loss_files.EVERY[name](tmp_path, loss_files.record())
    (format,) = [each for each in TECHNIQUE.formats() if each.name == name]
    data = path.read_bytes()
    for kept in (0, 8, len(data) // 3):
        cut = tmp_path / f"cut-{kept}{path.suffix}"
        cut.write_bytes(data[:kept])
        with pytest.raises(InputError) as refused:
            format.read(cut, None)
        assert "\n" not in str(refused.value)


def test_records_do_not_depend_on_those_beside_them() -> None:
    two = [replace(loss_files.record(share=s, seed=k), source=f"s{k}") for k, s in enumerate((0.2, 0.8))]
    together = observed(two, IMPOSED).observables
    for one in two:
        alone = {o.quantity: o.value for o in observed([one], IMPOSED).observables}
        assert {o.quantity: o.value for o in together if o.source == one.source} == alone


def test_a_backward_order_of_records_gives_the_same_numbers() -> None:
    two = [replace(loss_files.record(seed=k), source=f"s{k}") for k in (1, 2)]
    found = [
        {(o.source, o.quantity): o.value for o in observed(some, IMPOSED).observables}
        for some in (two, two[::-1])
    ]
    assert found[0] == found[1]


def test_intensities_of_a_camera_give_the_share_of_counts() -> None:
    """Of 37 times the counts, not known to be counts: the same share within 3 of its own deviations."""
    one = loss_files.record(share=0.4)
    plain = observed([one], IMPOSED).observables
    scaled = observed([replace(one, counts=37.0 * one.counts, counted=False)], IMPOSED)
    shares = [
        next(o for o in some if o.quantity == "reduced_fraction") for some in (plain, scaled.observables)
    ]
    assert abs(shares[0].value - shares[1].value) < 3.0 * (shares[0].uncertainty or 0.0)
    assert any("not in counts" in remark for remark in scaled.remarks)


def test_more_counts_narrow_the_share_as_their_root() -> None:
    errors = []
    for level in (1e5, 1.6e6):
        (share,) = [
            o
            for o in observed([loss_files.record(level=level)], IMPOSED).observables
            if o.quantity == "reduced_fraction"
        ]
        errors.append(share.uncertainty or 0.0)
    assert errors[0] / errors[1] == pytest.approx(4.0, rel=0.2)


def test_stated_deviations_are_those_of_many_draws() -> None:
    """Of 25 draws the shares scatter as is stated, to 50 % (3.5 standard deviations of a deviation)."""
    metal, oxide = (reference_of(r, NICKEL, 40.0) for r in references("Ni", loss_files.SPECTROMETER))
    shares, stated = [], []
    for seed in range(25):
        one = loss_files.record(share=0.5, seed=seed)
        found = combined(one.energy, one.total, one.variance, NICKEL, metal, oxide, width=40.0)
        shares.append(found.share)
        stated.append(found.share_uncertainty)
    assert np.std(shares, ddof=1) == pytest.approx(np.mean(stated), rel=0.5)
    assert np.mean(shares) == pytest.approx(0.5, abs=5.0 * np.mean(stated) / 5.0 + 0.003)


@pytest.mark.parametrize("share", [0.1, 0.6])
def test_metal_and_oxide_change_places_with_their_names(share: float) -> None:
    one = loss_files.record(share=share, seed=4)
    metal, oxide = (reference_of(r, NICKEL, 40.0) for r in references("Ni", loss_files.SPECTROMETER))
    given = (one.energy, one.total, one.variance, NICKEL)
    first, other = combined(*given, metal, oxide, width=40.0), combined(*given, oxide, metal, width=40.0)
    assert first.share + other.share == pytest.approx(1.0, abs=1e-4)
    assert first.chi_square == pytest.approx(other.chi_square, rel=1e-5)


def test_a_reference_of_itself_has_its_continuum_at_one_and_nothing_before_the_edge() -> None:
    metal, _ = references("Ni", loss_files.SPECTROMETER)
    found = reference_of(metal, NICKEL, 40.0)
    tail = found(np.arange(NICKEL.end, NICKEL.end + 12.0, 0.25))
    assert tail.mean() == pytest.approx(1.0, abs=0.02)
    assert np.abs(found(np.arange(NICKEL.energy - 25.0, NICKEL.energy - 12.0, 0.25))).max() < 0.02
    # Beyond the spectrum nothing is known of it.
    assert found(np.array([0.0, 5000.0])).tolist() == [0.0, 0.0]


def edge_of(third: float, second: float, level: float = 3e5) -> np.ndarray:
    law = 1e6 * (ENERGY / 850.0) ** -3.0
    lift = constant("step_width")
    lines = third * line(ENERGY, 853.5, 2.0) + second * line(ENERGY, 870.8, 2.4)
    return law + level * (steps(ENERGY, 853.5, 870.8, lift) + lines)


@pytest.mark.parametrize(("third", "second"), [(2.0, 1.0), (4.0, 1.0), (6.0, 3.0)])
def test_white_lines_come_back_with_their_ratio(third: float, second: float) -> None:
    total = edge_of(third, second)
    found = white_lines(ENERGY, total, total, NICKEL, width=40.0, rng=np.random.default_rng(1))
    assert found is not None
    width = np.hypot(found.ratio_uncertainty, found.ratio_spread)
    assert abs(found.ratio - third / second) < 4.5 * width + 0.03 * third / second
    assert found.intensity == pytest.approx(third + second, rel=0.08)


def test_white_lines_do_not_depend_on_the_dose() -> None:
    found = [
        white_lines(
            ENERGY,
            k * edge_of(5.0, 2.0),
            k * edge_of(5.0, 2.0),
            NICKEL,
            width=40.0,
            rng=np.random.default_rng(1),
        )
        for k in (1.0, 25.0)
    ]
    assert found[0] is not None
    assert found[1] is not None
    assert found[0].ratio == pytest.approx(found[1].ratio, rel=1e-3)
    assert found[0].ratio_uncertainty == pytest.approx(5.0 * found[1].ratio_uncertainty, rel=0.05)


def test_no_step_has_no_white_lines() -> None:
    law = 1e6 * (ENERGY / 850.0) ** -3.0
    falling = law * (1.0 - 0.05 * (ENERGY > 850.0))
    assert white_lines(ENERGY, falling, law, NICKEL, width=40.0, rng=np.random.default_rng(1)) is None


def image(pixels: int, channels: int = 160) -> LossRecord:
    energy = np.arange(780.0, 780.0 + channels, 1.0)
    spectrum = 50.0 * (energy / 780.0) ** -3.0 + 20.0 * shape(energy, NICKEL, "oxide")
    counts = np.random.default_rng(3).poisson(np.broadcast_to(spectrum, (pixels, pixels, channels)))
    return LossRecord(energy=energy, counts=counts.astype(float), source="image", format="made")


def test_a_map_has_the_pixels_of_its_image_and_a_large_one_those_of_blocks() -> None:
    small = image(6)
    (seen,) = observed([small], IMPOSED).details[0].edges
    assert seen.map.intensity.shape == (6, 6)
    large = image(round(LARGEST_MAP**0.5) + 2)
    (seen,) = observed([large], IMPOSED).details[0].edges
    assert seen.map.intensity.size <= LARGEST_MAP
    assert seen.map.intensity.shape[0] == large.counts.shape[0] // 2


def test_the_image_and_its_sum_have_one_share() -> None:
    one = image(8)
    whole = replace(one, counts=one.total)
    assert numbers(one)["reduced_fraction"] == numbers(whole)["reduced_fraction"]


def low(thickness: float) -> tuple[np.ndarray, np.ndarray]:
    """Zero-loss peak and Poisson orders of a plasmon at 20 eV, by hand up to the fifth."""
    energy = np.arange(-10.0, 200.0, 0.2)
    total = np.zeros(len(energy))
    factor = np.exp(-thickness)
    for order in range(6):
        total += factor * line(energy, 20.0 * order, 0.8 if order == 0 else 4.0 * order**0.5)
        factor *= thickness / (order + 1)
    return energy, 1e6 * total


@pytest.mark.parametrize("thickness", [0.2, 0.6, 1.0])
def test_thickness_is_the_mean_number_of_losses(thickness: float) -> None:
    """Tails of the peak beyond its end count as losses: 0.05 of them, an allowance."""
    peak = zero_loss(*low(thickness))
    assert peak is not None
    assert peak.thickness == pytest.approx(thickness, abs=0.05)


def test_what_has_no_losses_loses_nothing() -> None:
    energy, total = low(1e-3)
    peak = zero_loss(energy, total)
    assert peak is not None
    single = single_scattering(energy, total, peak)
    assert abs(single.sum()) < 0.1 * total.sum()


@pytest.mark.parametrize("resolution", [1.0, 2.0])
def test_single_scattering_has_the_resolution_that_is_asked_for(resolution: float) -> None:
    energy, total = low(0.5)
    peak = zero_loss(energy, total)
    assert peak is not None
    core = np.zeros(400)
    core[200] = 1.0
    sharp = without_plural(core, energy, total, peak, 0.2, resolution=resolution)
    # A single channel becomes the Gaussian; ahead of it there is nothing.
    assert np.abs(sharp[:150]).max() < 0.1 * sharp.max()


def test_an_unknown_element_is_said_to_have_no_edge_here() -> None:
    found = observed([loss_files.record()], EnergyLossOptions(loss_elements=("Fe",)))
    assert not found.observables
    assert "elements that are stated" in found.absent["made"]["edge_energy"]


def test_beams_are_stated_with_the_numbers() -> None:
    one = replace(loss_files.record(), beam_energy=2e5)
    assert all(o.conditions.radiation == "electron, 200 keV" for o in observed([one], IMPOSED).observables)


def test_an_edge_without_a_partner_has_its_end_behind_itself() -> None:
    oxygen = Edge(element="O", name="K", energy=532.0, partner=None)
    assert oxygen.end == 540.0
    assert not oxygen.has_lines

"""Laws of lines, fits, compositions, segregation and maps."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import numpy as np
import pytest
import spectrum_image_files as made
import x_ray_files
from scipy import ndimage
from scipy.stats import binom

from topotaxy.errors import InputError
from topotaxy.measurement.energy_dispersive import EnergyDispersiveOptions, XRayDetector
from topotaxy.measurement.energy_dispersive.composition import among, composition, measured_lines
from topotaxy.measurement.energy_dispersive.fit import fitted, windowed
from topotaxy.measurement.energy_dispersive.formats import velox_emd
from topotaxy.measurement.energy_dispersive.lines import (
    MN_KA,
    atomic_mass,
    families_of,
    known_families,
    profile,
    whole_families,
    width_at,
)
from topotaxy.measurement.energy_dispersive.maps import estimators
from topotaxy.measurement.energy_dispersive.observed import observed
from topotaxy.measurement.energy_dispersive.probe import index_of, probe
from topotaxy.measurement.energy_dispersive.segregation import (
    Events,
    random_alloy_index,
    segregation,
)
from topotaxy.specimen.builders import rock_salt

ELEMENTS = 5


def family(element: str, name: str):
    return next(one for one in known_families() if (one.element, one.name) == (element, name))


def test_shares_of_a_family_are_all_of_it() -> None:
    for one in (*known_families(), *whole_families()):
        assert sum(one.shares) == pytest.approx(1.0)
        assert 0.0 < one.main_share <= 1.0 + 1e-9


@pytest.mark.parametrize(
    ("element", "name", "energy"),
    [("Na", "K", 1041.0), ("Zn", "L", 1011.7), ("Fe", "K", 6403.9), ("Pt", "L", 9442.3), ("O", "K", 524.9)],
)
def test_main_lines_lie_where_the_x_ray_data_booklet_has_them(element: str, name: str, energy: float) -> None:
    """Thompson et al., X-ray Data Booklet (2009), table 1-2; the table's are differences of levels."""
    assert family(element, name).main == pytest.approx(energy, abs=2.0)


def test_lines_of_sodium_and_zinc_are_closer_than_a_detector_is_wide() -> None:
    gap = abs(family("Na", "K").main - family("Zn", "L").main)
    assert gap < 0.5 * float(width_at(1040.0, 130.0))


def test_the_width_at_manganese_is_the_resolution() -> None:
    assert float(width_at(MN_KA, 130.0)) == pytest.approx(130.0)
    assert float(width_at(1000.0, 130.0)) < float(width_at(8000.0, 130.0))


def test_a_profile_holds_every_photon() -> None:
    energy = np.arange(0.0, 12_000.0, 10.0)
    for one in families_of(["Co", "Zn", "Pt"], 500.0, 10_000.0):
        assert profile(one, energy, 130.0).sum() == pytest.approx(1.0, abs=1e-6)


def test_a_fit_gives_photons_and_axis_back() -> None:
    energy = np.arange(-200.0, 10_500.0, 10.0)
    rng = np.random.default_rng(2)
    truth = {
        ("Fe", "K"): 8000.0,
        ("Fe", "L"): 3000.0,
        ("Na", "K"): 2000.0,
        ("Zn", "L"): 6000.0,
        ("Zn", "K"): 9000.0,
    }
    mean = 3e4 / np.maximum(energy, 200.0)
    moved = energy + 6.0 + 0.001 * (energy - 1000.0)
    for (element, name), count in truth.items():
        mean = mean + count * profile(family(element, name), moved, 128.0)
    fit = fitted(
        energy, rng.poisson(mean).astype(float), elements=("Fe", "Na", "Zn"), beam_energy=2e5, resolution=None
    )
    assert fit.shift == pytest.approx(6.0, abs=1.5)
    assert fit.resolution == pytest.approx(128.0, abs=2.5)
    assert 0.8 < fit.chi_square < 1.2
    for n, one in enumerate(fit.families):
        wanted = truth.get((one.element, one.name), 0.0)
        # Five standard deviations: a risk of 6e-7 for each family. One at zero cannot go below.
        assert abs(fit.counts[n] - wanted) < 5.0 * float(np.sqrt(fit.covariance[n, n])) + 1.0, one.text


def test_elements_of_a_specimen_are_found_unasked() -> None:
    found = observed([x_ray_files.record()], EnergyDispersiveOptions())
    assert {line.family.element for line in found.details[0].lines} == {"O", *x_ray_files.CATIONS}


def test_cliff_lorimer_is_the_ratio_of_k_times_intensity() -> None:
    one = x_ray_files.record("Ni0.5Mg0.5O")
    fit = fitted(one.energy, one.total, elements=("Ni", "Mg"), beam_energy=2e5, resolution=130.0)
    stated = {("Ni", "K"): 1.6, ("Mg", "K"): 1.1}
    lines = measured_lines(fit, stated)
    found = composition(fit, lines)
    assert found is not None
    assert set(found.elements) == {"Ni", "Mg"}
    by = {line.family.element: line for line in lines}
    amounts = {
        element: k * by[element].intensity / atomic_mass(element) for (element, _), k in stated.items()
    }
    n = found.elements.index("Ni")
    assert found.fractions[n] == pytest.approx(amounts["Ni"] / sum(amounts.values()))
    assert found.factors.max() == 0.0
    # What one fraction gains the other loses.
    np.testing.assert_allclose(found.counting.sum(axis=0), 0.0, atol=1e-12)


def test_a_sublattice_sums_to_one() -> None:
    one = x_ray_files.record()
    fit = fitted(one.energy, one.total, elements=x_ray_files.CATIONS, beam_energy=2e5, resolution=130.0)
    whole = composition(fit, measured_lines(fit, {}))
    assert whole is not None
    sites = among(whole, x_ray_files.CATIONS)
    assert sites is not None
    assert sites.fractions.sum() == pytest.approx(1.0)
    np.testing.assert_allclose(sites.fractions, 0.2, atol=0.01)
    assert among(whole, ("Mg",)) is None


@pytest.mark.parametrize("text", ["Fe=1.4", "1.4", "Fe Ka", "Fe Xa=1"])
def test_a_factor_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expected an element"):
        EnergyDispersiveOptions(k_factors=(text,))


def test_windows_of_a_line_alone_hold_what_a_gaussian_holds() -> None:
    energy = np.arange(0.0, 10_000.0, 10.0)
    data = 1e5 * profile(family("Co", "K"), energy, 130.0) + 50.0
    fit = fitted(energy, data, elements=("Co",), beam_energy=2e5, resolution=130.0)
    one = windowed(fit, family("Co", "K"))
    # Within one full width to either side: erf of 2 sqrt(ln 2) of the main pair.
    assert one.counts == pytest.approx(1e5 * family("Co", "K").main_share * 0.9815, rel=0.02)
    assert one.foreign < 0.05


@pytest.mark.parametrize("by", ["fit", "window"])
def test_a_sodium_map_of_a_zinc_compound_is_flagged(by: str) -> None:
    """The zinc L line fills the sodium window, so that windows map sodium where there is none."""
    (one,) = probe(
        [rock_salt("ZnO", 4, seed=1)], XRayDetector(scan_pixels=8, x_rays=400.0), np.random.default_rng(3)
    )
    options = EnergyDispersiveOptions(x_ray_elements=("Na", "Zn"), line_intensity=by, null_maps=19)  # type: ignore[arg-type]
    found = observed([one], options)
    assert any("Zn La" in remark and "Na" in remark for remark in found.remarks)
    sodium = [o for o in found.observables if o.subject.element == "Na"]
    if by == "fit":
        assert not sodium
    else:
        assert not [o for o in sodium if o.quantity == "segregation_index"]
        assert "Zn La" in found.absent[one.source]["segregation_index"]


def test_sodium_beside_zinc_is_found_by_the_fit() -> None:
    host = rock_salt("ZnO", 4, seed=1)
    elements = host.elements.copy()
    zinc = np.flatnonzero(host.is_element("Zn"))
    elements[zinc[: len(zinc) // 2]] = "Na"
    (one,) = probe(
        [replace(host, elements=elements)], XRayDetector(scan_pixels=1, x_rays=2e5), np.random.default_rng(4)
    )
    found = observed([one], EnergyDispersiveOptions(x_ray_elements=("Na", "Zn"), sublattice=("Na", "Zn")))
    (share,) = [o for o in found.observables if (o.quantity, o.subject.element) == ("site_fraction", "Na")]
    assert share.value == pytest.approx(0.5, abs=4.5 * (share.uncertainty or 0.0))


def even(pixels: int, dose: float, rng: np.random.Generator, field: np.ndarray | None = None) -> Events:
    """A map of five elements by windows; the first is modulated by a field, the others make room."""
    places = np.arange(pixels**2)
    thickness = 1.0 + 0.3 * np.sin(places % pixels / 3.0)
    first = np.full(pixels**2, 1.0 / ELEMENTS) if field is None else (1.0 + field.ravel()) / ELEMENTS
    counts = [rng.poisson(ELEMENTS * dose * thickness * first)]
    rest = (1.0 - first) / (ELEMENTS - 1)
    counts += [rng.poisson(ELEMENTS * dose * thickness * rest) for _ in range(ELEMENTS - 1)]
    pixel = np.concatenate([np.repeat(places, n) for n in counts])
    channel = np.repeat(np.arange(ELEMENTS), [int(n.sum()) for n in counts])
    return Events(pixel=pixel, channel=channel, rows=pixels, columns=pixels)


def modulation(pixels: int, size: float, rng: np.random.Generator) -> np.ndarray:
    field = ndimage.gaussian_filter(rng.normal(size=(pixels, pixels)), 4.0, mode="wrap")
    return np.asarray(size * field / field.std())


FIRST, ALL = np.eye(ELEMENTS)[0], np.ones(ELEMENTS)


def test_an_even_map_is_called_uneven_as_often_as_the_level_says() -> None:
    """Thickness varies by 30 % and the composition does not: 5 % of the maps, within a risk of 1e-5."""
    rng = np.random.default_rng(11)
    tried = 300
    seen = 0
    for _ in range(tried):
        found = segregation(even(16, 4.0, rng), FIRST, ALL, rng=rng, permutations=19, trials=0)
        assert found is not None
        seen += found.seen
    assert binom.ppf(1e-5, tried, 0.05) <= seen <= binom.ppf(1.0 - 1e-5, tried, 0.05)


def test_a_modulation_of_a_tenth_at_ten_counts_a_pixel_is_found() -> None:
    """At a power of 0.95, fewer than 7 of 10 are found once in 15,000 times."""
    rng = np.random.default_rng(12)
    seen = 0
    for _ in range(10):
        events = even(64, 10.0, rng, modulation(64, 0.1, rng))
        found = segregation(events, FIRST, ALL, rng=rng, permutations=19, trials=0)
        assert found is not None
        seen += found.seen
        # The index is that of the map, not of an infinite one: its own field scatters by a few per cent.
        assert found.index == pytest.approx(0.1, abs=max(4.5 * found.uncertainty, 0.02))
    assert seen >= 7


def test_the_power_that_is_stated_is_high_where_it_should_be_and_low_where_not() -> None:
    rng = np.random.default_rng(13)
    good = segregation(even(64, 10.0, rng), FIRST, ALL, rng=rng, permutations=39, trials=20)
    poor = segregation(even(16, 0.5, rng), FIRST, ALL, rng=rng, permutations=39, trials=40)
    assert good is not None
    assert poor is not None
    assert good.power >= 0.75
    assert poor.power <= 0.5
    assert poor.upper > 0.1 > good.upper


def test_a_random_alloy_has_the_index_of_its_columns() -> None:
    rng = np.random.default_rng(14)
    atoms, share = 400, 0.2
    drawn = rng.binomial(atoms, share, size=200_000) / atoms
    assert drawn.std() / drawn.mean() == pytest.approx(random_alloy_index(share, atoms), rel=0.02)


def test_the_index_of_a_specimen_is_what_the_map_gives() -> None:
    """A random alloy in few pixels is uneven by itself; the map finds how much."""
    host = rock_salt(x_ray_files.FORMULA, 3, seed=2)
    detector = XRayDetector(scan_pixels=6, x_rays=800.0)
    (one,) = probe([host], detector, np.random.default_rng(5))
    options = EnergyDispersiveOptions(x_ray_elements=x_ray_files.CATIONS, null_maps=19)
    for entry in observed([one], options).observables:
        if entry.quantity == "segregation_index":
            truth = index_of(host, entry.subject.element, x_ray_files.CATIONS, detector)
            assert abs(entry.value - truth) < 4.5 * (entry.uncertainty or 0.0)


def test_the_linear_estimate_of_all_pixels_is_the_fit() -> None:
    one = x_ray_files.record()
    fit = fitted(one.energy, one.total, elements=x_ray_files.CATIONS, beam_energy=2e5, resolution=130.0)
    clear = fit.counts > 5.0 * np.sqrt(np.diag(fit.covariance))
    again = estimators(fit) @ fit.data
    np.testing.assert_allclose(again[clear], fit.counts[clear], rtol=0.02)


def test_a_map_that_is_no_counts_says_nothing_of_segregation() -> None:
    (one,) = probe(
        [rock_salt(x_ray_files.FORMULA, 3)],
        XRayDetector(scan_pixels=4, x_rays=500.0),
        np.random.default_rng(6),
    )
    smooth = replace(one, counted=False)
    found = observed([smooth], EnergyDispersiveOptions(x_ray_elements=x_ray_files.CATIONS))
    assert "not in counts" in found.absent[one.source]["segregation_index"]


def test_a_line_scan_crosses_a_step() -> None:
    host = rock_salt("Ni0.5Mg0.5O", 6, seed=2)
    elements = host.elements.copy()
    cations = host.is_element("Ni", "Mg")
    left = host.positions[:, 1] < 0.5 * host.box[1, 1]
    elements[cations & left], elements[cations & ~left] = "Ni", "Mg"
    (one,) = probe(
        [replace(host, elements=elements)],
        XRayDetector(scan_pixels=8, x_rays=2000.0),
        np.random.default_rng(7),
    )
    options = EnergyDispersiveOptions(
        x_ray_elements=("Ni", "Mg"), line_scan=(0.0, 0.5, 1.0, 0.5), null_maps=19
    )
    found = observed([one], options)
    scan = found.details[0].scan
    assert scan.unit == "nm"
    assert scan.distance[-1] < 0.1 * host.box[1, 1]
    nickel, magnesium = scan.counts["Ni"], scan.counts["Mg"]
    assert nickel[:3].sum() > 5.0 * max(nickel[4:7].sum(), 1.0)
    assert magnesium[4:7].sum() > 5.0 * max(magnesium[:3].sum(), 1.0)
    uneven = {o.subject.element: o for o in found.observables if o.quantity == "segregation_index"}
    assert uneven["Ni"].bound is None


def test_a_stream_puts_every_event_into_its_pixel(tmp_path: Path) -> None:
    events = [100, 101, 65535, 65535, 102, 65535, 103, 65535, 100, 65535]
    path = made.velox_stream(tmp_path / "stream.emd", events, 2, 2, 200)
    (one,) = velox_emd.FORMAT.read(path, None)
    assert one.counts.shape == (2, 2, 200)
    assert one.counts.sum() == 5.0
    # The fifth pixel is the first of the second frame.
    assert one.counts[0, 0, 100] == 2.0
    assert one.counts[1, 0, 102] == 1.0
    assert one.counts[1, 1, 103] == 1.0
    assert one.pixel == pytest.approx((2.0, 1.0))


def test_an_event_beyond_the_last_channel_is_refused(tmp_path: Path) -> None:
    path = made.velox_stream(tmp_path / "stream.emd", [10, 300, 65535], 2, 2, 200)
    with pytest.raises(InputError, match="beyond the last channel"):
        velox_emd.FORMAT.read(path, None)


def test_a_few_counts_are_absent_with_a_reason() -> None:
    one = x_ray_files.record()
    poor = replace(one, counts=np.where(np.arange(len(one.energy)) < 3, 1.0, 0.0))
    found = observed([poor], EnergyDispersiveOptions())
    assert not found.observables
    assert "hardly any" in found.absent["made"]["atomic_fraction"]


def test_a_film_of_carbonate_is_seen_as_sodium() -> None:
    host = rock_salt(x_ray_files.FORMULA, 5, seed=1)
    options = EnergyDispersiveOptions(x_ray_elements=(*x_ray_files.CATIONS, "Na"))
    seen = []
    for film in (0.0, 2.0):
        detector = XRayDetector(scan_pixels=1, x_rays=3e5, surface_film=film)
        (one,) = probe([host], detector, np.random.default_rng(8))
        found = observed([one], options).observables
        seen.append(
            sum(o.value for o in found if (o.quantity, o.subject.element) == ("atomic_fraction", "Na"))
        )
    assert seen[0] < 0.02 < seen[1]

"""Laws of lines, fits, compositions, maps, segregation, line scans, pages and of the virtual detector."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import numpy as np
import pytest
import x_ray_files
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from topotaxy.errors import InputError
from topotaxy.measurement.energy_dispersive import EnergyDispersiveOptions, XRayDetector, XRayRecord
from topotaxy.measurement.energy_dispersive.composition import Composition, among, composition, measured_lines
from topotaxy.measurement.energy_dispersive.fit import SpectrumFit, fitted, windowed
from topotaxy.measurement.energy_dispersive.line_scan import line_scan
from topotaxy.measurement.energy_dispersive.lines import (
    atomic_mass,
    families_of,
    k_factor,
    known_elements,
    known_families,
    profile,
    whole_families,
    width_at,
)
from topotaxy.measurement.energy_dispersive.maps import element_maps, estimators, says_by_window
from topotaxy.measurement.energy_dispersive.observed import observed
from topotaxy.measurement.energy_dispersive.probe import amounts, index_of, photons, probe, share_of
from topotaxy.measurement.energy_dispersive.segregation import (
    Events,
    events_of,
    random_alloy_index,
    segregation,
)
from topotaxy.measurement.energy_dispersive.shown import shown
from topotaxy.specimen.builders import rock_salt

ENERGY = np.arange(-200.0, 10_500.0, 10.0)
CATIONS = x_ray_files.CATIONS


def family(element: str, name: str = "K"):
    return next(one for one in known_families() if (one.element, one.name) == (element, name))


@pytest.fixture(scope="module")
def whole() -> tuple[XRayRecord, SpectrumFit]:
    one = x_ray_files.record()
    return one, fitted(one.energy, one.total, elements=CATIONS, beam_energy=2e5, resolution=130.0)


@pytest.mark.parametrize("elements", [("Mg", "Al", "Si"), ("Mn", "Fe", "Co", "Ni", "Cu", "Zn")])
def test_k_energies_rise_with_the_square_of_the_charge(elements: tuple[str, ...]) -> None:
    """Moseley: the root of Ka is a straight line in Z, to 3 parts in a thousand."""
    import periodictable

    numbers = [periodictable.elements.symbol(e).number for e in elements]
    roots = np.sqrt([family(e).main for e in elements])
    slope, start = np.polyfit(numbers, roots, 1)
    np.testing.assert_allclose(slope * np.array(numbers) + start, roots, rtol=3e-3)


def test_every_family_is_whole_and_its_main_line_is_one_of_its_own() -> None:
    for one in (*known_families(), *whole_families()):
        assert sum(one.shares) == pytest.approx(1.0)
        assert one.main in one.energies
        assert 0.0 < one.main_share <= 1.0
    assert len(known_elements()) == len(set(known_elements()))


def test_families_lie_between_the_energies_that_are_asked_for() -> None:
    assert families_of(("Ni",), 7000.0, 8000.0) == (family("Ni"),)
    assert families_of(("Ni",), 7500.0, 8000.0) == ()


@given(st.floats(80.0, 180.0), st.floats(200.0, 20_000.0))
def test_lines_broaden_with_energy_and_with_the_detector(resolution: float, energy: float) -> None:
    assert float(width_at(energy + 500.0, resolution)) >= float(width_at(energy, resolution))
    assert float(width_at(energy, resolution + 5.0)) >= float(width_at(energy, resolution))


@pytest.mark.parametrize("resolution", [90.0, 130.0, 180.0])
def test_a_profile_has_one_photon_and_its_mean_energy(resolution: float) -> None:
    for element in ("Na", "Ni", "Zn"):
        one = family(element)
        values = profile(one, ENERGY, resolution)
        assert values.sum() == pytest.approx(1.0, abs=1e-6)
        mean = float(np.dot(one.energies, one.shares))
        assert values @ ENERGY == pytest.approx(mean, abs=0.5)


@given(st.sampled_from(["Mg", "Co", "Ni", "Zn"]), st.floats(0.3, 5.0))
def test_a_stated_factor_goes_before_the_estimates(element: str, value: float) -> None:
    stated = {(element, "K"): value}
    found = k_factor(family(element), stated)
    assert found is not None
    assert (found.value, found.spread, found.stated) == (value, 0.0, True)
    assert k_factor(family("Fe"), stated) is None
    estimated = k_factor(family("Fe"), {})
    assert estimated is not None
    assert estimated.spread > 0.0


@settings(max_examples=8)
@given(st.integers(2, 40))
def test_photons_scale_with_the_dose(whole, times: int) -> None:
    """A spectrum of n times the counts has n times the photons."""
    one, first = whole
    fit = fitted(one.energy, times * one.total, elements=CATIONS, beam_energy=2e5, resolution=130.0)
    clear = first.counts > 10.0 * np.sqrt(np.diag(first.covariance))
    np.testing.assert_allclose(fit.counts[clear], times * first.counts[clear], rtol=0.01)


def test_the_model_is_its_parts(whole) -> None:
    _, fit = whole
    np.testing.assert_allclose(fit.profiles @ fit.counts + fit.background, fit.model, atol=1e-6)
    assert (fit.counts >= 0.0).all()
    assert 0.7 < fit.chi_square < 1.3
    assert [fit.families[n].element for n in fit.of("Ni")] == ["Ni"] * len(fit.of("Ni"))


@pytest.mark.parametrize("shift", [-15.0, 0.0, 12.0])
def test_a_wrong_axis_is_moved_back(shift: float) -> None:
    one = x_ray_files.record()
    fit = fitted(one.energy - shift, one.total, elements=CATIONS, beam_energy=2e5, resolution=130.0)
    at = np.array([2000.0, 8000.0])
    error = fit.shift + fit.gain * (at - 1000.0)
    np.testing.assert_allclose(error, shift, atol=2.0)


def test_windows_and_fit_agree_on_a_line_alone(whole) -> None:
    _, fit = whole
    for element in ("Co",):
        window = windowed(fit, family(element))
        (n,) = [k for k in fit.of(element) if fit.families[k].name == "K"]
        line = fit.counts[n] * fit.families[n].main_share
        assert window.counts == pytest.approx(0.98 * line, abs=5.0 * window.error + 0.05 * line)
        assert window.others == () or window.foreign > 0.0


def test_fractions_are_one_together_and_scatter_to_nothing(whole) -> None:
    _, fit = whole
    found = composition(fit, measured_lines(fit, {}))
    assert found is not None
    assert found.fractions.sum() == pytest.approx(1.0)
    # The sum is exact, so that neither counting nor factors move it.
    ones = np.ones(len(found.elements))
    assert ones @ found.counting @ ones == pytest.approx(0.0, abs=1e-12)
    assert ones @ found.factors @ ones == pytest.approx(0.0, abs=1e-12)
    assert (np.diag(found.counting) >= 0.0).all()


@given(st.lists(st.floats(0.05, 1.0), min_size=3, max_size=6))
def test_a_part_of_a_composition_keeps_its_ratios(weights: list[float]) -> None:
    fractions = np.array(weights) / sum(weights)
    elements = ("Mg", "Co", "Ni", "Cu", "Zn", "O")[: len(weights)]
    size = len(weights)
    made = Composition(
        elements=elements, fractions=fractions, counting=1e-4 * np.eye(size), factors=np.zeros((size, size))
    )
    part = among(made, elements[:2])
    assert part is not None
    assert part.fractions.sum() == pytest.approx(1.0)
    assert part.fractions[0] / part.fractions[1] == pytest.approx(fractions[0] / fractions[1])
    assert among(made, elements[:1]) is None
    every = among(made, elements)
    assert every is not None
    np.testing.assert_allclose(every.fractions, fractions)


def test_equal_factors_by_weight_cancel_in_a_ratio(whole) -> None:
    _, fit = whole
    ratios = []
    for scale in (1.0, 7.0):
        stated = {("Co", "K"): 1.5 * scale, ("Ni", "K"): 1.6 * scale}
        found = composition(fit, measured_lines(fit, stated))
        assert found is not None
        by = dict(zip(found.elements, found.fractions, strict=True))
        ratios.append(by["Co"] / by["Ni"])
    assert ratios[0] == pytest.approx(ratios[1])


def test_fewer_than_two_lines_have_no_composition(whole) -> None:
    _, fit = whole
    assert composition(fit, measured_lines(fit, {("Co", "K"): 1.5})) is None


def test_events_are_the_counts_of_a_map() -> None:
    image = np.random.default_rng(3).poisson(0.7, (4, 5, 30)).astype(float)
    channels = np.arange(5, 25)
    found = events_of(image, channels)
    assert found is not None
    again = np.zeros((20, 20))
    np.add.at(again, (found.pixel, found.channel), 1.0)
    np.testing.assert_array_equal(again.reshape(4, 5, 20), image[..., channels])
    assert events_of(image + 0.5, channels) is None


def test_an_estimate_by_window_counts_channels(whole) -> None:
    _, fit = whole
    (line,) = [one for one in measured_lines(fit, {}) if one.family.element == "Co"]
    says = says_by_window(fit, line)
    assert set(np.unique(says)) <= {0.0, 1.0}
    width = 2.0 * float(width_at(line.family.main, fit.resolution))
    assert says.sum() == pytest.approx(width / 10.0, abs=1.5)


def test_linear_estimates_are_unbiased(whole) -> None:
    """One photon of a family is one photon of it and none of another."""
    _, fit = whole
    rows = estimators(fit)
    used = np.flatnonzero(fit.profiles.sum(axis=0) > 0.0)
    np.testing.assert_allclose(rows[used] @ fit.profiles[:, used], np.eye(len(used)), atol=1e-6)
    np.testing.assert_allclose(rows[used] @ fit.background, 0.0, atol=1e-6 * fit.background.sum())


def test_maps_sum_to_the_photons_of_the_whole() -> None:
    detector = XRayDetector(scan_pixels=6, x_rays=800.0)
    (one,) = probe([rock_salt(x_ray_files.FORMULA, 3, seed=2)], detector, np.random.default_rng(5))
    fit = fitted(one.energy, one.total, elements=CATIONS, beam_energy=2e5, resolution=130.0)
    lines = measured_lines(fit, {})
    maps = element_maps(
        one.counts,
        fit,
        lines,
        by="fit",
        sublattice=CATIONS,
        counted=True,
        rng=np.random.default_rng(1),
        null_maps=19,
    )
    for line, found in zip(lines, maps, strict=True):
        assert found.counts.sum() == pytest.approx(line.intensity, rel=0.03)
        assert found.null is not None
        # The null holds the same X-rays at other places.
        assert found.null.sum() == pytest.approx(found.counts.sum(), rel=1e-6)
        assert found.null.shape == found.counts.shape


def even(counts: np.ndarray) -> Events:
    """Pixels with so many X-rays of two kinds, (rows, columns, 2)."""
    found = events_of(counts.astype(float), np.arange(2))
    assert found is not None
    return found


MINE, ALL = np.array([1.0, 0.0]), np.ones(2)


@pytest.mark.parametrize("level", [3, 30])
def test_thickness_alone_is_no_segregation(level: int) -> None:
    """Every pixel has the same share, exactly: what chance leaves is below zero and counts as none."""
    thickness = np.arange(1, 65).reshape(8, 8) * level
    found = segregation(
        even(np.stack([thickness, 3 * thickness], axis=-1)),
        MINE,
        ALL,
        rng=np.random.default_rng(1),
        permutations=19,
        trials=0,
    )
    assert found is not None
    assert found.index == 0.0
    assert found.share == pytest.approx(0.25)
    assert not found.seen
    assert found.upper > 0.0


def test_two_halves_of_two_elements_are_seen_at_their_size() -> None:
    """Share 0.75 in one half and 0.25 in the other: an index of 0.5."""
    first = np.where(np.arange(16)[:, None] < 8, 75, 25) * np.ones((16, 16), dtype=int)
    found = segregation(
        even(np.stack([first, 100 - first], axis=-1)),
        MINE,
        ALL,
        rng=np.random.default_rng(2),
        permutations=39,
        trials=0,
    )
    assert found is not None
    assert found.seen
    assert found.p_value == pytest.approx(1.0 / 40.0)
    assert found.index == pytest.approx(0.5, abs=0.02)


def test_no_x_ray_of_an_element_says_nothing() -> None:
    counts = np.stack([np.zeros((4, 4)), np.ones((4, 4))], axis=-1)
    rng = np.random.default_rng(1)
    assert segregation(even(counts), MINE, ALL, rng=rng, permutations=19, trials=0) is None


@given(st.floats(0.01, 0.99), st.floats(1.0, 1e6))
def test_a_random_alloy_evens_out_with_the_root_of_its_atoms(share: float, atoms: float) -> None:
    assert random_alloy_index(share, 4.0 * atoms) == pytest.approx(0.5 * random_alloy_index(share, atoms))
    # Both elements of a pair deviate by as much: relative to their shares.
    other = random_alloy_index(1.0 - share, atoms)
    assert random_alloy_index(share, atoms) * share == pytest.approx(other * (1.0 - share))


def test_photons_of_an_atom_are_its_mass_over_its_factor() -> None:
    nickel = family("Ni")
    factor = k_factor(nickel, {})
    assert factor is not None
    assert photons(nickel) * nickel.main_share * factor.value == pytest.approx(atomic_mass("Ni"))


@pytest.mark.parametrize("along", ["x", "y", "z"])
def test_projections_hold_every_atom(along: str) -> None:
    host = rock_salt(x_ray_files.FORMULA, 3, seed=2)
    held = amounts(host, XRayDetector(beam_along=along, scan_pixels=5))  # type: ignore[arg-type]
    for element, image in held.items():
        assert image.sum() == pytest.approx(int(host.is_element(element).sum()))
    assert share_of([host], "Ni", CATIONS) == pytest.approx(
        held["Ni"].sum() / sum(held[e].sum() for e in CATIONS)
    )


def test_a_film_lies_on_both_faces() -> None:
    host = rock_salt("NiO", 3, seed=2)
    thin, thick = (amounts(host, XRayDetector(scan_pixels=4, surface_film=film)) for film in (1.0, 2.0))
    assert thick["Na"].sum() == pytest.approx(2.0 * thin["Na"].sum())
    # Two sodium atoms for each carbon.
    assert thin["Na"].sum() == pytest.approx(2.0 * thin["C"].sum())


def test_one_pixel_is_even_and_ordered_halves_are_not() -> None:
    host = rock_salt("Ni0.5Mg0.5O", 4, seed=2)
    elements = host.elements.copy()
    cations = host.is_element("Ni", "Mg")
    left = host.positions[:, 1] < 0.5 * host.box[1, 1]
    elements[cations & left], elements[cations & ~left] = "Ni", "Mg"
    halves = replace(host, elements=elements)
    detector = XRayDetector(scan_pixels=4, probe_spread=0.0)
    assert index_of(halves, "Ni", ("Ni", "Mg"), detector) == pytest.approx(1.0, abs=0.05)
    one = XRayDetector(scan_pixels=1)
    assert index_of(halves, "Ni", ("Ni", "Mg"), one) == pytest.approx(0.0, abs=1e-12)


def test_a_specimen_without_a_line_is_refused() -> None:
    host = rock_salt("NiO", 3, seed=2)
    with pytest.raises(InputError, match="no element with a line"):
        probe([replace(host, elements=np.full(len(host), "He"))], XRayDetector(), np.random.default_rng(1))


def test_the_detector_repeats_with_its_generator_and_has_its_dose() -> None:
    host = rock_salt("NiO", 3, seed=2)
    detector = XRayDetector(scan_pixels=4, x_rays=500.0, braking_share=0.0)
    first, again = (probe([host], detector, np.random.default_rng(7))[0] for _ in range(2))
    assert np.array_equal(first.counts, again.counts)
    # 5 standard deviations of counting.
    wanted = 16 * 500.0
    assert abs(first.counts.sum() - wanted) < 5.0 * np.sqrt(wanted) + 0.02 * wanted


@pytest.mark.parametrize("fields", [{"scan_pixels": 0}, {"scan_pixels": 513}, {"channel_width": 1.0}])
def test_a_detector_that_cannot_be_is_refused(fields: dict) -> None:
    with pytest.raises(ValidationError):
        XRayDetector(**fields)


@pytest.mark.parametrize(
    "fields", [{"line_scan": (0.0, 0.5)}, {"line_scan": (0.0, 0.0, 2.0, 0.0)}, {"null_maps": 5}]
)
def test_options_that_cannot_be_are_refused(fields: dict) -> None:
    with pytest.raises(ValidationError):
        EnergyDispersiveOptions(**fields)


@pytest.fixture(scope="module")
def mapped():
    detector = XRayDetector(scan_pixels=8, x_rays=300.0)
    (one,) = probe([rock_salt(x_ray_files.FORMULA, 3, seed=2)], detector, np.random.default_rng(5))
    options = EnergyDispersiveOptions(
        x_ray_elements=CATIONS, null_maps=19, line_scan=(0.0, 0.0, 1.0, 0.0), column_atoms=100.0
    )
    return one, options, observed([one], options)


@pytest.mark.parametrize(
    "ends", [(0.0, 0.5, 1.0, 0.5), (0.5, 0.0, 0.5, 1.0), (1.0, 0.5, 0.0, 0.5)], ids=["x", "y", "back"]
)
def test_a_line_scan_counts_each_pixel_of_its_band_once(mapped, ends: tuple[float, ...]) -> None:
    maps = mapped[2].details[0].maps
    ones = [replace(maps[0], counts=np.ones((10, 10)))]
    scan = line_scan(ones, ends, pixel=None)
    assert scan is not None
    (counts,) = scan.counts.values()
    assert len(counts) == 10
    # A band one pixel wide, or two where it runs between rows.
    assert set(counts) <= {1.0, 2.0}
    assert scan.distance[-1] - scan.distance[0] == pytest.approx(9.0)
    assert scan.unit == "px"


def test_a_line_of_no_length_is_none(mapped) -> None:
    maps = mapped[2].details[0].maps
    assert line_scan(maps, (0.5, 0.5, 0.5, 0.5), pixel=None) is None


def test_a_page_puts_the_null_beside_each_map(mapped) -> None:
    one, _, found = mapped
    sections = shown([one], found)
    figure = next(p for p in sections[1].parts if p.name.startswith("x-ray-map"))  # type: ignore[union-attr]
    titles = [panel.title for panel in figure.panels]  # type: ignore[union-attr]
    assert titles[1::2] == [f"{title}, X-rays at random" for title in titles[::2]]
    assert any("line" in part.name for part in sections[1].parts)  # type: ignore[union-attr]


def test_unevenness_stands_with_its_null_its_power_and_the_random_alloy(mapped) -> None:
    uneven = [o for o in mapped[2].observables if o.quantity == "segregation_index"]
    assert {o.subject.element for o in uneven} == set(CATIONS)
    for one in uneven:
        assert "power" in one.method
        assert "a random alloy of 100 atoms has" in one.method
        assert (one.bound == "upper") == ("upper bound at 95 %" in one.method)


def test_the_dataset_holds_maps_fit_and_line(mapped) -> None:
    one, _, found = mapped
    tree = found.dataset["record_0"]
    assert tree.attrs["source"] == one.source
    assert {f"map_{element}" for element in CATIONS} <= set(tree.data_vars)
    total = tree["background"] + sum(
        tree[name] for name in tree.data_vars if str(tree[name].attrs.get("long_name", "")).endswith("lines")
    )
    np.testing.assert_allclose(total.values, tree["model"].values, atol=1e-6)
    assert tree["distance"].attrs["units"] == "nm"


def test_an_element_that_is_not_there_is_said_to_be_absent() -> None:
    one = x_ray_files.record()
    found = observed([one], EnergyDispersiveOptions(x_ray_elements=(*CATIONS, "Fe")))
    assert any("no line of Fe is found" in remark for remark in found.remarks)

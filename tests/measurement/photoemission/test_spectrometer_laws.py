"""Laws of backgrounds, records, lines, envelopes, formats and pages."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import numpy as np
import pytest
import spectrometer_files
from hypothesis import given, settings
from hypothesis import strategies as st

from topotaxy.errors import InputError
from topotaxy.measurement.photoemission import TECHNIQUE, PhotoemissionOptions
from topotaxy.measurement.photoemission.background import (
    BACKGROUNDS,
    linear,
    losses,
    shirley,
    tougaard,
    tougaard_fitted,
)
from topotaxy.measurement.photoemission.combination import combined, window
from topotaxy.measurement.photoemission.depth import mean_free_path, sampling_depth
from topotaxy.measurement.photoemission.formats import (
    casaxps_text,
    energy_csv,
    phi_spe,
    scienta_text,
    specs_xy,
)
from topotaxy.measurement.photoemission.formats import vamas as vamas_format
from topotaxy.measurement.photoemission.lines import known_lines, line_of
from topotaxy.measurement.photoemission.maximum import maximum_of
from topotaxy.measurement.photoemission.observed import observed, told_apart
from topotaxy.measurement.photoemission.probe import Spectrometer, envelope, probe, reduced_share, references
from topotaxy.measurement.photoemission.record import checked
from topotaxy.measurement.photoemission.shown import shown
from topotaxy.specimen.builders import rock_salt

X = np.linspace(0.0, 30.0, 301)
PEAK = 100.0 * np.exp(-0.5 * ((X - 12.0) / 0.9) ** 2)
STEP = 40.0 + 0.15 * np.concatenate([[0.0], np.cumsum(0.5 * (PEAK[1:] + PEAK[:-1]) * np.diff(X))])


@pytest.mark.parametrize("name", sorted(BACKGROUNDS))
@settings(max_examples=20)
@given(scale=st.floats(0.01, 1e4), level=st.floats(0.0, 1e3))
def test_a_background_scales_and_lifts_with_its_spectrum(name: str, scale: float, level: float) -> None:
    under = BACKGROUNDS[name](X, PEAK + STEP)
    moved = BACKGROUNDS[name](X, scale * (PEAK + STEP) + level)
    np.testing.assert_allclose(moved, scale * under + level, rtol=1e-4, atol=1e-4 * scale)


@settings(max_examples=20)
@given(st.floats(-1000.0, 1000.0))
def test_a_background_does_not_depend_on_where_the_line_lies(shift: float) -> None:
    for under in (shirley, tougaard, linear):
        np.testing.assert_allclose(under(X + shift, PEAK + STEP), under(X, PEAK + STEP), rtol=1e-5)


def test_backgrounds_of_a_step_rise_all_the_way_and_lie_below() -> None:
    for under in (shirley(X, PEAK + STEP), tougaard(X, PEAK + STEP)):
        assert (np.diff(under) > -1e-9).all()
        assert (under <= PEAK + STEP + 0.5).all()


@pytest.mark.parametrize("amplitude", [1.0, 30.0, 300.0])
def test_the_amplitude_of_tougaard_comes_back(amplitude: float) -> None:
    """A narrow line, scattered with a known amplitude, by the sum over its losses."""
    step = X[1] - X[0]
    line = np.where(np.abs(X - 5.0) < 1.0, 100.0, 0.0)
    kernel = losses(X[:, None] - X[None, :], c=500.0)
    # The scattered electrons of the measured spectrum, once: y = line + B K y.
    small = amplitude * 1e-3
    y = np.linalg.solve(np.eye(len(X)) - small * kernel * step, line)
    under, found = tougaard_fitted(X, y, c=500.0)
    assert found == pytest.approx(small, rel=0.03)
    np.testing.assert_allclose(under[-20:], (y - line)[-20:], rtol=0.05, atol=1e-6)


@given(st.floats(10.0, 3000.0))
def test_the_universal_cross_section_is_largest_at_the_root_of_a_third_of_c(c: float) -> None:
    loss = np.linspace(0.1, 200.0, 20_000)
    assert loss[np.argmax(losses(loss, c=c))] == pytest.approx((c / 3.0) ** 0.5, abs=0.02)


@given(st.floats(5.0, 15.0), st.floats(5.0, 10.0))
def test_a_window_holds_what_lies_within_it(low: float, width: float) -> None:
    inside = window(X, low, low + width)
    assert (X[inside] >= low - 0.02).all()
    assert (X[inside] <= low + width + 0.02).all()
    assert inside.sum() == pytest.approx(width / 0.1, abs=2)


@given(st.floats(8.0, 22.0), st.floats(0.5, 3.0))
def test_a_maximum_is_found_between_points(at: float, width: float) -> None:
    found, error = maximum_of(X, 1e4 * np.exp(-0.5 * ((X - at) / width) ** 2), np.full(len(X), 10.0))
    assert found == pytest.approx(at, abs=0.02)
    assert error is not None
    assert error > 0.0


def test_the_error_of_a_maximum_is_what_noise_moves_it_by() -> None:
    """Of 300 draws: the scatter is that which is stated, to 25 % (six standard deviations)."""
    rng = np.random.default_rng(2)
    line = 1e4 * np.exp(-0.5 * ((X - 12.0) / 1.0) ** 2)
    drawn = [maximum_of(X, line + rng.normal(0.0, 100.0, len(X)), np.full(len(X), 100.0)) for _ in range(300)]
    places = np.array([at for at, _ in drawn if at is not None])
    errors = np.array([error for _, error in drawn if error is not None])
    assert len(places) == 300
    assert places.std(ddof=1) == pytest.approx(errors.mean(), rel=0.25)


@given(st.floats(50.0, 5000.0))
def test_the_mean_free_path_has_a_minimum_and_rises_as_the_root(energy: float) -> None:
    assert mean_free_path(energy) > 0.3
    if energy > 500.0:
        assert mean_free_path(4.0 * energy) == pytest.approx(2.0 * mean_free_path(energy), rel=0.05)


def test_depth_is_three_paths_and_none_below_the_threshold() -> None:
    nickel = next(line for line in known_lines() if line.element == "Ni")
    depth = sampling_depth(1486.6, nickel)
    assert depth == pytest.approx(3.0 * mean_free_path(1486.6 - (nickel.metal or 0.0)))
    assert sampling_depth(800.0, nickel) is None


def test_every_line_has_an_oxide_or_a_metal_and_a_spread() -> None:
    for line in known_lines():
        assert line.metal is not None or line.oxide is not None
        assert 0.0 < line.spread < 1.0
        assert line.name == f"{line.element} {line.level}"


@pytest.mark.parametrize(
    ("low", "high", "name"), [(845.0, 890.0, "Ni 2p3/2"), (524.0, 540.0, "O 1s"), (0.0, 1100.0, None)]
)
def test_a_region_without_a_name_is_known_where_it_covers_one_window(
    low: float, high: float, name: str | None
) -> None:
    found = line_of("", low, high)
    assert (None if found is None else found.name) == name


@given(st.floats(0.0, 0.5))
def test_lines_closer_than_twice_the_charge_error_are_not_told(error: float) -> None:
    for line in known_lines():
        if line.metal is not None and line.oxide is not None:
            assert (told_apart(line, error) == "") == (abs(line.oxide - line.metal) >= 2.0 * error)


@pytest.mark.parametrize("element", ["Mg", "Mn", "Fe", "Co", "Ni", "Cu", "Zn"])
@pytest.mark.parametrize("metal", [True, False])
def test_envelopes_have_unit_area_and_their_maximum_at_the_table(element: str, metal: bool) -> None:
    line = next(one for one in known_lines() if one.element == element)
    energy = np.arange(line.low - 10.0, line.high + 10.0, 0.05)
    values = envelope(energy, line, metal, 0.8)
    assert values.sum() * 0.05 == pytest.approx(1.0)
    at = line.metal if metal else line.oxide
    assert at is not None
    # The multiplet of an oxide leans on its second line.
    assert energy[np.argmax(values)] == pytest.approx(at, abs=0.3)


def test_shares_of_specimens_lie_between_those_of_each() -> None:
    host = rock_salt("NiO", 3, seed=1)
    metal = host.valences.copy()
    metal[host.is_element("Ni")] = 0.0
    from dataclasses import replace

    reduced = replace(host, valences=metal)
    shares = [reduced_share(some, "Ni", Spectrometer()) for some in ([host], [reduced], [host, reduced])]
    assert shares[:2] == [0.0, 1.0]
    assert shares[2] == pytest.approx(0.5)
    with pytest.raises(InputError, match="holds no Cu"):
        reduced_share([host], "Cu", Spectrometer())


def test_every_cation_with_a_line_is_recorded_and_one_where_it_is_asked_for() -> None:
    host = rock_salt("Mg0.5Ni0.5O", 3, seed=1)
    rng = np.random.default_rng
    every = probe([host], Spectrometer(), rng(1))
    assert {one.line.split()[0] for one in every} == {"Mg", "Ni"}
    (one,) = probe([host], Spectrometer(spectrum_element="Ni"), rng(1))
    assert one.counted
    assert one.origin == "simulated"
    with pytest.raises(InputError, match="no line with positions"):
        references("He", Spectrometer())


def test_charging_moves_a_spectrum_and_no_share() -> None:
    metal, oxide = references("Ni", Spectrometer())
    host = rock_salt("NiO", 3, seed=1)
    found = []
    for charging in (0.0, 0.6):
        spectrometer = Spectrometer(charging=charging, peak_counts=2e4)
        (one,) = probe([host], spectrometer, np.random.default_rng(4))
        found.append(combined(one, metal, oxide, low=847.0, high=888.0))
    assert abs(found[0].shift) < 0.03
    assert abs(found[1].shift) > 0.1
    assert found[1].share == pytest.approx(found[0].share, abs=0.03)


@given(st.integers(8, 40), st.booleans(), st.floats(100.0, 2000.0))
def test_a_kinetic_axis_is_the_photon_energy_less_the_binding_energy(
    count: int, turned: bool, photons: float
) -> None:
    kinetic = np.linspace(20.0, 60.0, count)
    counts = np.arange(1.0, count + 1.0)
    order = slice(None, None, -1 if turned else 1)
    one = checked(kinetic[order], counts[order], kinetic=True, source="s", format="f", photon_energy=photons)
    np.testing.assert_allclose(one.binding_energy, np.sort(photons - kinetic))
    np.testing.assert_array_equal(one.intensity, counts[::-1])


@given(st.floats(0.01, 100.0))
def test_scatter_of_what_is_no_counts_comes_from_the_data(scale: float) -> None:
    rng = np.random.default_rng(3)
    y = scale * rng.poisson(1000.0, 400).astype(float)
    one = checked(np.arange(400.0), y, kinetic=False, source="s", format="f")
    assert not one.counted
    assert np.median(one.deviation) == pytest.approx(scale * 1000.0**0.5, rel=0.25)


def test_negative_counts_are_no_counts_and_a_gap_of_zeros_is_damage() -> None:
    x, y = np.arange(20.0), np.full(20, 100.0)
    y[3] = -1.0
    one = checked(x, y, kinetic=False, source="s", format="f", counted=True)
    assert not one.counted
    assert any("negative" in note for note in one.notes)
    y[8:13] = 0.0
    with pytest.raises(InputError, match="exactly zero among high counts"):
        checked(x, y, kinetic=False, source="s", format="f")


def lines_of(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()


DAMAGE = [
    ("CasaXPS text", casaxps_text, "K.E.", "X.E.", "without its headings"),
    ("CasaXPS text", casaxps_text, "Cycle 0:", "Cyclone:", "no line 'Cycle"),
    ("Scienta text", scienta_text, "Binding Energy", "Angle", "not an energy"),
    ("Scienta text", scienta_text, "[Data 1]", "[Date 1]", "no data of region"),
    ("Scienta text", scienta_text, "size=", "size=9", "it is cut short"),
    ("SPECS xy", specs_xy, "Kinetic Energy", "Time", "neither binding nor kinetic"),
    ("SPECS xy", specs_xy, "Values/Curve: ", "Values/Curve: 9", "it is cut short"),
    ("energy csv", energy_csv, "KE/eV", "XX/eV", "heads no column"),
    ("VAMAS", vamas_format, "NORM", "SEM", "spectra are of mode NORM"),
    ("VAMAS", vamas_format, "IRREGULAR", "SOMETIMES", "neither REGULAR nor IRREGULAR"),
    ("VAMAS", vamas_format, "Binding Energy", "Angle", "neither binding nor kinetic"),
    ("VAMAS", vamas_format, "XPS", "EELS", "holds no photoemission spectrum"),
    ("VAMAS", vamas_format, "XPS", "SIMS", "not photoemission"),
]


@pytest.mark.parametrize(("name", "module", "was", "becomes", "said"), DAMAGE)
def test_damage_is_named(tmp_path: Path, name: str, module, was: str, becomes: str, said: str) -> None:
    path = spectrometer_files.EVERY[name](tmp_path, spectrometer_files.record())
    text = path.read_text(encoding="utf-8")
    assert was in text
    path.write_text(text.replace(was, becomes), encoding="utf-8")
    with pytest.raises(InputError, match=said) as refused:
        module.read(path, None)
    assert "\n" not in str(refused.value)


def test_a_phi_file_states_its_points(tmp_path: Path) -> None:
    path = spectrometer_files.phi(tmp_path, spectrometer_files.record())
    data = path.read_bytes()
    for content, said in (
        (data[:-8], "8 bytes of them are missing"),
        (data.replace(b"EOFH", b"EOXX"), "no end of its header"),
        (data.replace(b"Technique: XPS", b"Technique: AES"), "not XPS"),
        (data.replace(b"SpectralRegDef", b"SpectralRegDxx"), "before its table of regions"),
    ):
        path.write_bytes(content)
        with pytest.raises(InputError, match=said):
            phi_spe.read(path, None)


def test_photons_of_the_options_stand_in_where_a_file_has_none(tmp_path: Path) -> None:
    path = spectrometer_files.csv(tmp_path, spectrometer_files.record())
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(",PE: 1486.6 eV", ",counts"), encoding="utf-8")
    with pytest.raises(InputError, match="--photon-energy"):
        energy_csv.read(path, None)
    (one,) = energy_csv.read(path, PhotoemissionOptions(photon_energy=1486.6, spectrum_line="Ni2p"))
    assert one.photon_energy == 1486.6
    assert one.line == "Ni2p"


def test_vamas_regular_and_irregular_say_the_same(tmp_path: Path) -> None:
    """The same block with its energies as start and step."""
    one = spectrometer_files.record()
    path = spectrometer_files.vamas(tmp_path, one)
    (irregular,) = vamas_format.read(path, None)
    lines = lines_of(path)
    at = lines.index("IRREGULAR")
    lines[at] = "REGULAR"
    place = lines.index("2", at + 1)
    while lines[place + 1] != "Binding Energy":
        place = lines.index("2", place + 1)
    step = float(one.binding_energy[1] - one.binding_energy[0])
    axis = ["Binding Energy", "eV", repr(float(one.binding_energy[0])), repr(step)]
    values = len(one.intensity)
    tail = place + 5
    ends = lines.index(str(2 * values), tail)
    rest = [*lines[tail:ends], str(values), "0", "1e9", *(repr(float(y)) for y in one.intensity)]
    made = [*lines[:place], *axis, "1", "Intensity", "d", *rest, "end of experiment"]
    path.write_text("\n".join(made), encoding="utf-8")
    (regular,) = vamas_format.read(path, None)
    np.testing.assert_allclose(regular.binding_energy, irregular.binding_energy)
    np.testing.assert_array_equal(regular.intensity, irregular.intensity)
    assert regular.counted


def test_metal_and_oxide_change_places_with_their_names() -> None:
    metal, oxide = references("Ni", Spectrometer())
    one = spectrometer_files.record(share=0.3)
    found = combined(one, metal, oxide, low=847.0, high=888.0)
    other = combined(one, oxide, metal, low=847.0, high=888.0)
    assert found.share + other.share == pytest.approx(1.0, abs=1e-3)
    assert found.shift == pytest.approx(other.shift, abs=1e-3)
    np.testing.assert_allclose(found.reduced + found.oxidised + found.background, found.fit)


def test_a_share_does_not_depend_on_the_dose_and_its_error_does() -> None:
    metal, oxide = references("Ni", Spectrometer())
    one = spectrometer_files.record(share=0.3)
    hundred = checked(
        one.binding_energy,
        100.0 * one.intensity,
        kinetic=False,
        source="made",
        format="made",
        counted=True,
        line=one.line,
    )
    few, many = (combined(some, metal, oxide, low=847.0, high=888.0) for some in (one, hundred))
    assert many.share == pytest.approx(few.share, abs=1e-3)
    # Ten times where the fit is linear; at few counts share and shift trade, and it is more.
    assert few.share_uncertainty > 5.0 * many.share_uncertainty


@pytest.mark.parametrize("name", sorted(spectrometer_files.EVERY))
def test_every_format_gives_the_spectrum_that_was_written(tmp_path: Path, name: str) -> None:
    one = spectrometer_files.record()
    path = spectrometer_files.EVERY[name](tmp_path, one)
    head = path.read_bytes()[:65536]
    (format,) = [each for each in TECHNIQUE.formats() if each.recognises(head, path)]
    assert format.name == name
    (again,) = format.read(path, PhotoemissionOptions())
    # PHI files hold the start and the step of the axis to six digits.
    np.testing.assert_allclose(again.binding_energy, one.binding_energy, atol=2e-4)
    np.testing.assert_allclose(again.intensity, one.intensity, rtol=1e-6)
    assert again.photon_energy == spectrometer_files.PHOTONS


def test_references_of_another_line_are_named(tmp_path: Path) -> None:
    metal, oxide = references("Co", Spectrometer())
    paths = []
    for name, one in (("metal", metal), ("oxide", oxide)):
        (tmp_path / name).mkdir()
        paths.append(spectrometer_files.vamas(tmp_path / name, one))
    options = PhotoemissionOptions(reduced_reference=(paths[0],), oxidised_reference=(paths[1],))
    found = observed([spectrometer_files.record()], options)
    assert found.absent["made"]["reduced_fraction"] == "a reference holds no Ni 2p3/2"


def test_a_page_draws_parts_and_says_what_it_found(tmp_path: Path) -> None:
    paths = []
    for name, one in zip(("metal", "oxide"), references("Ni", Spectrometer()), strict=True):
        (tmp_path / name).mkdir()
        paths.append(spectrometer_files.vamas(tmp_path / name, one))
    record = spectrometer_files.record()
    options = PhotoemissionOptions(reduced_reference=(paths[0],), oxidised_reference=(paths[1],))
    found = observed([record], options)
    (section,) = shown([record], found)
    text, figure = section.parts
    assert "metal share" in text.text  # type: ignore[union-attr]
    names = [series.name for series in figure.panels[0].series]  # type: ignore[union-attr]
    assert names == ["measured", "background", "sum", "metal", "oxide"]
    assert figure.panels[0].x_reversed  # type: ignore[union-attr]
    group = found.dataset["record_0"]
    assert group.attrs["line"] == "Ni 2p3/2"
    assert (group["background"] <= group["intensity"] + 5.0 * np.sqrt(group["intensity"])).all()


def test_a_page_without_a_line_says_so() -> None:
    flat = checked(np.arange(100.0) + 3000.0, np.full(100, 5.0), kinetic=False, source="s", format="f")
    found = observed([flat], PhotoemissionOptions())
    assert "No line of the table" in shown([flat], found)[0].parts[0].text  # type: ignore[union-attr]
    assert "covers several" in found.absent["s"]["binding_energy"]

"""Laws of backgrounds, combinations and depth."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import numpy as np
import pytest
import spectrometer_files

from topotaxy.errors import InputError
from topotaxy.measurement.photoemission.background import BACKGROUNDS, linear, losses, shirley, tougaard
from topotaxy.measurement.photoemission.combination import combined
from topotaxy.measurement.photoemission.depth import mean_free_path
from topotaxy.measurement.photoemission.formats import vamas
from topotaxy.measurement.photoemission.lines import known_lines, line_of
from topotaxy.measurement.photoemission.maximum import maximum_of
from topotaxy.measurement.photoemission.observed import observed, told_apart
from topotaxy.measurement.photoemission.options import PhotoemissionOptions
from topotaxy.measurement.photoemission.probe import Spectrometer, probe, reduced_share, references
from topotaxy.measurement.photoemission.record import checked
from topotaxy.specimen.builders import rock_salt

SPECTROMETER = Spectrometer()


def line_on_step(x: np.ndarray) -> np.ndarray:
    line = np.exp(-0.5 * ((x - 10.0) / 0.8) ** 2)
    return 100.0 * line + 20.0 * np.cumsum(line) * (x[1] - x[0]) / 2.0 + 50.0


@pytest.mark.parametrize("name", sorted(BACKGROUNDS))
def test_a_background_meets_both_ends(name: str) -> None:
    x = np.linspace(0.0, 20.0, 401)
    y = line_on_step(x)
    under = BACKGROUNDS[name](x, y)
    assert under[:5].mean() == pytest.approx(y[:5].mean(), rel=0.02)
    assert under[-5:].mean() == pytest.approx(y[-5:].mean(), rel=0.02)


def test_shirley_is_exact_for_a_step_in_proportion_to_the_area() -> None:
    x = np.linspace(0.0, 20.0, 801)
    line = 100.0 * np.exp(-0.5 * ((x - 10.0) / 0.8) ** 2)
    area = np.concatenate([[0.0], np.cumsum(0.5 * (line[1:] + line[:-1]) * np.diff(x))])
    step = 30.0 + 0.2 * area
    assert np.abs(shirley(x, line + step) - step).max() < 0.05


def test_the_form_of_three_parameters_has_the_other_as_its_limit() -> None:
    """(C - T²)² + D T² is (C + T²)² where D is 4 C."""
    loss = np.linspace(-5.0, 60.0, 200)
    two, three = losses(loss, c=500.0), losses(loss, c=500.0, d=2000.0)
    np.testing.assert_allclose(two, three)
    assert (two[loss <= 0.0] == 0.0).all()
    assert (losses(loss, c=500.0, gap=6.0)[loss <= 6.0] == 0.0).all()


def test_shirley_is_idempotent() -> None:
    """What is left above it has no step, so its own background is flat at zero."""
    x = np.linspace(0.0, 20.0, 401)
    y = line_on_step(x)
    left = y - shirley(x, y)
    assert np.abs(shirley(x, left)).max() < 1e-3 * y.max()


def test_a_flat_spectrum_has_a_flat_background() -> None:
    x = np.linspace(0.0, 10.0, 50)
    for under in (shirley, tougaard, linear):
        assert np.abs(under(x, np.full(50, 7.0)) - 7.0).max() < 1e-9


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.9, 1.0])
@pytest.mark.parametrize("charge", [-0.6, 0.4])
def test_a_mixture_comes_back_with_the_charge_free(share: float, charge: float) -> None:
    """Share and charge shift of a made mixture, within 4.5 stated deviations (a risk of 1e-5 a case)."""
    metal, oxide = references("Ni", SPECTROMETER)
    made = spectrometer_files.record(share=share, seed=7)
    moved = checked(
        made.binding_energy + charge,
        made.intensity,
        kinetic=False,
        source="made",
        format="made",
        counted=True,
        line="Ni 2p",
    )
    # The mixture is of areas with their background: the share above it follows from the references alone.
    found = combined(moved, metal, oxide, low=847.0, high=888.0)
    areas = [combined(r, metal, oxide, low=847.0, high=888.0).share for r in (metal, oxide)]
    assert areas == pytest.approx([1.0, 0.0], abs=0.01)
    truth = _share_above_background(share)
    width = np.hypot(found.share_uncertainty, found.background_spread)
    assert abs(found.share - truth) < max(4.5 * width, 0.01)
    assert width < 0.2
    assert abs(found.shift - charge) < max(4.5 * found.shift_uncertainty, 0.06)


def _share_above_background(share: float) -> float:
    metal, oxide = references("Ni", SPECTROMETER)
    inside = (metal.binding_energy >= 847.0) & (metal.binding_energy <= 888.0)
    above = []
    for one in (metal, oxide):
        x, y = one.binding_energy[inside], one.intensity[inside]
        above.append(float(np.trapezoid(y - shirley(x, y), x)) / float(one.intensity.sum()))
    first, second = share * above[0], (1.0 - share) * above[1]
    return first / (first + second)


def test_the_maximum_of_a_mixture_jumps_while_its_share_does_not() -> None:
    """Between two mixtures the maximum moves by most of the whole shift: a shift is no share."""
    tops = []
    for share in (0.1, 0.3, 0.5, 0.7):
        made = spectrometer_files.record(share=share, seed=3)
        x, y = made.binding_energy, made.intensity
        tops.append(float(x[np.argmax(np.convolve(y, np.ones(5) / 5, mode="same"))]))
    whole = tops[0] - tops[-1]
    steps = -np.diff(tops)
    assert whole > 0.5
    assert steps.max() > 0.6 * whole


def test_the_maximum_of_a_parabola_is_its_vertex() -> None:
    x = np.arange(0.0, 10.0, 0.1)
    y = 100.0 - 4.0 * (x - 5.037) ** 2
    at, error = maximum_of(x, y, np.ones(len(x)))
    assert at == pytest.approx(5.037, abs=1e-6)
    assert error is not None


def test_a_maximum_at_the_end_is_none() -> None:
    x = np.arange(0.0, 10.0, 0.1)
    assert maximum_of(x, x, np.ones(len(x))) == (None, None)


def test_faster_electrons_come_from_deeper_and_the_path_is_nanometres() -> None:
    paths = [mean_free_path(energy) for energy in (200.0, 600.0, 1400.0)]
    assert paths == sorted(paths)
    assert 0.4 < paths[0] < 3.0
    assert 1.0 < paths[-1] < 4.0


def test_the_surface_counts_more_than_the_depth() -> None:
    host = rock_salt("NiO", 8, seed=1)
    middle = np.median(host.positions[:, 2])
    shares = []
    for above in (True, False):
        valences = host.valences.copy()
        chosen = (host.positions[:, 2] > middle) == above
        valences[host.is_element("Ni") & chosen] = 0.0
        shares.append(reduced_share([replace(host, valences=valences)], "Ni", SPECTROMETER))
    assert shares[0] > 0.6
    assert shares[0] + shares[1] == pytest.approx(1.0)


def test_the_film_weakens_a_line_by_its_own_path() -> None:
    host = rock_salt("NiO", 4, seed=1)
    rng = np.random.default_rng
    film = 2.0
    bare, covered = (
        probe([host], Spectrometer(surface_film=f, peak_counts=1e5), rng(1))[0] for f in (0.0, film)
    )
    nickel = next(line for line in known_lines() if line.element == "Ni")
    path = mean_free_path(Spectrometer().source_energy - (nickel.metal or 0.0))
    ratio = (covered.intensity.max() - 50.0) / (bare.intensity.max() - 50.0)
    assert ratio == pytest.approx(np.exp(-film / path), rel=0.02)


def test_a_film_takes_signal_and_leaves_the_share() -> None:
    host = rock_salt("NiO", 4, seed=1)
    rng = np.random.default_rng
    bare, covered = (probe([host], Spectrometer(surface_film=film), rng(1))[0] for film in (0.0, 3.0))
    assert covered.intensity.max() < 0.5 * bare.intensity.max()


@pytest.mark.parametrize(
    ("name", "wanted"), [("Ni2p", "Ni 2p3/2"), ("Ni 2p3/2", "Ni 2p3/2"), ("O1s", "O 1s"), ("Xx 9z", None)]
)
def test_a_region_is_known_by_its_name(name: str, wanted: str | None) -> None:
    found = line_of(name, 0.0, 1.0)
    assert (None if found is None else found.name) == wanted


def test_a_survey_is_no_line() -> None:
    assert line_of("Survey", 0.0, 1200.0) is None


def test_windows_hold_their_lines() -> None:
    for line in known_lines():
        for energy in (line.metal, line.oxide):
            assert energy is None or line.low < energy < line.high, line


def test_a_kinetic_axis_without_photons_is_refused_and_with_them_read() -> None:
    kinetic = np.linspace(600.0, 640.0, 100)
    with pytest.raises(InputError, match="--photon-energy"):
        checked(kinetic, np.ones(100), kinetic=True, source="a", format="b")
    made = checked(kinetic, np.ones(100), kinetic=True, source="a", format="b", photon_energy=1486.6)
    assert made.binding_energy[0] == pytest.approx(846.6)


def test_a_reversed_axis_gives_the_same_record() -> None:
    x, y = np.linspace(840.0, 890.0, 100), np.arange(100.0) + 1.0
    both = [checked(a, b, kinetic=False, source="s", format="f") for a, b in ((x, y), (x[::-1], y[::-1]))]
    assert np.array_equal(both[0].intensity, both[1].intensity)


def test_counts_are_restored_from_counts_per_second() -> None:
    x = np.linspace(840.0, 890.0, 100)
    made = checked(x, np.full(100, 1000.0), kinetic=False, source="s", format="f", dwell=0.5)
    assert made.counted
    assert made.deviation == pytest.approx(np.sqrt(np.full(100, 500.0)))


@pytest.mark.parametrize(
    ("x", "y", "why"),
    [
        ([1.0] * 20, [1.0] * 20, "twice"),
        (list(range(5)), [1.0] * 5, "cut short"),
        (list(range(20)), [float("nan")] * 20, "no number"),
        ([1e9] * 20, [1.0] * 20, "beyond"),
        (list(range(20)), [0.0] * 20, "above zero"),
    ],
)
def test_what_no_spectrum_can_be_is_refused(x: list[float], y: list[float], why: str) -> None:
    with pytest.raises(InputError, match=why):
        checked(x, y, kinetic=False, source="s", format="f")


def test_without_references_there_is_a_position_and_a_reason() -> None:
    found = observed([spectrometer_files.record()], PhotoemissionOptions())
    assert [o.quantity for o in found.observables] == ["binding_energy"]
    assert "reference" in found.absent["made"]["reduced_fraction"]


def test_a_charge_shift_moves_the_position_and_leaves_the_share(tmp_path: Path) -> None:
    """A shift of 4 eV, beyond what the combination looks for: it has to be taken out before."""
    paths = []
    for name, one in zip(("metal", "oxide"), references("Ni", SPECTROMETER), strict=True):
        (tmp_path / name).mkdir()
        paths.append(spectrometer_files.vamas(tmp_path / name, one))
    plain = spectrometer_files.record()
    charged = replace(plain, binding_energy=plain.binding_energy + 4.0)
    found = []
    for record, shift in ((plain, 0.0), (charged, 4.0)):
        options = PhotoemissionOptions(
            reduced_reference=(paths[0],), oxidised_reference=(paths[1],), charge_shift=shift
        )
        found.append({o.quantity: o.value for o in observed([record], options).observables})
    assert set(found[0]) == {"binding_energy", "binding_energy_shift", "reduced_fraction"}
    assert found[1] == pytest.approx(found[0], abs=0.01)


def test_the_shift_of_the_metal_from_the_oxide_is_that_of_the_table(tmp_path: Path) -> None:
    paths = []
    metal, oxide = references("Co", SPECTROMETER)
    for name, one in zip(("metal", "oxide"), (metal, oxide), strict=True):
        (tmp_path / name).mkdir()
        paths.append(spectrometer_files.vamas(tmp_path / name, one))
    options = PhotoemissionOptions(reduced_reference=(paths[0],), oxidised_reference=(paths[1],))
    (shift,) = [o for o in observed([metal], options).observables if o.quantity == "binding_energy_shift"]
    cobalt = next(line for line in known_lines() if line.element == "Co")
    # Multiplet and background pull a maximum by some tenths of an eV.
    assert shift.value == pytest.approx((cobalt.metal or 0.0) - (cobalt.oxide or 0.0), abs=0.3)
    assert "no share" in shift.method


def test_zinc_is_not_told_by_its_2p_line_and_the_reason_says_so() -> None:
    found = observed([spectrometer_files.record(element="Zn")], PhotoemissionOptions())
    assert not [o for o in found.observables if o.quantity == "reduced_fraction"]
    assert "Auger" in found.absent["made"]["reduced_fraction"]
    told = {line.element: told_apart(line, 0.2) for line in known_lines() if line.metal and line.oxide}
    assert {element for element, why in told.items() if why} == {"Zn"}


@pytest.mark.parametrize("given", ["nan", "inf", "-1", "1e300", "0.5"])
def test_no_count_of_a_header_can_lead_a_reader_astray(tmp_path: Path, given: str) -> None:
    """A damaged VAMAS file that counted NaN values once ended in a ValueError: now every line is tried."""
    path = spectrometer_files.vamas(tmp_path, spectrometer_files.record())
    lines = path.read_text(encoding="utf-8").splitlines()
    said = []
    for at in range(100):
        path.write_text("\n".join([*lines[:at], given, *lines[at + 1 :]]), encoding="utf-8")
        try:
            vamas.read(path, None)
        except InputError as error:
            said.append(str(error))
    assert len(said) > 3
    assert not any("\n" in text for text in said)


def test_one_reference_alone_is_refused() -> None:
    with pytest.raises(InputError, match="both references"):
        observed([spectrometer_files.record()], PhotoemissionOptions(reduced_reference=(Path("x.vms"),)))


def test_each_line_is_told_by_its_own_references(tmp_path: Path) -> None:
    """Two metals and their oxides, in any order: each record has its share."""
    metals, oxides, records = [], [], []
    for element in ("Ni", "Co"):
        for kind, one in zip((metals, oxides), references(element, Spectrometer()), strict=True):
            path = tmp_path / f"{element}-{len(metals)}-{len(oxides)}.vms"
            vamas.write(one, path)
            kind.append(path)
        records.append(spectrometer_files.record(element, share=0.4))
    for order in (1, -1):
        options = PhotoemissionOptions(
            reduced_reference=tuple(metals[::order]), oxidised_reference=tuple(oxides[::-order])
        )
        found = [o for o in observed(records, options).observables if o.quantity == "reduced_fraction"]
        assert {o.subject.element for o in found} == {"Ni", "Co"}
        for one in found:
            near = 4.5 * np.hypot(one.uncertainty or 0.0, one.systematic or 0.0)
            assert one.value == pytest.approx(0.4, abs=near)


def test_one_reference_may_be_said_as_it_is() -> None:
    said = {"reduced_reference": "a.vms", "oxidised_reference": ["b.vms", "c.vms"]}
    one = PhotoemissionOptions.model_validate(said)
    assert one.reduced_reference == (Path("a.vms"),)
    assert one.oxidised_reference == (Path("b.vms"), Path("c.vms"))

"""Searches: starting values, domains in any unit of intensity, lists of peaks, lines through a series."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_diffraction_complaints import pattern

from topotaxy.errors import InputError
from topotaxy.measurement.diffraction import Options
from topotaxy.measurement.diffraction.background import chebyshev
from topotaxy.measurement.diffraction.beam import Beam
from topotaxy.measurement.diffraction.data import Data, smoothed
from topotaxy.measurement.diffraction.debye import sphere
from topotaxy.measurement.diffraction.flight import back_to_back
from topotaxy.measurement.diffraction.flight_constants import Constants, constants_of
from topotaxy.measurement.diffraction.instrument import diffractometer
from topotaxy.measurement.diffraction.instrument_options import Instrument
from topotaxy.measurement.diffraction.keys import Key
from topotaxy.measurement.diffraction.nano_model import DISPLACEMENT, DomainModel
from topotaxy.measurement.diffraction.nano_solving import searched, smoothness, solved
from topotaxy.measurement.diffraction.nanodomains import NanoFit, fit_domains
from topotaxy.measurement.diffraction.peaks import Peak, peaks
from topotaxy.measurement.diffraction.phases import phase
from topotaxy.measurement.diffraction.powder import Powder, Values, powder
from topotaxy.measurement.diffraction.preparing import prepared
from topotaxy.measurement.diffraction.searching import searched as searched_pattern
from topotaxy.measurement.diffraction.series import (
    Cycler,
    Line,
    beside,
    lines_of,
    natural,
    ordered,
    read_cycler,
)
from topotaxy.measurement.diffraction.starting import free_parameters, from_afar, negligible_in, started

TUBE = Beam(radiation="X-ray", lines=((1.5405929, 1.0), (1.5444274, 0.5)))
NEUTRONS = Beam(radiation="neutron", lines=((1.494, 1.0),))
X = np.arange(30.0, 100.0, 0.05)
NICKEL = "Ni=fcc metal:Ni:3.524"


# --- where a refinement starts ------------------------------------------------------------------------------


def made(beam: Beam, changed: dict[Key, float], background: float = 40.0) -> tuple[Data, Powder, Values]:
    model = powder(X, beam, [phase(NICKEL)])
    values = model.start() | {Key("W"): 0.04} | changed
    shape = model.pattern(values)[0]
    values[Key("scale", "Ni")] = 3000.0 / shape.max()
    y = 3000.0 * shape / shape.max() + background
    return Data(x=X, y=y, per_count=np.ones(len(X))), powder(X, beam, [phase(NICKEL)]), values


@pytest.mark.parametrize(("beam", "kind"), [(TUBE, "displacement"), (NEUTRONS, "zero")])
@pytest.mark.parametrize("shift", [-0.15, 0.0, 0.2])
def test_the_search_finds_shift_and_scale(beam: Beam, kind: str, shift: float) -> None:
    """To half a step of the search in position, to a third in scale: from there least squares go on."""
    data, model, truth = made(beam, {Key(kind): shift})
    found = started(data, model, beam, {})
    assert found[Key(kind)] == pytest.approx(shift, abs=0.1)
    assert found[Key("scale", "Ni")] == pytest.approx(truth[Key("scale", "Ni")], rel=0.35)


def test_widths_of_a_known_instrument_are_kept() -> None:
    data, model, _ = made(TUBE, {})
    known = {"U": 0.01, "V": -0.01, "W": 0.04, "X": 0.0, "Y": 0.0, "axial": 0.01}
    found = started(data, model, TUBE, known)
    assert all(found[Key(k)] == v for k, v in known.items())
    kinds = {k.kind for k in free_parameters(model, found, TUBE, known, displacements=False)}
    assert kinds == {"scale", "a", "size", "strain", "displacement"}
    unknown = {k.kind for k in free_parameters(model, found, TUBE, {}, displacements=True)}
    assert unknown == kinds | {"U", "V", "W", "axial", "B"}
    neutrons = {k.kind for k in free_parameters(model, found, NEUTRONS, {}, displacements=False)}
    assert "axial" not in neutrons
    assert "zero" in neutrons


def test_a_phase_without_signal_keeps_its_widths() -> None:
    model = powder(X, TUBE, [phase(NICKEL), phase("corundum")])
    values = model.start() | {Key("scale", "corundum"): 1e-9}
    free = free_parameters(model, values, TUBE, {}, displacements=False)
    assert Key("size", "Ni") in free
    assert Key("size", "corundum") not in free
    assert Key("a", "corundum") in free


def test_a_cell_off_by_widths_is_found_from_afar() -> None:
    data, model, _ = made(TUBE, {Key("a", "Ni"): 3.524 * 1.012})
    values = started(data, model, TUBE, {})
    first = [Key("scale", "Ni"), Key("displacement"), Key("W")]
    fit = from_afar(data, model, values, first, chebyshev(X, 3))
    assert fit.values[Key("a", "Ni")] == pytest.approx(3.524 * 1.012, rel=5e-4)


def test_what_is_negligible_lies_far_below_the_noise() -> None:
    data, _, _ = made(TUBE, {}, background=100.0)
    assert negligible_in(data) == pytest.approx(0.02 * math.sqrt(data.y.min()), rel=1e-6)


def test_a_search_for_one_scale_is_linear_least_squares() -> None:
    data, model, truth = made(TUBE, {})
    key = Key("scale", "Ni")
    found = searched_pattern(
        data,
        model,
        dict(truth) | {key: 0.5 * truth[key]},
        (key,),
        chebyshev(X, 2),
        np.ones(len(X)),
        np.array([[0.0, np.inf]]),
        20,
    )
    assert found.values[0] == pytest.approx(truth[key], rel=1e-6)
    assert found.converged
    np.testing.assert_allclose(found.q.T @ found.q, np.eye(2), atol=1e-12)


@given(st.integers(1, 4), st.floats(0.1, 1e4))
def test_a_running_mean_of_a_constant_is_that_constant(half: int, value: float) -> None:
    np.testing.assert_allclose(smoothed(np.full(30, value), 2 * half + 1), value, rtol=1e-12)


def test_weights_have_a_floor() -> None:
    data = Data(x=X, y=np.zeros(len(X)), per_count=np.full(len(X), 0.25), floor=4.0)
    np.testing.assert_allclose(data.weights(np.zeros(len(X))), 1.0)
    np.testing.assert_allclose(data.weights(np.full(len(X), 16.0)), 0.5)


# --- domains ------------------------------------------------------------------------------------------------

MACHINE = diffractometer(
    Instrument(diffractometer="synchrotron", first_angle=9.0, last_angle=36.0, angle_step=0.05)
)
AXIS = np.arange(9.0, 36.0, 0.05)
FRAME, METAL = phase("frame=rock salt:NiO:4.18"), phase("metal=fcc metal:Ni:3.53")


def exact(amounts: tuple[float, float], counts: float) -> tuple[Data, np.ndarray]:
    """The model's own pattern, without noise: what a fit has to find again."""
    empty = Data(x=AXIS, y=np.ones(len(AXIS)), per_count=np.ones(len(AXIS)))
    model = DomainModel(empty, MACHINE.beam, FRAME, [METAL], MACHINE.resolution, 3, "zero")
    point = model.start()
    y = np.array(amounts) @ model.columns(point)
    y = counts * (y / y.max() + 0.1)
    return Data(x=AXIS, y=y, per_count=np.ones(len(AXIS))), point


def fit_of(data: Data) -> NanoFit:
    return fit_domains(
        data, MACHINE.beam, FRAME, [METAL], instrument=MACHINE.resolution, terms=3, spread=False
    )


@pytest.mark.parametrize("share", [0.2, 0.7])
def test_domains_of_the_models_own_pattern_come_back(share: float) -> None:
    data, point = exact((share, 1.0 - share), 1e5)
    frame, metal = fit_of(data).domains
    assert frame.share == pytest.approx(share, abs=2e-3)
    assert frame.edge == pytest.approx(4.18, rel=1e-5)
    assert metal.edge == pytest.approx(3.53, rel=1e-3)
    assert metal.diameter == pytest.approx(math.exp(point[-2]) / 10.0, rel=0.15)


def test_shares_do_not_depend_on_the_unit_of_intensity() -> None:
    data, _ = exact((0.5, 0.5), 1e5)
    thousandth = Data(x=AXIS, y=data.y / 1000.0, per_count=data.per_count / 1000.0, floor=1e-3)
    first, second = fit_of(data).domains[0], fit_of(thousandth).domains[0]
    assert second.share == pytest.approx(first.share, abs=1e-3)
    assert second.amount == pytest.approx(first.amount / 1000.0, rel=0.01)


def test_parts_and_background_make_the_whole() -> None:
    fit = fit_of(exact((0.5, 0.5), 1e5)[0])
    np.testing.assert_allclose(fit.total, fit.parts.sum(axis=0) + fit.background)
    assert fit.terms == 3
    assert fit.spreads == ()


def test_repeats_under_other_assumptions_widen_and_change_nothing_else() -> None:
    data, _ = exact((0.5, 0.5), 1e5)
    plain = fit_of(data)
    spread = fit_domains(data, MACHINE.beam, FRAME, [METAL], instrument=MACHINE.resolution, terms=3)
    assert [s.assumption for s in spread.spreads] == ["background: 3 terms", "background: 9 terms"]
    for before, after in zip(plain.domains, spread.domains, strict=True):
        assert after.share == before.share
        assert after.share_systematic >= before.share_systematic
        assert after.edge_systematic >= before.edge_systematic


def test_the_table_of_domains_is_that_of_spheres() -> None:
    empty = Data(x=AXIS, y=np.ones(len(AXIS)), per_count=np.ones(len(AXIS)))
    model = DomainModel(empty, MACHINE.beam, FRAME, [METAL], MACHINE.resolution, 3, "zero")
    point = model.start()
    point[-2], point[-1] = math.log(16.0), 0.1
    column = model.columns(point)[1]
    q = 4.0 * math.pi / MACHINE.beam.wavelength * np.sin(np.radians(AXIS / 2.0))
    direct = sphere(
        METAL,
        3.53,
        np.array([16.0]),
        q,
        radiation="X-ray",
        wavelength=MACHINE.beam.wavelength,
        displacement=DISPLACEMENT,
    )[0]
    k = MACHINE.beam.polarisation
    direct = direct * (1.0 + k * np.cos(np.radians(AXIS)) ** 2) / (1.0 + k)
    np.testing.assert_allclose(column, direct, rtol=0.02, atol=0.02 * direct.max())


def test_a_search_ends_within_its_bounds() -> None:
    data, _ = exact((0.5, 0.5), 1e4)
    model = DomainModel(data, MACHINE.beam, FRAME, [METAL], MACHINE.resolution, 3, "zero")
    low, high = model.bounds()
    prior = smoothness(1000.0, 3)
    weights = data.weights(data.y)
    start = np.where(np.isfinite(high), 0.9 * high + 0.1 * low, model.start())
    found = searched(model, (start,), weights, prior)
    assert ((found >= low - 1e-9) & (found <= high + 1e-9)).all()

    def misfit(point: np.ndarray) -> float:
        return float((solved(model.columns(point), model.background, prior, data.y, weights)[2] ** 2).sum())

    assert misfit(found) < misfit(start)


# --- peaks and times of flight ------------------------------------------------------------------------------


@pytest.mark.parametrize("factor", [0.1, 1.0, 100.0])
def test_peaks_scale_with_the_unit_of_intensity(factor: float) -> None:
    x = np.arange(20.0, 40.0, 0.02)
    mean = 100.0 + 2000.0 * np.exp(-0.5 * ((x - 30.0) / 0.1) ** 2)
    y = np.random.default_rng(2).poisson(mean) * factor
    (one,) = peaks(Data(x=x, y=y, per_count=np.full(len(x), factor), floor=factor))
    assert one.position == pytest.approx(30.0, abs=0.01)
    assert one.area / factor == pytest.approx(2000.0 * 0.1 * math.sqrt(2.0 * math.pi), rel=0.05)


@given(st.floats(0.3, 5.0), st.floats(-5.0, 5.0), st.floats(-20.0, 20.0))
def test_spacings_rise_with_the_time_of_flight(d: float, difa: float, zero: float) -> None:
    constants = Constants(difc=5000.0, difa=difa, zero=zero)
    time = 5000.0 * d + difa * d * d + zero
    near, slope = constants.spacing(time)
    far, _ = constants.spacing(time + 10.0)
    assert near == pytest.approx(d, rel=1e-9)
    assert far > near
    assert slope > 0.0


def test_texts_go_before_the_file_and_rates_need_both(tmp_path: Path) -> None:
    path = tmp_path / "i.prm"
    path.write_text("INS   HTYPE   PNTR\nINS  1 ICONS   5000 0 0\n")
    assert constants_of(("1=6000",), str(path))[1].difc == 6000.0
    assert constants_of((), str(path))[1].rates_at(5000.0) is None
    assert constants_of((), None) == {}
    negative = Constants(difc=5000.0, rates=(-1.0, 0.0, 1.0, 0.0))
    assert negative.rates_at(5000.0) is None


def test_a_mirrored_profile_swaps_rise_and_decay() -> None:
    x = np.linspace(-200.0, 200.0, 801)
    one, other = back_to_back(x, 0.0, 8.0, 0.3, 0.05), back_to_back(x, 0.0, 8.0, 0.05, 0.3)
    np.testing.assert_allclose(one, other[::-1], rtol=1e-9, atol=1e-15)


# --- series -------------------------------------------------------------------------------------------------


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=20, unique=True))
def test_names_with_numbers_sort_as_their_numbers(numbers: list[int]) -> None:
    names = [f"scan_{n}.xy" for n in numbers]
    assert sorted(names, key=natural) == [f"scan_{n}.xy" for n in sorted(numbers)]


def test_one_record_and_banks_are_no_series() -> None:
    assert ordered([pattern()])[1] == ()
    banks = [pattern(bank=k) for k in (1, 2)]
    found, said = ordered(banks)
    assert [r.frame for r in found] == [0, 0]
    assert said == ()


def line(positions: list[float]) -> Line:
    return Line(
        frames=np.arange(len(positions)), positions=np.array(positions), errors=np.full(len(positions), 0.002)
    )


def test_one_stray_position_is_no_motion() -> None:
    steady = [30.0] * 10
    assert not line(steady).moves
    assert line([*steady[:5], 30.5, *steady[5:]]).motion == 0.0
    assert line([30.0 + 0.05 * k for k in range(10)]).moves
    assert line([30.0, 30.2]).motion == pytest.approx(0.2)
    assert line(steady).centre == 30.0


def test_a_line_may_miss_patterns_and_one_seen_seldom_is_none() -> None:
    def peak(position: float) -> Peak:
        return Peak(position=position, position_error=0.002, width=0.2, area=50.0, area_error=1.0)

    frames = [[peak(40.0)] if k % 3 else [] for k in range(12)]
    frames[0] = [peak(60.0)]
    (only,) = lines_of(frames)
    assert only.centre == pytest.approx(40.0)
    assert len(only.frames) == 8


def test_patterns_after_the_cyclers_end_have_no_voltage() -> None:
    cycler = Cycler(seconds=np.array([0.0, 900.0]), voltage=np.array([3.0, 4.0]), charge=np.array([0.0, 1.0]))
    found, said = beside([pattern(source=f"{k}.xy") for k in range(3)], cycler, 600.0)
    assert [r.voltage is None for r in found] == [False, False, True]
    assert found[1].voltage == pytest.approx(3.0 + 600.0 / 900.0)
    assert "1 patterns are later" in said[0]
    by_clock, said = beside([pattern(time=1e9), pattern(time=1e9 + 450.0)], cycler, None)
    assert by_clock[1].voltage == pytest.approx(3.5)
    assert "clock" in said[0]


@pytest.mark.parametrize("text", ["00:00:00 3 1\n00:00:10 3 far\n", "1 2 3\n", "00:00:00 3.0 36\n"])
def test_a_cyclers_record_needs_two_rows_of_numbers(text: str, tmp_path: Path) -> None:
    path = tmp_path / "c.txt"
    path.write_text(text)
    with pytest.raises(InputError):
        read_cycler(path)


def test_deviations_of_a_file_are_variance_per_unit() -> None:
    record = pattern(intensity_unit="")
    given = replace(record, esd=np.sqrt(np.maximum(smoothed(record.intensity, 15), 1.0)) * 2.0)
    ready = prepared(given, Options())
    np.testing.assert_allclose(np.median(ready.data.per_count), 4.0, rtol=0.02)
    assert any("file's standard deviations" in text for text in ready.remarks)

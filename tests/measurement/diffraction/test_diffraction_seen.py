"""What analyses of every kind hand on: observables, what is absent and why, datasets, figures, sentences."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pattern_files
import pytest
from test_diffraction_complaints import pattern

from topotaxy.content.figure import Absent, Figure
from topotaxy.content.section import Section, Table
from topotaxy.errors import InputError
from topotaxy.measurement.diffraction import TECHNIQUE, Options
from topotaxy.measurement.diffraction.analysed import Analysed
from topotaxy.measurement.diffraction.dataset import axis_label, dataset
from topotaxy.measurement.diffraction.nano_observed import METALS, from_domains, from_pairs
from topotaxy.measurement.diffraction.nanodomains import Domains, NanoFit
from topotaxy.measurement.diffraction.observed import from_peaks, observed
from topotaxy.measurement.diffraction.options import Options as OptionsModel
from topotaxy.measurement.diffraction.pair_distribution import LARGEST, PairFit, fit_pairs, pair_function
from topotaxy.measurement.diffraction.pattern_shown import pattern_figure
from topotaxy.measurement.diffraction.peaks import Peak
from topotaxy.measurement.diffraction.phases import phase
from topotaxy.measurement.diffraction.preparing import prepared
from topotaxy.measurement.diffraction.refinement_observed import common_of, conditions_of
from topotaxy.measurement.diffraction.series import Cycler, beside, lines_of
from topotaxy.measurement.diffraction.series_shown import (
    COLUMNS,
    MOST_CURVES,
    line_table,
    map_figure,
    series_section,
    trend_figure,
    waterfall,
)
from topotaxy.measurement.diffraction.shown import _signed, answer, shown
from topotaxy.measurement.technique import Observed
from topotaxy.observables import Observable

FIT = {"phases": (pattern_files.PHASE,), "background_terms": 3, "spread": False}
COMMON: dict[str, Any] = {"technique": "diffraction", "origin": "simulated", "source": "made"}


def by_quantity(found: Observed) -> dict[str, list[Observable]]:
    table: dict[str, list[Observable]] = {}
    for one in found.observables:
        table.setdefault(one.quantity, []).append(one)
    return table


@pytest.fixture(scope="module")
def fitted() -> Observed:
    options = Options(**FIT, resolution=pattern_files.RESOLUTION, pristine_lattice_parameter=4.19)
    return observed([pattern(polarisation=1.0)], options)


# --- observables of a refinement ----------------------------------------------------------------------------


def test_spacings_are_those_of_the_refined_cell(fitted: Observed) -> None:
    table = by_quantity(fitted)
    (cell,) = table["lattice_parameter"]
    for one in table["interplanar_spacing"]:
        h, k, el = one.subject.reflection or (0, 0, 0)
        assert one.value == pytest.approx(cell.value / math.sqrt(h * h + k * k + el * el))
        assert (one.uncertainty or 0) / one.value == pytest.approx((cell.uncertainty or 0) / cell.value)
        assert (one.systematic or 0) / one.value == pytest.approx((cell.systematic or 0) / cell.value)
    assert [o.subject.reflection for o in table["interplanar_spacing"]][:2] == [(1, 1, 1), (2, 0, 0)]


def test_strain_is_the_cell_over_the_pristine_one(fitted: Observed) -> None:
    table = by_quantity(fitted)
    (cell,), (strain,) = table["lattice_parameter"], table["strain"]
    assert strain.value == pytest.approx(cell.value / 4.19 - 1.0)
    assert strain.uncertainty == pytest.approx((cell.uncertainty or 0) / 4.19)
    assert cell.value == pytest.approx(pattern_files.EDGE, abs=1e-3)


def test_microstrain_is_what_broadened_the_pattern(fitted: Observed) -> None:
    """0.15° of width over tan θ is a microstrain of 0.15 π / 180 / 4."""
    (strain,) = by_quantity(fitted)["microstrain"]
    truth = math.radians(0.15) / 4.0
    assert strain.bound is None
    assert abs(strain.value - truth) < 4.0 * (strain.uncertainty or 0.0) + 0.1 * truth


def test_without_the_instruments_widths_sizes_are_bounds() -> None:
    table = by_quantity(observed([pattern(polarisation=1.0)], Options(**FIT)))
    for name, bound in (("microstrain", "upper"), ("crystallite_size", "lower")):
        assert all(o.bound == bound for o in table.get(name, []))
        assert all(o.uncertainty is None for o in table.get(name, []))
    assert "strain" not in table


def test_one_phase_alone_gives_no_share_and_says_why(fitted: Observed) -> None:
    assert "phase_fraction" not in by_quantity(fitted)
    assert "internal standard" in fitted.absent["made"]["phase_fraction"]
    plain = observed([pattern(polarisation=1.0)], Options(**FIT))
    assert "pristine_lattice_parameter" in plain.absent["made"]["strain"]
    assert "resolution" in plain.absent["made"]["crystallite_size"]


def test_an_internal_standard_makes_shares_absolute() -> None:
    """Of 20 % standard by weight, half as much phase beside it is 0.2 / 2 / 0.8 of the sample."""
    from topotaxy.measurement.diffraction.beam import Beam
    from topotaxy.measurement.diffraction.keys import Key
    from topotaxy.measurement.diffraction.powder import powder

    structures = [phase("Ni=fcc metal:Ni:3.524"), phase("MgO=rock salt:MgO:4.212")]
    model = powder(pattern_files.TWO_THETA, Beam(radiation="X-ray", lines=pattern_files.LINES), structures)
    values = model.start() | {Key("W"): 0.02}
    for structure, weight in zip(structures, (2.0, 1.0), strict=True):
        values[Key("scale", structure.name)] = weight / structure.mass / structure.volume
    mean = model.pattern(values).sum(axis=0)
    mean = 5000.0 * mean / mean.max() + 40.0
    record = pattern(intensity=np.random.default_rng(1).poisson(mean).astype(float), polarisation=1.0)
    texts = ("Ni=fcc metal:Ni:3.524", "MgO=rock salt:MgO:4.212")
    relative = observed([record], Options(phases=texts, background_terms=3, spread=False))
    shares = {o.subject.phase: o for o in by_quantity(relative)["phase_fraction"]}
    assert shares["Ni"].value + shares["MgO"].value == pytest.approx(1.0)
    assert shares["Ni"].value == pytest.approx(2.0 / 3.0, abs=0.02)
    options = Options(
        phases=texts, background_terms=3, spread=False, internal_standard="Ni", standard_fraction=0.2
    )
    (absolute,) = by_quantity(observed([record], options))["phase_fraction"]
    assert absolute.subject.phase == "MgO"
    assert absolute.value == pytest.approx(0.2 * shares["MgO"].value / shares["Ni"].value / 0.8)
    assert "absolute" in absolute.method


def test_conditions_name_radiation_and_sample() -> None:
    record = pattern(title="mine", temperature=300.0, cycle=2)
    conditions = conditions_of(record, Options())
    assert (conditions.sample, conditions.cycle, conditions.temperature) == ("mine", 2, 300.0)
    assert conditions.radiation == "X-ray, 1.54059 Å"
    assert conditions_of(record, Options(sample_name="other")).sample == "other"
    assert common_of(record, Options())["source"] == "made"


# --- observables of domains ---------------------------------------------------------------------------------


def domain(text: str, amount: float, share: float, **more: float) -> Domains:
    values = {
        "amount_error": 1.0,
        "share_error": 0.02,
        "share_systematic": 0.03,
        "weight": share,
        "weight_error": 0.02,
        "weight_systematic": 0.03,
        "edge": 4.2,
        "edge_error": 0.001,
        "edge_systematic": 0.002,
        "diameter": 2.0,
        "diameter_error": 0.1,
    }
    return Domains(structure=phase(text), amount=amount, share=share, **(values | more))


def nano(*domains: Domains) -> NanoFit:
    x = np.zeros(len(pattern_files.TWO_THETA))
    return NanoFit(
        domains=domains,
        parts=np.zeros((len(domains), len(x))),
        background=x,
        residual=x,
        goodness=1.0,
        terms=4,
        values={},
    )


FRAME, METAL, SALT = "frame=rock salt:NiO:4.2", "metal=fcc metal:Ni:3.5", "salt=antifluorite:Li2O:4.6"


def test_domains_that_show_have_shares_cells_and_sizes() -> None:
    fit = nano(
        domain(FRAME, 50.0, 0.6, diameter=math.nan, diameter_error=math.nan),
        domain(METAL, 20.0, 0.4, edge=3.53),
        domain(SALT, 10.0, math.nan, weight=0.2),
    )
    found = from_domains(fit, COMMON, 4.0)
    shares = {(o.subject.phase, o.subject.note): o for o in found if o.quantity == "phase_fraction"}
    assert shares["frame", METALS].value == 0.6
    assert shares["frame", METALS].systematic == 0.03
    assert ("salt", METALS) not in shares
    assert shares["salt", ""].value == 0.2
    (strain,) = [o for o in found if o.quantity == "strain"]
    assert strain.value == pytest.approx(0.05)
    assert strain.subject.phase == "frame"
    sizes = {o.subject.phase: o.value for o in found if o.quantity == "domain_size"}
    assert sizes == {"metal": 2.0, "salt": 2.0}
    assert [o for o in from_domains(fit, COMMON, None) if o.quantity == "strain"] == []


def test_domains_that_do_not_show_are_bounded_and_have_no_cell() -> None:
    fit = nano(domain(FRAME, 2.0, 0.1), domain(METAL, 50.0, 0.9))
    found = from_domains(fit, COMMON, 4.0)
    bounds = [o for o in found if o.bound == "upper" and o.subject.note == METALS]
    assert [o.subject.phase for o in bounds] == ["frame"]
    assert bounds[0].value == pytest.approx(0.1 + 1.645 * math.hypot(0.02, 0.03))
    assert bounds[0].uncertainty is None
    assert not any(
        o.quantity in ("lattice_parameter", "strain") and o.subject.phase == "frame" for o in found
    )
    full = from_domains(nano(domain(FRAME, 2.0, 0.99), domain(METAL, 50.0, 0.9)), COMMON, None)
    assert max(o.value for o in full if o.bound == "upper") == 1.0


# --- pair distributions -------------------------------------------------------------------------------------

R = np.arange(1.7, 18.0, 0.05)
NICKEL = phase("Ni=fcc metal:Ni:3.52")


def test_the_scale_of_g_is_linear_and_its_background_the_density() -> None:
    """Between the shells of a hot crystal G(r) goes to none about -4πrρ + 4πrρ."""
    hot = pair_function(NICKEL, 3.52, R, radiation="neutron", displacement=0.6)
    assert np.abs(hot[R > 10.0]).max() < 0.05 * 4.0 * math.pi * 10.0 * 4.0 / 3.52**3


def test_the_first_shell_of_nickel_has_twelve_atoms() -> None:
    """Area of r G(r) + 4πr²ρ under the first maximum."""
    near = R[(R > 2.1) & (R < 2.95)]
    g = pair_function(NICKEL, 3.52, near, radiation="neutron", displacement=0.004)
    radial = near * g + 4.0 * math.pi * near**2 * 4.0 / 3.52**3
    assert radial.sum() * 0.05 == pytest.approx(12.0, rel=0.01)


def test_a_sphere_has_no_pairs_beyond_its_diameter_and_damping_is_a_factor() -> None:
    options: dict[str, Any] = {"radiation": "X-ray", "displacement": 0.006}
    whole = pair_function(NICKEL, 3.52, R, **options)
    ball = pair_function(NICKEL, 3.52, R, diameter=10.0, **options)
    assert np.abs(ball[R > 10.0]).max() == 0.0
    assert np.abs(ball).max() < np.abs(whole).max()
    damped = pair_function(NICKEL, 3.52, R, damping=0.05, **options)
    np.testing.assert_allclose(damped, whole * np.exp(-0.5 * (0.05 * R) ** 2), rtol=1e-12)


def test_correlated_motion_sharpens_near_pairs() -> None:
    options: dict[str, Any] = {"radiation": "neutron", "displacement": 0.01}
    plain = pair_function(NICKEL, 3.52, R, **options)
    sharp = pair_function(NICKEL, 3.52, R, sharpening=1.0, **options)
    first = (R > 2.2) & (R < 2.8)
    assert sharp[first].max() > 1.15 * plain[first].max()


@pytest.mark.parametrize(
    ("change", "text", "message"),
    [
        ({"axis": "two_theta"}, "Ni=fcc metal:Ni:3.52", "no pair distribution"),
        ({"radiation": None}, "Ni=fcc metal:Ni:3.52", "radiation"),
        ({}, "zincite", "cubic"),
        ({"x": R[:40], "intensity": R[:40]}, "Ni=fcc metal:Ni:3.52", "too few points"),
    ],
)
def test_what_is_no_pair_distribution_of_a_cube_is_refused(
    change: dict[str, Any], text: str, message: str
) -> None:
    given = {"axis": "r", "x": R, "intensity": np.sin(R), "radiation": "neutron", "lines": ()} | change
    with pytest.raises(InputError, match=message):
        fit_pairs(pattern(**given), phase(text))


def pair_fit(diameter: float, error: float) -> PairFit:
    return PairFit(
        structure=NICKEL,
        edge=3.52,
        edge_error=0.001,
        displacement=0.01,
        diameter=diameter,
        diameter_error=error,
        scale=1.0,
        calculated=R,
        x=R,
        residual=0.1,
    )


def test_sizes_from_pairs_are_bounds_unless_the_damping_is_known() -> None:
    def size(fit: PairFit, *, known: bool) -> Observable:
        (one,) = [o for o in from_pairs(fit, COMMON, known=known) if o.quantity == "domain_size"]
        return one

    told = size(pair_fit(30.0, 2.0), known=True)
    assert (told.value, told.uncertainty, told.bound) == (3.0, 0.2, None)
    least = size(pair_fit(30.0, 2.0), known=False)
    assert least.bound == "lower"
    assert least.value == pytest.approx(0.1 / (1.0 / 30.0 + 4.0 / 900.0))
    assert size(pair_fit(LARGEST, 1.0), known=True).bound == "lower"
    assert size(pair_fit(30.0, 20.0), known=True).bound == "lower"


# --- peaks --------------------------------------------------------------------------------------------------


def test_spacings_of_peaks_follow_braggs_law_in_the_order_of_angles() -> None:
    strong = Peak(position=60.0, position_error=0.02, width=0.1, area=9.0, area_error=0.1)
    weak = Peak(position=30.0, position_error=0.02, width=0.1, area=2.0, area_error=0.1)
    second, first = from_peaks(pattern(), [strong, weak])
    assert (second.subject.rank, first.subject.rank) == (1, 2)
    assert first.value == pytest.approx(1.5405929)
    assert second.value == pytest.approx(1.5405929 / 2.0 / math.sin(math.radians(15.0)))
    slope = first.value * math.radians(0.02) / 2.0 / math.tan(math.radians(30.0))
    assert first.uncertainty == pytest.approx(slope)
    assert from_peaks(pattern(lines=()), [weak]) == []


def test_without_phases_peaks_are_given_and_the_rest_is_absent() -> None:
    found = observed([pattern()], Options())
    assert {o.quantity for o in found.observables} == {"interplanar_spacing"}
    assert found.absent["made"]["lattice_parameter"].startswith("no phases")
    tof = observed([pattern(axis="tof", lines=(), radiation="neutron")], Options(phases=("corundum",)))
    assert "not fitted to an axis of tof: whether corundum is there" in tof.absent["made"]["phase_fraction"]
    with pytest.raises(InputError, match="none of a powder pattern"):
        observed([pattern(axis="other")], Options())


def test_peaks_stand_in_a_table_with_their_share_of_the_largest() -> None:
    found = observed([pattern()], Options())
    (section,) = (s for s in shown([pattern()], found) if s.anchor == "peaks-1")
    (table,) = section.parts
    assert isinstance(table, Table)
    assert [row[0] for row in table.rows] == [str(n + 1) for n in range(len(found.details[0].peaks))]
    spacings = [float(row[2]) for row in table.rows]
    assert spacings == sorted(spacings, reverse=True)
    assert max(float(row[4]) for row in table.rows) == 100.0


@pytest.mark.parametrize("origin", ["measured", "simulated"])
def test_a_legend_says_where_a_pattern_comes_from(origin: str) -> None:
    figure = pattern_figure(observed([pattern(origin=origin)], Options()).details[0], "pattern")
    assert isinstance(figure, Figure)
    assert [one.name for one in figure.panels[0].series] == [origin]
    assert origin in figure.caption


def test_an_unknown_phase_is_refused_before_anything_is_fitted() -> None:
    with pytest.raises(InputError, match="not known"):
        observed([pattern()], Options(phases=("kryptonite",)))


# --- datasets -----------------------------------------------------------------------------------------------


def test_the_dataset_holds_record_and_fit_with_units(fitted: Observed) -> None:
    group = fitted.dataset["pattern_1"].to_dataset()
    assert group["intensity"].attrs["units"] == "counts"
    assert group["two_theta"].attrs["units"] == "degree"
    np.testing.assert_array_equal(group["intensity"].values, pattern_files.counts())
    total = group["phase_pattern"].sum("phase") + group["background"]
    np.testing.assert_allclose(total.values, group["calculated"].values)
    assert group.attrs["source"] == "made"


def test_points_outside_the_range_wanted_have_no_fit() -> None:
    found = observed([pattern(polarisation=1.0)], Options(**FIT, axis_start=30.0, exclude=("50-60",)))
    group = found.dataset["pattern_1"].to_dataset()
    x, fit = group["two_theta"].values, group["calculated"].values
    outside = (x < 30.0) | ((x >= 50.0) & (x <= 60.0))
    assert np.isnan(fit[outside]).all()
    assert np.isfinite(fit[~outside]).all()


def test_too_few_points_are_not_fitted() -> None:
    with pytest.raises(InputError, match="points are left"):
        prepared(pattern(), Options(axis_end=26.0))


@pytest.mark.parametrize(
    ("axis", "label"),
    [("two_theta", "2θ (°)"), ("q", "Q (Å⁻¹)"), ("tof", "time of flight (µs)"), ("other", "axis")],
)
def test_axes_are_labelled_with_their_units(axis: str, label: str) -> None:
    assert axis_label(axis) == label


def test_peaks_are_in_the_dataset_of_an_unfitted_pattern() -> None:
    found = observed([pattern()], Options())
    group = found.dataset["pattern_1"].to_dataset()
    positions = [p.position for p in found.details[0].peaks]
    np.testing.assert_allclose(group["peak_position"].values, positions)
    assert "calculated" not in group
    assert list(dataset([])) == []


# --- pages --------------------------------------------------------------------------------------------------


def figures(sections: tuple[Section, ...]) -> list[Figure]:
    return [part for section in sections for part in section.parts if isinstance(part, Figure)]


def test_the_page_of_a_fit_shows_pattern_difference_ticks_and_what_was_fixed(fitted: Observed) -> None:
    record = fitted.details[0].record
    sections = shown([record], fitted)
    assert [s.anchor for s in sections] == ["diffraction", "fit-1", "diffraction-numbers"]
    (figure,) = figures(sections)
    assert [p.title for p in figure.panels] == ["Pattern and fit", "Difference over its standard deviation"]
    (ticks,) = figure.panels[0].ticks
    assert ticks.x.min() > pattern_files.TWO_THETA[0]
    (table, *_) = [p for p in sections[1].parts if isinstance(p, Table)]
    free = {str(key) for key in fitted.details[0].refinement.fit.free}
    assert {row[0] for row in table.rows} == free


def test_a_systematic_uncertainty_stands_in_the_unit_of_its_value(fitted: Observed) -> None:
    share = Observable(
        quantity="phase_fraction", value=0.65, uncertainty=0.21, systematic=0.086, unit="1", **COMMON
    )
    cell = Observable(
        quantity="lattice_parameter", value=4.2, uncertainty=0.01, systematic=0.027, unit="Å", **COMMON
    )
    for sources, columns in ((["made", "made"], 5), (["made", "other"], 6)):
        both = tuple(o.model_copy(update={"source": s}) for o, s in zip((share, cell), sources, strict=True))
        section = shown([pattern()], replace(fitted, observables=both))[-1]
        (table, *_) = [p for p in section.parts if isinstance(p, Table)]
        assert {len(row) for row in table.rows} == {len(table.head)} == {columns}
        assert [row[-2] for row in table.rows] == ["± 9 %", "± 0.03 Å"]
        assert [row[-5] for row in table.rows] == ["phase fraction", "lattice parameter"]


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (1.25, "+1.25"),
        (-0.93, "−0.93"),
        (12345.0, "+12,345.00"),
        (0.004, "0.00"),
        (-0.004, "0.00"),
        (0.0, "0.00"),
    ],
)
def test_a_change_has_its_sign_and_nothing_has_none(value: float, said: str) -> None:
    assert _signed(value) == said


def test_sentences_say_what_was_found(fitted: Observed) -> None:
    assert answer(fitted.details, fitted.observables).startswith("Lattice parameter: ")
    plain = observed([pattern()], Options())
    text = answer(plain.details, plain.observables)
    assert text.startswith(f"{len(plain.details[0].peaks)} peaks")
    domains = Analysed(record=pattern(), nano=nano(domain(FRAME, 50.0, 0.6), domain(METAL, 2.0, 0.1)))
    text = answer(
        [domains], from_domains(nano(domain(FRAME, 50.0, 0.6), domain(METAL, 2.0, 0.1)), COMMON, None)
    )
    assert text.startswith("Of the metal atoms: frame 60 ± 4 %")
    assert "metal at most" in text
    failed = [Analysed(record=pattern(), failed="no"), Analysed(record=pattern())]
    assert answer(failed, []) == "2 patterns, phases fitted in 0; 1 of 2 could not be analysed."


def test_every_kind_of_record_has_its_figure() -> None:
    data = prepared(pattern(), Options())
    domains = Analysed(
        record=pattern(), prepared=data, nano=nano(domain(FRAME, 5.0, 0.6), domain(METAL, 5.0, 0.4))
    )
    names = [s.key for s in pattern_figure(domains, "x").panels[0].series]
    assert names == ["record", "fit", "background", "frame", "metal"]
    pairs = Analysed(record=pattern(axis="r", x=R, intensity=R, lines=()), pairs=pair_fit(30.0, 1.0))
    (panel,) = pattern_figure(pairs, "x").panels
    assert panel.x_label == "r (Å)"
    (panel,) = pattern_figure(Analysed(record=pattern()), "x").panels
    assert panel.ticks == ()


def test_a_failed_record_shows_its_reason() -> None:
    one = Analysed(record=pattern(), failed="made: nothing to see")
    found = Observed(observables=(), absent={"made": {"strain": "nothing"}}, details=(one,), remarks=())
    sections = TECHNIQUE.shown([one.record], found)
    reasons = [p for p in sections[0].parts if isinstance(p, Absent)]
    assert reasons == [Absent("made: nothing to see")]


def series(count: int, *, charge: bool) -> list[Analysed]:
    cycler = Cycler(
        seconds=np.array([0.0, 600.0 * count]), voltage=np.array([3.0, 4.0]), charge=np.array([0.0, 8.0])
    )
    records = [pattern(source=f"{k}.xy", intensity=pattern_files.counts(k)) for k in range(count)]
    if charge:
        records = list(beside(records, cycler, 600.0)[0])
    return [Analysed(record=r, peaks=(peak_at(30.0 + 0.1 * k), peak_at(45.0))) for k, r in enumerate(records)]


def peak_at(position: float) -> Peak:
    return Peak(position=position, position_error=0.003, width=0.3, area=50.0, area_error=1.0)


def test_the_map_of_a_series_has_one_row_a_pattern_and_its_voltage() -> None:
    analysed = series(5, charge=True)
    figure = map_figure(analysed)
    assert figure.panels[0].values.shape == (5, COLUMNS)
    np.testing.assert_allclose(figure.panels[1].series[0].x, 3.0 + np.arange(5) / 5.0)
    assert len(map_figure(series(5, charge=False)).panels) == 1


@pytest.mark.parametrize("count", [2, 12, 30])
def test_a_waterfall_shows_at_most_twelve_first_and_last_among_them(count: int) -> None:
    curves = waterfall(series(count, charge=False)).panels[0].series
    assert len(curves) == min(count, MOST_CURVES)
    assert curves[0].key == "0"
    assert curves[-1].key == str(count - 1)


def test_lines_that_move_are_marked_in_the_table() -> None:
    analysed = series(6, charge=False)
    table = line_table(lines_of([one.peaks for one in analysed]))
    assert [row[4] for row in table.rows] == ["moves", "stays"]
    assert [row[1] for row in table.rows] == ["6", "6"]


def test_trends_run_along_the_charge_where_it_is_known(fitted: Observed) -> None:
    cells = [o for o in fitted.observables if o.quantity == "lattice_parameter"]
    for charge, label in ((True, "charge passed (mAh)"), (False, "pattern")):
        analysed = series(3, charge=charge)
        found = [cells[0].model_copy(update={"source": f"{k}.xy"}) for k in range(3)]
        figure = trend_figure(analysed, found)
        assert figure is not None
        (panel,) = figure.panels
        assert panel.x_label == label
        assert len(panel.series[0].x) == 3
    assert trend_figure(series(3, charge=False), []) is None


def test_the_section_of_a_series_says_how_many_voltages_are_known() -> None:
    analysed = series(4, charge=True)
    section = series_section(analysed, Observed(observables=(), details=tuple(analysed)))
    assert "known at 4" in section.parts[0].text
    bare = series_section(series(4, charge=False), Observed(observables=(), details=()))
    assert "no cycler's record" in bare.parts[0].text


# --- options ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"wavelength": 30.0}, "wavelength"),
        ({"wavelength": 1.5, "emission": "Cu Ka"}, "not both"),
        ({"internal_standard": "Si"}, "belong together"),
        ({"internal_standard": "Si", "standard_fraction": 1.2}, "below 1"),
        ({"le_bail": ("all",), "nano_phases": ("x",)}, "le_bail"),
        ({"background_terms": 0}, "1 to 40"),
        ({"resolution": (0.1, 0.2)}, "five or six"),
        ({"electrode_cycle": 0}, "from 1"),
        ({"axis_start": 40.0, "axis_end": 30.0}, "below axis_end"),
        ({"exclude": ("45-44",)}, "no range"),
        ({"exclude": ("all",)}, "no range"),
        ({"nothing": 1}, "Extra inputs"),
    ],
)
def test_options_that_contradict_each_other_are_refused(given: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        OptionsModel(**given)


def test_ranges_and_resolutions_are_read() -> None:
    options = Options(exclude=("44.5-45.1", "50 to 51"), resolution=(1.0, 2.0, 3.0, 4.0, 5.0))
    assert options.excluded() == ((44.5, 45.1), (50.0, 51.0))
    assert options.resolution_values() == {"U": 1.0, "V": 2.0, "W": 3.0, "X": 4.0, "Y": 5.0, "axial": 0.0}
    assert Options().resolution_values() == {}

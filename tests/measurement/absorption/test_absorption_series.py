"""Laws of repeats, combinations and components, and of what is shown of them."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import spectrum_files as made
from hypothesis import given, settings
from hypothesis import strategies as st

from topotaxy.content.figure import Figure
from topotaxy.content.numbers import observable_text
from topotaxy.content.section import Table
from topotaxy.errors import InputError
from topotaxy.measurement.absorption import TECHNIQUE
from topotaxy.measurement.absorption.along import axis_of, series_figure
from topotaxy.measurement.absorption.calibration import calibrated, reference_of, shift_against
from topotaxy.measurement.absorption.combination import combined
from topotaxy.measurement.absorption.components import components, significance
from topotaxy.measurement.absorption.edges import half_step, mean_rise, smoothing_width
from topotaxy.measurement.absorption.figures import edge_figure, exafs_figure, species_figure
from topotaxy.measurement.absorption.merging import deglitched, glitches, merged
from topotaxy.measurement.absorption.normalisation import Ranges, normalised, usual_ranges
from topotaxy.measurement.absorption.options import AbsorptionOptions
from topotaxy.measurement.absorption.parameter_names import parameter_name
from topotaxy.measurement.absorption.self_absorption import amounts, damping

NO_FIT = AbsorptionOptions(environment="none")


def one(valence=2.0, **fields):
    return normalised(made.record(valence=valence, **fields))


# --- normalisation -----------------------------------------------------------------------------------------


@given(st.floats(20.0, 400.0), st.floats(40.0, 2000.0))
def test_ranges_lie_on_either_side_of_the_edge_and_within_the_scan(below, above):
    energy = np.array([8333.0 - below, 8333.0, 8333.0 + above])
    found = usual_ranges(energy, 8333.0)
    assert -below - 1e-9 <= found.pre[0] < found.pre[1] < 0.0
    assert 0.0 < found.post[0] < found.post[1] <= above + 1e-9
    assert 0 <= found.degree <= 2
    assert found.pre_degree in (0, 1)


@settings(max_examples=20, deadline=None)
@given(st.floats(0.1, 50.0), st.floats(-20.0, 20.0), st.floats(-2e-3, 2e-3))
def test_scale_offset_and_slope_do_not_change_a_normalised_spectrum(scale, offset, slope):
    record = made.record()
    ranges = Ranges(pre=(-200.0, -30.0), post=(100.0, 500.0), degree=2)
    other = record.updated(
        absorption=scale * (record.absorption + offset + slope * (record.energy_ev - made.THRESHOLD))
    )
    first, second = (normalised(r, e0=made.THRESHOLD, ranges=ranges) for r in (record, other))
    np.testing.assert_allclose(second.values, first.values, atol=1e-6)
    assert second.step == pytest.approx(scale * first.step, rel=1e-6)


def test_noise_is_that_of_the_points():
    for noise in (1e-3, 5e-3):
        draws = [normalised(made.record(noise=noise, seed=s)) for s in range(25)]
        found = np.mean([one.noise * one.step for one in draws])
        # A median of some thirty second differences scatters by a quarter; the mean of 25 by 5 %.
        assert found == pytest.approx(noise, rel=0.25)


def test_positions_do_not_depend_on_the_scale_of_the_step():
    record = made.record()
    for method in (half_step, mean_rise):
        found = [
            method(normal.energy_ev, normal.values, normal.e0).energy_ev
            for normal in (normalised(record), normalised(record.updated(absorption=7.0 * record.absorption)))
        ]
        assert found[0] == pytest.approx(found[1], abs=1e-6)


def test_an_uncertain_step_makes_an_uncertain_half_step():
    normal = one()
    found = [half_step(normal.energy_ev, normal.values, normal.e0, step_error=e) for e in (0.0, 0.05, 0.1)]
    assert found[0].systematic_ev == 0.0
    assert found[2].systematic_ev == pytest.approx(2.0 * found[1].systematic_ev)


def test_nothing_that_never_rises_through_its_levels_has_a_position():
    energy = np.arange(8300.0, 8400.0, 0.5)
    flat = np.full(len(energy), 0.3)
    assert half_step(energy, flat, 8333.0) is None
    assert mean_rise(energy, flat, 8333.0) is None


@given(st.floats(50.0, 1e5))
def test_smoothing_stays_within_its_limits(energy):
    assert 0.2 <= smoothing_width(energy) <= 3.0


# --- calibration -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shift", [-3.0, -0.4, 0.0, 2.5])
def test_a_shift_is_the_same_seen_from_either_side(shift):
    first = one()
    second = normalised(made.record().shifted(shift, "moved"))
    assert shift_against(second, first) == pytest.approx(shift, abs=0.03)
    assert shift_against(first, second) == pytest.approx(-shift, abs=0.03)


def test_a_reference_that_shows_no_edge_is_none():
    record = made.record()
    rng = np.random.default_rng(0)
    for reference in (rng.normal(size=len(record)), np.linspace(1.0, 0.0, len(record)), None):
        other = record.updated(reference=reference)
        assert reference_of(other) is None
        assert calibrated(other) is other


def test_calibration_done_twice_is_calibration_done_once():
    record = made.record().updated(reference=made.absorption(made.energies() - 2.0, valence=0.0))
    once = calibrated(record)
    np.testing.assert_allclose(calibrated(once).energy_ev, once.energy_ev, atol=0.02)


# --- repeats -----------------------------------------------------------------------------------------------


def test_glitches_do_not_depend_on_scale_and_offset():
    record = made.record(noise=2e-4)
    values = record.absorption.copy()
    values[[330, 400]] += 0.1
    spoilt = record.updated(absorption=values)
    wanted = glitches(spoilt, made.THRESHOLD)
    assert wanted.any()
    for scale, offset in ((5.0, 0.0), (1.0, -30.0), (0.01, 4.0)):
        other = spoilt.updated(absorption=scale * values + offset)
        np.testing.assert_array_equal(glitches(other, made.THRESHOLD), wanted)


def test_nothing_near_the_edge_is_a_glitch():
    record = made.record(noise=2e-4)
    values = record.absorption.copy()
    near = int(np.searchsorted(record.energy_ev, made.THRESHOLD + 10.0))
    values[near] += 0.3
    assert len(deglitched(record.updated(absorption=values), made.THRESHOLD)) == len(record)


def test_the_mean_of_one_spectrum_with_itself_is_that_spectrum():
    record = made.record(noise=1e-3)
    found = merged([record, record, record])
    np.testing.assert_allclose(found.absorption, record.absorption, atol=1e-12)
    assert found.deviation.max() < 1e-12


def test_gains_that_differ_between_repeats_are_evened_and_said():
    record = made.record(noise=1e-4)
    other = made.record(noise=1e-4, seed=1)
    found = merged([record, other.updated(absorption=1.3 * other.absorption + 0.5)])
    assert any("scales of the spectra differed" in note for note in found.notes)
    # The form is kept: normalised, it is the one that went in.
    np.testing.assert_allclose(normalised(found).values, normalised(record).values, atol=2e-3)


def test_repeats_are_compared_where_they_overlap():
    record = made.record()
    first = record.updated(energy_ev=record.energy_ev[:-40], absorption=record.absorption[:-40])
    second = record.updated(energy_ev=record.energy_ev[20:], absorption=record.absorption[20:])
    found = merged([first, second])
    assert found.energy_ev[0] == record.energy_ev[20]
    assert found.energy_ev[-1] == record.energy_ev[-41]


# --- combinations and components ---------------------------------------------------------------------------

METAL, OXIDE = one(0.0, label="metal"), one(2.0, label="oxide")


def mixture(share):
    return dataclasses.replace(OXIDE, flat=share * METAL.flat + (1.0 - share) * OXIDE.flat)


@settings(max_examples=10, deadline=None)
@given(st.floats(0.0, 1.0))
def test_shares_add_to_one_and_do_not_depend_on_the_order_of_standards(share):
    found = combined(mixture(share), [METAL, OXIDE], np.random.default_rng(0), fit_shift=False, repeats=2)
    turned = combined(mixture(share), [OXIDE, METAL], np.random.default_rng(0), fit_shift=False, repeats=2)
    assert found.shares.sum() == pytest.approx(1.0)
    np.testing.assert_allclose(turned.shares[::-1], found.shares, atol=1e-6)
    assert found.shares[0] == pytest.approx(share, abs=1e-6)
    assert found.names == ("metal", "oxide")


def test_a_standard_is_itself():
    found = combined(METAL, [METAL, OXIDE], np.random.default_rng(0), repeats=2)
    np.testing.assert_allclose(found.shares, [1.0, 0.0], atol=1e-4)
    assert found.shift_ev == pytest.approx(0.0, abs=0.02)
    assert found.r_factor < 1e-6


def test_a_range_without_points_is_refused():
    with pytest.raises(InputError, match="too few"):
        combined(METAL, [METAL, OXIDE], np.random.default_rng(0), span=(-2.0, 1.0))


def series(shares, noise=2e-3):
    return [
        normalised(
            made.record(noise=noise, seed=n).updated(
                absorption=s * made.record(valence=0.0).absorption
                + (1.0 - s) * made.record().absorption
                + noise * np.random.default_rng(n).normal(size=len(made.energies()))
            )
        )
        for n, s in enumerate(shares)
    ]


def test_components_do_not_depend_on_the_order_of_the_spectra():
    spectra = series(np.linspace(0.0, 1.0, 9))
    first, turned = components(spectra), components(spectra[::-1])
    np.testing.assert_allclose(turned.eigenvalues, first.eigenvalues, rtol=1e-6)
    assert turned.count == first.count == 2
    assert np.all(np.diff(first.eigenvalues) <= 0.0)
    assert ((first.significance >= 0.0) & (first.significance <= 1.0)).all()


def test_what_stands_far_above_the_rest_is_significant_and_equals_are_not():
    weights = np.array([(10 - j) * (200 - j) for j in range(10)], dtype=float)
    assert significance(weights, 10, 200)[0] > 0.3
    assert significance(np.r_[1e6 * weights[0], weights[1:]], 10, 200)[0] < 1e-4


# --- self-absorption ---------------------------------------------------------------------------------------


def test_a_formula_written_twice_is_the_same_sample():
    assert amounts("Ni_2_O_2") == {"Ni": 2.0, "O": 2.0}
    assert amounts("(NiO)2") == amounts("Ni2O2")
    record = made.record(mode="fluorescence")
    assert damping(record.updated(formula="Ni2O2")) == pytest.approx(damping(record.updated(formula="NiO")))


def test_self_absorption_falls_as_the_absorber_is_diluted():
    record = made.record(mode="fluorescence")
    found = [damping(record.updated(formula=f"Ni{x}Mg{1 - x:g}O")) for x in (1.0, 0.5, 0.2, 0.05, 0.01)]
    assert np.all(np.diff(found) < 0.0)
    assert all(0.0 <= share <= 1.0 for share in found)


# --- shown -------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def seen():
    records = [made.record(valence=2.0 - 0.2 * n, label=f"step {n}", source=f"step {n}") for n in range(9)]
    return records, TECHNIQUE.observed(records, NO_FIT)


def test_a_figure_draws_six_curves_at_most_with_the_first_and_the_last(seen):
    figure = edge_figure(seen[1].details)
    drawn = [one.name for one in figure.panels[0].series]
    assert len(drawn) == 6
    assert (drawn[0], drawn[-1]) == ("step 0", "step 8")
    assert len({one.colour for one in figure.panels[0].series}) == 6


def test_the_figure_of_species_falls(seen):
    (panel,) = species_figure(seen[1].details).panels
    for one in panel.series:
        assert one.y[0] == pytest.approx(1.0)
        assert np.all(np.diff(one.y) <= 0.0)


def test_every_number_of_the_page_is_one_that_was_found(seen):
    records, observed = seen
    sections = TECHNIQUE.shown(records, observed)
    tables = [part for section in sections for part in section.parts if isinstance(part, Table)]
    (edges,) = [table for table in tables if "Edge positions" in table.caption]
    assert [row[0] for row in edges.rows] == [record.label for record in records]
    half = [o for o in observed.observables if o.quantity == "edge_energy" and o.method == "half step"]
    # With noise and scale of energies together, as everywhere else.
    assert [f"{row[2]} eV" for row in edges.rows] == [observable_text(o) for o in half]
    assert len([p for s in sections for p in s.parts if isinstance(p, Figure)]) >= 2
    assert "9 spectra at the Ni K edge" in sections[0].parts[0].text


def test_a_page_without_spectra_says_so():
    energy = made.energies()
    falling = made.record().updated(absorption=-made.absorption(energy))
    seen = TECHNIQUE.observed([falling], NO_FIT)
    assert not seen.observables
    assert "does not rise" in seen.absent["made"]["edge_energy"]
    (only,) = TECHNIQUE.shown([falling], seen)
    assert only.parts[0].text == "No spectrum could be analysed."


@pytest.mark.parametrize("with_metal", [True, False])
@pytest.mark.parametrize("stoichiometric", [True, False])
def test_every_parameter_of_a_fit_has_a_name_of_its_own_in_words(with_metal, stoichiometric):
    names = {"s02", "e0", "stretch", "variance", "variance_2"}
    for shell in ("anion", "cation", *(["metal"] if with_metal else [])):
        names |= {f"r_{shell}", f"v_{shell}", *([] if stoichiometric else [f"n_{shell}"])}
    words = [parameter_name(name) for name in sorted(names | {"e0_oxide", "e0_metal", "reduced"})]
    assert len(set(words)) == len(words)
    assert not any("_" in text for text in words)


def test_remarks_that_differ_in_numbers_only_are_said_once(seen):
    records = [
        made.record(label=f"scan {n}", source=f"scan {n}", notes=(f"{n + 1} points left out",))
        for n in range(4)
    ]
    remarks = TECHNIQUE.observed(records, NO_FIT).remarks
    (once,) = [text for text in remarks if "points left out" in text]
    assert once.endswith("alike for 3 more spectra)")


def test_a_spectrum_too_thick_is_said():
    thick = made.record(mode="transmission").updated(absorption=5.0 * made.absorption(made.energies()))
    assert any("so thick" in text for text in TECHNIQUE.observed([thick], NO_FIT).remarks)


def test_the_transform_of_the_page_has_its_units():
    record = made.record()
    seen = TECHNIQUE.observed([record], AbsorptionOptions(environment="metal", components=False))
    panel = exafs_figure(seen.details).panels[1]
    assert panel.x_label.startswith("R / Å")
    peak = panel.series[0].x[int(np.argmax(panel.series[0].y))]
    assert 1.8 < peak < 2.8  # a wave of 2.5 Å, less its phase


def test_the_edge_of_a_series_is_drawn_in_the_order_given():
    def of(valences):
        records = [
            made.record(valence=v).updated(source=f"scan {n}", label=f"scan {n}")
            for n, v in enumerate(valences)
        ]
        return TECHNIQUE.observed(records, NO_FIT)

    valences = (2.0, 2.5, 3.0, 2.0)
    seen = of(valences)
    figure = series_figure(seen.details)
    assert isinstance(figure, Figure)
    (panel,) = figure.panels
    assert {one.name for one in panel.series} == {"half step", "integral"}
    for curve in panel.series:
        np.testing.assert_array_equal(curve.x, [1.0, 2.0, 3.0, 4.0])
        assert curve.y[0] == 0.0 < curve.y[1] < curve.y[2]
        assert curve.y[3] == pytest.approx(0.0, abs=1e-6)
    assert any(section.anchor == "series" for section in TECHNIQUE.shown([], seen))
    assert series_figure(of((2.0, 3.0)).details) is None


def test_clocks_and_a_current_make_charge():
    def scans(*times):
        return [made.record().updated(time=t) for t in times]

    hours = axis_of(scans(1000.0, 4600.0, 11800.0), None)
    np.testing.assert_allclose(hours.values, [0.0, 1.0, 3.0])
    charge = axis_of(scans(1000.0, 4600.0, 11800.0), 0.02)
    np.testing.assert_allclose(charge.values, [0.0, 20.0, 60.0])
    assert "mAh" in charge.label
    # A copied clock, or none, is no time.
    for times in ((1000.0, 1000.0, 2000.0), (1000.0, None, 2000.0)):
        axis = axis_of(scans(*times), 0.02)
        np.testing.assert_array_equal(axis.values, [1.0, 2.0, 3.0])
        assert axis.counts

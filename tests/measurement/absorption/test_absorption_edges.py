from __future__ import annotations

import numpy as np
import pytest
import spectrum_files as made

from topotaxy.errors import InputError
from topotaxy.measurement.absorption.calibration import calibrated, foil_energies, shift_against
from topotaxy.measurement.absorption.edges import (
    derivative,
    first_inflection,
    half_step,
    mean_rise,
    steepest_rise,
)
from topotaxy.measurement.absorption.merging import merged
from topotaxy.measurement.absorption.normalisation import Ranges, normalised
from topotaxy.measurement.absorption.record import AbsorptionRecord, cleaned, edge_energies

E = np.arange(8150.0, 9200.0, 0.25)


def step(at, width=1.5):
    return 0.5 + np.arctan((E - at) / width) / np.pi


def record(values, **about):
    return AbsorptionRecord(
        source="s", format="f", energy_ev=E, absorption=values, element="Ni", edge="K", **about
    )


def test_all_positions_of_a_symmetric_step_are_its_middle():
    values = step(8333.3)
    assert half_step(E, values, 8333.0).energy_ev == pytest.approx(8333.3, abs=0.02)
    assert first_inflection(E, values) == pytest.approx(8333.3, abs=0.02)
    assert steepest_rise(E, values) == pytest.approx(8333.3, abs=0.02)


def test_the_integral_of_a_ramp_is_known():
    # A ramp from 0 at a to 1.2 at b crosses 0.15 to 1 evenly: its mean is the middle of those two.
    a, b = 8330.0, 8342.0
    values = np.clip((E - a) / (b - a), 0.0, 1.0) * 1.2
    middle = a + (b - a) * 0.5 * (0.15 + 1.0) / 1.2
    assert mean_rise(E, values, 8335.0).energy_ev == pytest.approx(middle, abs=0.06)


def test_first_inflection_does_not_jump_between_two_equal_rises():
    found = [first_inflection(E, 0.5 * step(8333.0) + (0.5 + d) * step(8345.0)) for d in (-0.05, 0.0, 0.05)]
    assert np.ptp(found) < 0.2
    assert found[0] == pytest.approx(8333.0, abs=0.3)


def test_positions_move_with_the_spectrum():
    for shift in (0.3, -1.7, 4.0):
        for method in (half_step, mean_rise):
            moved, still = (
                method(E, step(8333 + shift) * 1.1, 8333 + shift),
                method(E, step(8333) * 1.1, 8333),
            )
            assert moved.energy_ev - still.energy_ev == pytest.approx(shift, abs=0.05)


def test_a_smoothed_derivative_of_a_line_is_its_slope():
    _, slope = derivative(E, 0.37 * E, 1.0)
    np.testing.assert_allclose(slope, 0.37, rtol=1e-9)


def test_noise_of_half_step_is_as_stated():
    values = step(8333.0)
    noise = 0.01
    found = [
        half_step(E, values + noise * np.random.default_rng(s).normal(size=len(E)), 8333.0, noise=noise)
        for s in range(200)
    ]
    spread = np.std([f.energy_ev for f in found])
    # Smoothing only lowers it; 200 draws know a standard deviation to 5 %.
    assert 0.2 * found[0].uncertainty_ev < spread < 1.2 * found[0].uncertainty_ev


def test_a_step_on_a_line_is_found_exactly():
    values = 2.0 - 3e-4 * (E - 8333.0) + 0.7 * (E > 8333.1)
    found = normalised(record(values), e0=8333.0)
    assert found.step == pytest.approx(0.7, rel=1e-6)
    assert found.step_uncertainty < 1e-6
    np.testing.assert_allclose(found.values[E < 8330], 0.0, atol=1e-9)
    np.testing.assert_allclose(found.flat[E > 8340], 1.0, atol=1e-9)


def test_scale_and_offset_do_not_change_the_normalised_spectrum():
    first = normalised(record(step(8333.0)))
    other = normalised(record(3.0 * step(8333.0) + 5.0))
    np.testing.assert_allclose(other.values, first.values, atol=1e-9)
    assert other.step == pytest.approx(3.0 * first.step)
    assert other.step_error == pytest.approx(first.step_error)


def test_the_uncertainty_of_the_step_covers_another_choice_of_ranges():
    one = made.record()
    found = normalised(one)
    other = normalised(one, ranges=Ranges(pre=(-200.0, -60.0), post=(150.0, 500.0), degree=1))
    assert abs(other.step - found.step) < 4.0 * found.step_uncertainty


def test_normalised_spectra_stay_as_they_are():
    found = normalised(record(step(8333.0), normalised=True))
    np.testing.assert_array_equal(found.values, step(8333.0))
    assert found.step == 1.0


def test_too_few_points_below_the_edge_are_named():
    with pytest.raises(InputError, match="below the edge"):
        normalised(
            AbsorptionRecord(
                source="s", format="f", energy_ev=E[E > 8332.5], absorption=step(8333.0)[E > 8332.5]
            ),
            e0=8333.0,
        )


def test_a_foil_in_the_scan_puts_energies_right():
    energy = made.energies()
    foil = made.absorption(energy, valence=0.0)
    for drift in (0.0, 3.0, -7.0):
        moved = made.record().updated(energy_ev=energy + drift, reference=foil)
        right = calibrated(moved)
        assert first_inflection(right.energy_ev, right.reference) == pytest.approx(
            foil_energies()["Ni", "K"], abs=0.02
        )
        assert right.energy_shift_ev == pytest.approx(right.energy_ev[0] - moved.energy_ev[0])


def test_a_foil_of_another_element_moves_nothing():
    energy = made.energies()
    one = made.record().updated(reference=made.absorption(energy + 60.0, valence=0.0))
    assert np.array_equal(calibrated(one).energy_ev, energy)


def test_shift_between_two_scans_of_one_sample():
    first, second = normalised(made.record()), normalised(made.record().shifted(1.3, "moved"))
    assert shift_against(second, first) == pytest.approx(1.3, abs=0.02)


def test_repeats_merge_to_their_mean_with_the_deviation_of_the_mean():
    repeats = [made.record(noise=0.01, seed=s) for s in range(16)]
    mean = merged(repeats)
    assert np.median(mean.deviation) == pytest.approx(0.01 / 4.0, rel=0.2)
    left = mean.absorption - made.absorption(mean.energy_ev)
    assert left.std() == pytest.approx(0.01 / 4.0, rel=0.25)
    with pytest.raises(InputError):
        merged(repeats[:1])
    with pytest.raises(InputError, match="different"):
        merged([repeats[0], repeats[1].updated(element="Co")])


def test_order_and_twins_do_not_matter():
    values = step(8333.0)
    order = np.random.default_rng(0).permutation(len(E))
    found = cleaned(E[order], {"absorption": values[order]}, where="x")
    np.testing.assert_array_equal(found.energy_ev, E)
    np.testing.assert_array_equal(found.columns["absorption"], values)


def test_edges_of_the_table_rise_with_atomic_number():
    k = [energy for (_, edge), energy in edge_energies().items() if edge == "K"]
    assert k == sorted(k)
    for (element, edge), energy in foil_energies().items():
        assert energy == pytest.approx(edge_energies()[element, edge], abs=4.0)


def test_real_nio_against_its_foils(real_spectrum):
    from topotaxy.measurement.absorption.formats import athena
    from topotaxy.measurement.absorption.options import AbsorptionOptions
    from topotaxy.measurement.absorption.spectra import analysed

    shifts = []
    for one in athena.read(real_spectrum("NiO.prj"), AbsorptionOptions()):
        if not one.is_reference:
            found = analysed(one, AbsorptionOptions(environment="none"), {})
            shifts.append(
                found.positions["half step"].energy_ev - found.reference_positions["half step"].energy_ev
            )
    assert len(shifts) == 11
    assert np.mean(shifts) == pytest.approx(1.05, abs=0.15)
    assert np.std(shifts, ddof=1) <= 0.1

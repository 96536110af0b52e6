"""Linear parts of a fit: amounts beside a background with a prior, shares, bounds, occupancies."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from topotaxy.errors import InputError
from topotaxy.measurement.diffraction.assumptions import backgrounds, positions
from topotaxy.measurement.diffraction.background import chebyshev
from topotaxy.measurement.diffraction.beam import Beam, position_of, tube_of
from topotaxy.measurement.diffraction.data import Data, smoothed
from topotaxy.measurement.diffraction.keys import Key
from topotaxy.measurement.diffraction.limits import CELL_REACH, limits
from topotaxy.measurement.diffraction.nano_shares import shares_of
from topotaxy.measurement.diffraction.nano_solving import SMOOTH_FROM, smoothness, solved
from topotaxy.measurement.diffraction.occupancies import occupancy_keys, occupied, shares_at
from topotaxy.measurement.diffraction.phases import phase
from topotaxy.measurement.diffraction.powder import powder, typical_width
from topotaxy.measurement.diffraction.refine import refined
from topotaxy.measurement.diffraction.refinement import positions_of

X = np.linspace(20.0, 80.0, 1200)
TUBE = Beam(radiation="X-ray", lines=((1.5405929, 1.0), (1.5444274, 0.5)))
SYNCHROTRON = Beam(radiation="X-ray", lines=((0.6199, 1.0),))
NEUTRONS = Beam(radiation="neutron", lines=((1.494, 1.0),))


def bumps() -> np.ndarray:
    return np.array([np.exp(-0.5 * ((X - c) / 0.5) ** 2) for c in (30.0, 45.0, 60.0)])


def test_amounts_and_background_of_an_exact_sum_come_back() -> None:
    columns, background = bumps(), chebyshev(X, 4)
    truth, rest = np.array([3.0, 0.0, 7.0]), np.array([5.0, 1.0, -0.5, 0.2])
    target = truth @ columns + background @ rest
    amounts, found, residual = solved(columns, background, np.zeros(4), target, np.ones(len(X)))
    np.testing.assert_allclose(amounts, truth, atol=1e-9)
    np.testing.assert_allclose(found, rest, atol=1e-9)
    assert np.abs(residual).max() < 1e-8


def test_no_amount_is_below_zero() -> None:
    columns, background = bumps(), chebyshev(X, 1)
    target = -2.0 * columns[1] + 4.0 * columns[0] + 10.0
    amounts, _, _ = solved(columns, background, np.zeros(1), target, np.ones(len(X)))
    assert amounts[1] == 0.0
    assert amounts[0] == pytest.approx(4.0, rel=0.02)


def test_a_prior_pulls_a_term_by_its_share_of_the_information() -> None:
    """One term of norm N and prior sigma: the least squares of both is N²/(N² + 1/sigma²) of the value."""
    background = np.ones((len(X), 1))
    columns = np.zeros((1, len(X)))
    columns[0, ::2], columns[0, 1::2] = 1.0, -1.0
    sigma = 0.05
    _, found, _ = solved(columns, background, np.array([1.0 / sigma]), np.full(len(X), 2.0), np.ones(len(X)))
    assert found[0] == pytest.approx(2.0 * len(X) / (len(X) + 1.0 / sigma**2), rel=1e-9)


def test_the_prior_of_smoothness_frees_the_first_terms_and_tightens_with_order() -> None:
    strength = smoothness(100.0, 12)
    assert (strength[:SMOOTH_FROM] == 0.0).all()
    assert (np.diff(strength[SMOOTH_FROM:]) > 0.0).all()
    np.testing.assert_allclose(smoothness(200.0, 12), strength / 2.0)


def test_shares_and_their_errors_are_those_of_drawn_amounts() -> None:
    amounts, factors = np.array([4.0, 1.0, 2.0]), np.array([2.0, 5.0, 1.0])
    covariance = np.array([[0.01, 0.002, 0.0], [0.002, 0.004, 0.001], [0.0, 0.001, 0.02]])
    shares, errors = shares_of(amounts, factors, covariance)
    drawn = np.random.default_rng(3).multivariate_normal(amounts, covariance, 40000) * factors
    drawn /= drawn.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(shares, amounts * factors / (amounts * factors).sum())
    np.testing.assert_allclose(errors, drawn.std(axis=0), rtol=0.03)
    nothing, unknown = shares_of(np.zeros(2), np.ones(2), np.eye(2))
    assert (nothing == 0.0).all()
    assert np.isnan(unknown).all()


def test_bounds_hold_cells_and_widths() -> None:
    model = powder(X, TUBE, [phase("zincite")])
    values = model.start()
    low, high = limits(model, values, Key("c", "zincite"))
    assert low == pytest.approx(5.2069 * (1 - CELL_REACH))
    assert high == pytest.approx(5.2069 * (1 + CELL_REACH))
    assert limits(model, values, Key("size", "zincite"))[0] == 0.0
    values[Key("zero")] = 3.0
    assert limits(model, values, Key("zero"))[1] == 3.0


def test_a_parameter_at_its_bound_is_said() -> None:
    """A cell that would have to grow by 3 % stops at 2 %."""
    structure = phase("x=fcc metal:Ni:3.524")
    model = powder(X, TUBE, [structure])
    values = model.start() | {Key("W"): 0.5, Key("scale", "x"): 1.0}
    far = values | {Key("a", "x"): 3.524 * 1.03}
    y = model.pattern(far)[0]
    y = 1000.0 * y / y.max() + 50.0
    values[Key("scale", "x")] = 1000.0 / model.pattern(values)[0].max()
    data = Data(x=X, y=y, per_count=np.ones(len(X)))
    fit = refined(data, model, values, [Key("scale", "x"), Key("a", "x")], chebyshev(X, 2))
    assert fit.at_bound == (Key("a", "x"),)


def test_beams_are_told_apart() -> None:
    assert tube_of(TUBE)
    assert tube_of(Beam(radiation="X-ray", lines=((1.5405929, 1.0),)))
    assert not tube_of(SYNCHROTRON)
    assert [position_of(b) for b in (TUBE, SYNCHROTRON, NEUTRONS)] == ["displacement", "zero", "zero"]
    assert [positions_of(b) for b in (TUBE, SYNCHROTRON, NEUTRONS)] == [
        "angles tube",
        "wavelength synchrotron",
        "wavelength neutron",
    ]


def test_positions_are_questioned_for_tubes_only() -> None:
    free = [Key("displacement"), Key("W")]
    values = {Key("zero"): 0.0, Key("displacement"): 0.03, Key("transparency"): 0.0, Key("W"): 0.01}
    choices = list(positions(TUBE, values, free, chebyshev(X, 3)))
    assert [len(set(parameters) - set(free)) for _, _, parameters, _ in choices] == [1, 1, 2]
    instead = choices[0]
    assert Key("displacement") not in instead[2]
    assert instead[1][Key("zero")] == 0.03
    assert list(positions(SYNCHROTRON, values, free, chebyshev(X, 3))) == []
    data = Data(x=X, y=X, per_count=np.ones(len(X)))
    assert [d.shape[1] for _, _, _, d in backgrounds(data, values, free, chebyshev(X, 6))] == [4, 10]


def test_the_width_of_the_nearest_peak() -> None:
    model = powder(X, NEUTRONS, [phase("silicon")])
    values = model.start() | {Key("W"): 0.09}
    assert typical_width(model, values, 50.0) == pytest.approx(0.3, rel=1e-3)


def test_a_running_mean_keeps_straight_lines_and_sums() -> None:
    line = np.linspace(3.0, 9.0, 60)
    np.testing.assert_allclose(smoothed(line, 7)[3:-3], line[3:-3])
    spike = np.zeros(60)
    spike[30] = 7.0
    assert smoothed(spike, 7).sum() == pytest.approx(7.0)


STRUCTURE = phase("r=rock salt:Mg0.5Ni0.5O0.9S0.1:4.2")


def test_a_shared_occupancy_takes_from_the_other_what_it_gains() -> None:
    keys = occupancy_keys(["r/X/S/O"], [STRUCTURE])
    ((key, value),) = keys.items()
    assert value == pytest.approx(0.1)
    shares = shares_at(STRUCTURE, {key: 0.25})
    assert shares == pytest.approx({("X", "S"): 0.25, ("X", "O"): 0.75})
    heavier = occupied(STRUCTURE, {key: 0.25})
    assert heavier.mass - STRUCTURE.mass == pytest.approx(4 * 0.15 * (32.06 - 15.999), rel=1e-3)
    assert occupied(STRUCTURE, {}) is STRUCTURE


def test_an_occupancy_alone_leaves_vacancies() -> None:
    ((key, _),) = occupancy_keys(["r/A/Ni"], [STRUCTURE]).items()
    emptier = occupied(STRUCTURE, {key: 0.3})
    assert sum(emptier.sites[0].shares.values()) == pytest.approx(0.8)


@pytest.mark.parametrize("text", ["", "r/A", "q/A/Ni", "r/Z/Ni", "r/A/Fe", "r/X/S/F", "r/X/S/O/S"])
def test_occupancies_that_are_none_are_refused_in_one_line(text: str) -> None:
    with pytest.raises(InputError) as caught:
        occupancy_keys([text], [STRUCTURE])
    assert "\n" not in str(caught.value)


def test_only_what_the_data_settle_is_correlated_and_never_beyond_one() -> None:
    """Rounding leaves a parameter that does nothing a variance of zero or below: it has no correlation."""
    structure = phase("x=fcc metal:Ni:3.524")
    model = powder(X, TUBE, [structure])
    values = model.start() | {Key("W"): 0.5, Key("scale", "x"): 1.0}
    y = 1000.0 * model.pattern(values)[0] + 50.0
    data = Data(x=X, y=y, per_count=np.ones(len(X)))
    fit = refined(data, model, values, [Key("scale", "x"), Key("a", "x")], chebyshev(X, 2))
    free = (Key("scale", "x"), Key("a", "x"), Key("W"), Key("zero"))
    covariance = np.array(
        [[4.0, -5.9, 1.0, 1.0], [-5.9, 9.0, 1.0, 1.0], [1.0, 1.0, -1e-9, 1.0], [1.0, 1.0, 1.0, 0.0]]
    )
    found = replace(fit, free=free, covariance=covariance).correlations()
    assert [pair[:2] for pair in found] == [free[:2]]
    assert found[0][2] == pytest.approx(-5.9 / 6.0)
    covariance[0, 1] = covariance[1, 0] = 6.0 + 1e-9
    assert replace(fit, free=free, covariance=covariance).correlations()[0][2] == 1.0

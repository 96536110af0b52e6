"""Points within made-up ranges: every stratum once, longer campaigns go on, energies move as drawn."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import islice

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from topotaxy.constants import FARADAY
from topotaxy.errors import InputError
from topotaxy.runs.draw_inputs import (
    LatticeRange,
    drawn_energies,
    lattice_ranges,
    parameters_of,
    sampled_inputs,
)
from topotaxy.spec import Spec


def ranged(name: str, low: float, high: float, scale: str = "linear", subject: str = "") -> LatticeRange:
    return LatticeRange(
        name=name, subject=subject, value=low, low=low, high=high, scale=scale, unit="1", row=""
    )


LINEAR, DECADES = ranged("a", -3.0, 5.0), ranged("b", 1e-6, 1e6, "log")


def shares(found: list[dict[str, float]], one: LatticeRange) -> np.ndarray:
    """Share of the range below each drawn value, by the scale of the range."""
    values = np.array([row[one.key] for row in found])
    if one.scale == "log":
        return np.log(values / one.low) / math.log(one.high / one.low)
    return (values - one.low) / (one.high - one.low)


@settings(max_examples=30)
@given(
    low=st.floats(-1e3, 1e3),
    width=st.floats(1e-2, 1e4),
    draws=st.integers(1, 30),
    seed=st.integers(0, 2**32 - 1),
)
def test_draws_lie_in_their_range(low: float, width: float, draws: int, seed: int) -> None:
    one = ranged("x", low, low + width)
    found = list(sampled_inputs([one, DECADES], draws, seed))
    assert len(found) == draws
    # Written to six digits.
    slack = 1e-5 * max(abs(one.low), abs(one.high))
    assert all(one.low - slack <= row["x"] <= one.high + slack for row in found)
    assert all(1e-6 * (1 - 1e-5) <= row["b"] <= 1e6 * (1 + 1e-5) for row in found)


@pytest.mark.parametrize("seed", [1, 2, 30])
def test_every_stratum_is_visited_once(seed: int) -> None:
    """Sixteen points of base two lie one in each sixteenth, 27 of base three one in each 27th."""
    found = list(sampled_inputs([LINEAR, DECADES], 28, seed))[1:]
    assert sorted(np.floor(16 * shares(found[:16], LINEAR)).astype(int)) == list(range(16))
    assert sorted(np.floor(27 * shares(found, DECADES)).astype(int)) == list(range(27))


def test_decades_are_even_by_their_logarithm() -> None:
    found = list(sampled_inputs([LINEAR, DECADES], 28, 1))[1:]
    decades = np.floor(np.log10([row["b"] for row in found]))
    counts = [int((decades == d).sum()) for d in range(-6, 6)]
    # A decade holds one whole stratum of 27 at least, and has a part of four at most.
    assert min(counts) >= 1
    assert max(counts) <= 4


@pytest.mark.parametrize("seed", [1, 7])
def test_the_first_draw_is_what_ships_and_a_longer_campaign_begins_with_a_shorter(seed: int) -> None:
    long = list(sampled_inputs([LINEAR, DECADES], 40, seed))
    assert long[0] == {"a": LINEAR.value, "b": DECADES.value}
    for draws in (1, 2, 17):
        assert list(sampled_inputs([LINEAR, DECADES], draws, seed)) == long[:draws]


def test_seeds_differ_in_all_but_the_first_draw() -> None:
    one, same, other = (list(sampled_inputs([LINEAR, DECADES], 10, seed)) for seed in (1, 1, 2))
    assert one == same
    assert one[0] == other[0]
    assert not [a for a, b in zip(one[1:], other[1:], strict=True) if a["a"] == b["a"]]


def test_inputs_are_not_drawn_together() -> None:
    found = list(sampled_inputs([LINEAR, DECADES], 217, 3))[1:]
    apart = np.corrcoef(shares(found, LINEAR), shares(found, DECADES))[0, 1]
    # 216 independent points have a correlation of 1/sqrt(216); six times that is never reached by chance.
    assert abs(apart) < 6 / math.sqrt(216)


def test_no_draw_at_all_is_refused() -> None:
    for draws in (0, -3):
        with pytest.raises(InputError, match="at least one draw"):
            list(sampled_inputs([LINEAR], draws, 1))
    assert len(list(islice(sampled_inputs([LINEAR], 1, 1), 5))) == 1


def test_energies_are_told_from_parameters() -> None:
    inputs = {
        "redox_rate": 1.0,
        "formation_gibbs NiO": 2.0,
        "transformation_enthalpy Ni": 3.0,
        "matrix_pressure": 4.0,
    }
    assert parameters_of(inputs) == {"redox_rate": 1.0, "matrix_pressure": 4.0}
    assert ranged("formation_gibbs", 0.0, 1.0, subject="NiO").key == "formation_gibbs NiO"


# --- energies of a draw


def spec_of(formula: str, ion: str) -> Spec:
    return Spec.model_validate(
        {
            "name": "made-up",
            "electrode": {"formula": formula},
            "cell": {"ion": ion},
            "protocol": {},
            "lattice": {},
        }
    )


MIXED = spec_of("Co0.5Ni0.5O0.8S0.2", "Na")
SHIPPED = {r.key: r.value for r in lattice_ranges([MIXED])}


def moved(**shift: float) -> np.ndarray:
    """Change of the bonds (species, valence, anion) with some energies moved by J/mol."""
    inputs = {key: value + shift.get(key.replace(" ", "_"), 0.0) for key, value in SHIPPED.items()}
    return drawn_energies(MIXED, inputs).cation_bond - drawn_energies(MIXED, SHIPPED).cation_bond


def place(element: str, anion: str) -> tuple[int, int]:
    energies = drawn_energies(MIXED, SHIPPED)
    return list(energies.species).index(element), list(energies.anions).index(anion)


@pytest.mark.parametrize(("phase", "element", "anion"), [("NiO", "Ni", "O"), ("CoS", "Co", "S")])
def test_a_phase_moves_the_bonds_of_its_own_two_elements_alone(phase: str, element: str, anion: str) -> None:
    apart = moved(**{f"formation_gibbs_{phase}": 6000.0})
    s, x = place(element, anion)
    assert apart[s, 2, x] == pytest.approx(6000.0 / 6.0 / FARADAY)
    apart[s, :, x] = 0.0
    assert_array_equal(apart, np.zeros_like(apart))


def test_a_shift_twice_as_large_moves_twice_as_much_and_two_shifts_add() -> None:
    one = moved(formation_gibbs_NiO=2000.0)
    other = moved(formation_gibbs_CoO=-3000.0)
    assert_allclose(moved(formation_gibbs_NiO=4000.0), 2.0 * one, atol=1e-12)
    both = moved(formation_gibbs_NiO=2000.0, formation_gibbs_CoO=-3000.0)
    assert_allclose(both, one + other, atol=1e-12)


def test_one_electron_alone_moves_half_as_much_as_two() -> None:
    apart = moved(formation_gibbs_NiO=6000.0)
    s, x = place("Ni", "O")
    assert apart[s, 1, x] == pytest.approx(0.5 * apart[s, 2, x])


def test_ranges_of_two_alkalis_are_those_of_both_without_repeats() -> None:
    alone = {ion: {r.key for r in lattice_ranges([spec_of("NiO", ion)])} for ion in ("Na", "Li")}
    both = [r.key for r in lattice_ranges([spec_of("NiO", "Na"), spec_of("NiO", "Li")])]
    assert len(both) == len(set(both))
    assert set(both) == alone["Na"] | alone["Li"]


def test_ranges_are_wide_and_hold_what_ships() -> None:
    for one in lattice_ranges([MIXED]):
        assert one.low <= one.value <= one.high
        assert one.low < one.high
        assert (one.scale == "log") == (one.low > 0.0 and one.high / one.low >= 10.0)
        assert replace(one, subject="").key == one.name

"""Effects of an ablation: exact differences, Student's p by hand, and what is taken away from a material."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import betainc

from topotaxy.material import electrode_composition, parse_formula
from topotaxy.runs.outcomes import OUTCOMES
from topotaxy.spec import Spec
from topotaxy.studies.ablation import (
    INERT_BELOW,
    LEVEL,
    REFERENCE,
    SWITCHES,
    Arm,
    Effect,
    arms_of,
    effects_of,
    formula_text,
    inert_in,
)

REPLICAS = 6


def spec_of(formula: str = "NiO", *grains: str, active: Sequence[str] = (), **lattice: Any) -> Spec:
    return Spec.model_validate(
        {
            "name": "made-up",
            "electrode": {"formula": formula, "grains": list(grains), "claimed_active": list(active)},
            "cell": {"ion": "Na"},
            "protocol": {"cycles": 1},
            "lattice": {"cells": 3, "replicas": REPLICAS, **lattice},
        }
    )


def cycles_of(discharge: Any, **states: Any) -> xr.Dataset:
    """One cycle of every replica that gives all its charge back; measures of a state by their name."""
    values = np.asarray(discharge, dtype=float)[:, None]
    row, ones = ("replica", "cycle"), np.ones_like(values)
    measures = {
        name: (("replica", "cycle", "state"), np.repeat(np.asarray(v, dtype=float)[:, None, None], 2, axis=2))
        for name, v in states.items()
    }
    return xr.Dataset(
        {
            "discharge_capacity": (row, values),
            "charge_capacity": (row, values),
            "mean_voltage_discharge": (row, 0.5 * ones),
            "mean_voltage_charge": (row, 1.5 * ones),
            **measures,
        },
        coords={"state": ["discharged", "charged"], "cycle": [1]},
    )


def compared(found: Mapping[str, xr.Dataset]) -> dict[tuple[str, str], Effect]:
    arms = [Arm(name=name, what="", spec=spec_of()) for name in found]
    return {(e.arm, e.outcome): e for e in effects_of(arms, found)}


def student(values: np.ndarray, reference: np.ndarray) -> float:
    """Two-sided p of a paired difference: the incomplete beta function of t² and n - 1 (A&S 26.7.1)."""
    apart = values - reference
    n = len(apart)
    squared = n * apart.mean() ** 2 / (((apart - apart.mean()) ** 2).sum() / (n - 1))
    return float(betainc(0.5 * (n - 1), 0.5, (n - 1) / (n - 1 + squared)))


BASE = np.array([500.0, 510.0, 490.0, 505.0, 495.0, 500.0])
NOISE = np.array([1.0, -2.0, 3.0, -1.0, 0.5, 2.5])


def test_arms_that_are_alike_differ_in_nothing() -> None:
    same = cycles_of(BASE, home_fraction=np.linspace(0.2, 0.4, REPLICAS), coherent_fraction=np.ones(REPLICAS))
    found = compared({REFERENCE: same, "a": same, "b": same.copy(deep=True)})
    others = [effect for (arm, _), effect in found.items() if arm != REFERENCE]
    assert len(others) >= 2 * 5
    for effect in others:
        assert effect.difference is not None
        assert (effect.difference.value, effect.difference.p, effect.significant) == (0.0, 1.0, False)


@pytest.mark.parametrize("shift", [0.3, 1.0, 4.0])
def test_p_is_students_by_hand_and_the_difference_the_mean_of_the_pairs(shift: float) -> None:
    found = compared({REFERENCE: cycles_of(BASE), "a": cycles_of(BASE + shift + NOISE)})
    effect = found["a", "discharge_capacity"]
    assert effect.difference is not None
    assert effect.difference.value == pytest.approx(shift + NOISE.mean())
    assert effect.difference.error == pytest.approx(NOISE.std(ddof=1) / math.sqrt(REPLICAS))
    assert effect.difference.p == pytest.approx(student(BASE + shift + NOISE, BASE), rel=1e-9)
    assert effect.value == pytest.approx((BASE + shift + NOISE).mean())


def test_the_difference_changes_its_sign_with_the_sides_and_p_does_not() -> None:
    one, other = cycles_of(BASE), cycles_of(BASE + 2.0 + NOISE)
    there = compared({REFERENCE: one, "a": other})["a", "discharge_capacity"].difference
    back = compared({REFERENCE: other, "a": one})["a", "discharge_capacity"].difference
    assert there is not None
    assert back is not None
    assert there.value == -back.value
    assert (there.error, there.p) == (pytest.approx(back.error), pytest.approx(back.p))


def test_what_all_replicas_share_cancels_in_pairs() -> None:
    """A spread of 100 between replicas hides nothing of a difference that each of them shows."""
    spread = 20.0 * np.arange(REPLICAS)
    narrow = compared({REFERENCE: cycles_of(BASE), "a": cycles_of(BASE + 5.0 + NOISE)})
    wide = compared({REFERENCE: cycles_of(BASE + spread), "a": cycles_of(BASE + spread + 5.0 + NOISE)})
    one, other = (found["a", "discharge_capacity"].difference for found in (narrow, wide))
    assert one is not None
    assert other is not None
    assert other.p == pytest.approx(one.p, rel=1e-6)
    assert wide["a", "discharge_capacity"].error > 3.0 * narrow["a", "discharge_capacity"].error  # type: ignore[operator]


def test_the_order_of_replicas_counts_for_nothing_and_their_pairing_for_much() -> None:
    order = np.array([3, 0, 5, 1, 4, 2])
    own = BASE + 5.0 + 0.1 * NOISE
    whole = compared({REFERENCE: cycles_of(BASE), "a": cycles_of(own)})
    both = compared({REFERENCE: cycles_of(BASE[order]), "a": cycles_of(own[order])})
    broken = compared({REFERENCE: cycles_of(BASE), "a": cycles_of(own[order])})
    p = [found["a", "discharge_capacity"].difference.p for found in (whole, both, broken)]  # type: ignore[union-attr]
    assert p[1] == pytest.approx(p[0], rel=1e-9)
    assert p[2] > 1e3 * p[0]


def test_too_few_pairs_are_shown_without_a_difference() -> None:
    home = np.array([0.1, 0.2, 0.3, np.nan, np.nan, np.nan])
    found = compared(
        {REFERENCE: cycles_of(BASE, home_fraction=np.full(6, 0.5)), "a": cycles_of(BASE, home_fraction=home)}
    )
    effect = found["a", "home_fraction"]
    assert effect.value == pytest.approx(0.2)
    assert (effect.error, effect.difference, effect.significant) == (None, None, False)


def closed(p: Sequence[float], level: float) -> list[bool]:
    """Holm by the closure of Bonferroni's test: out of every set that it is in, by all their sizes."""
    sets = [s for n in range(1, len(p) + 1) for s in itertools.combinations(range(len(p)), n)]
    return [all(min(p[j] for j in s) <= level / len(s) for s in sets if i in s) for i in range(len(p))]


def test_significance_is_that_of_the_whole_table() -> None:
    """Four outcomes of three arms are judged as the closure of Bonferroni's test over all twelve would."""
    found = {REFERENCE: cycles_of(BASE)}
    for name, shift in zip("abc", (0.5, 2.2, 12.0), strict=True):
        found[name] = cycles_of(BASE + shift + NOISE)
    effects = [e for e in compared(found).values() if e.difference is not None]
    p = [e.difference.p for e in effects if e.difference is not None]
    assert len(p) == 12
    assert [e.significant for e in effects] == closed(p, LEVEL)
    # Some are below the level alone, and not beside the others.
    assert 0 < sum(e.significant for e in effects) < sum(one <= LEVEL for one in p)


def test_more_comparisons_never_make_a_difference_more_certain() -> None:
    arms = {REFERENCE: cycles_of(BASE), "a": cycles_of(BASE + 2.2 + NOISE)}
    found = compared(arms)["a", "discharge_capacity"]
    assert found.difference is not None
    before = found.significant
    for count in (1, 3):
        null = {f"null-{i}": cycles_of(BASE + NOISE[::-1] - NOISE.mean()) for i in range(2 * count)}
        more = compared({**arms, **null})["a", "discharge_capacity"]
        assert more.difference == found.difference
        assert more.significant <= before
        before = more.significant
    assert not before


def test_only_what_the_reference_has_is_compared_and_all_outcomes_keep_their_order() -> None:
    without = cycles_of(BASE)
    with_more = cycles_of(BASE, framework_fraction=np.full(REPLICAS, 0.7))
    effects = effects_of(
        [Arm(name=n, what="", spec=spec_of()) for n in (REFERENCE, "a")],
        {REFERENCE: without, "a": with_more},
    )
    alone = next(e for e in effects if e.outcome == "framework_fraction")
    assert (alone.arm, alone.difference, alone.value) == ("a", None, pytest.approx(0.7))
    order = [outcome.name for outcome in OUTCOMES]
    own = [order.index(e.outcome) for e in effects if e.arm == "a"]
    assert own == sorted(own)


# --- what an arm takes away


@pytest.mark.parametrize("switch", list(SWITCHES))
def test_an_arm_of_physics_changes_one_switch_and_nothing_else(switch: str) -> None:
    spec = spec_of("Mg0.4Ni0.6O")
    arm = next(a for a in arms_of(spec, ()) if a.name == f"no-{switch}")
    assert arm.spec is not None
    before, after = spec.model_dump(), arm.spec.model_dump()
    assert before["lattice"].pop(switch) is True
    assert after["lattice"].pop(switch) is False
    assert before == after


def test_every_switch_is_an_arm_whether_or_not_it_can_be_run() -> None:
    off = dict.fromkeys(list(SWITCHES)[::2], False)
    arms = {a.name: a for a in arms_of(spec_of(**off), ())}
    for switch in SWITCHES:
        assert (arms[f"no-{switch}"].spec is None) == (switch in off)
        assert ("already" in arms[f"no-{switch}"].what) == (switch in off)


CATIONS = ("Mg", "Co", "Ni", "Cu", "Zn")


@settings(max_examples=30)
@given(
    shares=st.lists(st.integers(1, 9), min_size=2, max_size=5),
    inert=st.integers(1, 4),
)
def test_cations_that_are_replaced_leave_the_others_in_their_proportions(
    shares: list[int], inert: int
) -> None:
    """As many cations as before, the active ones in the same proportions, and every anion in its place."""
    cations = dict(zip(CATIONS, (s / sum(shares) for s in shares), strict=False))
    gone = list(cations)[: min(inert, len(cations) - 1)]
    spec = spec_of(formula_text({**cations, "O": 1.0}))
    arm = arms_of(spec, gone)[0]
    assert arm.spec is not None
    before, after = (electrode_composition(s.electrode) for s in (spec, arm.spec))
    assert set(after.cations) == set(cations) - set(gone)
    assert sum(after.cations.values()) == pytest.approx(sum(before.cations.values()), rel=1e-6)
    kept = {el: n for el, n in before.cations.items() if el in after.cations}
    for el, n in kept.items():
        assert after.cation_fractions[el] == pytest.approx(n / sum(kept.values()), rel=1e-6)
    assert after.anions == pytest.approx(before.anions)


@pytest.mark.parametrize(
    "formula", ["Co0.5Ni0.5O0.9S0.1", "Co0.5Ni0.5O0.5S0.3Se0.2", "Co0.5Ni0.5O0.8Se0.2", "CoNiO1.6S0.4"]
)
def test_soft_anions_become_as_much_oxygen(formula: str) -> None:
    arm = arms_of(spec_of(formula), ())[1]
    assert arm.spec is not None
    before, after = parse_formula(formula), parse_formula(arm.spec.electrode.formula)
    assert after.anions == pytest.approx({"O": sum(before.anions.values())})
    assert after.cations == pytest.approx(before.cations)
    assert ("sulfur" in arm.name, "selenium" in arm.name) == ("S" in before.anions, "Se" in before.anions)


def test_a_cation_that_is_gone_is_claimed_by_nobody() -> None:
    spec = spec_of("Mg0.4Co0.3Ni0.3O", active=("Co", "Ni"))
    arm = arms_of(spec, ("Mg", "Co"))[0]
    assert arm.spec is not None
    assert arm.spec.electrode.claimed_active == ("Ni",)
    assert arms_of(spec, ("Mg",))[0].spec.electrode.claimed_active == ("Co", "Ni")  # type: ignore[union-attr]


@settings(max_examples=40)
@given(st.dictionaries(st.sampled_from(CATIONS), st.floats(1e-3, 40.0), min_size=1, max_size=5))
def test_a_formula_of_any_amounts_reads_back(cations: dict[str, float]) -> None:
    found = parse_formula(formula_text({**cations, "O": sum(cations.values())}))
    total = sum(cations.values())
    assert found.cation_fractions == pytest.approx({el: n / total for el, n in cations.items()}, rel=1e-7)


def reduced(first: Sequence[Sequence[float]], later: float = 1.0) -> xr.Dataset:
    """Reduced share of Mg and Ni by replica at the first discharge; ``later`` everywhere else."""
    values = np.full((len(first), 2, 2, 2), later)
    values[:, 0, 0, :] = first
    return xr.Dataset(
        {"reduced_fraction": (("replica", "cycle", "state", "element"), values)},
        coords={"state": ["discharged", "charged"], "element": ["Mg", "Ni"], "cycle": [1, 2]},
    )


def test_inert_is_what_the_first_discharge_leaves_on_the_average_of_replicas() -> None:
    assert inert_in(reduced([[0.0, 0.9], [0.0, 0.9]])) == ("Mg",)
    assert inert_in(reduced([[0.0, 0.0], [0.0, 0.0]], later=1.0)) == ("Mg", "Ni")
    assert inert_in(reduced([[0.9, 0.9], [0.9, 0.9]], later=0.0)) == ()
    # One replica alone does not decide: 0 and 0.12 are 0.06.
    assert inert_in(reduced([[0.0, 0.9], [0.12, 0.9]])) == ()
    assert inert_in(reduced([[0.0, 0.9], [0.08, 0.9]])) == ("Mg",)


def test_the_limit_of_inert_is_not_inert() -> None:
    assert inert_in(reduced([[INERT_BELOW, 1.0]])) == ()
    assert inert_in(reduced([[np.nextafter(INERT_BELOW, 0.0), 1.0]])) == ("Mg",)

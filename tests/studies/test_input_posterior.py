"""Weighing draws of the inputs: limits, and a posterior that is known beforehand."""

from __future__ import annotations

import csv
import io
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import truncnorm

from topotaxy.observables.vocabulary import VOCABULARY
from topotaxy.spec import load_spec
from topotaxy.studies import input_posterior
from topotaxy.studies.input_posterior import (
    Target,
    log_weights,
    posterior_table,
    posterior_targets,
    studies_of,
    weighted_quantiles,
)
from topotaxy.studies.sensitivity_points import Study, value_at

KEY = ("voltage_hysteresis", "", "", 1)
NIO = ("NiO", "Li")
HEOS = ("Mg0.2Co0.2Ni0.2Cu0.2Zn0.2O0.89S0.11", "Na")


def _target(low: float, high: float, tolerance: float) -> Target:
    return Target(formula="NiO", ion="Li", key=KEY, low=low, high=high, tolerance=tolerance)


@given(value=st.floats(-5.0, 5.0).map(lambda x: round(x, 3)), error=st.floats(0.0, 1.0))
def test_what_lies_between_the_ends_is_as_likely_as_can_be(value: float, error: float) -> None:
    found = _target(0.0, 1.0, 0.1).log_likelihood(value, error)
    assert (found == 0.0) == (0.0 <= value <= 1.0)
    if value > 1.0:
        assert found == pytest.approx(-0.5 * (value - 1.0) ** 2 / (0.01 + error**2))
        assert _target(0.0, math.inf, 0.1).log_likelihood(value, error) == 0.0
    if value < 0.0:
        assert _target(-math.inf, 1.0, 0.1).log_likelihood(value, error) == 0.0


@given(values=st.lists(st.floats(-9.0, 9.0), min_size=2, max_size=9), repeat=st.integers(2, 4))
def test_a_weight_counts_as_so_many_equal_values(values: list[float], repeat: int) -> None:
    x = np.array(values)
    ends = weighted_quantiles(x, np.ones(len(x)), [0.0, 0.5, 1.0])
    assert ends[0] == x.min()
    assert ends[2] == x.max()
    assert ends[1] == pytest.approx(np.median(x))
    scaled = weighted_quantiles(x, np.full(len(x), 0.01), [0.2, 0.7])
    assert scaled == pytest.approx(weighted_quantiles(x, np.ones(len(x)), [0.2, 0.7]))
    # What weighs nothing might as well not be there.
    more = np.append(x, [100.0] * repeat)
    weights = np.append(np.ones(len(x)), np.zeros(repeat))
    assert weighted_quantiles(more, weights, [0.5])[0] == pytest.approx(np.median(x))


@pytest.fixture(scope="module")
def studies() -> dict[tuple[str, str], Study]:
    return studies_of(load_spec("heos-na"), number=400, seed=2, cells=6, cycles=2, replicas=4)


def test_every_material_is_drawn_at_the_same_inputs_and_the_wanted_one_is_last(
    studies: dict[tuple[str, str], Study],
) -> None:
    assert list(studies)[-1] == HEOS
    assert set(studies) == {(t.formula, t.ion) for t in posterior_targets()} | {HEOS}
    first, *others = studies.values()
    for other in others:
        assert np.array_equal(other.unit, first.unit)
        assert other.at(7).lattice.parameters == first.at(7).lattice.parameters
    assert {(s.spec.electrode.formula, s.spec.cell.ion) for s in studies.values()} == set(studies)
    # A Latin hypercube: one draw in each of as many parts of every range.
    parts = np.floor(first.unit[:, 0, :] * 400).astype(int)
    assert all(len(set(column)) == 400 for column in parts.T)


def test_a_draw_without_a_number_of_the_targets_counts_for_nothing() -> None:
    targets = posterior_targets()
    whole: dict[tuple[str, str], list[list[Any]]] = {}
    for t in targets:
        value = t.low if math.isfinite(t.low) else t.high
        whole.setdefault((t.formula, t.ion), []).append([*t.key, "", value, 0.0])
    found = {material: {0: numbers, 1: numbers} for material, numbers in whole.items()}
    assert log_weights(found, 2) == pytest.approx([0.0, 0.0])
    del found[NIO][1]
    assert log_weights(found, 2).tolist() == [0.0, -math.inf]


def test_targets_are_numbers_of_the_vocabulary_and_none_of_the_paper() -> None:
    for target in posterior_targets():
        assert target.key[0] in VOCABULARY
        assert target.low <= target.high
        # A point keeps the hysteresis of its first cycle alone.
        assert target.key[3] == 1
        assert "S" not in target.formula and "Mg" not in target.formula  # noqa: PT018


def test_a_normal_likelihood_on_an_even_prior_gives_a_truncated_normal(
    studies: dict[tuple[str, str], Study], monkeypatch: pytest.MonkeyPatch
) -> None:
    name, mean, width = "monovalent_offset", 0.55, 0.04
    monkeypatch.setattr(input_posterior, "posterior_targets", lambda: [_target(mean, mean, width)])
    study = studies[HEOS]
    index = [i.name for i in study.inputs].index(name)
    item = study.inputs[index]
    values = [value_at(item, float(x)) for x in study.unit[:, 0, index]]
    found = {
        NIO: {d: [[*KEY, "V", v, 0.0]] for d, v in enumerate(values)},
        HEOS: {d: [["domain_size", "", "", 1, "nm", 10.0 * v, None]] for d, v in enumerate(values)},
    }
    rows = {r["name"]: r for r in csv.DictReader(io.StringIO(posterior_table(studies, found)))}
    exact = truncnorm((item.low - mean) / width, (item.high - mean) / width, mean, width)
    for column, at in (("low", 0.05), ("median", 0.5), ("high", 0.95)):
        # 400 draws, one in each part of the range: the sum is as good as an integral.
        assert float(rows[name][column]) == pytest.approx(exact.ppf(at), abs=2e-3)
        assert float(rows["domain_size"][column]) == pytest.approx(10.0 * exact.ppf(at), abs=2e-2)
        place = item.low + at * (item.high - item.low)
        assert float(rows[name][f"prior_{column}"]) == pytest.approx(place, abs=1e-3)
    other = rows["nucleation_factor"]
    assert float(other["median"]) == pytest.approx(float(other["prior_median"]), rel=0.35)
    expected = 2.0 * math.sqrt(math.pi) * width / (item.high - item.low) * 400
    assert 0.7 * expected < float(rows[name]["effective_draws"]) < 1.1 * expected

"""What every virtual instrument has to do: its records, by the same analysis, return the specimen's truth."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from case import Case, Truth
from scipy.stats import binom
from test_contract_files import arrays, case, technique_of

from topotaxy.measurement.analysis import analysed_files
from topotaxy.measurement.recognise import recognised
from topotaxy.measurement.sample import Given
from topotaxy.observables import Observable

__all__ = ["case"]

REPEATS = [30, pytest.param(100, marks=pytest.mark.slow)]
RISK = 1e-5
"""Chance that a correct technique fails one of these comparisons by bad luck."""


@pytest.fixture
def probed(case: Case) -> Case:
    """A case whose technique has a probe."""
    technique = technique_of(case)
    if technique.probe is None:
        pytest.skip(f"{case.technique} has no probe: {technique.no_probe}")
    return case


def records_of(case: Case, seed: int) -> tuple[Any, ...]:
    technique = technique_of(case)
    assert technique.probe is not None
    assert case.specimens is not None
    return tuple(technique.probe(case.specimens(), case.instrument, np.random.default_rng(seed)))


def truths(case: Case) -> list[Truth]:
    assert case.truth is not None
    assert case.specimens is not None
    return list(case.truth(case.specimens()))


def of(found: Any, truth: Truth) -> list[Observable]:
    return [o for o in found if (o.quantity, o.subject.text) == (truth.quantity, truth.subject)]


def deviation(entry: Observable) -> float:
    return math.hypot(entry.uncertainty or 0.0, entry.systematic or 0.0)


def test_a_virtual_record_through_a_real_file_returns_the_truth(probed: Case, tmp_path: Path) -> None:
    technique = technique_of(probed)
    writers = [one for one in technique.formats() if one.write is not None]
    assert writers, "a probe needs a real format to write"
    for record in records_of(probed, 1):
        assert record.origin == "simulated"
        for writer in writers:
            path = tmp_path / f"virtual{writer.extensions[0]}"
            assert writer.write is not None
            writer.write(record, path)
            assert recognised(path).technique.name == probed.technique
            assert recognised(path).format.name == writer.name
            read = tuple(writer.read(path, probed.options))
            for name, before in arrays(record).items():
                after = arrays(read[0])[name]
                np.testing.assert_allclose(after, before, rtol=1e-4, atol=1e-6 * np.abs(before).max())
            found = technique.observed(read, probed.options).observables
            for truth in truths(probed):
                agrees(probed, of(found, truth), truth)


def agrees(case: Case, mine: list[Observable], truth: Truth) -> None:
    assert mine, f"no {truth.quantity} {truth.subject}"
    for entry in mine:
        width = deviation(entry)
        if entry.bound is None and not width:
            assert entry.value == pytest.approx(truth.value, rel=case.exact[entry.quantity])
        # Four standard deviations: a risk of 6e-5 where noise is Gaussian.
        elif entry.bound == "lower":
            assert truth.value >= entry.value - 4.0 * width
        elif entry.bound == "upper":
            assert truth.value <= entry.value + 4.0 * width
        else:
            assert abs(entry.value - truth.value) <= 4.0 * width, entry.quantity


def test_one_seed_gives_one_record_and_another_seed_another(probed: Case) -> None:
    first, same, other = (records_of(probed, seed)[0] for seed in (3, 3, 4))
    for name, values in arrays(first).items():
        np.testing.assert_array_equal(arrays(same)[name], values)
    assert any((arrays(other)[name] != values).any() for name, values in arrays(first).items())


@pytest.mark.parametrize("repeats", REPEATS)
def test_uncertainties_cover_the_truth_as_often_as_they_say(probed: Case, repeats: int) -> None:
    """Over repeats with fresh noise: within one and two standard deviations no more rarely than a Gaussian.

    Of the estimates of one quantity in one record the first is taken. Where nothing systematic is stated,
    they must not cover more often either: an uncertainty that is far too large says nothing.
    """
    technique = technique_of(probed)
    expected = truths(probed)
    z: dict[Truth, list[float]] = {}
    outside: dict[tuple[Truth, str], int] = {}
    free = dict.fromkeys(expected, True)
    for seed in range(repeats):
        found = technique.observed(records_of(probed, 100 + seed), probed.options).observables
        for truth in expected:
            mine = of(found, truth)
            assert mine, f"no {truth.quantity} {truth.subject}"
            for entry in mine[:1] if mine[0].bound is None else mine:
                width = deviation(entry)
                if entry.bound is None and width:
                    z.setdefault(truth, []).append((entry.value - truth.value) / width)
                    free[truth] &= not entry.systematic
                elif entry.bound is not None:
                    beyond = (
                        entry.value - truth.value if entry.bound == "lower" else truth.value - entry.value
                    )
                    key = (truth, str(entry.bound))
                    outside[key] = outside.get(key, 0) + (beyond > width)
    assert z or outside, "nothing states an uncertainty or a bound"
    for truth, values in z.items():
        for sigmas, share in ((1.0, 0.6827), (2.0, 0.9545)):
            inside = sum(abs(value) <= sigmas for value in values)
            assert inside >= binom.ppf(RISK, len(values), share), (truth, sigmas, inside)
            if free[truth] and sigmas == 1.0:
                assert inside <= binom.ppf(1.0 - RISK, len(values), share), (truth, inside)
    for (truth, bound), count in outside.items():
        # A bound that is missed by more than one standard deviation: at most every sixth time.
        assert count <= binom.ppf(1.0 - RISK, repeats, 0.1587), (truth, bound, count)


def test_a_virtual_file_is_known_as_simulated_when_it_is_read_again(probed: Case, tmp_path: Path) -> None:
    technique = technique_of(probed)
    for writer in (one for one in technique.formats() if one.write is not None):
        path = tmp_path / f"virtual{writer.extensions[0]}"
        assert writer.write is not None
        writer.write(records_of(probed, 1)[0], path)
        analysis = analysed_files([path], Given())
        assert {o.origin for o in analysis.observables} == {"simulated"}

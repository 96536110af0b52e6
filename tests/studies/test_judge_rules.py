"""Rules of the judgement with and without: exact small cases, and the same particles under the same rule."""

from __future__ import annotations

import numpy as np
import pytest

from topotaxy.evidence.judgement import Assumptions, Case, posterior
from topotaxy.evidence.likelihood import number
from topotaxy.evidence.reaction import reaction_of
from topotaxy.evidence.regions import REGIONS, region_of
from topotaxy.studies.judge_rules import (
    MIXTURE,
    RULES,
    Ruled,
    asked_of_all,
    before_of,
    mixture_alike,
    rules_table,
    shares_by,
)

NIO = reaction_of("NiO", "Li")


@pytest.fixture(scope="module")
def found():
    data = (number("x", "reduced_seen.Ni", 0.6, 0.2, technique="absorption"),)
    case = Case(name="made", reaction=NIO, terms=data)
    return posterior(case, Assumptions(), particles=600, seed=1, rare=False)


def test_the_rules_as_they_are_leave_the_answer_as_it_is(found) -> None:
    assert shares_by(found, region_of, alike=False) == pytest.approx(found.shares)


def test_a_mixture_alike_is_the_same_by_particles_and_by_shares(found) -> None:
    before = before_of(region_of(found.drawn), alike=False)
    by_shares = mixture_alike(found.shares, before)
    assert shares_by(found, region_of, alike=True) == pytest.approx(by_shares, abs=1e-9)
    assert by_shares[MIXTURE] < found.shares[MIXTURE]


def test_a_mixture_alike_leaves_ratios_of_mechanisms_alone() -> None:
    before = np.array([0.1, 0.1, 0.1, 0.1, 0.0, 0.0, 0.0, 0.6])
    after = np.array([0.3, 0.1, 0.0, 0.0, 0.0, 0.0, 0.0, 0.6])
    changed = mixture_alike(after, before)
    assert changed == pytest.approx(np.array([0.6, 0.2, 0.0, 0.0, 0.0, 0.0, 0.0, 0.2]))


def test_alike_means_alike() -> None:
    pooled = np.repeat(np.arange(len(REGIONS)), [200, 300, 400, 500, 150, 250, 350, 2000])
    assert before_of(pooled, alike=True) == pytest.approx(1.0 / len(REGIONS))
    assert before_of(pooled, alike=False)[MIXTURE] > 0.4


@pytest.mark.parametrize(
    ("frame", "share", "own", "of_all"),
    [
        (0.9, 0.25, "inlaid domains", "mixture"),
        (0.9, 0.5, "inlaid domains", "inlaid domains"),
        (0.45, 0.35, "mixture", "inlaid domains"),
        (0.35, 0.15, "mixture", "vanished and recovered"),
        (0.1, 0.05, "vanished and recovered", "vanished and recovered"),
    ],
)
def test_a_frame_is_asked_of_whom_the_rule_says(frame: float, share: float, own: str, of_all: str) -> None:
    """Much metal leaves few cations: nine in ten of those may be a quarter of all."""
    values = {
        "core": 0.0,
        "coherent": 0.0,
        "frame": frame,
        "frame_share": share,
        "metal_of_charge": 1.0,
        "reoxidised": 1.0,
        "back": 1.0,
    }
    expected = {name: np.array([value]) for name, value in values.items()}
    assert REGIONS[int(region_of(expected)[0])] == own
    assert REGIONS[int(asked_of_all(expected)[0])] == of_all


def test_the_table_counts_what_was_said() -> None:
    right = Ruled(
        truth="collapse", said="collapse", probability=0.95, of_truth=0.95, listed="collapse", everywhere=""
    )
    wrong = Ruled(
        truth="collapse",
        said="mixture",
        probability=0.6,
        of_truth=0.0,
        listed="inlaid domains",
        everywhere="",
    )
    head, row = rules_table([{"as it is": right}, {"as it is": wrong}])
    assert len(head) == len(row)
    assert row[0] == next(iter(RULES))
    assert row[1] == "1 of 2"
    # ln of 0.95 and of the least of a thousandth.
    assert float(row[3]) == pytest.approx(0.5 * (np.log(0.95) + np.log(1e-3)), abs=0.005)
    assert row[4:] == ["1, 1", "2, 1", "0, 0"]

"""What follows from a posterior, on posteriors of a few particles whose answers can be had by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from topotaxy.evidence.consequences import candidates, checks, influences
from topotaxy.evidence.inference import Sample
from topotaxy.evidence.judgement import Assumptions, Case, Posterior
from topotaxy.evidence.likelihood import DEGREES, Term, bound, number, reading, statement
from topotaxy.evidence.reaction import reaction_of
from topotaxy.evidence.regions import REGIONS
from topotaxy.tables import read_table

NIO = reaction_of("NiO", "Li")
MISS = reading("miss")[0]


def posterior(regions: list[int], **columns: list[float]) -> Posterior:
    """A posterior of equal particles; ``columns`` are what is expected of each."""
    count = len(regions)
    expected = {name: np.array(values, dtype=float) for name, values in columns.items()}
    expected.setdefault("core", np.zeros(count))
    shares = np.bincount(regions, minlength=len(REGIONS)) / count
    return Posterior(
        assumptions=Assumptions(),
        shares=shares,
        log_evidence=np.zeros(len(REGIONS)),
        total=0.0,
        expected=expected,
        regions=np.array(regions),
        sample=Sample(0.0, np.zeros((count, 1)), np.zeros(count), count, 1),
        evaluations=count,
        drawn=expected,
    )


def case(*terms: Term) -> Case:
    return Case(name="made", reaction=NIO, terms=terms)


def said(technique: str, first: float, second: float, fact: str = "") -> Term:
    """A statement of probabilities ``first`` in the region 0 and ``second`` in the region 1."""
    return statement(
        f"by {technique}",
        lambda o, w: np.where(o["region"] == 0, first, second),
        technique=technique,
        fact=fact or technique,
    )


def halves(count: int = 20) -> Posterior:
    regions = [0] * (count // 2) + [1] * (count // 2)
    return posterior(regions, region=[float(r) for r in regions], x=list(np.linspace(0, 1, count)))


def made(share: float) -> float:
    """Probability that a statement is made that is true with this probability."""
    return MISS + (1 - 2 * MISS) * share


def test_leaving_out_a_technique_divides_by_what_it_said() -> None:
    (one, other) = influences(case(said("a", 0.8, 0.2), said("b", 0.5, 0.5)), halves(), ["x"])
    odds = made(0.2) / made(0.8)
    assert (one.technique, other.technique) == ("a", "b")
    assert one.shares[0] == pytest.approx(odds / (1 + odds))
    assert one.shares[1] == pytest.approx(1 / (1 + odds))
    # What says the same of both says nothing: nothing changes without it.
    assert other.shares == pytest.approx(halves().shares)
    assert other.effective == pytest.approx(20.0)
    assert one.effective < 20.0
    assert one.medians["x"] > other.medians["x"]


def test_a_restatement_left_out_leaves_the_fact_its_whole_weight() -> None:
    both = case(said("a", 0.8, 0.2, "one"), said("b", 0.8, 0.2, "one"))
    for influence in influences(both, halves(), []):
        assert influence.shares == pytest.approx(halves().shares)


@pytest.mark.parametrize("count", [1, 2, 7, 100])
def test_a_median_of_equal_particles_is_the_middle_one(count: int) -> None:
    values = np.random.default_rng(count).normal(size=count)
    flat = case(statement("s", lambda o, w: np.full(len(o["core"]), 0.4), technique="t", fact="f"))
    (influence,) = influences(flat, posterior([0] * count, x=list(values)), ["x"])
    assert influence.medians["x"] in values
    below, above = (values < influence.medians["x"]).sum(), (values > influence.medians["x"]).sum()
    assert max(below, above) <= count / 2


@settings(max_examples=50)
@given(st.floats(0.001, 0.999), st.floats(0.01, 50.0))
def test_the_tail_of_a_number_drawn_from_the_prediction_is_its_quantile(share: float, width: float) -> None:
    """All particles alike: the number at a quantile q of the scatter has p = 2 min(q, 1 - q)."""
    value = 3.0 + width * float(stats.t.ppf(share, DEGREES))
    (check,) = checks(case(number("n", "x", value, width, technique="t")), posterior([0] * 5, x=[3.0] * 5))
    assert check.probability == pytest.approx(2 * min(share, 1 - share), abs=1e-9)
    assert check.best == pytest.approx(check.probability)


def test_a_number_is_checked_from_both_sides_alike() -> None:
    base = posterior([0] * 3, x=[-1.0, 0.0, 1.0])
    for away in (0.5, 2.0, 9.0):
        up, down = (
            checks(case(number("n", "x", sign * away, 0.7, technique="t")), base)[0] for sign in (1, -1)
        )
        assert up.probability == pytest.approx(down.probability)


def test_a_statement_is_checked_by_how_often_it_would_be_made() -> None:
    (check,) = checks(case(said("a", 0.9, 0.1)), halves())
    assert check.probability == pytest.approx(0.5 * (made(0.9) + made(0.1)))
    assert check.best == pytest.approx(made(0.9))
    limit = bound("b", "x", 0.0, 1.0, upper=True, technique="t")
    (check,) = checks(case(limit), posterior([0], x=[0.0]))
    assert check.probability == pytest.approx(0.5)


def test_checks_come_the_least_probable_first_and_each_once() -> None:
    terms = [number(str(v), "x", v, 1.0, technique="t") for v in (0.0, 5.0, -2.0)]
    found = checks(case(*terms, said("a", 0.9, 0.1)), halves())
    assert [c.probability for c in found] == sorted(c.probability for c in found)
    assert len(found) == 4
    assert found[0].term.name == "5.0"
    assert all(0 <= c.probability <= 1 for c in found)


def told(separation: float, shares: tuple[int, int] = (10, 10)) -> float:
    """Nats of a measurement that expects 0 in one region and so many widths in the other."""
    row = read_table("topotaxy.evidence", "candidates")[0]
    values = [0.0] * shares[0] + [separation * float(row["width"])] * shares[1]
    regions = [0] * shares[0] + [1] * shares[1]
    (found,) = [
        c
        for c in candidates(posterior(regions, **{row["expected"]: values}))
        if c.measurement == row["measurement"]
    ]
    return found.nats


@pytest.mark.parametrize("shares", [(10, 10), (18, 2), (5, 15)])
def test_information_is_nothing_where_all_expect_the_same_and_all_where_nothing_overlaps(
    shares: tuple[int, int],
) -> None:
    """Mutual information lies between 0 and the entropy of the mechanisms (Lindley 1956)."""
    p = np.array(shares) / sum(shares)
    entropy = -float((p * np.log(p)).sum())
    assert told(0.0, shares) == pytest.approx(0.0, abs=1e-9)
    assert told(15.0, shares) == pytest.approx(entropy, abs=2e-3)
    between = [told(s, shares) for s in (0.0, 0.5, 1.0, 2.0, 4.0, 8.0)]
    assert between == sorted(between)
    assert between[-1] <= entropy + 2e-3


def test_information_of_two_gaussians_is_what_quadrature_gives() -> None:
    """Two even mechanisms two widths apart: 0.3368 nats, by scipy's quadrature."""
    from scipy import integrate

    def integrand(y: float) -> float:
        a, b = stats.norm.pdf(y), stats.norm.pdf(y - 2.0)
        return float(0.5 * (a * np.log(2 * a / (a + b)) + b * np.log(2 * b / (a + b))))

    exact, _ = integrate.quad(integrand, -12, 14)
    assert told(2.0) == pytest.approx(exact, abs=2e-3)


def test_a_measurement_decides_most_about_what_it_tells_apart() -> None:
    """Two of 22 particles far from the rest: as much information as that split, and about those two."""
    row = read_table("topotaxy.evidence", "candidates")[0]
    far = 20.0 * float(row["width"])
    base = posterior([0] * 10 + [1] * 10 + [2] * 2, **{row["expected"]: [0.0] * 20 + [far] * 2})
    (found,) = [c for c in candidates(base) if c.measurement == row["measurement"]]
    p = 2 / 22
    assert found.nats == pytest.approx(-p * np.log(p) - (1 - p) * np.log(1 - p), abs=2e-3)
    assert found.decides == REGIONS[2]


def test_measurements_of_what_the_reaction_has_not_are_not_proposed() -> None:
    """Every one names an expectation; those of cations that are not there are left out."""
    rows = read_table("topotaxy.evidence", "candidates")
    some = {row["expected"]: [0.0, 1.0] for row in rows if row["expected"].partition(".")[2] in ("", "Ni")}
    found = candidates(posterior([0, 1], **some))
    assert {c.measurement for c in found} == {r["measurement"] for r in rows if r["expected"] in some}
    assert [c.nats for c in found] == sorted((c.nats for c in found), reverse=True)
    assert {c.decides for c in found} <= {REGIONS[0], REGIONS[1]}

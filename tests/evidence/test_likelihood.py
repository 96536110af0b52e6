"""Laws of the terms: densities are densities, widths widen, restatements share, bounds look one way."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import integrate, stats
from scipy.special import stdtr

from topotaxy.evidence.likelihood import (
    DEGREES,
    above,
    bound,
    floor_of,
    log_likelihood,
    number,
    reading,
    statement,
    student,
)


def rows(**columns: list[float]) -> dict[str, np.ndarray]:
    """Expected values by name; ``core`` gives the number of rows."""
    found = {name: np.array(values, dtype=float) for name, values in columns.items()}
    found.setdefault("core", np.zeros(len(next(iter(found.values())))))
    return found


@pytest.mark.parametrize("width", [0.01, 0.3, 20.0])
def test_the_density_of_a_number_is_students(width: float) -> None:
    """Against scipy's own, and normalised."""
    away = np.array([-5.0, -1.0, 0.0, 0.4, 12.0]) * width
    assert student(away, width) == pytest.approx(stats.t.logpdf(away, DEGREES, scale=width))
    whole, _ = integrate.quad(lambda x: float(np.exp(student(np.array([x]), width))[0]), -np.inf, np.inf)
    assert whole == pytest.approx(1.0, abs=1e-6)


@pytest.mark.parametrize("side", [-1.0, 1.0])
def test_a_number_says_the_same_from_both_sides_and_less_the_farther(side: float) -> None:
    term = number("n", "strain", 0.1, 0.02, technique="t")
    level = log_likelihood(rows(strain=[0.1, 0.1 + side * 0.02, 0.1 + side * 0.2]), [term])
    mirrored = log_likelihood(rows(strain=[0.1, 0.1 - side * 0.02, 0.1 - side * 0.2]), [term])
    assert level == pytest.approx(mirrored)
    assert level[0] > level[1] > level[2]


def test_far_away_wider_is_likelier_and_nearby_narrower_is() -> None:
    term = number("n", "strain", 0.0, 0.01, technique="t")
    o = rows(strain=[0.0, 0.2])
    narrow, wide = log_likelihood(o, [term], wider=0.5), log_likelihood(o, [term], wider=2.0)
    assert narrow[0] > wide[0]
    assert narrow[1] < wide[1]


@pytest.mark.parametrize("times", [2, 3, 5])
def test_so_many_restatements_weigh_as_one(times: int) -> None:
    terms = [number(f"n{i}", "strain", 0.1, 0.02, technique="t", fact="one") for i in range(times)]
    o = rows(strain=[0.0, 0.07, 0.4])
    assert log_likelihood(o, terms) == pytest.approx(log_likelihood(o, terms[:1]))


def test_terms_of_different_facts_add() -> None:
    a = number("a", "strain", 0.1, 0.02, technique="t")
    b = number("b", "loss", 50.0, 9.0, technique="u")
    o = rows(strain=[0.0, 0.1], loss=[40.0, 60.0])
    both = log_likelihood(o, [a, b])
    assert both == pytest.approx(log_likelihood(o, [a]) + log_likelihood(o, [b]))
    assert log_likelihood(o, [b, a]) == pytest.approx(both)


@pytest.mark.parametrize("left_out", ["t", "a"])
def test_a_term_goes_by_its_technique_or_its_name(left_out: str) -> None:
    a = number("a", "strain", 0.1, 0.02, technique="t")
    b = number("b", "loss", 50.0, 9.0, technique="u")
    o = rows(strain=[0.0, 0.1], loss=[40.0, 60.0])
    assert log_likelihood(o, [a, b], without=(left_out,)) == pytest.approx(log_likelihood(o, [b]))


def test_nothing_known_says_nothing() -> None:
    assert log_likelihood(rows(strain=[0.0, 0.5]), []) == pytest.approx(0.0)


@pytest.mark.parametrize("upper", [True, False])
def test_a_bound_is_a_number_told_from_one_side(upper: bool) -> None:
    """Student's t of four degrees from below, a half at the limit; scipy's to rounding."""
    limit = bound("b", "salt", 0.3, 0.02, upper=upper, technique="t")
    assert limit.probability is not None
    salt = np.array([-9.0, 0.1, 0.28, 0.3, 0.32, 0.5, 9.0])
    found = limit.probability(rows(salt=salt), 1.0)
    sense = 1.0 if upper else -1.0
    assert found == pytest.approx(stdtr(4.0, sense * (0.3 - salt) / 0.02), abs=1e-14)
    assert found[3] == pytest.approx(0.5)
    assert (np.diff(sense * found) < 0.0).all()


@pytest.mark.parametrize("share", [0.0, 0.2, 0.5, 1.0])
def test_said_and_not_said_are_all_there_is(share: float) -> None:
    terms = [
        statement("s", lambda o, w: np.full(1, share), technique="t", fact="f", said=said)
        for said in (True, False)
    ]
    made, not_made = (float(log_likelihood(rows(strain=[0.0]), [term])[0]) for term in terms)
    assert np.exp(made) + np.exp(not_made) == pytest.approx(1.0)
    miss = reading("miss")[0]
    assert miss - 1e-12 <= np.exp(made) <= 1 - miss + 1e-12


def test_statements_and_numbers_are_counted_alike_together_and_apart() -> None:
    said = statement("s", lambda o, w: o["salt"], technique="t", fact="f")
    value = number("n", "strain", 0.1, 0.02, technique="t")
    o = rows(salt=[0.1, 0.9], strain=[0.1, 0.3])
    together = log_likelihood(o, [said, value])
    assert together == pytest.approx(log_likelihood(o, [said]) + log_likelihood(o, [value]))


def test_a_reader_turns_at_the_threshold_and_slower_with_wider_widths() -> None:
    threshold, width = reading("edge_falls")
    values = threshold + width * np.array([-2.0, 0.0, 2.0])
    sharp, blurred = above(values, "edge_falls", 1.0), above(values, "edge_falls", 2.0)
    assert sharp[1] == blurred[1] == pytest.approx(0.5)
    assert sharp[0] < blurred[0] < 0.5 < blurred[2] < sharp[2]
    assert sharp[0] + sharp[2] == pytest.approx(1.0)


@pytest.mark.parametrize("name", ["no such floor", ""])
def test_what_no_table_has_is_refused(name: str) -> None:
    with pytest.raises(KeyError):
        floor_of(name)
    with pytest.raises(KeyError):
        reading(name)


def test_what_is_not_a_number_is_no_evidence_but_a_fault() -> None:
    """Impossible is minus infinity; not a number is refused, whichever kind of term it comes by."""
    o = rows(strain=[0.1, np.nan], frame=[0.2, 0.3])
    sound = number("sound", "frame", 0.2, 0.1, technique="t")
    shut = bound("shut", "frame", -1e20, 0.1, upper=True, technique="t")
    with np.errstate(divide="ignore"):
        assert np.isneginf(log_likelihood(o, [sound, shut])).all()
    for term in (
        number("n", "strain", 0.1, 0.02, technique="t"),
        bound("n", "strain", 0.1, 0.02, upper=True, technique="t"),
        statement("n", lambda o, wider: o["strain"], technique="t", fact="n"),
    ):
        with pytest.raises(FloatingPointError, match=r"fault of the map: n$"):
            log_likelihood(o, [sound, term])

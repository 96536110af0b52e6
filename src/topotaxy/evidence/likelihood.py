"""What data say of expected values: numbers with Student-t scatter, statements with a miss rate, bounds.

The terms know nothing of simulations or instruments: they compare observables with the map's expectations.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from topotaxy.evidence.mechanisms import Expected, logistic
from topotaxy.tables import read_table

Values = NDArray[np.float64]

DEGREES = 4.0
"""Degrees of freedom of the Student-t scatter: one number in twenty lies beyond 2.8 widths."""


@cache
def floor_of(name: str) -> float:
    """Return the smallest believable standard deviation of a kind of number (``floors.csv``).

    Parameters
    ----------
    name : str
        Name of the expectation.
    """
    for row in read_table("topotaxy.evidence", "floors"):
        if row["expected"] == name:
            return float(row["floor"])
    raise KeyError(name)


@cache
def reading(name: str) -> tuple[float, float]:
    """Return threshold and width of a statement (``statements.csv``).

    Parameters
    ----------
    name : str
        Name of the quantity.
    """
    for row in read_table("topotaxy.evidence", "statements"):
        if row["name"] == name:
            return float(row["threshold"]), float(row["width"] or "nan")
    raise KeyError(name)


def student(deviation: Values, width: float) -> Values:
    """Return the log density of Student's t with :data:`DEGREES` degrees of freedom.

    Parameters
    ----------
    deviation : Values
        Deviations; any shape.
    width : float
        Scale in the same unit.
    """
    nu = DEGREES
    constant = math.lgamma((nu + 1.0) / 2.0) - math.lgamma(nu / 2.0) - 0.5 * math.log(nu * math.pi)
    return np.asarray(constant - math.log(width) - (nu + 1.0) / 2.0 * np.log1p((deviation / width) ** 2 / nu))


def student_below(deviation: Values) -> Values:
    """Return the probability that Student's t with four degrees of freedom lies below a deviation.

    Parameters
    ----------
    deviation : Values
        In units of the scale; any shape.
    """
    # With sin(a) = t/sqrt(4 + t^2) the density of four degrees is 3/4 cos(a)^3 da.
    sine = deviation / np.sqrt(4.0 + deviation**2)
    return np.asarray(0.25 * (1.0 + sine) ** 2 * (2.0 - sine))


@dataclass(frozen=True, kw_only=True)
class Term:
    """One thing that is known, and how probable each row of expected values makes it.

    Attributes
    ----------
    name:
        In words, for lists.
    technique:
        What saw it; leaving out a technique leaves out all its terms.
    fact:
        Terms of one fact are restatements: m of them weigh 1/m each.
    source:
        The file or claim.
    log_probability:
        Expected values and a factor on all widths to the log probability of each row.
    mean, width, value:
        Of a number: what is expected, its standard deviation, and what was found.
    probability, said:
        Of a statement or a bound: the probability that it is made, from expected values and the factor on all
        widths, and whether it was made.
    expected:
        Of a number or a bound: the expectation that it is held against.
    """

    name: str
    technique: str
    fact: str
    source: str
    log_probability: Callable[[Expected, float], Values]
    mean: Callable[[Expected], Values] | None = None
    width: float | None = None
    value: float | None = None
    probability: Callable[[Expected, float], Values] | None = None
    said: bool = True
    expected: str = ""


def number(
    name: str,
    expected: str,
    value: float,
    width: float,
    *,
    technique: str,
    fact: str = "",
    source: str = "",
) -> Term:
    """Return the term of a number with one standard deviation ``width``.

    Parameters
    ----------
    name : str
        Name of the term, as it is shown.
    expected : str
        Name of the expectation of the map.
    value : float
        The number, in the unit of the expectation.
    width : float
        One standard deviation of it, the measurement's alone.
    technique : str
        Whose systematic offset it shares.
    fact : str
        What is restated where several terms share it.
    source : str
        Who says so.
    """
    return Term(
        name=name,
        technique=technique,
        fact=fact or name,
        source=source,
        log_probability=lambda o, wider: student(o[expected] - value, width * wider),
        mean=lambda o: o[expected],
        width=width,
        value=value,
        expected=expected,
    )


def bound(
    name: str,
    expected: str,
    value: float,
    width: float,
    *,
    upper: bool,
    technique: str,
    fact: str = "",
    source: str = "",
) -> Term:
    """Return the term of a one-sided bound, as a detection limit is, blurred by ``width``.

    A number of an instrument that is told from one side only: it errs as numbers do (Student's t), and is not
    made by mistake as often as a statement in words.

    Parameters
    ----------
    name : str
        Name of the term, as it is shown.
    expected : str
        Name of the expectation of the map.
    value : float
        The number, in the unit of the expectation.
    width : float
        One standard deviation of it, the measurement's alone.
    upper : bool
        Whether it is an upper bound, else a lower one.
    technique : str
        Whose systematic offset it shares.
    fact : str
        What is restated where several terms share it.
    source : str
        Who says so.
    """
    sense = 1.0 if upper else -1.0

    def held(o: Expected, wider: float = 1.0) -> Values:
        return student_below(sense * (value - o[expected]) / (width * wider))

    return Term(
        name=name,
        technique=technique,
        fact=fact or name,
        source=source,
        log_probability=lambda o, wider: np.log(held(o, wider)),
        probability=held,
        expected=expected,
    )


def statement(
    name: str,
    probability: Callable[[Expected, float], Values],
    *,
    technique: str,
    fact: str,
    source: str = "",
    said: bool = True,
) -> Term:
    """Return the term of a statement; it is made or left out by mistake with the miss rate.

    ``probability`` takes expected values and the factor on all widths.

    Parameters
    ----------
    name : str
        Name of the term, as it is shown.
    probability : Callable[[Expected, float], Values]
        Probability that the statement is true, from expectation and width.
    technique : str
        Whose systematic offset it shares.
    fact : str
        What is restated where several terms share it.
    source : str
        Who says so.
    said : bool
        Whether the paper says that it is so.
    """
    miss = reading("miss")[0]

    def made(o: Expected, wider: float = 1.0) -> Values:
        return np.asarray(miss + (1.0 - 2.0 * miss) * probability(o, wider))

    def log_probability(o: Expected, wider: float) -> Values:
        share = made(o, wider)
        return np.asarray(np.log(share if said else 1.0 - share))

    return Term(
        name=name,
        technique=technique,
        fact=fact,
        source=source,
        log_probability=log_probability,
        probability=made,
        said=said,
    )


def above(value: Values, name: str, wider: float) -> Values:
    """Return how probably a reader calls ``value`` above the threshold of a statement.

    Parameters
    ----------
    value : Values
        The expectation, in its unit; any shape.
    name : str
        Name of the reading in ``statements.csv``.
    wider : float
        Factor on the width.
    """
    threshold, width = reading(name)
    return logistic((value - threshold) / (width * wider))


def log_likelihood(
    expected: Expected, terms: Sequence[Term], *, wider: float = 1.0, without: Collection[str] = ()
) -> Values:
    """Return the log likelihood of each row.

    Parameters
    ----------
    expected : dict of str to array (n,)
        From the map.
    terms : sequence of Term
        What is known; restatements of one fact share its weight.
    wider : float
        Factor on all widths.
    without : collection of str
        Techniques or names of terms that are left out.

    Raises
    ------
    FloatingPointError
        Where a term is not a number: a fault of the map, which must not pass for improbable.
    """
    used = [term for term in terms if term.technique not in without and term.name not in without]
    times: dict[str, int] = {}
    for term in used:
        times[term.fact] = times.get(term.fact, 0) + 1
    total = np.zeros(len(expected["core"]))
    # Statements first as probabilities, so that one logarithm serves them all.
    said, weights = [], []
    for term in used:
        if term.probability is None:
            total += term.log_probability(expected, wider) / times[term.fact]
            continue
        made = term.probability(expected, wider)
        said.append(made if term.said else 1.0 - made)
        weights.append(1.0 / times[term.fact])
    if said:
        total += np.array(weights) @ np.log(np.array(said))
    if np.isnan(total).any():
        faulty = [term.name for term in used if np.isnan(term.log_probability(expected, wider)).any()]
        raise FloatingPointError(f"not a number, by a fault of the map: {', '.join(faulty)}")
    return total

"""How often such an answer is right on synthetic truth: the table of the calibration study, for one case."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from topotaxy.evidence.judgement import Case
from topotaxy.tables import read_table

MOSTLY = 0.5
"""Share of the terms from which a case is one of statements in words, or of numbers."""
FULLER = frozenset({"phase_fraction", "salt", "tetrahedral_alkali", "domain_scattered"})
"""Expectations of which two at least make a case as fully measured as the design ``complete``."""

STATED = "stated"
"""Set of measurements of the study that is a paper's: statements in words, and few numbers."""


@dataclass(frozen=True, kw_only=True)
class Reliability:
    """What the study found for a set of measurements like that of a case.

    Attributes
    ----------
    design:
        The set of measurements of the study.
    alike:
        Whether the case is one of numbers, as those of the study are.
    truths:
        How many synthetic truths.
    right, certain, right_where_certain:
        Shares of answers that were right, that had p of 0.9 or more, and of those how many were right.
    coverage:
        Share of latents inside their 90 % interval.
    """

    design: str
    alike: bool
    truths: int
    right: float
    certain: float
    right_where_certain: float | None
    coverage: float

    @property
    def sentence(self) -> str:
        """The figures in words."""
        kind = (
            "told as a paper does, mostly by statements in words,"
            if self.design == STATED
            else f"with {self.design} data"
        )
        sure = (
            "p was never 0.9"
            if self.right_where_certain is None
            else f"in {100 * self.right_where_certain:.0f} % where p was at least 0.9"
        )
        text = (
            f"On {self.truths} synthetic truths {kind} the most probable mechanism was right in "
            f"{100 * self.right:.0f} %, {sure}; 90 % intervals held the truth in {100 * self.coverage:.0f} %."
        )
        if not self.alike and self.design != STATED:
            text += " Those were numbers; statements in words, as most here are, tell less."
        return text


@cache
def _rows() -> dict[str, dict[str, str]]:
    rows = read_table("topotaxy.evidence", "calibration")
    return {row["design"]: row for row in rows if row["map"] == "as it is"}


def reliability(case: Case) -> Reliability:
    """Return what the study found for measurements like those of a case.

    Parameters
    ----------
    case : Case
        What is judged; the more of it are absolute fractions and sizes, the fuller the design; where most are
        statements in words, that of a paper.
    """
    measured = {term.expected.partition(".")[0] for term in case.terms if term.value is not None}
    design = "complete" if len(measured & FULLER) >= 2 and "complete" in _rows() else "quantitative"
    numbers = sum(term.value is not None for term in case.terms)
    alike = numbers >= MOSTLY * max(len(case.terms), 1)
    if not alike and STATED in _rows():
        design = STATED
    row = _rows()[design]
    return Reliability(
        design=design,
        alike=alike,
        truths=int(float(row["truths"])),
        right=float(row["right"]),
        certain=float(row["certain"]),
        right_where_certain=float(row["right_where_certain"]) if float(row["certain"]) else None,
        coverage=float(row["coverage"]),
    )


def classes(design: str) -> list[tuple[float, float, int]]:
    """Return mean stated probability, share that was right, and truths, by class of stated probability.

    Parameters
    ----------
    design : str
        Set of measurements of the study.
    """
    return [
        (float(row["stated"]), float(row["right"]), int(row["truths"]))
        for row in read_table("topotaxy.evidence", "reliability")
        if row["design"] == design and row["map"] == "as it is"
    ]

"""Parts of a verdict's page that hold it against data and truth: what was seen beside what is expected, where
the charge goes, and how often such an answer is right."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from topotaxy.content.figure import Figure, Panel, Series
from topotaxy.content.numbers import fixed, number_text
from topotaxy.content.palette import LINES, NEUTRAL
from topotaxy.content.section import Items, Paragraph, Part, Table
from topotaxy.evidence.consequences import Check
from topotaxy.evidence.judgement import Case
from topotaxy.evidence.likelihood import Term
from topotaxy.evidence.mechanisms import map_constants
from topotaxy.evidence.reliability import classes, reliability
from topotaxy.evidence.verdict import IMPROBABLE, Verdict

LISTED = 10
"""Statements and numbers that are listed, those that agree least."""
ENDS = (0.05, 0.5, 0.95)


def said(term: Term) -> str:
    """Return what a term says, without the id of the claim that its name begins with.

    Parameters
    ----------
    term : Term
        A statement or a number.
    """
    return term.name.removeprefix(f"{term.source}: ")


def checks_parts(verdict: Verdict) -> tuple[Paragraph | Items | Table, ...]:
    """Return what no mechanism pleases, and the statements and numbers that agree least with all others.

    Parameters
    ----------
    verdict : Verdict
        What was judged.
    """
    unpleased = [c for c in verdict.checks if c.best < IMPROBABLE]
    lead: Paragraph | Items = (
        Items([f"{c.term.name} (p = {c.best:.2f} at best)" for c in unpleased])
        if unpleased
        else Paragraph("Every statement and number has a mechanism that pleases it.")
    )
    table = Table(
        caption="The ten that agree least with all others together",
        head=("statement or number", "technique", "seen", "expected (90 %)", "p", "p, best mechanism"),
        rows=[
            (
                said(c.term),
                c.term.technique,
                _seen(c.term),
                _expected(c, verdict),
                f"{c.probability:.2f}",
                f"{c.best:.2f}",
            )
            for c in verdict.checks[:LISTED]
        ],
        numeric=frozenset({2, 3, 4, 5}),
        note="Expected: what the reactions that the data allow would show. p: of a number the two-sided tail "
        "of that, of a statement how often it would be made as it was. A spacing stands as strain.",
    )
    return lead, table


def _seen(term: Term) -> str:
    if term.value is not None and term.width is not None:
        return f"{number_text(term.value, 3)} ± {number_text(term.width, 1)}"
    return "said" if term.said else "not said"


def _expected(check: Check, verdict: Verdict) -> str:
    term, base = check.term, verdict.base
    if term.mean is not None:
        low, _, high = np.quantile(term.mean(base.expected), ENDS)
        return f"{number_text(float(low), 3)} to {number_text(float(high), 3)}"
    return ""


def budget_table(verdict: Verdict) -> Table:
    """Return where the charge of the first discharge goes, in the reactions that the data allow.

    Parameters
    ----------
    verdict : Verdict
        What was judged.
    """
    o, reaction = verdict.base.expected, verdict.case.reaction
    each = reaction.capacity_per_electron
    stored = o["interface"] * o["surface"] * o["reacted"] * o["metal_share"] * reaction.total
    electrons = verdict.base.assumptions.constants.get(
        "interface_electrons", map_constants()["interface_electrons"]
    )
    parts: list[tuple[str, NDArray[np.float64]]] = [
        ("metal, oxidised again on charge", each * o["metal_electrons"] * o["reoxidised"]),
        ("metal that stays", each * o["metal_electrons"] * (1.0 - o["reoxidised"])),
        ("alkali inserted without metal", each * o["inserted_electrons"]),
        ("interfaces of metal and salt", each * electrons * stored),
        ("film and carbon, given back", o["reversible_charge"]),
        ("film that stays", o["irreversible_charge"]),
    ]
    total = np.sum([values for _, values in parts], axis=0)
    rows = []
    for words, values in (*parts, ("all of it", total)):
        low, middle, high = (float(v) for v in np.quantile(values, ENDS))
        rows.append((words, fixed(middle, 0), f"{fixed(low, 0)} to {fixed(high, 0)}"))
    return Table(
        caption="Charge of the first discharge, mAh per gram of the host",
        head=("held by", "median", "90 %"),
        rows=rows,
        numeric=frozenset({1, 2}),
        note="Medians of parts do not add up to the median of the whole. The mass of the electrode may be "
        "off by 3 %, which is not in these.",
    )


def reliability_parts(case: Case) -> tuple[Part, ...]:
    """Return how often the answer was right on synthetic truths, in words and by stated probability.

    Parameters
    ----------
    case : Case
        What is judged; it decides which set of measurements of the study is shown.
    """
    told = reliability(case)
    found = classes(told.design)
    if not found:
        return (Paragraph(told.sentence),)
    stated, right, count = (np.array(column, dtype=float) for column in zip(*found, strict=True))
    error = np.sqrt(np.maximum(right * (1.0 - right), 0.25 / count) / count)
    return (
        Paragraph(told.sentence),
        Figure(
            name="reliability",
            title="Stated probability, and how often that was right",
            reading="On the dashed line an answer is right as often as it says; below it, it is too sure.",
            caption=f"{told.truths} synthetic truths by the stated probability of the most probable "
            f"mechanism: {_counts(count)}. Bars: one binomial standard deviation.",
            alt="Share of right answers against stated probability",
            panels=(
                Panel(
                    title="",
                    x_label="stated probability",
                    y_label="share that was right",
                    series=(
                        Series(
                            x=stated,
                            y=right,
                            error=error,
                            name="synthetic truths",
                            key="synthetic truths",
                            colour=LINES[0],
                            symbol="circle",
                            width=0.0,
                        ),
                        Series(
                            x=np.array([0.0, 1.0]),
                            y=np.array([0.0, 1.0]),
                            name="as stated",
                            key="as stated",
                            colour=NEUTRAL,
                            dash="dash",
                            width=0.8,
                        ),
                    ),
                    y_from_zero=True,
                    y_limit=1.0,
                ),
            ),
        ),
    )


def _counts(values: Sequence[float] | NDArray[np.float64]) -> str:
    return ", ".join(f"{value:.0f}" for value in values)

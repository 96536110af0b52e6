"""A verdict as the content of a page: the answer first, what it rests on, what would decide."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from topotaxy.content.numbers import fixed, number_text
from topotaxy.content.section import Items, KeyNumber, Page, Paragraph, Part, Section, Table, Terms
from topotaxy.evidence.consequences import ROUGH, Influence
from topotaxy.evidence.judgement import weights_before
from topotaxy.evidence.regions import MEANING, REGIONS, region_of
from topotaxy.evidence.reliability import reliability
from topotaxy.evidence.shown_checks import budget_table, checks_parts, reliability_parts, said
from topotaxy.evidence.shown_figures import map_figure, mechanisms_figure
from topotaxy.evidence.verdict import Mechanism, Verdict

WORDS = (
    ("frame", "the host's crystal: its cations on the sites that they had, with what went in between"),
    (
        "coherent metal",
        "metal on the frame's own sites or in register with them; the rest is domains apart",
    ),
    ("unreacted core", "what of the material the reaction never reached"),
    ("rock salt left, back", "share of all cations in the host's crystal when discharged, and after charge"),
    (
        "film and carbon",
        "what the electrolyte's film and the carbon hold beside the material",
    ),
)
"""Words of the page that are not a chemist's everyday ones."""
IMPOSSIBLE = 0.01
"""Probability below which a number or statement is told with the answer, as what no mechanism explains."""
EASED = -1.6
"""ln B above which a disfavoured mechanism is told to be back under another assumption: odds below 5 to 1."""


def judgement_page(verdict: Verdict, beside: Sequence[Section] = ()) -> Page:
    """Return the page of a verdict.

    Parameters
    ----------
    verdict : Verdict
        What was judged.
    beside : sequence of Section
        What else is known of the paper; it stands after what would decide.
    """
    case = verdict.case
    strip = [
        KeyNumber(
            name=told.words,
            value=_told_number(told.median),
            label=None,
            note=f"90 %: {_told_number(told.low)} to {_told_number(told.high)}",
        )
        for told in verdict.told[:6]
    ]
    return Page(
        kind="Judgement",
        title=f"{case.reaction.formula} with {case.reaction.ion}: {case.name}",
        verdict=_lead(verdict),
        key_numbers=strip,
        main=mechanisms_figure(verdict),
        sections=_sections(verdict, beside),
        limits=(
            reliability(case).sentence,
            "The form of the map from reaction to instruments is worth more than the sampler's error "
            f"(ln Z to {fixed(verdict.evidence_error, 2)}): it is given under other assumptions too.",
            "Mechanisms are regions of one model with borders chosen by hand, listed below; what lies "
            "between them is a mixture.",
            "What a paper says in words is read with thresholds that are a reader's judgement.",
            "A likelihood ratio compares two mechanisms; it says nothing of one alone.",
        ),
        provenance=(_borders_table(), _aside_table(verdict)),
    )


def _sections(verdict: Verdict, beside: Sequence[Section]) -> tuple[Section, ...]:
    """Sections in their order; what is known beside the verdict comes last."""
    return (
        Section(anchor="mechanisms", title="Mechanisms", parts=(_mechanisms_table(verdict), Terms(WORDS))),
        Section(
            anchor="latents",
            title="What the data say",
            parts=(_told_table(verdict), map_figure(verdict)),
        ),
        Section(
            anchor="unpleased",
            title="What no mechanism can please, and how everything agrees",
            parts=checks_parts(verdict),
        ),
        Section(anchor="without", title="Without one technique", parts=(_without_table(verdict),)),
        Section(anchor="assumptions", title="Under other assumptions", parts=(_variants_table(verdict),)),
        Section(anchor="charge", title="Where the charge goes", parts=(budget_table(verdict),)),
        Section(
            anchor="reliability",
            title="How often such an answer is right",
            parts=reliability_parts(verdict.case),
        ),
        Section(anchor="next", title="What would decide", parts=(_next_table(verdict),)),
        *beside,
    )


def _lead(verdict: Verdict) -> str:
    """The answer, and the condition under which a disfavoured mechanism would be back."""
    text = verdict.sentence[:1].upper() + verdict.sentence[1:] + "."
    named = [m for m in verdict.mechanisms if m.name == "lattice-confined"]
    if named and verdict.decided != "lattice-confined":
        confined = named[0]
        if confined.log_ratio < -1.0:
            eased = max(verdict.variants, key=lambda p: p.shares[REGIONS.index("lattice-confined")])
            text += (
                f" Lattice confinement is disfavoured {_odds(confined.log_ratio)} against "
                f"{verdict.reference} (ln B {fixed(confined.log_ratio, 1)})"
            )
            if confined.high > EASED:
                odds = f"only {_odds(confined.high)}" if confined.high < 0.0 else "not"
                text += f", but {odds} if {eased.assumptions.name} (ln B {fixed(confined.high, 1)})"
            text += "."
    return text + _contradiction(verdict)


def _contradiction(verdict: Verdict) -> str:
    """What no mechanism can explain at all, in the first sentences: an answer rests on all that was seen."""
    unpleased = [c for c in verdict.checks if c.best < IMPOSSIBLE]
    if not unpleased:
        return ""
    first = unpleased[0].term
    more = f" and {len(unpleased) - 1} more" if len(unpleased) > 1 else ""
    return (
        f" No mechanism explains {said(first)} ({first.technique}){more}: p < {IMPOSSIBLE:g}. These data "
        "contradict each other, or what the judgement knows."
    )


def _odds(log_ratio: float) -> str:
    """Odds to one digit, as in ``4,000 to 1``; of even odds or better ``1 to 1``."""
    odds = float(np.exp(-min(log_ratio, 0.0)))
    return f"{float(f'{odds:.1g}'):,.0f} to 1"


def short_parts(verdict: Verdict) -> list[Part]:
    """Return what a terminal shows of a verdict, in the order in which it is told.

    Parameters
    ----------
    verdict : Verdict
        What was judged.
    """
    case = verdict.case
    techniques = len({term.technique for term in case.terms})
    weakest = [f"{said(c.term)} ({c.term.technique}): p = {c.probability:.2f}" for c in verdict.checks[:4]]
    return [
        Paragraph(f"{case.name}: {case.reaction.formula} | {case.reaction.ion}"),
        Paragraph(
            f"{len(case.terms)} statements and numbers, {techniques} techniques, origin "
            f"{', '.join(case.origins)}; {len(case.aside)} set aside."
        ),
        Paragraph(_lead(verdict)),
        _told_table(verdict),
        _mechanisms_table(verdict),
        Paragraph("Agree least with the rest:"),
        Items(weakest),
        _next_table(verdict),
        Paragraph(reliability(case).sentence),
        Items(
            [f"ln Z {verdict.base.total:.2f} ± {verdict.evidence_error:.2f}; --out writes a page."], note=True
        ),
    ]


def _ratio(m: Mechanism) -> str:
    return f"{fixed(m.log_ratio, 1)} ({fixed(m.low, 1)} to {fixed(m.high, 1)})"


def _mechanisms_table(verdict: Verdict) -> Table:
    assumed = verdict.base.assumptions.borders
    before = weights_before(region_of(verdict.base.drawn, assumed))[REGIONS.index("mixture")]
    return Table(
        caption="Mechanisms at equal priors",
        head=("mechanism", "meaning", "p", f"ln B to {verdict.reference}", "changes sign"),
        rows=[
            (
                m.name,
                MEANING[m.name],
                f"{m.probability:.2f}" if m.probability >= 0.005 else "< 0.01",
                _ratio(m) if m.name != verdict.reference else "0",
                "yes" if m.sign_changes else "" if m.name == verdict.reference else "no",
            )
            for m in verdict.mechanisms
        ],
        numeric=frozenset({2, 3}),
        note="ln B: natural logarithm of how many times better one mechanism predicts the data than "
        "another; in brackets its range over priors, widths, the map and the borders. Before data all "
        f"mechanisms are alike and a mixture has {before:.2f} of the prior, which is in its p and not in its "
        "ln B.",
    )


def _told_number(value: float) -> str:
    """Two digits, and no more than three decimals: no data tell shares finer than that."""
    if abs(value) < 5e-4:
        return "0"
    return fixed(value, 3) if abs(value) < 0.1 else number_text(value, 2)


def _told_table(verdict: Verdict) -> Table:
    return Table(
        caption="Median and 90 % interval after the data, and the interval before",
        head=("what", "median", "after", "before", "driven by"),
        rows=[
            (
                t.words,
                _told_number(t.median),
                f"{_told_number(t.low)} to {_told_number(t.high)}",
                f"{_told_number(t.prior_low)} to {_told_number(t.prior_high)}",
                "; ".join(t.driven_by) or "no single technique",
            )
            for t in verdict.told
        ],
        numeric=frozenset({1, 2, 3}),
    )


def _kind(one: Influence) -> str:
    return " (sampled)" if one.sampled else " (rough)" if one.effective < ROUGH else ""


def _without_table(verdict: Verdict) -> Table:
    named = [m.name for m in verdict.mechanisms[:4]]
    return Table(
        caption="Probability of the leading mechanisms without one technique",
        head=("without", *named, "effective particles"),
        rows=[
            (
                i.technique,
                *(f"{i.shares[REGIONS.index(name)]:.2f}" for name in named),
                f"{i.effective:.0f}{_kind(i)}",
            )
            for i in verdict.influences
        ],
        numeric=frozenset(range(1, len(named) + 2)),
        note="Particles are weighed anew; where too few are left the answer is sampled without the "
        "technique.",
    )


def _variants_table(verdict: Verdict) -> Table:
    named = [m.name for m in verdict.mechanisms[:4]]
    if "lattice-confined" not in named:
        named.append("lattice-confined")
    return Table(
        caption="Probability of mechanisms under other assumptions",
        head=("assumption", *named),
        rows=[
            (
                f"{p.assumptions.name}: {p.assumptions.words}" if p.assumptions.words else p.assumptions.name,
                *(f"{p.shares[REGIONS.index(name)]:.2f}" for name in named),
            )
            for p in (verdict.base, *verdict.variants)
        ],
        numeric=frozenset(range(1, len(named) + 1)),
    )


def _next_table(verdict: Verdict) -> Table:
    return Table(
        caption="Measurements by what they are expected to tell of the mechanism",
        head=("measurement", "nats", "decides most about"),
        rows=[(c.measurement, f"{c.nats:.2f}", c.decides) for c in verdict.next_measurements[:8]],
        numeric=frozenset({1}),
        note="Mutual information between outcome and mechanism; costs are left to the reader.",
    )


def _borders_table() -> Table:
    from topotaxy.tables import read_table

    return Table(
        caption="Borders of the mechanisms",
        head=("border", "value", "varied", "meaning"),
        rows=[
            (row["name"], row["value"], f"{row['low']} to {row['high']}", row["meaning"])
            for row in read_table("topotaxy.evidence", "regions")
        ],
        numeric=frozenset({1, 2}),
    )


def _aside_table(verdict: Verdict) -> Table:
    return Table(
        caption="Set aside",
        head=("what", "why"),
        rows=list(verdict.case.aside) or [("nothing", "")],
    )

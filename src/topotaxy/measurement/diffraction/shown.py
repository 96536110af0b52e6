"""What a page on diffraction shows: the answer, pattern with fit and difference, what was fixed, a series."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from topotaxy.content.figure import Absent
from topotaxy.content.numbers import fixed, number_text, quantity_text, with_uncertainty
from topotaxy.content.section import Items, Paragraph, Part, Section, Table
from topotaxy.measurement.diffraction.analysed import Analysed
from topotaxy.measurement.diffraction.dataset import axis_label
from topotaxy.measurement.diffraction.pattern_shown import pattern_figure
from topotaxy.measurement.diffraction.record import Pattern
from topotaxy.measurement.technique import Observed
from topotaxy.observables import VOCABULARY, Observable

MOST_PEAKS = 40
"""Peaks that a page lists; of hundreds the weaker ones stand in the file of observables."""


def shown(records: Sequence[Pattern], observed: Observed) -> tuple[Section, ...]:
    """Return the sections of a page, the answer first.

    Parameters
    ----------
    records : sequence of Pattern
        Powder patterns, or pair distribution functions (axis in Å).
    observed : Observed
        What the analysis found: numbers, remarks, and what is absent.
    """
    analysed: tuple[Analysed, ...] = observed.details
    sections = [_answer(analysed, observed)]
    if len(analysed) > 1:
        from topotaxy.measurement.diffraction.series_shown import series_section

        sections.append(series_section(analysed, observed))
    sections += [_fit(one, number) for number, one in enumerate(analysed, start=1) if one.refinement][:3]
    sections += [_peaks(one, number) for number, one in enumerate(analysed, start=1) if one.peaks][:3]
    sections.append(_numbers(observed))
    return tuple(sections)


def _answer(analysed: Sequence[Analysed], observed: Observed) -> Section:
    parts: list[Part] = [Paragraph(answer(analysed, observed.observables))]
    first = next((one for one in analysed if one.refinement), analysed[0])
    parts.append(pattern_figure(first, "pattern") if not first.failed else Absent(first.failed))
    if observed.remarks:
        parts.append(Items(observed.remarks))
    return Section(anchor="diffraction", title="Diffraction", parts=tuple(parts))


def answer(analysed: Sequence[Analysed], found: Sequence[Observable]) -> str:
    """Return the result in one sentence, with numbers.

    Parameters
    ----------
    analysed : sequence of Analysed
        What the analysis of each record found.
    found : sequence of Observable
        Observables of the records.
    """
    failed = sum(bool(one.failed) for one in analysed)
    end = f"; {failed} of {len(analysed)} could not be analysed" if failed else ""
    if len(analysed) > 1:
        fitted = sum(one.refinement is not None for one in analysed)
        return f"{len(analysed)} patterns, phases fitted in {fitted}{end}."
    plain = all(one.nano is None for one in analysed)
    fractions = [o for o in found if plain and o.quantity == "phase_fraction" and o.bound is None]
    cells = [o for o in found if o.quantity == "lattice_parameter"]
    if fractions:
        text = ", ".join(f"{o.subject.phase} {_text(o)}" for o in fractions)
        return f"By weight: {text}{end}."
    if cells and plain:
        text = ", ".join(f"{o.subject.text} {_text(o)}" for o in cells)
        return f"Lattice parameter: {text}{end}."
    if any(one.nano is not None for one in analysed):
        shares = [o for o in found if o.quantity == "phase_fraction" and o.subject.note]
        text = ", ".join(f"{o.subject.phase} {'at most ' if o.bound else ''}{_text(o)}" for o in shares)
        return f"Of the metal atoms: {text}{end}."
    number = sum(len(one.peaks) for one in analysed)
    return f"{number} peaks; no phases were given to fit{end}."


def _text(entry: Observable) -> str:
    total = float(np.hypot(entry.uncertainty or 0.0, entry.systematic or 0.0)) or None
    return quantity_text(entry.quantity, entry.value, total, entry.unit)


def _peaks(one: Analysed, number: int) -> Section:
    """The peaks of a pattern that no phase was fitted to, in the order of its axis."""
    ordered = sorted(one.peaks, key=lambda peak: peak.position)
    most = max(peak.area for peak in ordered)
    least = sorted((peak.area for peak in ordered), reverse=True)[:MOST_PEAKS][-1]
    left = sum(peak.area < least for peak in ordered)
    wavelength = one.record.wavelength if one.record.axis == "two_theta" else None
    rows = tuple(
        (
            str(place),
            with_uncertainty(peak.position, peak.position_error),
            "" if wavelength is None else f"{peak.spacing(wavelength):.4f}",
            number_text(peak.width),
            number_text(100.0 * peak.area / most, 2),
        )
        for place, peak in enumerate(ordered, start=1)
        if peak.area >= least
    )
    table = Table(
        caption="Peaks, numbered along the axis",
        head=(
            "Peak",
            axis_label(one.record.axis),
            "d (Å)",
            "Full width at half maximum" + (" (°)" if wavelength is not None else ""),
            "Area (% of largest)",
        ),
        rows=rows,
        numeric=frozenset(range(5)),
        note=f"The {MOST_PEAKS} of most area; {left} weaker ones stand in observables.csv." if left else "",
    )
    return Section(anchor=f"peaks-{number}", title=f"Peaks of {one.record.source}", parts=(table,))


def _fit(one: Analysed, number: int) -> Section:
    assert one.refinement is not None
    result = one.refinement
    fit = result.fit
    rows = []
    for key in fit.free:
        bound = "at a bound" if key in fit.at_bound else ""
        rows.append((str(key), with_uncertainty(fit.values[key], fit.uncertainty(key)), bound))
    fixed = [f"{key} = {number_text(value)}" for key, value in fit.values.items() if key not in fit.free]
    parts: list[Part] = [
        Paragraph(
            f"{one.record.source}: goodness {number_text(fit.goodness)}, {fit.terms} terms of background"
            + (" chosen by cross-validation." if result.prediction else " as asked for.")
        ),
        Table(
            caption="What was refined",
            head=("Parameter", "Value", ""),
            rows=tuple(rows),
            numeric=frozenset({1}),
            note="Uncertainties are statistical, with the correlation of neighbouring residuals.",
        ),
        Items(("fixed: " + ", ".join(fixed),)),
    ]
    if result.spreads:
        names = result.names
        parts.append(
            Table(
                caption="The same fit under other assumptions",
                head=("Assumption", "Goodness", *(f"Change of {name}" for name in names)),
                rows=tuple(
                    (
                        spread.assumption,
                        number_text(spread.goodness),
                        *(f"{_signed(100 * c)} %" for c in spread.fractions - result.fractions()[0]),
                    )
                    for spread in result.spreads
                ),
                numeric=frozenset(range(1, 2 + len(names))),
                note="Changes of the shares by weight; they make the systematic uncertainty.",
            )
        )
    strong = fit.correlations()
    if strong:
        parts.append(
            Items(
                tuple(
                    f"{first} and {second} are correlated: {_signed(value)}"
                    for first, second, value in strong[:6]
                )
            )
        )
    return Section(anchor=f"fit-{number}", title=f"Fit of {one.record.source}", parts=tuple(parts))


def _bare(quantity: str, value: float, unit: str) -> str:
    """Return an uncertainty by itself, in the notation that it has behind its value."""
    return quantity_text(quantity, 0.0, value, unit).partition(" ± ")[2]


def _signed(value: float) -> str:
    """Return a number with its sign, to two decimals; nothing has none."""
    text = fixed(value, 2)
    return f"+{text}" if value > 0.0 and text.strip("0.") else text


def _numbers(observed: Observed) -> Section:
    several = len({o.source for o in observed.observables}) > 1
    rows = tuple(
        (
            *([o.source] if several else []),
            VOCABULARY[o.quantity].words,
            o.subject.text,
            {"upper": "≤ ", "lower": "≥ "}.get(o.bound or "", "")
            + quantity_text(o.quantity, o.value, o.uncertainty, o.unit),
            "" if not o.systematic else f"± {_bare(o.quantity, o.systematic, o.unit)}",
            o.method,
        )
        for o in observed.observables[:200]
    )
    head = ("Quantity", "Of", "Value", "Systematic", "How")
    parts: list[Part] = [
        Table(
            caption="Observables",
            head=("Record", *head) if several else head,
            rows=rows,
            numeric=frozenset({3, 4} if several else {2, 3}),
            wide=several,
        )
    ]
    reasons = [
        f"{source}: {name.replace('_', ' ')}: {why}"
        for source, r in observed.absent.items()
        for name, why in r.items()
    ]
    if reasons:
        parts.append(Items(tuple(reasons[:40])))
    return Section(anchor="diffraction-numbers", title="Numbers", parts=tuple(parts))

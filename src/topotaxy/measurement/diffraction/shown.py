"""What a page on diffraction shows: the answer, pattern with fit and difference, what was fixed, a series."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from topotaxy.content.figure import Absent, Figure, Panel, Series, Ticks, thinned
from topotaxy.content.numbers import number_text, quantity_text, with_uncertainty
from topotaxy.content.palette import INK, NEUTRAL
from topotaxy.content.section import Items, Paragraph, Part, Section, Table
from topotaxy.measurement.diffraction.analysed import Analysed
from topotaxy.measurement.diffraction.dataset import axis_label
from topotaxy.measurement.diffraction.nanodomains import NanoFit
from topotaxy.measurement.diffraction.pair_distribution import PairFit
from topotaxy.measurement.diffraction.record import Pattern
from topotaxy.measurement.diffraction.refinement import Refinement
from topotaxy.measurement.technique import Observed
from topotaxy.observables import Observable

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#8c8c8c")
"""Of the phases, in their order."""
FIT = "#D55E00"
POINTS = 4000
"""Points of a drawn pattern: peaks are narrow."""


def shown(records: Sequence[Pattern], observed: Observed) -> tuple[Section, ...]:
    """Return the sections of a page, the answer first.

    Parameters
    ----------
    records : sequence of Pattern
    observed : Observed
    """
    analysed: tuple[Analysed, ...] = observed.details
    sections = [_answer(analysed, observed)]
    if len(analysed) > 1:
        from topotaxy.measurement.diffraction.series_shown import series_section

        sections.append(series_section(analysed, observed))
    sections += [_fit(one, number) for number, one in enumerate(analysed, start=1) if one.refinement][:3]
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
    found : sequence of Observable
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


def pattern_figure(one: Analysed, name: str) -> Figure:
    """Return a pattern with its fit, the difference and the positions of every phase's lines.

    Parameters
    ----------
    one : Analysed
    name : str
        Of the figure.
    """
    record = one.record
    if one.nano is not None and one.prepared is not None:
        panels: tuple[Panel, ...] = _nano_panels(one, one.nano)
    elif one.pairs is not None:
        panels = _pair_panels(one, one.pairs)
    elif one.refinement is None or one.prepared is None:
        x, y = thinned(record.x, record.intensity, limit=POINTS)
        ticks = (
            (Ticks(x=np.array([p.position for p in one.peaks]), name="peaks", colour=FIT),)
            if one.peaks
            else ()
        )
        panels = (
            Panel(
                title="Pattern",
                x_label=axis_label(record.axis),
                y_label=f"intensity ({record.intensity_unit or 'as in the file'})",
                series=(Series(x=x, y=y, name="measured", key="measured", colour=INK, width=1.0),),
                ticks=ticks,
            ),
        )
    else:
        panels = _fitted_panels(one, one.refinement)
    return Figure(
        name=name,
        title=f"Pattern of {record.source}",
        reading="Dots are the record, the line is the sum of phases and background; the difference "
        "in units of the expected noise should scatter between -2 and 2.",
        caption=f"{record.format}; {record.origin}.",
        alt=f"Powder pattern of {record.source} with its fit and the difference.",
        panels=panels,
    )


def _fitted_panels(one: Analysed, result: Refinement) -> tuple[Panel, ...]:
    assert one.prepared is not None
    fit, data = result.fit, one.prepared.data
    x, y, total, background, residual = thinned(
        data.x, data.y, fit.total, fit.background, fit.residual, limit=POINTS
    )
    ticks = []
    for k, name in enumerate(result.names):
        centres = fit.model.peaks(k, fit.values).centre[: len(fit.model.phases[k])]
        seen = centres[(centres > data.x[0]) & (centres < data.x[-1])]
        ticks.append(Ticks(x=seen, name=name, colour=COLOURS[k % len(COLOURS)]))
    return (
        Panel(
            title="Pattern and fit",
            x_label="2θ (°)",
            y_label="intensity",
            series=(
                Series(
                    x=x, y=y, name="record", key="record", colour=INK, width=0.0, symbol="circle", size=2.5
                ),
                Series(x=x, y=total, name="fit", key="fit", colour=FIT, width=1.2),
                Series(
                    x=x,
                    y=background,
                    name="background",
                    key="background",
                    colour=NEUTRAL,
                    dash="dash",
                    width=1.0,
                ),
            ),
            ticks=tuple(ticks),
        ),
        Panel(
            title="Difference over its standard deviation",
            x_label="2θ (°)",
            y_label="(record - fit) / σ",
            series=(Series(x=x, y=residual, name="difference", key="difference", colour=INK, width=0.8),),
        ),
    )


def _nano_panels(one: Analysed, fit: NanoFit) -> tuple[Panel, ...]:
    assert one.prepared is not None
    data = one.prepared.data
    x, y, total, background, *parts = thinned(
        data.x, data.y, fit.total, fit.background, *(p + fit.background for p in fit.parts), limit=POINTS
    )
    series = [
        Series(x=x, y=y, name="record", key="record", colour=INK, width=0.0, symbol="circle", size=2.5),
        Series(x=x, y=total, name="fit", key="fit", colour=FIT, width=1.2),
        Series(
            x=x, y=background, name="background", key="background", colour=NEUTRAL, dash="dash", width=1.0
        ),
    ]
    for k, (domain, part) in enumerate(zip(fit.domains, parts, strict=True)):
        name = domain.structure.name
        series.append(Series(x=x, y=part, name=name, key=name, colour=COLOURS[k % len(COLOURS)], width=1.0))
    difference = thinned(data.x, fit.residual, limit=POINTS)
    return (
        Panel(title="Pattern and fit", x_label="2θ (°)", y_label="intensity", series=tuple(series)),
        Panel(
            title="Difference over its standard deviation",
            x_label="2θ (°)",
            y_label="(record - fit) / σ",
            series=(
                Series(x=difference[0], y=difference[1], name="difference", key="d", colour=INK, width=0.8),
            ),
        ),
    )


def _pair_panels(one: Analysed, fit: PairFit) -> tuple[Panel, ...]:
    x, y = thinned(one.record.x, one.record.intensity, limit=POINTS)
    at, calculated = thinned(fit.x, fit.calculated, limit=POINTS)
    return (
        Panel(
            title="Pair distribution",
            x_label="r (Å)",
            y_label="G (Å⁻²)",
            series=(
                Series(
                    x=x, y=y, name="record", key="record", colour=INK, width=0.0, symbol="circle", size=2.5
                ),
                Series(x=at, y=calculated, name="fit", key="fit", colour=FIT, width=1.2),
            ),
        ),
    )


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
            head=("parameter", "value", ""),
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
                head=("assumption", "goodness", *(f"change of {name}" for name in names)),
                rows=tuple(
                    (
                        spread.assumption,
                        number_text(spread.goodness),
                        *(f"{100 * c:+.2f} %" for c in spread.fractions - result.fractions()[0]),
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
                    f"{first} and {second} are correlated: {value:+.2f}"
                    for first, second, value in strong[:6]
                )
            )
        )
    return Section(anchor=f"fit-{number}", title=f"Fit of {one.record.source}", parts=tuple(parts))


def _numbers(observed: Observed) -> Section:
    rows = tuple(
        (
            o.source,
            o.quantity.replace("_", " "),
            o.subject.text,
            {"upper": "≤ ", "lower": "≥ "}.get(o.bound or "", "")
            + quantity_text(o.quantity, o.value, o.uncertainty, o.unit),
            "" if o.systematic is None else number_text(o.systematic, 2),
            o.method,
        )
        for o in observed.observables[:200]
    )
    parts: list[Part] = [
        Table(
            caption="Observables",
            head=("record", "quantity", "of", "value", "systematic", "how"),
            rows=rows,
            numeric=frozenset({3, 4}),
            wide=True,
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

"""What a page says of thermobalance records: the answer, the curve, the sulfur for each end."""

from __future__ import annotations

from collections.abc import Sequence

from topotaxy.content.curves import thinned
from topotaxy.content.figure import Figure, Panel, Series
from topotaxy.content.numbers import fixed, observable_text
from topotaxy.content.section import Paragraph, Section, Table
from topotaxy.measurement.technique import Observed
from topotaxy.measurement.thermogravimetry.observed import ANION, Weighed
from topotaxy.measurement.thermogravimetry.record import ZERO_CELSIUS, ThermogravimetryRecord
from topotaxy.observables import Observable

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
"""Okabe and Ito (2008)."""


def shown(records: Sequence[ThermogravimetryRecord], observed: Observed) -> list[Section]:
    """Return the sections of a page.

    Parameters
    ----------
    records : sequence of ThermogravimetryRecord
        As they were observed.
    observed : Observed
        What :func:`.observed.observed` found.
    """
    details: Sequence[Weighed] = observed.details
    said = " ".join(_answer(one, observed.observables) for one in details)
    sections = [Section(anchor="mass", title="Change of mass", parts=(Paragraph(said), _figure(details)))]
    for index, one in enumerate(details):
        if one.scenarios:
            sections.append(
                Section(
                    anchor=f"ends-{index}",
                    title=f"Sulfur by what is left, {one.record.source}",
                    parts=(_scenario_table(one),),
                )
            )
    return sections


def _answer(one: Weighed, every: Sequence[Observable]) -> str:
    mine = [entry for entry in every if entry.source == one.record.source]
    change = next(entry for entry in mine if entry.quantity == "mass_change")
    ends = one.change.end.temperature - ZERO_CELSIUS
    text = f"{one.record.source} changes its mass by {observable_text(change)} up to {ends:.0f} °C"
    bounds = {entry.bound: entry for entry in mine if entry.quantity == ANION}
    if "lower" in bounds and "upper" in bounds:
        low, high = observable_text(bounds["lower"]), observable_text(bounds["upper"])
        return f"{text}; sulfur holds {low} to {high} of the anion sites, by which oxides are left."
    if "lower" in bounds:
        return f"{text}; sulfur holds at least {observable_text(bounds['lower'])} of the anion sites."
    if "upper" in bounds:
        return f"{text}; sulfur holds at most {observable_text(bounds['upper'])} of the anion sites."
    possible = [scenario.sulfur for scenario in one.scenarios if 0.0 <= scenario.sulfur <= 1.0]
    if possible:
        low, high = (fixed(100.0 * share, 0) for share in (min(possible), max(possible)))
        return (
            f"{text}; that leaves its sulfur open: {low} to {high} % of the anion sites, depending on which "
            "oxides and sulfates are left and how dry it was."
        )
    return f"{text}."


def _figure(details: Sequence[Weighed]) -> Figure:
    series = []
    for index, one in enumerate(details):
        x, y = thinned(one.record.temperature - ZERO_CELSIUS, 100.0 * one.record.mass / one.change.start.mass)
        series.append(
            Series(
                x=x,
                y=y,
                name=one.record.source,
                key=one.record.source,
                colour=COLOURS[index % len(COLOURS)],
                in_legend=len(details) > 1,
            )
        )
    return Figure(
        name="mass",
        title="Mass against temperature",
        reading="A step is a reaction; a plateau is a product that is stable there.",
        caption="Mass over that of the start, as averaged for the change of mass.",
        alt=f"Mass against temperature of {', '.join(one.record.source for one in details)}.",
        panels=(Panel(title="", x_label="Temperature (°C)", y_label="Mass (%)", series=tuple(series)),),
    )


def _scenario_table(one: Weighed) -> Table:
    ordered = sorted(one.scenarios, key=lambda scenario: scenario.sulfur)
    return Table(
        caption="Share of sulfur on the anion sites, for each way in which the sample may have ended.",
        head=("End of the sample", "Sulfur (%)"),
        rows=[(scenario.text, fixed(100 * scenario.sulfur, 1)) for scenario in ordered],
        numeric=frozenset({1}),
        note="A share below 0 or above 100 % means that the sample cannot have ended so.",
        wide=True,
    )

"""The page of absorption spectra: the answer, the figures of edge and EXAFS, tables of neighbours, limits."""

from __future__ import annotations

import math
from collections.abc import Sequence

from topotaxy.content.numbers import observable_text, with_uncertainty
from topotaxy.content.section import Items, Paragraph, Part, Section, Table
from topotaxy.measurement.absorption.along import series_figure
from topotaxy.measurement.absorption.edges import Position
from topotaxy.measurement.absorption.figures import edge_figure, exafs_figure, species_figure
from topotaxy.measurement.absorption.record import AbsorptionRecord
from topotaxy.measurement.absorption.reference_values import estimates
from topotaxy.measurement.absorption.results import Results, Spectrum
from topotaxy.measurement.technique import Observed
from topotaxy.observables import Observable

_SHELLS = {"anion": "anion", "cation": "cation (second shell)", "metal": "metal"}


def shown(records: Sequence[AbsorptionRecord], seen: Observed) -> Sequence[Section]:
    """Return the sections of the page; the first begins with the answer in a sentence.

    Parameters
    ----------
    records : sequence of AbsorptionRecord
        Spectra as measured: energy (eV) and absorption of each.
    seen : Observed
        What the analysis found in them.
    """
    results = seen.details
    if not isinstance(results, Results) or not results.spectra:
        return (
            Section(
                anchor="answer", title="What was seen", parts=(Paragraph("No spectrum could be analysed."),)
            ),
        )
    sections = [
        Section(
            anchor="answer",
            title="What was seen",
            parts=(Paragraph(answer(results, seen.observables)), edge_figure(results), *_edge_table(results)),
        )
    ]
    along = series_figure(results)
    if along is not None:
        sections.append(Section(anchor="series", title="Along the series", parts=(along,)))
    if any(one.exafs is not None for one in results.spectra):
        parts: list[Part] = [exafs_figure(results), *_shell_table(seen.observables)]
        sections.append(Section(anchor="neighbours", title="Neighbours and distances", parts=parts))
    if results.components:
        sections.append(
            Section(anchor="species", title="Number of species", parts=(species_figure(results),))
        )
    sections.append(Section(anchor="limits", title="What cannot be told", parts=(Items(_limits()),)))
    return tuple(sections)


def answer(results: Results, observables: Sequence[Observable]) -> str:
    """Return the answer in one sentence or two, with numbers.

    Parameters
    ----------
    results : Results
        All analysed spectra, and components by element and edge.
    observables : sequence of Observable
        Of one quantity and shell the first and the last are named.
    """
    samples = [one for one in results.spectra if not one.record.is_reference]
    edges = sorted({f"{one.record.element or '?'} {one.record.edge}".strip() for one in samples})
    text = f"{len(samples)} spectr{'um' if len(samples) == 1 else 'a'} at the {', '.join(edges)} edge" + (
        "s" if len(edges) > 1 else ""
    )
    to_foil = "half step, against the foil"
    shift_kind = to_foil if any(o.method.startswith(to_foil) for o in observables) else "half step, against"
    for quantity, shell, words in (
        ("edge_shift", "", "edge shift (half step)"),
        ("coordination_number", "anion", "first-shell neighbours"),
        ("coordination_number", "metal", "metal neighbours"),
        ("reduced_fraction", "", "reduced fraction"),
    ):
        chosen = [
            o
            for o in observables
            if o.quantity == quantity
            and o.subject.shell == shell
            and (quantity != "edge_shift" or o.method.startswith(shift_kind))
        ]
        if chosen:
            first, last = chosen[0], chosen[-1]
            text += f"; {words} {observable_text(first)}"
            text += f" to {observable_text(last)}" if len(chosen) > 1 else ""
    return text + "."


def _total(entry: Observable) -> float | None:
    """Return the whole standard deviation; for distances, which share theirs, that of the fit."""
    if entry.quantity != "coordination_number" or entry.systematic is None:
        return entry.uncertainty
    return math.hypot(entry.uncertainty or 0.0, entry.systematic)


def _position_text(one: Spectrum, position: Position) -> str:
    """Return an edge with all that it is uncertain by: noise is far finer than the scale of energies."""
    scale = estimates()["energy_calibrated" if one.calibrated else "energy_uncalibrated"].deviation
    return with_uncertainty(
        position.energy_ev, math.hypot(position.uncertainty_ev or 0.0, position.systematic_ev, scale)
    )


def _edge_table(results: Results) -> tuple[Table, ...]:
    rows = []
    for one in results.spectra:
        cells = [one.record.label or one.record.source, f"{one.record.element} {one.record.edge}".strip()]
        for method in ("half step", "integral", "first inflection"):
            position = one.positions.get(method)
            cells.append("–" if position is None else _position_text(one, position))
        cells.append(
            with_uncertainty(one.normal.step, one.normal.step_uncertainty)
            if not one.record.normalised
            else "–"
        )
        rows.append(cells)
    head = ("spectrum", "edge", "half step / eV", "integral / eV", "first inflection / eV", "edge step")
    return (
        Table(
            caption="Edge positions by three definitions",
            head=head,
            rows=rows,
            numeric=frozenset({2, 3, 4, 5}),
            note=(
                "After ± noise and scale of energies together. Definitions differ by several eV for one "
                "spectrum: compare like with like."
            ),
            wide=True,
        ),
    )


def _shell_table(observables: Sequence[Observable]) -> tuple[Table, ...]:
    """Return the table of neighbours by spectrum and shell."""
    keys: dict[tuple[str, str, str, str], dict[str, Observable]] = {}
    for entry in observables:
        if entry.quantity in ("coordination_number", "bond_length", "mean_square_displacement"):
            key = (entry.source, entry.state or "", entry.subject.element, entry.subject.shell)
            keys.setdefault(key, {})[entry.quantity] = entry
    if not keys:
        return ()
    rows = []
    for (source, state, element, shell), found in keys.items():
        rows.append(
            [
                source,
                state,
                element,
                _SHELLS.get(shell, shell),
                *(
                    with_uncertainty(found[q].value, _total(found[q])) if q in found else "fixed"
                    for q in ("coordination_number", "bond_length", "mean_square_displacement")
                ),
            ]
        )
    return (
        Table(
            caption="Shells found",
            head=("spectrum", "state", "absorber", "shell", "N", "R / Å", "σ² / Å²"),
            rows=rows,
            numeric=frozenset({4, 5, 6}),
            wide=True,
            note="Uncertainties are one standard deviation; that of N includes S02 and the edge step. "
            "Distances share a further 0.012 Å.",
        ),
    )


def _limits() -> list[str]:
    """What no spectrum says; what these did not say stands with its reason elsewhere on the page."""
    return [
        "Which 3d element a neighbour is: Co, Ni, Cu and Zn scatter alike within what a fit can tell.",
        "Numbers of neighbours better than the edge step and S02 are known.",
    ]

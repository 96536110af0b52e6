"""What a reader must know before the numbers of an absorption spectrum."""

from __future__ import annotations

import re

from topotaxy.errors import InputError
from topotaxy.measurement.absorption.parameter_names import parameter_name
from topotaxy.measurement.absorption.record import AbsorptionRecord
from topotaxy.measurement.absorption.results import Results, Spectrum
from topotaxy.measurement.absorption.self_absorption import damping

STRONG_CORRELATION = 0.9
MOST_ALIKE = 2
WEAK = 0.03
"""Share of self-absorption that is less than the edge step is known by."""
THICK = 3.0
"""Edge step, or total absorption, above which transmission is no longer linear (harmonics, pinholes)."""


def remarks(results: Results) -> tuple[str, ...]:
    """Return remarks, each once.

    Parameters
    ----------
    results : Results
        All analysed spectra, and components by element and edge.
    """
    found: list[str] = []
    found += _gathered([(one.name, text) for one in results.spectra for text in _of_spectrum(one)])
    fitted = [one for one in results.spectra if one.fit is not None and not one.is_foil]
    if fitted:
        found.append(
            "A neighbour of the 3d row cannot be told from another by EXAFS: shells are named cation and "
            "metal, whatever table was used."
        )
        if any(one.s02 is not None and not one.s02.measured for one in fitted):
            found.append("S02 is an estimate, as no foil of the element was given: neighbours scale with it.")
    for (element, edge), parts in results.components.items():
        found.append(
            f"{element} {edge}: {parts.count} species by the {parts.test}."
            + (" A further component is a drift of energies." if parts.drifts else "")
        )
    return tuple(dict.fromkeys(found))


def _gathered(noted: list[tuple[str, str]]) -> list[str]:
    """Return notes with their spectrum; those that differ in numbers only are said once, with their count."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for name, text in noted:
        groups.setdefault(re.sub(r"[-+]?\d[\d., ]*", "#", text), []).append((name, text))
    found = []
    for group in groups.values():
        if len(group) <= MOST_ALIKE:
            found += [f"{name}: {text}" for name, text in group]
        else:
            name, text = group[0]
            found.append(f"{name}: {text} (and alike for {len(group) - 1} more spectra)")
    return found


def _self_absorption(record: AbsorptionRecord) -> list[str]:
    """Return the remark on fluorescence; where the share cannot be estimated, why."""
    try:
        share = damping(record)
    except InputError as error:
        return [
            "fluorescence: self-absorption may lower white line and numbers of neighbours; by how much is "
            f"unknown, as {error}"
        ]
    if share <= WEAK:
        return []
    return [
        f"fluorescence: in a thick sample of {record.formula} self-absorption lowers the oscillations by up "
        f"to {100 * share:.0f} %"
    ]


def _of_spectrum(one: Spectrum) -> list[str]:
    found = list(one.record.notes)
    found += [f"{method}: {position.remark}" for method, position in one.positions.items() if position.remark]
    if one.record.mode == "fluorescence" and not one.is_foil:
        found += _self_absorption(one.record)
    if one.record.mode == "transmission" and not one.record.normalised and one.normal.step > THICK:
        found.append(
            f"edge step {one.normal.step:.1f}: so thick that harmonics and pinholes flatten the spectrum"
        )
    if one.fit is not None:
        pairs = one.fit.correlations_above(STRONG_CORRELATION)
        if pairs:
            # By name, so that spectra with the same pairs are said once.
            text = ", ".join(
                f"{parameter_name(a)} with {parameter_name(b)} ({value:.2f})"
                for a, b, value in sorted(pairs[:3])
            )
            found.append(f"strongly correlated in the fit: {text}")
        if one.fit.at_bounds:
            found.append(f"at a bound in the fit: {', '.join(map(parameter_name, one.fit.at_bounds))}")
    return found

"""Thermogravimetry: the mass of a sample that is heated, and the composition that it lets through."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from topotaxy.measurement.technique import Format, Observed, Technique, formats_in
from topotaxy.measurement.thermogravimetry.options import ThermogravimetryOptions
from topotaxy.measurement.thermogravimetry.probe import Thermobalance, probe
from topotaxy.measurement.thermogravimetry.record import ThermogravimetryRecord

if TYPE_CHECKING:
    from topotaxy.content.section import Section

__all__ = ["TECHNIQUE", "Thermobalance", "ThermogravimetryOptions", "ThermogravimetryRecord"]


def _formats() -> tuple[Format[ThermogravimetryRecord], ...]:
    return formats_in(f"{__name__}.formats")


def _observed(records: Sequence[ThermogravimetryRecord], options: ThermogravimetryOptions) -> Observed:
    from topotaxy.measurement.thermogravimetry.observed import observed

    return observed(records, options)


def _shown(records: Sequence[ThermogravimetryRecord], observed: Observed) -> Sequence[Section]:
    from topotaxy.measurement.thermogravimetry.shown import shown

    return shown(records, observed)


TECHNIQUE = Technique(
    name="thermogravimetry",
    title="Thermogravimetry",
    formats=_formats,
    options=ThermogravimetryOptions,
    observed=_observed,
    shown=_shown,
    instrument=Thermobalance,
    probe=probe,
    limits=(
        "Which oxides are left at the end: that takes diffraction of the residue.",
        "Whether mass is lost as sulfur dioxide, water or carbon dioxide: that takes the gas.",
    ),
)

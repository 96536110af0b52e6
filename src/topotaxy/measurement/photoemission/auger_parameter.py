"""The Auger parameter of zinc and copper: it tells states whose 2p lines do not differ.

Binding energy of 2p3/2 plus kinetic energy of L3VV of the same element (C. D. Wagner, Faraday Discuss. Chem.
Soc. 60 (1975) 291, as modified by S. W. Gaarenstroom and N. Winograd, J. Chem. Phys. 67 (1977) 3500): charge
moves both lines alike and drops out.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from topotaxy.measurement.photoemission.auger import AugerLine, known_auger_lines
from topotaxy.measurement.photoemission.background import linear
from topotaxy.measurement.photoemission.combination import window
from topotaxy.measurement.photoemission.maximum import maximum_of
from topotaxy.measurement.photoemission.record import PhotoemissionRecord
from topotaxy.measurement.photoemission.seen import Seen
from topotaxy.observables import Conditions, Observable, Subject, observable
from topotaxy.tables import read_table

FAR = 3.0
"""Standard deviations within which a state of the table is named."""
FEWEST = 8
_NAME = re.compile(r"\s*(Zn|Cu)\s*[-_ ]?\s*(LMM|L3VV|L3MM|L3M45M45|L3M4,5M4,5)\b", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class State:
    """A state of an element, its Auger parameter and how far laboratories differ, eV."""

    element: str
    name: str
    parameter: float
    spread: float


@cache
def known_states() -> tuple[State, ...]:
    """Return the states of ``auger_states.csv``."""
    return tuple(
        State(
            element=row["element"],
            name=row["state"],
            parameter=float(row["parameter"]),
            spread=float(row["spread"]),
        )
        for row in read_table("topotaxy.measurement.photoemission", "auger_states")
    )


def auger_region(text: str) -> AugerLine | None:
    """Return the Auger line that a region is of by its name, of elements whose states it tells; else None.

    Parameters
    ----------
    text : str
        Name of the region, as in ``Zn LMM``.
    """
    match = _NAME.match(text)
    if match is None:
        return None
    return next(line for line in known_auger_lines() if line.name == f"{match[1]} L3VV")


def auger_parameter(
    record: PhotoemissionRecord, line: AugerLine, others: Sequence[Seen], charge_shift: float
) -> tuple[Observable | None, str]:
    """Return the Auger parameter, or None and why there is none.

    Parameters
    ----------
    record : PhotoemissionRecord
        The Auger region.
    line : AugerLine
        Which line it is of.
    others : sequence of Seen
        All spectra of the analysis: one of them has to be 2p3/2 of the element, with the same photons.
    charge_shift : float
        eV, that was taken off the positions of ``others``; the parameter is free of it.
    """
    photons = record.photon_energy
    if photons is None:
        return None, "no photon energy is known, so that there is no kinetic energy"
    mine = [
        one
        for one in others
        if one.line is not None and one.line.element == line.element and one.position is not None
    ]
    if len(mine) != 1 or mine[0].record.photon_energy != photons:
        return None, f"takes one region of {line.element} 2p3/2 with the same photons beside it"
    at, reach = line.binding(photons), line.spread + line.width
    inside = window(record.binding_energy, at - reach, at + reach)
    if inside.sum() < FEWEST:
        return None, f"has no points near {line.name}, {at:.0f} eV"
    x, y = record.binding_energy[inside], record.intensity[inside]
    place, error = maximum_of(x, y - linear(x, y), record.deviation[inside])
    if place is None:
        return None, f"the largest point near {line.name} is at an end"
    value = (mine[0].position or 0.0) + charge_shift + photons - place
    deviation = float(np.hypot(error or 0.0, mine[0].uncertainty or 0.0))
    return (
        observable(
            "auger_parameter",
            value,
            uncertainty=deviation,
            method=f"2p3/2 plus kinetic energy of L3VV, maxima; {said_of(line.element, value, deviation)}",
            technique="photoemission",
            origin=record.origin,
            source=record.source,
            subject=Subject(element=line.element, line="L3VV"),
            conditions=Conditions(radiation=f"X-ray, {photons:g} eV"),
        ),
        "",
    )


def said_of(element: str, value: float, deviation: float) -> str:
    """Return which states of the table an Auger parameter is of.

    Parameters
    ----------
    element : str
        Zn or Cu.
    value, deviation : float
        eV.
    """
    states = [one for one in known_states() if one.element == element]
    table = ", ".join(f"{one.name} {one.parameter:g}" for one in states)
    near = [one.name for one in states if abs(one.parameter - value) <= FAR * np.hypot(one.spread, deviation)]
    return f"{' or '.join(near) if near else 'none'} of {table}"

"""Specimens for people: a scene that can be turned, discharged first, thinned to what a browser draws."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from topotaxy.content.figure import Cloud, Scene
from topotaxy.content.palette import element_colour
from topotaxy.material import ANION_CHARGE, IONS
from topotaxy.specimen.specimen import PHASES, Specimen

MOST_SHOWN = 6000
"""Atoms of one view; of a larger specimen a corner is shown."""

MOST_VIEWS = 6
_ORDER = {"discharged": 0, "pristine": 1, "charged": 2}


def scene(specimens: Iterable[Specimen], *, most_shown: int = MOST_SHOWN) -> Scene:
    """Return a scene with one view for each specimen: discharged ones first, then pristine, then charged.

    Parameters
    ----------
    specimens
        Of one replica; beyond :data:`MOST_VIEWS` the first and the last of each state are kept.
    most_shown
        Atoms of one view. Where there are more, all views show the same corner of the box, in Å.
    """
    shown = _chosen(sorted(specimens, key=lambda s: (_ORDER[s.state], s.cycle)))
    side = min((_side(specimen, most_shown) for specimen in shown), default=0.0)
    widest = max((float(s.box.max()) for s in shown), default=0.0)
    if all(len(s) <= most_shown for s in shown):
        side = widest
    return Scene(views={_name(s): tuple(_clouds(s, side)) for s in shown}, edge=side)


def _name(specimen: Specimen) -> str:
    return specimen.state.capitalize() + (f" {specimen.cycle}" if specimen.cycle else "")


def _chosen(specimens: list[Specimen]) -> list[Specimen]:
    """At most :data:`MOST_VIEWS`, the first and the last of each state among them."""
    ends = [
        index
        for index, specimen in enumerate(specimens)
        if index in (0, len(specimens) - 1)
        or specimens[index - 1].state != specimen.state
        or specimens[index + 1].state != specimen.state
    ]
    others = [index for index in range(len(specimens)) if index not in ends]
    kept = sorted([*ends, *others[: max(0, MOST_VIEWS - len(ends))]])
    return [specimens[index] for index in kept]


def _side(specimen: Specimen, most: int) -> float:
    """Edge of the corner that holds as many atoms as are shown, Å."""
    return float(np.cbrt(specimen.volume * min(1.0, most / max(len(specimen), 1))))


def _clouds(specimen: Specimen, side: float) -> Iterable[Cloud]:
    near = (specimen.positions < side + 1e-6).all(axis=1)
    metal = near & ((specimen.valences == 0) | (specimen.phases == PHASES.index("metal")))
    for element in sorted(set(specimen.elements[near].tolist()), key=_rank):
        own = near & (specimen.elements == element)
        if element in ANION_CHARGE:
            yield _cloud(specimen, own, f"{element} anions", "anions", element, size=2.4, shown=False)
        elif element in IONS:
            yield _cloud(specimen, own, f"{element}⁺", element, element, size=1.8)
        else:
            if (own & ~metal).any():
                yield _cloud(specimen, own & ~metal, f"{element} ion", element, element, size=3.8)
            if (own & metal).any():
                yield _cloud(specimen, own & metal, f"{element} metal", element, element, size=6.5)


def _rank(element: str) -> tuple[int, str]:
    return (2 if element in ANION_CHARGE else 1 if element in IONS else 0), element


def _cloud(
    specimen: Specimen,
    chosen: NDArray[np.bool_],
    name: str,
    key: str,
    element: str,
    *,
    size: float,
    shown: bool = True,
) -> Cloud:
    return Cloud(
        # A hundredth of an Å is finer than a screen, and a third of the bytes.
        position=np.round(specimen.positions[chosen], 2),
        name=name,
        key=key,
        colour=element_colour(element),
        size=size,
        shown=shown,
    )

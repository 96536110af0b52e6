"""Edges of the table, and which of them a spectrum shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from topotaxy.material.core_levels import core_levels
from topotaxy.measurement.energy_loss.background import extrapolated
from topotaxy.measurement.files.spectra.stored import Floats
from topotaxy.tables import read_table

GAP = 6.0
"""eV from the window of the background to the table's energy: edges of compounds start up to that early."""
SIGNIFICANT = 8.0
"""Standard deviations that an edge stands out of its background by, to be taken for one unasked."""
LEAST_JUMP = 0.06
"""Height over the background that an edge has, to be taken for one unasked: less may be curvature."""
SEARCHED = 8.0
"""eV that the axis may be off by where nothing aligned it."""


@dataclass(frozen=True, kw_only=True)
class Edge:
    """An edge: element, name, binding energies (eV) of its level and of the spin-orbit partner."""

    element: str
    name: str
    energy: float
    partner: float | None

    @property
    def has_lines(self) -> bool:
        """Whether it is an L2,3 edge of an element with empty 3d states, so that white lines stand on it."""
        return self.name == "L3" and self.element in ("Ti", "Cr", "Mn", "Fe", "Co", "Ni", "Cu")

    @property
    def end(self) -> float:
        """Where its continuum is taken as reached behind both lines, eV."""
        return (self.energy if self.partner is None else self.partner) + 8.0


@cache
def known_edges() -> tuple[Edge, ...]:
    """Return the edges of ``edges.csv``, in the order of energy."""
    rows, levels = read_table("topotaxy.measurement.energy_loss", "edges"), core_levels()
    found = [
        Edge(
            element=row["element"],
            name=row["edge"],
            energy=float(row["threshold"]) if row["threshold"] else levels[row["element"], row["edge"]],
            partner=levels[row["element"], row["partner"]] if row["partner"] else None,
        )
        for row in rows
    ]
    return tuple(sorted(found, key=lambda edge: edge.energy))


def inside(edge: Edge, energy: Floats, width: float) -> bool:
    """Return whether a range holds an edge with room for half its background window and its continuum.

    Parameters
    ----------
    edge : Edge
        Which one.
    energy : array (n,)
        eV, rising.
    width : float
        Of the background window, eV.
    """
    return bool(energy[0] <= edge.energy - GAP - 0.5 * width and energy[-1] >= edge.end + 12.0)


def edges_in(
    energy: Floats, total: Floats, variance: Floats, *, elements: Sequence[str], width: float
) -> tuple[Edge, ...]:
    """Return the edges to analyse: those of the elements that are stated, else those that stand out.

    Parameters
    ----------
    energy, total, variance : array (n,)
        eV; the spectrum and its variance.
    elements : sequence of str
        As stated; empty to look for them.
    width : float
        Of the background window, eV.
    """
    candidates = [edge for edge in known_edges() if inside(edge, energy, width)]
    if elements:
        return tuple(edge for edge in candidates if edge.element in elements)
    found = []
    for edge in candidates:
        jump, error, under = _jump(edge, energy, total, variance, width)
        if jump > SIGNIFICANT * error and jump > LEAST_JUMP * under:
            found.append(edge)
    return tuple(_nearest(found, energy, total))


def _jump(
    edge: Edge, energy: Floats, total: Floats, variance: Floats, width: float
) -> tuple[float, float, float]:
    """Mean height within 12 eV behind the edge above the background, its error, the background."""
    low = max(edge.energy - GAP - width, float(energy[0]))
    under = extrapolated(energy, total, low, edge.energy - GAP)
    behind = (energy >= edge.energy) & (energy <= edge.energy + 12.0)
    before = (energy >= low) & (energy <= edge.energy - GAP)
    height = float((total - under)[behind].mean())
    # The extrapolation scatters as much as the window that it comes from, times how far it reaches.
    own = float(variance[behind].sum()) / int(behind.sum()) ** 2
    reach = 1.0 + 12.0 / max(edge.energy - GAP - low, 1.0)
    other = reach**2 * 4.0 * float(variance[before].sum()) / max(int(before.sum()), 1) ** 2
    return height, float(np.sqrt(own + other)), float(np.abs(under[behind]).mean())


def _nearest(found: list[Edge], energy: Floats, total: Floats) -> list[Edge]:
    """Of edges closer than 25 eV keep the one nearer to the steepest rise: one edge looks like both."""
    kept: list[Edge] = []
    for edge in found:
        if kept and edge.energy - kept[-1].end < 12.0:
            around = (energy > kept[-1].energy - 10.0) & (energy < edge.energy + 10.0)
            steps = np.gradient(np.convolve(total, np.ones(5) / 5.0, mode="same"))
            rise = float(energy[around][np.argmax(steps[around])])
            if abs(rise - edge.energy) < abs(rise - kept[-1].energy):
                kept[-1] = edge
            continue
        kept.append(edge)
    return kept

"""Where the charge of a cell is at the end of each half-cycle: couples, film, stores, dead material.

In a half cell as in a full cell the first half-cycle of a cycle alkaliates the conversion material and the
second takes the alkali out again; amounts are net since assembly.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from topotaxy.cell.structures import Electrode

STORES = ("interface", "film", "alloy", "carbon", "double layer")
"""Reversible stores of the electrode, each of which takes alkali without a couple of the lattice."""
_AMOUNT = {
    "interface": "interface_store",
    "film": "film_store",
    "alloy": "alloy_store",
    "carbon": "carbon_store",
    "double layer": "double_layer",
}
"""The field of :class:`Electrode` without which a store holds nothing."""


@dataclass(frozen=True, kw_only=True)
class Ledger:
    """Net charge (mAh/g) since assembly, arrays (cycles, 2): alkaliated end, then the other one.

    ``passed`` is all of it. ``couples`` sit in living material, what is trapped in it among them; ``lost`` in
    material that died; ``film`` has gone into the surface film; ``stores`` hold the rest, by
    :data:`STORES`.
    """

    passed: NDArray[np.float64]
    couples: NDArray[np.float64]
    lost: NDArray[np.float64]
    film: NDArray[np.float64]
    stores: Mapping[str, NDArray[np.float64]]


def in_stores(e: Electrode, potential: float, mean: float, active: float) -> dict[str, float]:
    """Return what each store holds, mAh/g.

    Parameters
    ----------
    e : Electrode
        Per gram of pristine host.
    potential : float
        Of the electrode's surface, V.
    mean : float
        Stoichiometry over the whole particle.
    active : float
        Share of the material that still takes part, 0 to 1.
    """
    from topotaxy.cell.laws import stored

    empty = dict.fromkeys(_AMOUNT.values(), 0.0)
    return {
        name: float(stored(e._replace(**empty | {field: getattr(e, field)}), potential, mean, active))
        for name, field in _AMOUNT.items()
    }


def ledger_of(solution: Any, e: Electrode, *, mass: float, side: str) -> Ledger:
    """Read the ledger from a solution of PyBaMM.

    Parameters
    ----------
    solution : pybamm.Solution
        Of a whole protocol; the steps of a cycle are as many in each direction.
    e : Electrode
        The conversion electrode that was solved for.
    mass : float
        Mass of the conversion material, g.
    side : {"Positive", "Negative"}
        Which electrode of the model it is.
    """
    first = solution.cycles[0].steps[0]
    ends = [(cycle.steps[len(cycle.steps) // 2 - 1], cycle.steps[-1]) for cycle in solution.cycles]
    alkaliates = 1.0 if side == "Positive" else -1.0

    def gained(name: str, factor: float = 1.0) -> NDArray[np.float64]:
        start = float(first[name].entries[0])
        values = [[float(step[name].entries[-1]) for step in pair] for pair in ends]
        return factor * (np.array(values) - start) / mass * 1e3

    def held(step: Any, at: int) -> dict[str, float]:
        names = ("surface potential difference [V]", "stoichiometry", "active fraction")
        potential, mean, active = (float(step[f"{side} electrode {n}"].entries[at]) for n in names)
        return in_stores(e, potential, mean, active)

    start = held(first, 0)
    found = [[held(step, -1) for step in pair] for pair in ends]
    return Ledger(
        passed=gained("Discharge capacity [A.h]", alkaliates),
        couples=gained(f"{side} electrode reaction charge [A.h]"),
        lost=gained(f"{side} electrode lost charge [A.h]"),
        film=gained(f"{side} electrode film charge [A.h]"),
        stores={n: np.array([[end[n] - start[n] for end in pair] for pair in found]) for n in STORES},
    )

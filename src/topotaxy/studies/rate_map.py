"""Capacity against current and size of the particles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from topotaxy.cell.cycling import Cycler, Leg
from topotaxy.errors import InputError
from topotaxy.runs.paper import RateMap


@dataclass(frozen=True, kw_only=True)
class RateCurve:
    """Charge capacity (mAh/g) against current (A/g) of particles of one ``diameter`` (nm)."""

    diameter: float
    current: tuple[float, ...]
    capacity: tuple[float, ...]


def rate_map(plan: RateMap, parameters: Mapping[str, float]) -> list[RateCurve]:
    """Return the charge of the second cycle at each current, after one cycle at the first, by diameter.

    A current that cannot be drawn has no point.

    Parameters
    ----------
    plan : RateMap
        Table of branches, currents and diameters.
    parameters : mapping
        Values of the calibrated parameters.
    """
    from topotaxy.cell.model import ConversionHalfCell
    from topotaxy.cell.parameters import shipped_parameters

    curves = []
    for diameter in plan.diameters:
        overrides = {**parameters, "particle_diameter": diameter}
        cell = Cycler(ConversionHalfCell(), shipped_parameters(plan.table, overrides), compiled=False)
        points = []
        for current in plan.currents:
            try:
                history = cell.run([Leg(cycles=1, current=plan.first), Leg(cycles=2, current=current)])
            except InputError:
                continue
            points.append((current, history.charge[-1]))
        curves.append(
            RateCurve(
                diameter=diameter,
                current=tuple(current for current, _ in points),
                capacity=tuple(capacity for _, capacity in points),
            )
        )
    return curves

"""How far a parameter may go, and how large a step of it is."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from topotaxy.measurement.diffraction.keys import CELL, Key
from topotaxy.measurement.diffraction.powder import Powder

CELL_REACH = 0.02
"""Relative range of the edges of a cell: an absent phase would else wander onto another's peaks."""
ANGLE_REACH = 2.0
"""Range of its angles, degrees."""
LIMITS = {
    "scale": (0.0, np.inf),
    "size": (0.0, 20.0),
    "strain": (0.0, 20.0),
    "X": (0.0, 5.0),
    "Y": (0.0, 5.0),
    "axial": (0.0, 0.2),
    "W": (1e-6, 25.0),
    "B": (-2.0, 10.0),
    "Bsite": (0.0, 15.0),
    "share": (0.0, 1.0),
    "zero": (-2.0, 2.0),
    "displacement": (-2.0, 2.0),
    "transparency": (-0.5, 0.5),
}
"""Bounds by kind; what is not here has none."""
STEPS = {"scale": 1e-12, "U": 0.005, "V": 0.005, "W": 0.002, "share": 0.1}
"""Least step by kind, 0.02 where not here: what a search takes for a change worth trying."""


def limits(model: Powder, values: Mapping[Key, float], key: Key) -> tuple[float, float]:
    """Return the bounds of a parameter.

    Parameters
    ----------
    model : Powder
        Phases in a beam, over one axis of 2θ (°).
    values : mapping
        A value outside its bounds widens them.
    key : Key
        Name of one parameter.
    """
    value = values[key]
    if key.kind in CELL:
        structure = model.phases[model.names.index(key.phase)].structure
        home = dict(zip(CELL, structure.cell, strict=True))[key.kind]
        reach = CELL_REACH * home if key.kind in CELL[:3] else ANGLE_REACH
        return home - reach, home + reach
    low, high = LIMITS.get(key.kind, (-np.inf, np.inf))
    return min(low, value), max(high, value)


def least_step(key: Key) -> float:
    """Return the least scale of a parameter, in its unit.

    Parameters
    ----------
    key : Key
        Name of one parameter.
    """
    return STEPS.get(key.kind, 0.02)

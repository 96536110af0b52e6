"""The record of a replica: its half-cycles, and which of them keep curves and structures."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from topotaxy.lattice.measures import Measures
from topotaxy.lattice.state import Configuration

KEPT_CURVES = (1, 2, 5)
"""Cycles 1, 2, 5 of every decade keep their curves and structures, and so does the last."""


@dataclass(frozen=True, kw_only=True)
class Curve:
    """Voltage curve: ``charge`` (points,) mAh/g, ``voltage`` (points,) V, ``charge_by_element``
    (points, species) mAh/g, positive for charge passed in the sense of the half-cycle.
    """

    charge: NDArray[np.float64]
    voltage: NDArray[np.float64]
    charge_by_element: NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class HalfCycle:
    """One discharge or charge: capacity (mAh/g), time-averaged voltage (V), duration (s),
    events by kind, mean distance over which atoms were exchanged with metal (nm), share of its redox events
    while the box cut that reach, measures at its end, and for some cycles its curve and end configuration.
    """

    cycle: int
    direction: str
    capacity: float
    mean_voltage: float
    duration: float
    tally: NDArray[np.int64]
    exchange_distance: float
    clipped: float
    measures: Measures
    curve: Curve | None
    configuration: Configuration | None


@dataclass
class Replica:
    """The history of one replica; ``configuration`` is where it stands."""

    pristine: Configuration
    configuration: Configuration
    rng: np.random.Generator
    half_cycles: list[HalfCycle] = field(default_factory=list)


def snapshot(replica: Replica) -> Replica:
    """Return the replica as it stands: what happens to it later leaves the snapshot alone.

    Parameters
    ----------
    replica : Replica
        A replica between two half-cycles; it goes on afterwards.
    """
    return replace(replica, rng=copy.deepcopy(replica.rng), half_cycles=list(replica.half_cycles))


def keeps_curve(cycle: int, cycles: int) -> bool:
    """Whether this cycle's curves and structures are kept (all of them up to cycle 10).

    Parameters
    ----------
    cycle, cycles : int
        Number of the cycle, from 1, and of all cycles.
    """
    leading = cycle
    while leading % 10 == 0:
        leading //= 10
    return cycle <= 10 or cycle == cycles or leading in KEPT_CURVES

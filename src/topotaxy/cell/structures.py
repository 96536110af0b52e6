"""What the compiled cell computes with: numbers of the electrode and of the circuit, and the places of
its state."""

from __future__ import annotations

from typing import NamedTuple


class Electrode(NamedTuple):
    """What the kernel needs of the conversion electrode; areas in m²/g, charges in mAh/g, SI otherwise."""

    capacity: float
    early_rate: float
    ultimate_loss: float
    thermal_voltage: float
    radius: float
    diffusivity: float
    reaction_area: float
    exchange_current: float
    hysteresis_decay: float
    double_layer: float
    film_area: float
    host_area: float
    film_rate: float
    film_potential: float
    film_diffusivity: float
    solvent: float
    film_volume: float
    film_electrons: float
    film_resistivity: float
    film_start: float
    interface_store: float
    interface_top: float
    film_store: float
    film_top: float
    alloy_store: float
    alloy_top: float
    carbon_store: float
    carbon_top: float
    store_width: float
    alloy_width: float
    loss_time: float
    loss_throughput: float


class Circuit(NamedTuple):
    """The rest of the cell: ``resistance`` in Ohm g; currents of exchange in A/g; ``full`` 1 for a full
    cell."""

    full: int
    resistance: float
    counter_exchange: float
    cathode_capacity: float
    cathode_plateau: float
    cathode_width: float
    cathode_exchange: float
    low: float
    high: float


L, Y, H, XMAX, PHI, Q, AGE, THROUGH, LOST, FILM, CATHODE, ACTIVE, PASSED, SIZE = range(14)
"""Places in the state: film (m), trapped share, hysteresis, largest stoichiometry, potential (V), stored
charge, age
(h), throughput (full cycles), lost alkali, film charge, alkali in the cathode, active share, charge passed
(mAh/g, positive alkaliates)."""

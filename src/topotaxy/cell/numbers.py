"""From a draw of the lattice and the cell's parameters to the numbers that both implementations compute
with."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from topotaxy.cell.draws import LatticeDraw
from topotaxy.cell.priors import assumed, checked, priors
from topotaxy.cell.structures import Circuit, Electrode
from topotaxy.constants import BOLTZMANN
from topotaxy.errors import InputError

QUICKEST = 5.0
"""Early loss that is complete in the first cycle: its rate per cycle (what is left is exp(-5))."""
ALLOY_PER_ZINC = {"Li": 1.0, "Na": 1.0 / 13.0, "K": 1.0 / 13.0}
"""Alkali per Zn of the richest compound: LiZn, NaZn13, KZn13 (Massalski, Binary Alloy Phase Diagrams, 2nd
ed., 1990)."""
STORES = ("interface_charge", "film_store", "carbon_store", "alloy_share")


def cell_values(ion: str, given: Mapping[str, float] | None = None) -> dict[str, float]:
    """Return every parameter of a cell by name: assumptions, medians of the priors, ``given`` put in.

    Parameters
    ----------
    ion : str
        Symbol of the alkali metal: Li, Na or K.
    given : mapping of str to float, optional
        Values of parameters by plain name, in the unit of that parameter, in place of the shipped ones.

    Raises
    ------
    InputError
        For an unknown name or a value that is no number, and where a parameter has no value with this alkali.
    """
    middle = {p.name: p.middle for p in priors() if p.ion in ("", ion)}
    found = {**assumed(), **middle, **checked(given or {})}
    lacking = list(dict.fromkeys(p.name for p in priors() if p.name not in found))
    if lacking:
        known = " or ".join(sorted({p.ion for p in priors() if p.ion}))
        raise InputError(
            f"no value of {', '.join(lacking)} of cells with {ion}; expected {known}, or these under "
            "[cell.parameters]"
        )
    return found


def early_rate(first: float, later: float) -> float:
    """Rate per cycle at which a share ``first`` after one cycle approaches ``later``.

    Parameters
    ----------
    first, later : float
        Shares of the capacity that are held after one cycle, and after many.
    """
    if later <= 0.0 or first >= later * (1.0 - math.exp(-QUICKEST)):
        return QUICKEST
    return -math.log1p(-first / later)


def electrode_of(draw: LatticeDraw, values: Mapping[str, float], temperature: float = 298.15) -> Electrode:
    """Return the electrode, per gram of pristine host.

    The outer surface is that of spheres, 6/(ρ d). Charge transfer takes place there, unless
    ``reaction_at_interfaces`` is 1: then on the surface of metal objects. Film grows on the outer surface
    and on
    the carbon.

    Parameters
    ----------
    draw : LatticeDraw
        What the lattice gives the cell: capacity (mAh/g), losses and branches (V) against this alkali.
    values : mapping of str to float
        Every parameter by plain name, as :func:`cell_values` returns them.
    temperature : float
        Temperature of the cell, K.
    """
    diameter = values["particle_diameter"] * 1e-9
    host = 6.0 / (draw.density * 1e6 * diameter)
    inner = values["reaction_at_interfaces"] >= 0.5
    carbon = values["carbon_mass_ratio"]
    return Electrode(
        capacity=draw.capacity,
        early_rate=early_rate(draw.early_loss, draw.later_loss),
        ultimate_loss=draw.later_loss,
        thermal_voltage=BOLTZMANN * temperature,
        radius=0.5 * diameter,
        diffusivity=values["solid_diffusivity"],
        reaction_area=draw.interface_area if inner else host,
        exchange_current=values["exchange_current"],
        hysteresis_decay=values["hysteresis_decay"],
        double_layer=values["double_layer"],
        film_area=host + carbon * values["carbon_surface"],
        host_area=host,
        film_rate=values["film_rate"],
        film_potential=values["film_potential"],
        film_diffusivity=values["film_diffusivity"],
        solvent=values["solvent_concentration"],
        film_volume=values["film_molar_volume"],
        film_electrons=values["film_electrons"],
        film_resistivity=values["film_resistivity"],
        film_start=values["film_start"],
        interface_store=values["interface_charge"] * draw.interface_area / 3.6,
        interface_top=values["interface_top"],
        film_store=values["film_store"],
        film_top=values["film_store_top"],
        alloy_store=values["alloy_share"] * draw.zinc * ALLOY_PER_ZINC[draw.ion],
        alloy_top=values["alloy_top"],
        carbon_store=carbon * values["carbon_store"],
        carbon_top=values["carbon_store_top"],
        store_width=values["store_width"],
        alloy_width=values["alloy_width"],
        loss_time=values["loss_time"],
        loss_throughput=values["loss_throughput"],
    )


def anode_charge(e: Electrode) -> float:
    """Charge (mAh/g) that an electrode takes at zero potential, film growth not counted.

    Parameters
    ----------
    e : Electrode
        Constants of the electrode; its capacities (mAh/g) are used.
    """
    return e.capacity + e.interface_store + e.film_store + e.alloy_store + e.carbon_store


def circuit_of(
    e: Electrode, values: Mapping[str, float], *, low: float, high: float, full: bool = False
) -> Circuit:
    """Return the rest of the cell; loading turns what is per area into what is per gram.

    Parameters
    ----------
    e : Electrode
        The conversion electrode; a cathode is balanced against its charge.
    values : mapping of str to float
        Every parameter by plain name, as :func:`cell_values` returns them.
    low, high : float
        Cut-offs of the half cell, V; those of a full cell are among the values.
    full : bool
        Whether Na3V2(PO4)3/C stands against it instead of the alkali metal.
    """
    per_gram = 1000.0 / values["loading"]
    capacity = values["capacity_ratio"] * anode_charge(e)
    cathode_grams = capacity / values["cathode_capacity"]
    cathode_area = cathode_grams * 6.0 / (values["cathode_density"] * 1e6 * values["cathode_diameter"] * 1e-9)
    return Circuit(
        full=int(full),
        resistance=values["cell_resistance"] / per_gram,
        counter_exchange=values["counter_exchange"] * 1e-4 * per_gram,
        cathode_capacity=capacity,
        cathode_plateau=values["cathode_plateau"],
        cathode_width=0.5 * 0.5 * e.thermal_voltage,
        cathode_exchange=values["cathode_exchange"] * cathode_area,
        low=values["full_lower_cutoff"] if full else low,
        high=values["full_upper_cutoff"] if full else high,
    )


def kernel_branches(draw: LatticeDraw, *, low: float = 0.01, high: float = 3.0) -> NDArray[np.float64]:
    """Return the branches (3, points), which reach the cut-offs of the lattice's run at their ends.

    Parameters
    ----------
    draw : LatticeDraw
        What the lattice gives the cell: capacity (mAh/g), losses and branches (V) against this alkali.
    low, high : float
        Cut-offs of the lattice's run, V.
    """
    found = np.array([draw.first_discharge, draw.discharge, draw.charge], dtype=np.float64)
    found[:2, -1] = np.minimum(found[:2, -1], low)
    found[2, 0] = max(found[2, 0], high)
    return found

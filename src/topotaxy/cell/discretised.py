"""Where the states of a discretised cell of PyBaMM lie, and what its film holds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from topotaxy.constants import COULOMB_PER_MILLIAMPERE_HOUR, FARADAY


def state_slices(discretisation: Any) -> dict[str, Any]:
    """Return index and scale of the scalar states by their short names.

    Parameters
    ----------
    discretisation : pybamm.Discretisation
        After the model was processed.
    """
    wanted = {
        "trapped fraction": "electrode trapped fraction",
        "SEI thickness": "SEI thickness [m]",
        "age": "electrode age [h]",
        "throughput": "electrode throughput [cycles]",
        "passed": "Discharge capacity [A.h]",
        "energy": "Discharge energy [W.h]",
    }
    found: dict[str, Any] = {}
    for variable, slices in discretisation.y_slices.items():
        name, where = str(variable.name), slices[0]
        for key, ending in wanted.items():
            if name.endswith(ending):
                found[key] = (where.start, float(variable.scale.evaluate()))
    return found


def film_charge(parameters: Mapping[str, Any], side: str) -> tuple[float, float]:
    """Return mAh/g of film per metre of thickness, and of the film that is there at the start.

    Parameters
    ----------
    parameters : mapping
        As :mod:`topotaxy.cell.parameters` makes them.
    side : str
        ``Positive`` or ``Negative``.
    """
    radius = float(parameters[f"{side} particle radius [m]"])
    fraction = float(parameters[f"{side} electrode active material volume fraction"])
    thickness = float(parameters[f"{side} electrode thickness [m]"])
    area = float(parameters["Electrode height [m]"]) * float(parameters["Electrode width [m]"])
    per_metre = (
        3.0
        * fraction
        / radius
        * float(parameters[f"{side} electrode filmed area over outer area"])
        * thickness
        * area
        * float(parameters["Ratio of lithium moles to SEI moles"])
        / float(parameters["SEI partial molar volume [m3.mol-1]"])
        * FARADAY
        / COULOMB_PER_MILLIAMPERE_HOUR
        / float(parameters["Active mass [g]"])
    )
    return per_metre, per_metre * float(parameters["Initial SEI thickness [m]"])

"""Parameter sets of conversion cells for PyBaMM, from a draw of the lattice and the cell's inputs.

Registered under ``pybamm_parameter_sets``. All masses are of active material; ``Active mass [g]``
turns amperes into amperes per gram of pristine conversion material.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from topotaxy.cell.environment import load_pybamm
from topotaxy.cell.half_cycles import FRESH
from topotaxy.cell.laws import STEEP
from topotaxy.cell.material import CellMaterial, cell_material
from topotaxy.cell.numbers import anode_charge, electrode_of, kernel_branches
from topotaxy.cell.structures import Electrode
from topotaxy.constants import FARADAY

pybamm = load_pybamm()

BEYOND = 0.02
"""Stoichiometry by which branches run on beyond their ends, steeply, so that a cell meets its cut-offs
there."""

INITIAL_STOICHIOMETRY = FRESH
"""Of a fresh electrode; not zero, where no exchange current is left."""

BRANCH_NAMES = ("first lithiation", "lithiation", "delithiation")
"""What PyBaMM calls the branches of a draw, in their order."""


def shipped_parameters(name: str, overrides: Mapping[str, float] | None = None) -> dict[str, Any]:
    """Parameter set of a half cell of a material that ships, such as ``heos-na``.

    Parameters
    ----------
    name : str
        As :func:`~topotaxy.cell.material.cell_material` takes it.
    overrides : mapping of str to float, optional
        Replaces parameters of the cell by name.
    """
    return half_cell_parameters(cell_material(name), overrides)


def half_cell_parameters(
    material: CellMaterial, overrides: Mapping[str, float] | None = None
) -> dict[str, Any]:
    """Parameter set of a conversion electrode against its alkali metal.

    Parameters
    ----------
    material : CellMaterial
        A draw of the lattice and what was learned of its cells.
    overrides : mapping of str to float, optional
        Replaces parameters of the cell by name.
    """
    values = material.values(overrides)
    return {
        **_common(values, material),
        **_conversion("Positive", material, values),
        **_metal_counter(values),
        "Lower voltage cut-off [V]": material.lower_cutoff,
        "Upper voltage cut-off [V]": material.upper_cutoff,
        "Open-circuit voltage at 0% SOC [V]": material.lower_cutoff,
        "Open-circuit voltage at 100% SOC [V]": material.upper_cutoff,
    }


def full_cell_parameters(name: str, overrides: Mapping[str, float] | None = None) -> dict[str, Any]:
    """Parameter set of a full cell of a material that ships.

    Parameters
    ----------
    name : str
        As :func:`~topotaxy.cell.material.cell_material` takes it.
    overrides : mapping of str to float, optional
        Replaces parameters of the cell by name.
    """
    return full_cell_parameters_of(cell_material(name), overrides)


def full_cell_parameters_of(
    material: CellMaterial, overrides: Mapping[str, float] | None = None
) -> dict[str, Any]:
    """Parameter set of a conversion anode against Na3V2(PO4)3/C.

    The cathode holds ``capacity_ratio`` times the charge that the anode takes in reaction and stores; all of
    the alkali starts in it.

    Parameters
    ----------
    material : CellMaterial
        A draw of the lattice and what was learned of its cells.
    overrides : mapping of str to float, optional
        Replaces parameters of the cell by name.
    """
    values = material.values(overrides)
    per_gram = anode_charge(electrode_of(material.draw, values, material.temperature))
    charge = values["capacity_ratio"] * per_gram * _mass(values) / 1000.0
    cathode_mass = charge / values["cathode_capacity"] * 1000.0
    return {
        **_common(values, material),
        **_conversion("Negative", material, values),
        **_cathode(values, cathode_mass),
        "Cathode mass [g]": cathode_mass,
        "Lower voltage cut-off [V]": values["full_lower_cutoff"],
        "Upper voltage cut-off [V]": values["full_upper_cutoff"],
        "Open-circuit voltage at 0% SOC [V]": values["full_lower_cutoff"],
        "Open-circuit voltage at 100% SOC [V]": values["full_upper_cutoff"],
    }


def _mass(values: Mapping[str, float]) -> float:
    """Active mass of the conversion electrode, g."""
    return values["loading"] * values["electrode_area"] / 1000.0


def _common(values: Mapping[str, float], material: CellMaterial) -> dict[str, Any]:
    mass = _mass(values)
    side = (values["electrode_area"] * 1e-4) ** 0.5
    return {
        "chemistry": "lithium_ion",
        "Active mass [g]": mass,
        "Electrode height [m]": side,
        "Electrode width [m]": side,
        "Nominal cell capacity [A.h]": material.draw.capacity * mass / 1000.0,
        "Current function [A]": 0.1 * mass,
        "Contact resistance [Ohm]": values["cell_resistance"] / values["electrode_area"],
        "Separator thickness [m]": 2.5e-5,
        "Separator porosity": 0.5,
        "Separator Bruggeman coefficient (electrolyte)": 1.5,
        "Separator Bruggeman coefficient (electrode)": 1.5,
        "Initial concentration in electrolyte [mol.m-3]": values["electrolyte_concentration"],
        "Ambient temperature [K]": material.temperature,
        "Initial temperature [K]": material.temperature,
        "Reference temperature [K]": material.temperature,
        "Number of electrodes connected in parallel to make a cell": 1.0,
        "Number of cells connected in series to make a battery": 1.0,
        "Ratio of lithium moles to SEI moles": values["film_electrons"],
        "SEI partial molar volume [m3.mol-1]": values["film_molar_volume"],
        "SEI resistivity [Ohm.m]": values["film_resistivity"],
        "SEI open-circuit potential [V]": values["film_potential"],
        "SEI kinetic rate constant [m.s-1]": values["film_rate"],
        "SEI growth activation energy [J.mol-1]": 0.0,
        "EC initial concentration in electrolyte [mol.m-3]": values["solvent_concentration"],
        "EC diffusivity [m2.s-1]": values["film_diffusivity"],
        "Initial SEI thickness [m]": values["film_start"],
    }


def _conversion(side: str, material: CellMaterial, values: Mapping[str, float]) -> dict[str, Any]:
    """Parameters of the conversion electrode under PyBaMM's names, ``side`` Positive or Negative."""
    low = side.lower()
    draw = material.draw
    e = electrode_of(draw, values, material.temperature)
    branches = kernel_branches(draw, low=material.lower_cutoff, high=material.upper_cutoff)
    density = draw.density * 1e6
    fraction = values["active_fraction"]
    maximum = e.capacity * 3.6 * density / FARADAY
    exchange = f"{side} electrode reference exchange-current density [A.m-2]"
    found: dict[str, Any] = {
        f"{side} electrode thickness [m]": values["loading"] * 10.0 / (density * fraction),
        f"{side} electrode porosity": 1.0 - fraction,
        f"{side} electrode active material volume fraction": fraction,
        f"{side} electrode conductivity [S.m-1]": 100.0,
        f"{side} electrode Bruggeman coefficient (electrolyte)": 1.5,
        f"{side} electrode Bruggeman coefficient (electrode)": 1.5,
        f"{side} electrode charge transfer coefficient": 0.5,
        f"{side} electrode double-layer capacity [F.m-2]": e.double_layer,
        f"{side} electrode OCP entropic change [V.K-1]": 0.0,
        f"{side} particle radius [m]": e.radius,
        f"{side} particle diffusivity [m2.s-1]": e.diffusivity,
        f"Maximum concentration in {low} electrode [mol.m-3]": maximum,
        f"Initial concentration in {low} electrode [mol.m-3]": INITIAL_STOICHIOMETRY * maximum,
        f"Initial hysteresis state in {low} electrode": -1.0,
        f"{side} particle lithiation hysteresis decay rate": e.hysteresis_decay,
        f"{side} particle delithiation hysteresis decay rate": e.hysteresis_decay,
        exchange: e.exchange_current,
        f"{side} electrode exchange-current density [A.m-2]": _exchange(exchange, values),
        f"{side} electrode initial potential [V]": float(
            np.interp(INITIAL_STOICHIOMETRY, np.linspace(0.0, 1.0, branches.shape[1]), branches[0])
        ),
        f"{side} electrode reaction area over outer area": e.reaction_area / e.host_area,
        f"{side} electrode filmed area over outer area": e.film_area / e.host_area,
        f"{side} electrode ultimate trapped fraction": e.ultimate_loss,
        f"{side} electrode trapping rate": e.early_rate,
        f"{side} electrode loss of active material by time": e.loss_time,
        f"{side} electrode loss of active material by throughput": e.loss_throughput,
        f"{side} electrode store rounding [V]": e.store_width,
        f"{side} electrode alloy rounding [V]": e.alloy_width,
        **_stores(side, e, density * fraction),
    }
    for name, voltages in zip(BRANCH_NAMES, branches, strict=True):
        found[f"{side} electrode {name} OCP [V]"] = _curve(voltages, name)
    found[f"{side} electrode OCP [V]"] = found[f"{side} electrode lithiation OCP [V]"]
    return found


def _stores(side: str, e: Electrode, grams: float) -> dict[str, float]:
    """Charge (C per m3 of electrode) and upper potential of each reversible store."""
    found = {}
    for store in ("interface", "film", "alloy", "carbon"):
        found[f"{side} electrode {store} store [C.m-3]"] = getattr(e, f"{store}_store") * 3.6 * grams
        found[f"{side} electrode {store} store upper potential [V]"] = getattr(e, f"{store}_top")
    return found


def _curve(voltages: NDArray[np.float64], name: str) -> Callable[[Any], Any]:
    inside = np.linspace(0.0, 1.0, len(voltages))
    grid = np.concatenate([[-BEYOND], inside, [1.0 + BEYOND]])
    ends = STEEP * BEYOND
    values = np.concatenate([[voltages[0] + ends], voltages, [voltages[-1] - ends]])

    def potential(sto: Any) -> Any:
        return pybamm.Interpolant(grid, values, sto, name=name, interpolator="linear")

    return potential


def _exchange(name: str, values: Mapping[str, float]) -> Callable[..., Any]:
    """Symmetric Butler-Volmer prefactor: the reference at half conversion and usual concentration."""
    reference = values["electrolyte_concentration"]

    def exchange_current(c_e: Any, c_s_surf: Any, c_s_max: Any, T: Any) -> Any:
        sto = pybamm.minimum(pybamm.maximum(c_s_surf / c_s_max, 1e-4), 1.0 - 1e-4)
        return pybamm.Parameter(name) * 2.0 * pybamm.sqrt(c_e / reference * sto * (1.0 - sto))

    return exchange_current


def _metal_counter(values: Mapping[str, float]) -> dict[str, Any]:
    return {
        "Negative electrode thickness [m]": 5e-4,
        "Negative electrode conductivity [S.m-1]": 1e7,
        "Negative electrode OCP [V]": 0.0,
        "Negative electrode OCP entropic change [V.K-1]": 0.0,
        "Negative electrode charge transfer coefficient": 0.5,
        "Negative electrode double-layer capacity [F.m-2]": values["double_layer"],
        "Lithium metal partial molar volume [m3.mol-1]": 1.3e-5,
        "Exchange-current density for lithium metal electrode [A.m-2]": values["counter_exchange"],
    }


def _cathode(values: Mapping[str, float], mass: float) -> dict[str, Any]:
    """Na3V2(PO4)3/C: a two-phase plateau between stoichiometries 0 (charged) and 1 (discharged)."""
    density = values["cathode_density"] * 1e6
    area = values["electrode_area"] * 1e-4
    fraction = 0.5
    maximum = values["cathode_capacity"] * 3.6 * density / FARADAY
    plateau = values["cathode_plateau"]

    def two_phase(sto: Any) -> Any:
        # A flat plateau; its ends are those of a regular solution, kT/e a decade of dilution.
        return plateau + 0.02569 * 0.5 * (pybamm.log((1.0 - sto) / sto)) * 0.5

    def exchange_current(c_e: Any, c_s_surf: Any, c_s_max: Any, T: Any) -> Any:
        sto = pybamm.minimum(pybamm.maximum(c_s_surf / c_s_max, 1e-4), 1.0 - 1e-4)
        return values["cathode_exchange"] * 2.0 * pybamm.sqrt(sto * (1.0 - sto))

    return {
        "Positive electrode thickness [m]": mass / (density * fraction * area),
        "Positive electrode porosity": 1.0 - fraction,
        "Positive electrode active material volume fraction": fraction,
        "Positive electrode conductivity [S.m-1]": 100.0,
        "Positive electrode Bruggeman coefficient (electrolyte)": 1.5,
        "Positive electrode Bruggeman coefficient (electrode)": 1.5,
        "Positive electrode charge transfer coefficient": 0.5,
        "Positive electrode double-layer capacity [F.m-2]": values["double_layer"],
        "Positive electrode OCP entropic change [V.K-1]": 0.0,
        "Positive particle radius [m]": values["cathode_diameter"] * 0.5e-9,
        "Positive particle diffusivity [m2.s-1]": values["cathode_diffusivity"],
        "Maximum concentration in positive electrode [mol.m-3]": maximum,
        "Initial concentration in positive electrode [mol.m-3]": 0.998 * maximum,
        "Positive electrode exchange-current density [A.m-2]": exchange_current,
        "Positive electrode OCP [V]": two_phase,
    }

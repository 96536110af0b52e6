"""Parameter sets of conversion cells for PyBaMM, from the lattice's tables and the cell's inputs.

Registered under ``pybamm_parameter_sets``. All masses are of active material; ``Active mass [g]``
turns amperes into amperes per gram of pristine conversion material.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from topotaxy.cell.branches import POINTS, Branches, load_branches
from topotaxy.cell.environment import load_pybamm
from topotaxy.cell.inputs import cell_inputs
from topotaxy.cell.nucleation import predicted_share
from topotaxy.constants import FARADAY
from topotaxy.material.capacity_budget import storage_term

pybamm = load_pybamm()

FIRST_CURRENT = 0.1
"""A/g of the first discharge whose share of incoherent grains sets the mean interface area."""

KNOTS = 51
"""Of the interpolants; more follow the noise of the lattice and cost steps, not accuracy."""

BEYOND = 0.2
"""V by which branches run past the cut-offs; over half a hundredth of the charge."""

INITIAL_STOICHIOMETRY = 1e-3
"""Of a fresh electrode; not zero, where no exchange current is left."""

BRANCH_NAMES = {
    "first_discharge": "first lithiation",
    "discharge": "lithiation",
    "charge": "delithiation",
}


def shipped_parameters(name: str, overrides: Mapping[str, float] | None = None) -> dict[str, Any]:
    """Parameter set of a half cell from a table that ships."""
    return half_cell_parameters(load_branches(name), overrides)


def half_cell_parameters(branches: Branches, overrides: Mapping[str, float] | None = None) -> dict[str, Any]:
    """Parameter set of a conversion electrode against its alkali metal.

    ``overrides`` replaces assumptions and calibrated parameters by name
    (:func:`topotaxy.cell.inputs.cell_inputs`).
    """
    values = cell_inputs(overrides)
    return {
        **_common(values, branches),
        **_conversion("Positive", branches, values),
        **_metal_counter(values),
        "Lower voltage cut-off [V]": branches.lower_cutoff,
        "Upper voltage cut-off [V]": branches.upper_cutoff,
        "Open-circuit voltage at 0% SOC [V]": branches.lower_cutoff,
        "Open-circuit voltage at 100% SOC [V]": branches.upper_cutoff,
    }


def full_cell_parameters(name: str, overrides: Mapping[str, float] | None = None) -> dict[str, Any]:
    """Parameter set of a full cell from a table that ships."""
    return full_cell_parameters_of(load_branches(name), overrides)


def full_cell_parameters_of(
    branches: Branches, overrides: Mapping[str, float] | None = None
) -> dict[str, Any]:
    """Parameter set of a conversion anode against Na3V2(PO4)3/C.

    The cathode holds ``capacity_ratio`` times the charge that the anode takes in reaction, at
    interfaces and on carbon; all of the alkali starts in it.
    """
    values = cell_inputs(overrides)
    anode = _conversion("Negative", branches, values)
    per_gram = branches.capacity + interface_capacity(branches, values) + carbon_capacity(branches, values)
    mass = _mass(values)
    charge = values["capacity_ratio"] * per_gram * mass / 1000.0
    cathode_mass = charge / values["cathode_capacity"] * 1000.0
    return {
        **_common(values, branches),
        **anode,
        **_cathode(values, cathode_mass),
        "Cathode mass [g]": cathode_mass,
        "Lower voltage cut-off [V]": values["full_lower_cutoff"],
        "Upper voltage cut-off [V]": values["full_upper_cutoff"],
        "Open-circuit voltage at 0% SOC [V]": values["full_lower_cutoff"],
        "Open-circuit voltage at 100% SOC [V]": values["full_upper_cutoff"],
    }


def interface_area(branches: Branches, values: Mapping[str, float]) -> float:
    """Metal/salt interface of a fully discharged electrode, m²/g: of both kinds of grains by share."""
    gone = incoherent_share(branches, values["frame_interface_energy"])
    return (1.0 - gone) * branches.coherent.interface_area + gone * branches.incoherent.interface_area


def incoherent_share(branches: Branches, interface_energy: float, *, current: float = FIRST_CURRENT) -> float:
    """Share of grains without coherency after a first cycle at ``current`` (A/g)."""
    law = branches.nucleation
    return predicted_share(
        {
            "interface_energy": interface_energy,
            "current": current,
            "capacity": branches.capacity,
            "full": branches.capacity,
            "cycles": 1.0,
        },
        stoichiometry=np.asarray(law.stoichiometry),
        barrier=np.asarray(law.barrier),
        reference=law.interface_energy,
        attempts=law.attempts,
        median=law.median,
        spread=law.spread,
        temperature=branches.temperature,
    )


def interface_capacity(branches: Branches, values: Mapping[str, float]) -> float:
    """Interfacial storage of a fully discharged electrode between the cut-offs, mAh/g."""
    return values["interface_charge"] * interface_area(branches, values) / 3.6


def carbon_capacity(branches: Branches, values: Mapping[str, float]) -> float:
    """Charge on the carbon additive, mAh per gram of active material."""
    return storage_term("carbon", branches.ion) * values["carbon_mass_ratio"]


def _mass(values: Mapping[str, float]) -> float:
    """Active mass of the conversion electrode, g."""
    return values["loading"] * values["electrode_area"] / 1000.0


def _common(values: Mapping[str, float], branches: Branches) -> dict[str, Any]:
    mass = _mass(values)
    side = (values["electrode_area"] * 1e-4) ** 0.5
    return {
        "chemistry": "lithium_ion",
        "Active mass [g]": mass,
        "Electrode height [m]": side,
        "Electrode width [m]": side,
        "Nominal cell capacity [A.h]": branches.capacity * mass / 1000.0,
        "Current function [A]": 0.1 * mass,
        "Contact resistance [Ohm]": values["cell_resistance"] / values["electrode_area"],
        "Separator thickness [m]": 2.5e-5,
        "Separator porosity": 0.5,
        "Separator Bruggeman coefficient (electrolyte)": 1.5,
        "Separator Bruggeman coefficient (electrode)": 1.5,
        "Initial concentration in electrolyte [mol.m-3]": values["electrolyte_concentration"],
        "Ambient temperature [K]": branches.temperature,
        "Initial temperature [K]": branches.temperature,
        "Reference temperature [K]": branches.temperature,
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


def _conversion(side: str, branches: Branches, values: Mapping[str, float]) -> dict[str, Any]:
    """Parameters of the conversion electrode under PyBaMM's names, ``side`` Positive or Negative."""
    low = side.lower()
    density = branches.density * 1e6
    fraction = values["active_fraction"]
    thickness = values["loading"] * 10.0 / (density * fraction)
    maximum = branches.capacity * 3.6 * density / FARADAY
    grams = density * fraction
    law, trapping = branches.nucleation, branches.trapping
    exchange = f"{side} electrode reference exchange-current density [A.m-2]"
    found: dict[str, Any] = {
        f"{side} electrode thickness [m]": thickness,
        f"{side} electrode porosity": 1.0 - fraction,
        f"{side} electrode active material volume fraction": fraction,
        f"{side} electrode conductivity [S.m-1]": 100.0,
        f"{side} electrode Bruggeman coefficient (electrolyte)": 1.5,
        f"{side} electrode Bruggeman coefficient (electrode)": 1.5,
        f"{side} electrode charge transfer coefficient": 0.5,
        f"{side} electrode double-layer capacity [F.m-2]": values["double_layer"],
        f"{side} electrode OCP entropic change [V.K-1]": 0.0,
        f"{side} particle radius [m]": values["particle_diameter"] * 0.5e-9,
        f"{side} particle diffusivity [m2.s-1]": values["solid_diffusivity"],
        f"Maximum concentration in {low} electrode [mol.m-3]": maximum,
        f"Initial concentration in {low} electrode [mol.m-3]": INITIAL_STOICHIOMETRY * maximum,
        f"Initial hysteresis state in {low} electrode": -1.0,
        f"{side} particle lithiation hysteresis decay rate": values["hysteresis_decay"],
        f"{side} particle delithiation hysteresis decay rate": values["hysteresis_decay"],
        exchange: values["exchange_current"],
        f"{side} electrode exchange-current density [A.m-2]": _exchange(exchange, values),
        f"{side} electrode initial potential [V]": _fresh_potential(branches),
        f"{side} electrode interface charge density [C.m-2]": values["interface_charge"],
        f"{side} electrode interface area to volume ratio [m-1]": interface_area(branches, values) * grams,
        f"{side} electrode interface storage upper potential [V]": branches.upper_cutoff,
        f"{side} electrode carbon capacitance [F.m-3]": carbon_capacity(branches, values)
        * 3.6
        * grams
        / branches.upper_cutoff,
        f"{side} electrode frame interface energy [J.m-2]": values["frame_interface_energy"],
        f"{side} electrode reference frame interface energy [J.m-2]": law.interface_energy,
        f"{side} electrode nucleation factor": law.median,
        f"{side} electrode nucleation spread": law.spread,
        f"{side} electrode nucleation attempt frequency [s-1]": law.attempts,
        f"{side} electrode nucleation barrier": _barrier(law.stoichiometry, law.barrier),
        f"{side} electrode ultimate trapped fraction": trapping.ultimate,
        f"{side} electrode coherent trapped fraction": trapping.coherent,
        f"{side} electrode trapping rate": trapping.rate,
        f"{side} electrode trapping order": trapping.order,
    }
    for name, theirs in BRANCH_NAMES.items():
        for kind in ("coherent", "incoherent"):
            prefix = "" if kind == "coherent" else "incoherent "
            voltages = getattr(getattr(branches, kind), name)
            voltages = _open_ends(voltages, branches, fresh=name == "first_discharge")
            found[f"{side} electrode {prefix}{theirs} OCP [V]"] = _curve(voltages, f"{kind}_{name}")
    found[f"{side} electrode OCP [V]"] = found[f"{side} electrode lithiation OCP [V]"]
    return found


def _open_ends(voltages: tuple[float, ...], branches: Branches, *, fresh: bool) -> tuple[float, ...]:
    """Let a branch run past the cut-offs at its ends, so that a cell meets them and not the ends.

    A branch read from half-cycles ends *at* the cut-offs. The first one begins at the upper
    cut-off: a fresh electrode has no alkali to give up.
    """
    begin = branches.upper_cutoff if fresh else max(voltages[0], voltages[1])
    if not fresh and voltages[0] >= branches.upper_cutoff - 0.05:
        begin = branches.upper_cutoff + BEYOND
    return (begin, *voltages[1:-1], min(voltages[-1], branches.lower_cutoff - BEYOND))


def _fresh_potential(branches: Branches) -> float:
    """Potential of a fresh electrode, V, on the first branch at the initial stoichiometry."""
    from scipy.interpolate import PchipInterpolator

    grid, fine = np.linspace(0.0, 1.0, KNOTS), np.linspace(0.0, 1.0, POINTS)
    at = [
        float(
            PchipInterpolator(
                grid, np.interp(grid, fine, _open_ends(kind.first_discharge, branches, fresh=True))
            )(INITIAL_STOICHIOMETRY)
        )
        for kind in (branches.coherent, branches.incoherent)
    ]
    return sum(at) / len(at)


def _curve(voltages: tuple[float, ...], name: str) -> Callable[[Any], Any]:
    grid = np.linspace(0.0, 1.0, KNOTS)
    values = np.interp(grid, np.linspace(0.0, 1.0, POINTS), voltages)

    def potential(sto: Any) -> Any:
        return pybamm.Interpolant(grid, values, sto, name=name, interpolator="pchip")

    return potential


def _barrier(grid: tuple[float, ...], barrier: tuple[float, ...]) -> Callable[[Any], Any]:
    """Barrier (eV) against stoichiometry, through its logarithm: it spans three decades."""
    x, y = np.asarray(grid), np.log(np.asarray(barrier))

    def energy(stoichiometry: Any) -> Any:
        inside = pybamm.minimum(pybamm.maximum(stoichiometry, 0.0), 1.0)
        return pybamm.exp(pybamm.Interpolant(x, y, inside, name="nucleation_barrier"))

    return energy


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

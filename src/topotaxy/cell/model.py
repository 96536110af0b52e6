"""Conversion cells as PyBaMM models: a half cell and a full cell, at the level of single particles.

Registered under ``pybamm_models``; use them as any model of PyBaMM:

    model = ConversionHalfCell()
    simulation = pybamm.Simulation(model, experiment=..., parameter_values=model.default_parameter_values)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from topotaxy.cell.cycling import ABSOLUTE_TOLERANCE, RELATIVE_TOLERANCE
from topotaxy.cell.electrode import ConversionElectrode, pybamm
from topotaxy.cell.options import chosen_options
from topotaxy.tables import read_table

_BaseModel: Any = pybamm.lithium_ion.BaseModel


class _ConversionCell(_BaseModel):  # type: ignore[misc]
    """What both cells tell PyBaMM alike."""

    @property
    def default_var_pts(self) -> dict[str, int]:
        """Mesh: only the particles have one."""
        return {"x_n": 2, "x_s": 2, "x_p": 2, "r_n": 10, "r_p": 10}

    @property
    def default_solver(self) -> Any:
        """SUNDIALS with tolerances at which capacities no longer move."""
        return pybamm.IDAKLUSolver(rtol=RELATIVE_TOLERANCE, atol=ABSOLUTE_TOLERANCE)


class ConversionHalfCell(_ConversionCell):
    """A conversion electrode against an alkali metal.

    As in all half cells of PyBaMM the working electrode is called positive, and discharge
    alkaliates it: discharge and charge mean what they mean in the rest of topotaxy.

    Parameters
    ----------
    options:
        Physics to switch off: ``first discharge``, ``trapping``, ``film``, ``interface storage``.
        With all four off the equations are those of PyBaMM's SPM half cell with one-state
        hysteresis and a differential surface form.
    """

    def __init__(self, options: Mapping[str, bool] | None = None, name: str = "Conversion half cell") -> None:
        super().__init__({"working electrode": "positive"}, name)
        self.conversion_options = chosen_options(options)
        param = self.param
        charge = _charge_counter(self)
        electrode = ConversionElectrode(
            self, "positive", param.current_density_with_time, self.conversion_options
        ).build()
        counter = _metal_overpotential(param)
        resistance = param.current_with_time * param.R_contact(param.T_init)
        voltage = electrode.potential - counter - resistance
        _finish(self, voltage, charge, counter=counter)

    @property
    def default_parameter_values(self) -> Any:
        """High-entropy oxysulfide against sodium, as shipped."""
        return pybamm.ParameterValues(_default_set(full=False))

    @property
    def default_quick_plot_variables(self) -> list[str]:
        """What ``Simulation.plot`` shows."""
        return ["Voltage [V]", "Current [A]", "Positive electrode stoichiometry"]


class ConversionFullCell(_ConversionCell):
    """A conversion anode against a cathode with a two-phase plateau.

    Discharge takes alkali out of the conversion electrode: the other way round than in the half
    cell. Loss of inventory follows, since what film and trapping hold no longer reaches the cathode.
    """

    def __init__(self, options: Mapping[str, bool] | None = None, name: str = "Conversion full cell") -> None:
        super().__init__({}, name)
        self.conversion_options = chosen_options(options)
        param = self.param
        charge = _charge_counter(self)
        electrode = ConversionElectrode(
            self, "negative", -param.current_density_with_time, self.conversion_options
        ).build()
        cathode = self._cathode()
        resistance = param.current_with_time * param.R_contact(param.T_init)
        voltage = cathode - electrode.potential - resistance
        _finish(self, voltage, charge)

    def _cathode(self) -> Any:
        """Add the cathode's particle; return its potential against the electrolyte."""
        param = self.param
        side, prim, temperature = param.p, param.p.prim, param.T_init
        c = pybamm.Variable(
            "X-averaged positive particle concentration [mol.m-3]",
            domain="positive particle",
            scale=prim.c_max,
        )
        area = 3 * prim.epsilon_s_av / prim.R_typ
        density = -param.current_density_with_time / (side.L * area)
        diffusivity = prim.D(c, temperature)
        self.rhs[c] = -pybamm.div(-diffusivity * pybamm.grad(c))
        self.boundary_conditions[c] = {
            "left": (pybamm.Scalar(0), "Neumann"),
            "right": (-density / (param.F * pybamm.surf(diffusivity)), "Neumann"),
        }
        self.initial_conditions[c] = pybamm.x_average(prim.c_init)
        surface = pybamm.surf(c) / prim.c_max
        exchange = prim.j0(param.c_e_init_av, pybamm.surf(c), temperature)
        rt_f = param.R * temperature / param.F
        overpotential = 2 * rt_f * pybamm.arcsinh(density / (2 * exchange))
        potential = prim.U(surface, temperature) + overpotential
        volume = side.L * param.A_cc * prim.epsilon_s_av
        mean = pybamm.r_average(c) / prim.c_max
        self.variables.update(
            {
                "X-averaged positive particle concentration [mol.m-3]": c,
                "Positive electrode stoichiometry": mean,
                "Positive electrode reaction charge [A.h]": mean * prim.c_max * param.F * volume / 3600,
                "Positive electrode potential [V]": potential,
            }
        )
        self.events += [
            pybamm.Event("Positive electrode emptied", surface - 1e-4),
            pybamm.Event("Positive electrode filled", 1 - 1e-4 - surface),
        ]
        return potential

    @property
    def default_parameter_values(self) -> Any:
        """High-entropy oxysulfide against Na3V2(PO4)3/C, as shipped."""
        return pybamm.ParameterValues(_default_set(full=True))

    @property
    def default_quick_plot_variables(self) -> list[str]:
        """What ``Simulation.plot`` shows."""
        return ["Voltage [V]", "Current [A]", "Negative electrode stoichiometry"]


def _parameter_sets() -> dict[str, Mapping[str, str]]:
    return {row["name"]: row for row in read_table("topotaxy.cell", "parameter_sets")}


def parameter_set(name: str) -> dict[str, Any]:
    """Return a parameter set of ``tables/parameter_sets.csv`` by its name, such as PyBaMM registers.

    Parameters
    ----------
    name : str
        Name of a parameter set, as ``TopotaxyHEOSNa``.
    """
    from topotaxy.cell.parameters import full_cell_parameters, shipped_parameters

    row = _parameter_sets()[name]
    make = shipped_parameters if row["counter"] == "metal" else full_cell_parameters
    return make(row["table"])


def _default_set(*, full: bool) -> dict[str, Any]:
    names = (name for name, row in _parameter_sets().items() if (row["counter"] != "metal") == full)
    return parameter_set(next(names))


def __getattr__(name: str) -> Callable[[], dict[str, Any]]:
    """Give each parameter set as a function of its name, as PyBaMM's entry points ask for."""
    if name in _parameter_sets():
        return partial(parameter_set, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def _charge_counter(model: Any) -> Any:
    passed = pybamm.Variable("Discharge capacity [A.h]")
    model.rhs[passed] = model.param.current_with_time / 3600
    model.initial_conditions[passed] = pybamm.Scalar(0)
    return passed


def _metal_overpotential(param: Any) -> Any:
    """Overpotential of stripping the counter electrode, V; as PyBaMM's half cells."""
    exchange = param.j0_Li_metal(param.c_e_init_av, 1 / param.V_bar_Li, param.T_init)
    rt_f = param.R * param.T_init / param.F
    return 2 * rt_f * pybamm.arcsinh(param.current_density_with_time / (2 * exchange))


def _finish(model: Any, voltage: Any, charge: Any, *, counter: Any = None) -> None:
    param = model.param
    energy = pybamm.Variable("Discharge energy [W.h]")
    model.rhs[energy] = param.current_with_time * voltage / 3600
    model.initial_conditions[energy] = pybamm.Scalar(0)
    model.variables.update(
        {
            "Discharge energy [W.h]": energy,
            "Time [s]": pybamm.t,
            "Time [h]": pybamm.t / 3600,
            "Discharge capacity [A.h]": charge,
            "Current [A]": param.current_with_time,
            "Current variable [A]": param.current_with_time,
            "Voltage [V]": voltage,
            "Voltage expression [V]": voltage,
            "Battery voltage [V]": voltage
            * pybamm.Parameter("Number of cells connected in series to make a battery"),
        }
    )
    if counter is not None:
        model.variables["Counter electrode overpotential [V]"] = counter
    model.events += [
        pybamm.Event("Minimum voltage [V]", voltage - param.voltage_low_cut),
        pybamm.Event("Maximum voltage [V]", param.voltage_high_cut - voltage),
    ]

"""The conversion electrode in PyBaMM's expression tree, at the level of a single particle.

Written once and used by the half cell (where PyBaMM calls the working electrode positive) and by
the full cell (where it is negative). Names, units and signs are PyBaMM's: a positive interfacial
current density oxidises, the electrode is "lithiated" by reduction whatever the alkali is. The equations are
those of the compiled cell (:mod:`topotaxy.cell.laws`), to which a test holds them.

State: stoichiometry x(r) of all alkali taken since pristine, of which the trapped share y no
longer moves; charge in reversible stores; hysteresis state h; largest stoichiometry so far; thickness of the
film; time and throughput, by which active material is lost. docs/cell.md has the equations.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from topotaxy.cell.environment import load_pybamm
from topotaxy.cell.laws import FIRST_WIDTH, SMALLEST_ACTIVE
from topotaxy.cell.surface_film import SurfaceFilm

pybamm = load_pybamm()

START = 1e-6
"""h: age of a fresh electrode; a start for the square root of time."""


@dataclass(frozen=True, kw_only=True)
class ElectrodeTerms:
    """What a cell needs of its conversion electrode.

    ``potential`` is electrode minus electrolyte, film included (V); ``film_charge`` the charge in
    the film (A.h).
    """

    potential: Any
    film_charge: Any


def ramp(potential: Any, top: Any, width: Any) -> Any:
    """How far a potential is below ``top`` (V), rounded off over ``width`` (V).

    Parameters
    ----------
    potential, top, width : pybamm symbol or float
        Potential, where the ramp begins, and the width over which it is rounded off, V.
    """
    # log(1 + exp(z)) without overflow, whatever the solver tries.
    z = (top - potential) / width
    return width * (pybamm.maximum(z, 0) + pybamm.log(1 + pybamm.exp(-abs(z))))


class ConversionElectrode:
    """Adds the equations of a conversion electrode to a model.

    Parameters
    ----------
    model : pybamm model
        A lithium-ion base model; its ``rhs``, ``algebraic``, ``initial_conditions``, ``boundary_conditions``,
        ``variables`` are extended.
    domain : str
        ``"positive"`` (half cell) or ``"negative"`` (full cell).
    reduction : pybamm symbol
        Current per electrode area that alkaliates this electrode, A.m-2.
    options : mapping of str to bool
        See :data:`topotaxy.cell.options.OPTIONS`.
    """

    def __init__(self, model: Any, domain: str, reduction: Any, options: Mapping[str, bool]) -> None:
        self._model, self._options = model, options
        self._domain, self._name = domain, domain.capitalize()
        self._param = model.param
        self._side = getattr(model.param, domain[0])
        self._prim = self._side.prim
        self._temperature = model.param.T_init
        self._epsilon = self._prim.epsilon_s_av
        self._area = 3 * self._epsilon / self._prim.R_typ
        self._total = reduction / self._side.L
        self._declare()

    def _parameter(self, name: str) -> Any:
        return pybamm.Parameter(f"{self._name} electrode {name}")

    def _declare(self) -> None:
        name, domain = self._name, self._domain
        self._concentration = pybamm.Variable(
            f"X-averaged {domain} particle concentration [mol.m-3]",
            domain=f"{domain} particle",
            scale=self._prim.c_max,
        )
        # Charge is the state and the potential follows: the balance of charge is then linear and exact.
        self._stored = pybamm.Variable(f"{name} electrode stored charge [C.m-3]", scale=self._scale())
        self._potential = pybamm.Variable(f"{name} electrode surface potential difference [V]")
        self._hysteresis = pybamm.Variable(f"X-averaged {domain} electrode hysteresis state")
        self._largest = pybamm.Variable(f"{name} electrode largest stoichiometry")
        self._trapped = pybamm.Variable(f"{name} electrode trapped fraction")
        self._film = SurfaceFilm(self._model, domain, grows=self._options["film"])
        self._age = pybamm.Variable(f"{name} electrode age [h]")
        self._throughput = pybamm.Variable(f"{name} electrode throughput [cycles]")
        self._lost = pybamm.Variable(f"{name} electrode lost stoichiometry")

    def build(self) -> ElectrodeTerms:
        """Add equations, variables and events; return what the cell needs."""
        trapped = self._trapped if self._options["early loss"] else pybamm.Scalar(0)
        surface = pybamm.surf(self._concentration) / self._prim.c_max
        mean = pybamm.r_average(self._concentration) / self._prim.c_max
        active = self._active()
        # What can move, over what could: 1 when all of it is reduced, 0 when only the trapped is.
        mobile = (surface - trapped) / (1 - trapped)
        open_circuit = self._open_circuit(surface, mobile, mean)
        reaction = self._reaction(mobile, open_circuit, active)
        volumetric = -self._area * reaction
        growth = volumetric / (self._param.F * self._prim.c_max * self._epsilon * active)
        film = self._film.growth(self._potential)
        self._particle(reaction / active)
        self._hysteresis_state(reaction / active)
        self._largest_stoichiometry(growth, mean)
        self._trapping(growth, trapped)
        self._stores(volumetric, film, mean, active)
        self._film.add_equations(film)
        self._ageing(growth, mean)
        film_charge = self._film.charge()
        self._record(trapped, mobile, mean, active, open_circuit, volumetric, film_charge)
        potential = self._potential - self._film.drop(self._total / self._area)
        return ElectrodeTerms(potential=potential, film_charge=film_charge)

    def _open_circuit(self, surface: Any, mobile: Any, mean: Any) -> Any:
        down = self._branch(mobile, "lithiation")
        if self._options["first discharge"]:
            first = self._branch(surface, "first lithiation")
            fresh = pybamm.sigmoid(self._largest - 4 * FIRST_WIDTH, mean, 1 / FIRST_WIDTH)
            down = fresh * first + (1 - fresh) * down
        up = self._branch(mobile, "delithiation")
        h = self._hysteresis
        return (1 + h) / 2 * up + (1 - h) / 2 * down

    def _branch(self, stoichiometry: Any, name: str) -> Any:
        """Voltage of a branch, also beyond its ends, where PyBaMM's own function would hold the stoichiometry
        at 0 and 1: with a slow hysteresis a charge ends there.
        """
        side = self._domain.capitalize()
        inputs = {f"{side} particle stoichiometry": stoichiometry}
        return pybamm.FunctionParameter(f"{side} electrode {name} OCP [V]", inputs)

    def _reaction(self, mobile: Any, open_circuit: Any, active: Any) -> Any:
        """Interfacial current density (A.m-2 of pristine outer surface), Butler-Volmer with equal transfer
        coefficients, on the surface where charge transfer takes place.
        """
        c_max = self._prim.c_max
        exchange = self._prim.j0(self._param.c_e_init_av, mobile * c_max, self._temperature)
        rt_f = self._param.R * self._temperature / self._param.F
        share = self._parameter("reaction area over outer area") * active
        return 2 * exchange * share * pybamm.sinh((self._potential - open_circuit) / (2 * rt_f))

    def _particle(self, reaction: Any) -> None:
        c = self._concentration
        diffusivity = self._prim.D(c, self._temperature)
        flux = -diffusivity * pybamm.grad(c)
        self._model.rhs[c] = -pybamm.div(flux)
        self._model.boundary_conditions[c] = {
            "left": (pybamm.Scalar(0), "Neumann"),
            "right": (-reaction / (self._param.F * pybamm.surf(diffusivity)), "Neumann"),
        }
        self._model.initial_conditions[c] = pybamm.x_average(self._prim.c_init)

    def _hysteresis_state(self, reaction: Any) -> None:
        """PyBaMM's one-state hysteresis: h goes to 1 on charge and to -1 on discharge."""
        h, volumetric = self._hysteresis, self._area * reaction
        sign = pybamm.sign(volumetric)
        decay = self._prim.hysteresis_decay(pybamm.Scalar(0.5), self._temperature, "lithiation")
        back = self._prim.hysteresis_decay(pybamm.Scalar(0.5), self._temperature, "delithiation")
        gamma = 0.5 * (1 - sign) * decay + 0.5 * (1 + sign) * back
        scale = self._param.F * self._prim.c_max * self._epsilon
        self._model.rhs[h] = gamma * volumetric / scale * (1 - sign * h) / 2
        self._model.initial_conditions[h] = pybamm.x_average(self._prim.h_init)

    def _largest_stoichiometry(self, growth: Any, mean: Any) -> None:
        if not self._options["first discharge"]:
            return
        largest = self._largest
        rising = pybamm.sigmoid(largest - 4 * FIRST_WIDTH, mean, 1 / FIRST_WIDTH)
        self._model.rhs[largest] = pybamm.maximum(growth, 0) * rising
        start = pybamm.r_average(pybamm.x_average(self._prim.c_init))
        self._model.initial_conditions[largest] = start / self._prim.c_max

    def _trapping(self, growth: Any, trapped: Any) -> None:
        """Of what has been reduced a share stays so; each cycle's worth of charge given back takes it
        closer."""
        if not self._options["early loss"]:
            return
        ultimate = self._parameter("ultimate trapped fraction") * self._reached()
        cycles = pybamm.maximum(-growth, 0) / (1 - trapped)
        rate = self._parameter("trapping rate")
        self._model.rhs[self._trapped] = cycles * rate * pybamm.maximum(ultimate - trapped, 0)
        self._model.initial_conditions[self._trapped] = pybamm.Scalar(0)

    def _reached(self) -> Any:
        return self._largest if self._options["first discharge"] else pybamm.Scalar(1)

    def _scale(self) -> Any:
        """Stored charge of the order that a discharge brings, C.m-3."""
        if self._options["stores"]:
            return self._prim.c_max * self._epsilon * self._param.F * 0.1
        return self._area * self._side.C_dl(self._temperature)

    def _held(self, potential: Any, mean: Any, active: Any) -> Any:
        """Charge in the double layer and the reversible stores (C.m-3) at a potential."""
        reference = self._parameter("interface store upper potential [V]")
        charge = self._area * self._side.C_dl(self._temperature) * (reference - potential)
        if not self._options["stores"]:
            return charge
        width = self._parameter("store rounding [V]")
        living = 0
        for store in ("interface", "film", "alloy"):
            top = self._parameter(f"{store} store upper potential [V]")
            own = self._parameter("alloy rounding [V]") if store == "alloy" else width
            amount = pybamm.maximum(mean, 0) if store == "interface" else 1
            whole = self._parameter(f"{store} store [C.m-3]")
            living = living + whole * amount * ramp(potential, top, own) / top
        top = self._parameter("carbon store upper potential [V]")
        carbon = self._parameter("carbon store [C.m-3]") * ramp(potential, top, width) / top
        return charge + active * living + carbon

    def _stores(self, reaction: Any, film: Any, mean: Any, active: Any) -> None:
        """Balance of charge: what neither reacts nor makes film is stored, and the potential follows from it.

        ``reaction`` in A.m-3 of electrode, positive where it reduces.
        """
        grown = -self._film.area * film
        self._model.rhs[self._stored] = self._total - reaction - grown
        self._model.algebraic[self._potential] = (
            self._stored - self._held(self._potential, mean, active)
        ) / self._scale()
        start = pybamm.r_average(pybamm.x_average(self._prim.c_init)) / self._prim.c_max
        initial = self._parameter("initial potential [V]")
        self._model.initial_conditions[self._stored] = self._held(initial, start, pybamm.Scalar(1))
        self._model.initial_conditions[self._potential] = initial

    def _active(self) -> Any:
        """Living share: lost with the square root of time (1,000 h) and with throughput (1,000 cycles)."""
        if not self._options["loss of active material"]:
            return pybamm.Scalar(1)
        by_time = self._parameter("loss of active material by time") * (self._age / 1000) ** 0.5
        by_use = self._parameter("loss of active material by throughput") * self._throughput / 1000
        return pybamm.maximum(1 - by_time - by_use, SMALLEST_ACTIVE)

    def _ageing(self, growth: Any, mean: Any) -> None:
        """Time and throughput, and the alkali that is lost in material that dies while it holds some."""
        if not self._options["loss of active material"]:
            return
        used = 0.5 * abs(growth)
        self._model.rhs[self._age] = pybamm.Scalar(1 / 3600)
        self._model.rhs[self._throughput] = used
        by_time = self._parameter("loss of active material by time") / (2 * (1000 * self._age) ** 0.5) / 3600
        by_use = self._parameter("loss of active material by throughput") * used / 1000
        self._model.rhs[self._lost] = (by_time + by_use) * mean
        self._model.initial_conditions[self._age] = pybamm.Scalar(START)
        self._model.initial_conditions[self._throughput] = pybamm.Scalar(0)
        self._model.initial_conditions[self._lost] = pybamm.Scalar(0)

    def _record(
        self,
        trapped: Any,
        mobile: Any,
        mean: Any,
        active: Any,
        open_circuit: Any,
        volumetric: Any,
        film_charge: Any,
    ) -> None:
        name, domain = self._name, self._domain
        volume = self._side.L * self._param.A_cc * self._epsilon
        per_stoichiometry = self._prim.c_max * self._param.F * volume / 3600
        stored = self._stored * self._side.L * self._param.A_cc / 3600
        lost = self._lost if self._options["loss of active material"] else pybamm.Scalar(0)
        self._model.variables.update(
            {
                f"X-averaged {domain} particle concentration [mol.m-3]": self._concentration,
                f"{name} electrode surface potential difference [V]": self._potential,
                f"{name} electrode open-circuit potential [V]": open_circuit,
                f"X-averaged {domain} electrode hysteresis state": self._hysteresis,
                f"{name} electrode stoichiometry": mean,
                f"{name} electrode mobile surface stoichiometry": mobile,
                f"{name} electrode active fraction": active,
                f"{name} electrode trapped fraction": trapped,
                f"{name} electrode reaction charge [A.h]": active * mean * per_stoichiometry,
                f"{name} electrode trapped charge [A.h]": active * trapped * per_stoichiometry,
                f"{name} electrode stored charge [A.h]": stored,
                f"{name} electrode lost charge [A.h]": lost * per_stoichiometry,
                f"{name} electrode film charge [A.h]": film_charge,
                f"{name} electrode reaction current density [A.m-3]": volumetric,
            }
        )
        if self._options["film"]:
            self._model.variables[f"X-averaged {domain} SEI thickness [m]"] = self._film.thickness

"""The conversion electrode in PyBaMM's expression tree, at the level of a single particle.

Written once and used by the half cell (where PyBaMM calls the working electrode positive) and by
the full cell (where it is negative). Names, units and signs are PyBaMM's: a positive interfacial
current density oxidises, the electrode is "lithiated" by reduction whatever the alkali is.

State: stoichiometry x(r) of all alkali taken since pristine, of which the trapped share y no
longer moves; charge stored on surfaces and interfaces; hysteresis state h; largest stoichiometry so far;
critical nucleation factor psi; thickness of the film. docs/cell.md has the equations.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from topotaxy.cell.environment import load_pybamm

pybamm = load_pybamm()

OPTIONS = ("first discharge", "trapping", "film", "interface storage")
"""What can be switched off, one piece of physics each."""

FIRST_BRANCH_WIDTH = 0.004
"""Stoichiometry over which the first branch hands over to the later ones; numerical."""

SMALLEST_EXPONENT = -200.0
"""Where the nucleation rate is cut off, in kT: nothing happens below."""


@dataclass(frozen=True, kw_only=True)
class ElectrodeTerms:
    """What a cell needs of its conversion electrode.

    ``potential`` is electrode minus electrolyte, film included (V); ``film_charge`` the charge in
    the film (A.h).
    """

    potential: Any
    film_charge: Any


def chosen_options(options: Mapping[str, bool] | None) -> dict[str, bool]:
    """Fill in the options that are not given: all physics on.

    Raises
    ------
    ValueError
        For a name that is no option.
    """
    given = dict(options or {})
    unknown = sorted(set(given) - set(OPTIONS))
    if unknown:
        raise ValueError(f"unknown option {unknown[0]!r}; expected one of {', '.join(OPTIONS)}")
    return {name: bool(given.get(name, True)) for name in OPTIONS}


def _function(name: str, **inputs: Any) -> Any:
    return pybamm.FunctionParameter(name, {key.replace("_", " "): value for key, value in inputs.items()})


class ConversionElectrode:
    """Adds the equations of a conversion electrode to a model.

    Parameters
    ----------
    model:
        A lithium-ion base model; its ``rhs``, ``initial_conditions``, ``boundary_conditions``,
        ``variables`` are extended.
    domain:
        ``"positive"`` (half cell) or ``"negative"`` (full cell).
    reduction:
        Current per electrode area that alkaliates this electrode, A.m-2.
    options:
        See :data:`OPTIONS`.
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
        # Charge, not potential, is the state: the balance of charge is then linear and exact.
        self._stored = pybamm.Variable(f"{name} electrode surface charge [C.m-3]", scale=self._scale())
        self._hysteresis = pybamm.Variable(f"X-averaged {domain} electrode hysteresis state")
        self._largest = pybamm.Variable(f"{name} electrode largest stoichiometry")
        self._critical = pybamm.Variable(f"{name} electrode critical nucleation factor")
        self._trapped = pybamm.Variable(f"{name} electrode trapped fraction")
        self._film = pybamm.Variable(f"X-averaged {domain} SEI thickness [m]", scale=1e-8)

    def build(self) -> ElectrodeTerms:
        """Add equations, variables and events; return what the cell needs."""
        trapped = self._trapped if self._options["trapping"] else pybamm.Scalar(0)
        surface = pybamm.surf(self._concentration) / self._prim.c_max
        mean = pybamm.r_average(self._concentration) / self._prim.c_max
        top = self._parameter("interface storage upper potential [V]")
        self._potential = top - self._stored / self._capacitance(mean)
        # What can move, over what could: 1 when all of it is reduced, 0 when only the trapped is.
        mobile = (surface - trapped) / (1 - trapped)
        gone = self._share_gone()
        open_circuit = self._open_circuit(surface, mobile, mean, gone)
        reaction = self._reaction(mobile, open_circuit)
        volumetric = -self._area * reaction
        growth = volumetric / (self._param.F * self._prim.c_max * self._epsilon)
        film = self._film_growth()
        self._particle(reaction)
        self._hysteresis_state(reaction)
        self._largest_stoichiometry(growth, mean)
        self._nucleation(mean)
        self._trapping(growth, trapped, gone)
        self._surface_charge(volumetric, -self._area * film)
        drop = self._total / self._area * self._film * self._prim.R_sei
        film_charge = self._film_charge()
        self._record(trapped, mobile, mean, gone, open_circuit, volumetric, film_charge)
        potential = self._potential - (drop if self._options["film"] else 0)
        return ElectrodeTerms(potential=potential, film_charge=film_charge)

    def _share_gone(self) -> Any:
        """Share of grains that lost coherency: lognormal up to the critical factor."""
        if not self._options["trapping"]:
            return pybamm.Scalar(0)
        median, spread = self._parameter("nucleation factor"), self._parameter("nucleation spread")
        return 0.5 * (1 + pybamm.erf(pybamm.log(self._critical / median) / (spread * 2**0.5)))

    def _branch(self, branch: str, stoichiometry: Any, gone: Any) -> Any:
        """Voltage of a branch: that of both kinds of grains by their share."""
        coherent = self._prim.U(stoichiometry, self._temperature, branch)
        if not self._options["trapping"]:
            return coherent
        incoherent = self._prim.U(stoichiometry, self._temperature, f"incoherent {branch}")
        return (1 - gone) * coherent + gone * incoherent

    def _open_circuit(self, surface: Any, mobile: Any, mean: Any, gone: Any) -> Any:
        down = self._branch("lithiation", mobile, gone)
        if self._options["first discharge"]:
            first = self._branch("first lithiation", surface, gone)
            fresh = pybamm.sigmoid(self._largest - 4 * FIRST_BRANCH_WIDTH, mean, 1 / FIRST_BRANCH_WIDTH)
            down = fresh * first + (1 - fresh) * down
        up = self._branch("delithiation", mobile, gone)
        h = self._hysteresis
        return (1 + h) / 2 * up + (1 - h) / 2 * down

    def _reaction(self, mobile: Any, open_circuit: Any) -> Any:
        """Interfacial current density (A.m-2), Butler-Volmer with equal transfer coefficients."""
        c_max = self._prim.c_max
        exchange = self._prim.j0(self._param.c_e_init_av, mobile * c_max, self._temperature)
        rt_f = self._param.R * self._temperature / self._param.F
        return 2 * exchange * pybamm.sinh((self._potential - open_circuit) / (2 * rt_f))

    def _film_growth(self) -> Any:
        """Interfacial current density of the film (A.m-2, negative).

        Solvent is reduced at the electrode, at a rate that falls with potential, after diffusing
        through the film: Yang et al., J. Power Sources 360 (2017) 28,
        10.1016/j.jpowsour.2017.05.110, as PyBaMM's "ec reaction limited".
        """
        if not self._options["film"]:
            return pybamm.Scalar(0)
        prim = self._prim
        f_rt = self._param.F / (self._param.R * self._temperature)
        rate = prim.k_sei * pybamm.exp(-0.5 * f_rt * (self._potential - prim.U_sei))
        return -self._param.F * prim.c_ec_0 * rate / (1 + self._film / prim.D_ec * rate)

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
        rising = pybamm.sigmoid(largest - 4 * FIRST_BRANCH_WIDTH, mean, 1 / FIRST_BRANCH_WIDTH)
        self._model.rhs[largest] = pybamm.maximum(growth, 0) * rising
        start = pybamm.r_average(pybamm.x_average(self._prim.c_init))
        self._model.initial_conditions[largest] = start / self._prim.c_max

    def _nucleation(self, mean: Any) -> None:
        """dpsi/dt = attempts (kT/W) exp(-psi W/kT): topotaxy.cell.nucleation."""
        if not self._options["trapping"]:
            return
        psi = self._critical
        ratio = self._parameter("frame interface energy [J.m-2]") / self._parameter(
            "reference frame interface energy [J.m-2]"
        )
        barrier = (
            ratio**3
            * _function(f"{self._name} electrode nucleation barrier", Stoichiometry=mean)
            * pybamm.constants.F
            / (pybamm.constants.R * self._temperature)
        )
        attempts = self._parameter("nucleation attempt frequency [s-1]")
        exponent = pybamm.maximum(pybamm.log(attempts) - psi * barrier, SMALLEST_EXPONENT)
        # The first second passes before the run: psi starts where the stiff beginning is over.
        self._model.rhs[psi] = pybamm.exp(exponent) / barrier
        start = pybamm.log(attempts) / (
            ratio**3
            * _function(f"{self._name} electrode nucleation barrier", Stoichiometry=pybamm.Scalar(1.0))
            * pybamm.constants.F
            / (pybamm.constants.R * self._temperature)
        )
        self._model.initial_conditions[psi] = start

    def _trapping(self, growth: Any, trapped: Any, gone: Any) -> None:
        """Each cycle's worth of charge given back traps more: topotaxy.cell.branches.Trapping."""
        if not self._options["trapping"]:
            return
        kept = self._parameter("coherent trapped fraction")
        ultimate = gone * self._parameter("ultimate trapped fraction") + (1 - gone) * kept
        rate = gone * self._parameter("trapping rate") + (1 - gone) * kept
        left = pybamm.maximum(1 - trapped / ultimate, 1e-12)
        cycles = pybamm.maximum(-growth, 0) / (1 - trapped)
        self._model.rhs[self._trapped] = cycles * rate * left ** self._parameter("trapping order")
        self._model.initial_conditions[self._trapped] = pybamm.Scalar(0)

    def _interface_charge(self) -> Any:
        """Charge at metal/salt interfaces of a fully discharged electrode at zero potential, C.m-3."""
        return self._parameter("interface charge density [C.m-2]") * self._parameter(
            "interface area to volume ratio [m-1]"
        )

    def _scale(self) -> Any:
        if self._options["interface storage"]:
            return self._interface_charge()
        return self._area * self._side.C_dl(self._temperature)

    def _capacitance(self, mean: Any) -> Any:
        """F.m-3: double layer, carbon, and interfaces, whose area follows the metal."""
        capacitance = self._area * self._side.C_dl(self._temperature)
        if self._options["interface storage"]:
            top = self._parameter("interface storage upper potential [V]")
            capacitance = (
                capacitance
                + self._interface_charge() * pybamm.maximum(mean, 0) / top
                + self._parameter("carbon capacitance [F.m-3]")
            )
        return capacitance

    def _surface_charge(self, reaction: Any, film: Any) -> None:
        """Charge balance of the surface: what neither reacts nor makes film is stored on it.

        ``reaction`` and ``film`` in A.m-3 of electrode, positive where they reduce.
        """
        self._model.rhs[self._stored] = self._total - reaction - film
        start = pybamm.r_average(pybamm.x_average(self._prim.c_init)) / self._prim.c_max
        below = self._parameter("interface storage upper potential [V]") - self._parameter(
            "initial potential [V]"
        )
        self._model.initial_conditions[self._stored] = self._capacitance(start) * below
        if self._options["film"]:
            prim = self._prim
            self._model.rhs[self._film] = film / self._area * prim.V_bar_sei / (self._param.F * prim.z_sei)
            self._model.initial_conditions[self._film] = prim.L_sei_0

    def _film_charge(self) -> Any:
        if not self._options["film"]:
            return pybamm.Scalar(0)
        prim = self._prim
        moles = (self._film - prim.L_sei_0) / prim.V_bar_sei * prim.z_sei * self._area
        return moles * self._param.F * self._side.L * self._param.A_cc / 3600

    def _record(
        self,
        trapped: Any,
        mobile: Any,
        mean: Any,
        gone: Any,
        open_circuit: Any,
        volumetric: Any,
        film_charge: Any,
    ) -> None:
        name, domain = self._name, self._domain
        volume = self._side.L * self._param.A_cc * self._epsilon
        per_stoichiometry = self._prim.c_max * self._param.F * volume / 3600
        stored = self._stored * self._side.L * self._param.A_cc / 3600
        self._model.variables.update(
            {
                f"X-averaged {domain} particle concentration [mol.m-3]": self._concentration,
                f"{name} electrode surface potential difference [V]": self._potential,
                f"{name} electrode open-circuit potential [V]": open_circuit,
                f"X-averaged {domain} electrode hysteresis state": self._hysteresis,
                f"{name} electrode stoichiometry": mean,
                f"{name} electrode mobile surface stoichiometry": mobile,
                f"{name} electrode incoherent fraction": gone,
                f"{name} electrode trapped fraction": trapped,
                f"{name} electrode reaction charge [A.h]": mean * per_stoichiometry,
                f"{name} electrode trapped charge [A.h]": trapped * per_stoichiometry,
                f"{name} electrode interface charge [A.h]": stored,
                f"{name} electrode film charge [A.h]": film_charge,
                f"{name} electrode reaction current density [A.m-3]": volumetric,
            }
        )
        if self._options["film"]:
            self._model.variables[f"X-averaged {domain} SEI thickness [m]"] = self._film

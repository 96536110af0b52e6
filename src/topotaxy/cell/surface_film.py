"""The surface film of a conversion electrode in PyBaMM: growth, thickness, charge and resistance.

Names, units and signs are PyBaMM's, as in :mod:`topotaxy.cell.electrode`.
"""

from __future__ import annotations

from typing import Any

from topotaxy.cell.environment import load_pybamm

pybamm = load_pybamm()


class SurfaceFilm:
    """The film on outer surface and carbon; without growth there is none.

    Parameters
    ----------
    model : pybamm model
        Its ``rhs`` and ``initial_conditions`` are extended.
    domain : {"positive", "negative"}
        Which electrode of the model it is on.
    grows : bool
        Whether there is a film.

    Attributes
    ----------
    thickness : pybamm.Variable
        m.
    area : pybamm symbol
        Surface on which film grows, m2 per m3 of electrode: outer surface and carbon.
    """

    def __init__(self, model: Any, domain: str, *, grows: bool) -> None:
        self._model, self._param, self._grows = model, model.param, grows
        self._side = getattr(model.param, domain[0])
        self._prim = self._side.prim
        self.thickness = pybamm.Variable(f"X-averaged {domain} SEI thickness [m]", scale=1e-8)
        outer = 3 * self._prim.epsilon_s_av / self._prim.R_typ
        share = pybamm.Parameter(f"{domain.capitalize()} electrode filmed area over outer area")
        self.area = outer * share

    def growth(self, potential: Any) -> Any:
        """Current density of the film (A.m-2 of filmed surface, negative).

        Solvent is reduced at the electrode, at a rate that falls with potential, after diffusing
        through the film: Yang et al., J. Power Sources 360 (2017) 28,
        10.1016/j.jpowsour.2017.05.110, as PyBaMM's "ec reaction limited".

        Parameters
        ----------
        potential : pybamm symbol
            Of the electrode's surface, V.
        """
        if not self._grows:
            return pybamm.Scalar(0)
        prim = self._prim
        f_rt = self._param.F / (self._param.R * self._param.T_init)
        rate = prim.k_sei * pybamm.exp(-0.5 * f_rt * (potential - prim.U_sei))
        return -self._param.F * prim.c_ec_0 * rate / (1 + self.thickness / prim.D_ec * rate)

    def add_equations(self, growth: Any) -> None:
        """Let the thickness follow from the growth.

        Parameters
        ----------
        growth : pybamm symbol
            As :meth:`growth` returns it, A.m-2.
        """
        if not self._grows:
            return
        prim = self._prim
        self._model.rhs[self.thickness] = -growth * prim.V_bar_sei / (self._param.F * prim.z_sei)
        self._model.initial_conditions[self.thickness] = prim.L_sei_0

    def charge(self) -> Any:
        """Charge that the film holds, A.h."""
        if not self._grows:
            return pybamm.Scalar(0)
        prim = self._prim
        moles = (self.thickness - prim.L_sei_0) / prim.V_bar_sei * prim.z_sei * self.area
        return moles * self._param.F * self._side.L * self._param.A_cc / 3600

    def drop(self, current: Any) -> Any:
        """Voltage over the film, V.

        Parameters
        ----------
        current : pybamm symbol
            Current density over the outer surface that alkaliates the electrode, A.m-2.
        """
        return current * self.thickness * self._prim.R_sei if self._grows else 0

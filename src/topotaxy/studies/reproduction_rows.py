"""The rows of a reproduction: each claim with its prediction, label, and z from all other numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from topotaxy.cell.posterior import Posterior
from topotaxy.cell.priors import assumed
from topotaxy.evidence import Claim, Ledger
from topotaxy.observables import Comparison, Label, Observable, compared, observable
from topotaxy.runs.paper import Imposed, PaperNumber, PaperProtocol
from topotaxy.studies.cell_problem import CellProblem
from topotaxy.studies.paper_cells import PaperCells
from topotaxy.studies.posterior_summary import LeftOut

LEVELS = (0.05, 0.5, 0.95)
REFERENCE_CYCLE = 2
"""Cycle that retention is counted from."""
AGREES = 2.0
"""Standard deviations of prediction and scatter together within which a number counts as agreeing."""


@dataclass(frozen=True, kw_only=True)
class Reproduced:
    """One claim: stated and computed in ``unit``; absent numbers have their reason in ``why``.

    ``computed`` is the posterior's median, ``low`` and ``high`` its 5 and 95 %, ``uncertainty`` its standard
    deviation; ``z`` the distance of the stated value from what all other numbers predict, in standard
    deviations of
    that and the scatter together. ``unlike`` are the conditions in which the two are not known to be alike.
    ``counted`` is whether the claim is an estimate of its own, neither a bound nor a quotient of others.
    """

    id: str
    quantity: str
    stated: float | None
    computed: float | None
    uncertainty: float | None
    unit: str
    label: Label | None
    agrees: bool | None
    why: str
    unlike: str = ""
    counted: bool = False
    low: float | None = None
    high: float | None = None
    z: float | None = None
    condition: str = ""

    @property
    def error(self) -> float | None:
        """Relative error of the computed number."""
        if self.stated is None or self.computed is None:
            return None
        return self.computed / self.stated - 1.0


class Rows:
    """Makes the row of each claim, from the posterior's predictions."""

    def __init__(
        self,
        protocol: PaperProtocol,
        ledger: Ledger,
        cells: PaperCells,
        problem: CellProblem,
        posterior: Posterior,
        loo: tuple[LeftOut, ...],
    ) -> None:
        self._protocol, self._ledger, self._cells = protocol, ledger, cells
        self._posterior = posterior
        self._numbers = protocol.computed()
        self._imposed = {entry.claim: entry for entry in protocol.imposed}
        self._data = {d.claim: d for d in problem.data}
        self._left_out = {entry.claim: entry for entry in loo}

    def row(self, claim: Claim) -> Reproduced:
        """Return the row of a claim of kind value.

        Parameters
        ----------
        claim : Claim
            One entry of a ledger.
        """
        stated = self._ledger.observable(claim)
        if claim.id in self._imposed:
            return self._put_in(claim, stated, self._imposed[claim.id])
        if claim.id not in self._numbers:
            why = "no number of a cell; see 'topotaxy simulate' and 'topotaxy audit'"
            return _reproduced(claim, stated, why=why)
        number = self._numbers[claim.id]
        samples = self._samples(number)
        low, middle, high = (float(v) for v in np.quantile(samples, LEVELS))
        spread = float(samples.std())
        comparison = self._comparison(stated, number, middle, spread)
        left = self._left_out.get(claim.id)
        datum = self._data.get(claim.id)
        why = number.how if stated.bound is None else f"stated as a {stated.bound} bound; {number.how}"
        return _reproduced(
            claim,
            stated,
            computed=middle,
            uncertainty=spread,
            label=label_of(claim.id, self._protocol, self._ledger),
            agrees=None if comparison.refused else self._agrees(stated, left, low, high),
            why=why if not comparison.refused else f"not compared: {comparison.why}; {why}",
            unlike=comparison.why,
            counted=stated.bound is None and not number.quotient_of,
            low=low,
            high=high,
            z=None if left is None else left.z,
            condition="" if datum is None else datum.condition,
        )

    def _samples(self, number: PaperNumber) -> np.ndarray:
        """Predictions of a number; one that is no target is the product of two that are."""
        if number.claim in self._posterior.claims:
            return self._posterior.of(number.claim)
        run = number.run
        named = {self._numbers[c].read: c for c in self._posterior.claims if self._numbers[c].run == run}
        if number.read == "charge" and {"discharge", "efficiency"} <= set(named):
            return np.asarray(
                self._posterior.of(named["discharge"]) * self._posterior.of(named["efficiency"])
            )
        value = self._cells.history(run).at(number.read, number.cycle)
        return np.full(len(self._posterior.points), value)

    def _agrees(self, stated: Observable, left: LeftOut | None, low: float, high: float) -> bool | None:
        if left is not None:
            return None if left.z is None else abs(left.z) <= AGREES
        if stated.bound == "lower":
            return high >= stated.value
        if stated.bound == "upper":
            return low <= stated.value
        return low <= stated.value <= high

    def _put_in(self, claim: Claim, stated: Observable, entry: Imposed) -> Reproduced:
        value = assumed()[entry.parameter]
        return _reproduced(claim, stated, computed=value, label="imposed", why=entry.how)

    def _comparison(self, stated: Observable, number: PaperNumber, value: float, spread: float) -> Comparison:
        """The computed number under its own conditions beside the stated one.

        A claim that names no cycle is of the one that the protocol reads; a powder of no stated size is
        the one of the usual size.
        """
        run = self._protocol.runs[number.run]
        own = self._cells.conditions(run).updated(
            cycle=number.cycle,
            current=list(run.currents())[number.cycle - 1],
            reference_cycle=REFERENCE_CYCLE if number.read == "retention" else None,
        )
        if stated.cycle is None:
            own = own.updated(cycle=None)
        if stated.conditions.particle_size is None and not run.diameter:
            own = own.updated(particle_size=None)
        computed = observable(
            stated.quantity,
            value,
            uncertainty=spread,
            subject=stated.subject,
            state=stated.state,
            conditions=own,
            technique="galvanostatic cycling",
            origin="simulated",
            method=number.how,
            source=number.run,
        )
        return compared(computed, stated.model_copy(update={"bound": None}))


def label_of(claim_id: str, protocol: PaperProtocol, ledger: Ledger) -> Label:
    """Label of a number by what was fitted: itself, the numbers it is a quotient of, the same of the same
    sample.

    Parameters
    ----------
    claim_id : str
        Of a computed number.
    protocol : PaperProtocol
        Numbers and targets.
    ledger : Ledger
        The claims: their quantity, material, cell and size of the particles.
    """
    use = {t.claim: t.use for t in protocol.target}
    number = protocol.computed()[claim_id]
    fitted = {name for name, how in use.items() if how == "fit"}
    if claim_id in fitted:
        return "calibrated"
    if use.get(claim_id) == "bound":
        return "bounded"
    runs = {protocol.computed()[name].read for name in fitted if protocol.computed()[name].run == number.run}
    if number.read == "charge" and {"discharge", "efficiency"} <= runs:
        return "calibrated"
    if number.quotient_of and set(number.quotient_of) <= fitted:
        return "calibrated"
    claims = {c.id: c for c in ledger.claims}
    own = _sample(claims[claim_id])
    same = any(_sample(claims[name]) == own for name in fitted if name in claims)
    return "calibrated" if same else "held-out"


def _sample(claim: Claim) -> tuple[Any, ...]:
    return claim.quantity, claim.material, claim.cell, claim.particle_size


def _reproduced(claim: Claim, stated: Observable, *, why: str, **more: Any) -> Reproduced:
    absent: Mapping[str, Any] = {"computed": None, "uncertainty": None, "label": None, "agrees": None}
    return Reproduced(
        id=claim.id,
        quantity=claim.quantity,
        stated=stated.value,
        unit=stated.unit,
        why=why,
        **{**absent, **more},
    )

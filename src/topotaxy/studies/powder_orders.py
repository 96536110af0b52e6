"""What a paper says of two powders of one material, beside the posterior of its cell."""

from __future__ import annotations

import numpy as np

from topotaxy.evidence import Claim, Ledger
from topotaxy.studies.instruments_seen import SURE, Computed
from topotaxy.studies.reproduction import Reproduction

CERTAIN = 0.975
"""Share of the posterior from which an order counts: a normal lies below 1.96 deviations so often."""


def powder_orders(found: Reproduction, ledger: Ledger) -> dict[str, Computed]:
    """Return what the posterior says of claims that hold one powder against another, by their ids.

    Parameters
    ----------
    found : Reproduction
        Numbers of cells with their posterior.
    ledger : Ledger
        What the paper states.
    """
    rows = {}
    for claim in ledger.claims:
        if claim.kind == "order" and claim.left is not None and claim.left.particle_size is not None:
            one = _quotient(claim, found) or _difference(claim, found, ledger)
            if one is not None:
                rows[claim.id] = one
    return rows


def _quotient(claim: Claim, found: Reproduction) -> Computed | None:
    """Of a claim that the paper's file computes as one number over another."""
    if claim.id not in found.posterior.claims:
        return None
    column = found.posterior.predicted[:, found.posterior.claims.index(claim.id)]
    used = any(datum.claim == claim.id and datum.use == "bound" for datum in found.problem.data)
    low, middle, high = np.quantile(column, (0.05, 0.5, 0.95))
    return Computed(
        computed=f"{middle:.2f} ({low:.2f} to {high:.2f}) of the fine powder's",
        agrees=_sure(claim, column - 1.0),
        label="bounded" if used else "held-out",
        why="cells of the reproduction, by the posterior"
        + ("; that it is less was used as a bound" if used else ""),
        value=float(middle),
    )


def _difference(claim: Claim, found: Reproduction, ledger: Ledger) -> Computed | None:
    """Of a claim whose two sides are numbers that the paper states, too."""
    alike = [
        c
        for c in ledger.values(claim.quantity)
        if (c.cell, c.material) == (claim.cell, claim.material) and c.id in found.posterior.claims
    ]
    coarse = next((c for c in alike if c.particle_size is not None), None)
    fine = next((c for c in alike if c.particle_size is None), None)
    if coarse is None or fine is None:
        return None
    posterior = found.posterior
    ours, theirs = (posterior.predicted[:, posterior.claims.index(c.id)] for c in (coarse, fine))
    apart = ours - theirs
    low, middle, high = 100.0 * np.quantile(apart, (0.05, 0.5, 0.95))
    return Computed(
        computed=f"{100 * np.median(ours):.1f} against {100 * np.median(theirs):.1f} %, "
        f"apart by {middle:+.1f} ({low:+.1f} to {high:+.1f})",
        agrees=_sure(claim, apart),
        label="calibrated",
        why="cells of the reproduction, fitted to both numbers; a difference counts where "
        f"{100 * CERTAIN:g} % of the posterior have it",
        value=float(np.median(apart)),
        uncertainty=float(np.std(apart)),
    )


def _sure(claim: Claim, above: np.ndarray) -> bool:
    """Whether the posterior has the order that is stated, or no difference where none is."""
    if claim.relation == "equal":
        return bool(abs(np.mean(above)) <= SURE * np.std(above))
    share = float(np.mean(above > 0.0 if claim.relation == "greater" else above < 0.0))
    return share >= CERTAIN

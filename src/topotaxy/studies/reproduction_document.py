"""A reproduction as plain data: numbers, parameters in words, what contradicts what, budgets."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np

from topotaxy.studies.posterior_summary import correlations, parameter_summaries
from topotaxy.studies.reproduction import Reproduction
from topotaxy.studies.reproduction_rows import AGREES, LEVELS


def reproduction_document(found: Reproduction) -> dict[str, Any]:
    """Return the reproduction as plain data for JSON.

    Parameters
    ----------
    found : Reproduction
        What was predicted.
    """
    posterior, problem = found.posterior, found.problem
    facts = posterior.facts
    return {
        "paper": found.paper,
        "agreement_within": f"{AGREES:g} standard deviations",
        "claims": [_claim(found, c) for c in found.claims],
        "parameters": [
            {
                "name": s.prior.key,
                "value": s.middle,
                "low": s.low,
                "high": s.high,
                "prior_low": s.prior.low,
                "prior_high": s.prior.high,
                "unit": s.prior.unit,
                "narrowing": s.narrowing,
                "words": s.words,
                "meaning": s.prior.meaning,
                "source": s.prior.source,
            }
            for s in parameter_summaries(posterior, problem.priors)
        ],
        "correlations": [list(pair) for pair in correlations(posterior, problem.priors)],
        "used": [asdict(d) for d in problem.data],
        "fitted_to": [d.claim for d in problem.data if d.use == "fit"],
        "bounded_by": [d.claim for d in problem.data if d.use == "bound"],
        "knockouts": facts.get("knockouts", []),
        "convergence": facts.get("convergence"),
        "budgets": [asdict(b) for b in found.budgets],
        "inference": {
            "particles": len(posterior.points),
            "evaluations": facts.get("evaluations"),
            "stages": facts.get("stages"),
            "seed": facts.get("seed"),
            "log_evidence": posterior.log_evidence,
            "draws": facts.get("number_of_draws"),
            "draws_made_by": facts.get("draws_made_by"),
            "again": found.recalibrated,
        },
    }


def _claim(found: Reproduction, c: Any) -> dict[str, Any]:
    prior = None
    if c.id in found.posterior.claims:
        column = found.posterior.claims.index(c.id)
        prior = [float(v) for v in np.quantile(found.posterior.prior_predicted[:, column], LEVELS)]
    effective = next((e.effective for e in found.left_out if e.claim == c.id), None)
    return {
        "id": c.id,
        "quantity": c.quantity,
        "stated": c.stated,
        "computed": c.computed,
        "low": c.low,
        "high": c.high,
        "uncertainty": c.uncertainty,
        "error": c.error,
        "unit": c.unit,
        "label": c.label,
        "leave_one_out_z": c.z,
        "leave_one_out_effective": effective,
        "prior_predicted": prior,
        "agrees": c.agrees,
        "why": c.why,
        "condition": c.condition,
        "unlike": c.unlike,
    }

"""The sampler beside nested sampling, on a posterior of the judgement's own kind."""

from __future__ import annotations

import numpy as np
import pytest

from topotaxy.evidence.inference import sequential_monte_carlo

dynesty = pytest.importorskip("dynesty", reason="the peer dynesty is not installed")


def test_evidence_agrees_with_dynesty() -> None:
    """A curved posterior in four dimensions, both within their stated errors."""
    from scipy.special import ndtri

    def level(z: np.ndarray) -> np.ndarray:
        z = np.atleast_2d(z)
        bent = z[:, 1] - 0.5 * z[:, 0] ** 2
        return -0.5 * (bent**2 / 0.09 + (z[:, 0] - 1) ** 2 / 0.25 + (z[:, 2] + z[:, 3]) ** 2 / 0.16)

    rng = np.random.default_rng(1)
    found = [sequential_monte_carlo(level, rng.normal(size=(1500, 4)), rng).log_evidence for _ in range(4)]
    nested = dynesty.NestedSampler(
        lambda z: float(level(z)[0]), ndtri, 4, nlive=400, rstate=np.random.default_rng(2)
    )
    nested.run_nested(print_progress=False)
    theirs, error = nested.results.logz[-1], nested.results.logzerr[-1]
    ours, scatter = np.mean(found), np.std(found, ddof=1) / 2
    assert abs(ours - theirs) < 4.5 * np.hypot(error, scatter) + 0.05

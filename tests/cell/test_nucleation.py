from __future__ import annotations

import math

import numpy as np
import pytest

from topotaxy.cell.branches import branch_names, load_branches
from topotaxy.cell.nucleation import critical_factor, fitted_scale, predicted_share, share_gone

KT = 8.617333262e-5 * 298.15


def test_a_constant_barrier_has_the_closed_form() -> None:
    barrier, attempts, total = 2.0, 1e13, 3600.0
    psi = critical_factor(
        np.full(50, total / 50), np.full(50, barrier), attempts=attempts, temperature=298.15
    )
    assert psi == pytest.approx(KT / barrier * math.log(attempts * total), rel=1e-9)


def test_the_critical_factor_is_where_the_rate_meets_the_time() -> None:
    """A grain of just that factor has left the frame with a chance of 1 - 1/e."""
    barrier, attempts, total = 1.5, 1e13, 1e4
    psi = critical_factor(np.array([total]), np.array([barrier]), attempts=attempts, temperature=298.15)
    expected = attempts * math.exp(-psi * barrier / KT) * total
    assert expected == pytest.approx(1.0, rel=1e-9)


def test_without_a_gain_nothing_leaves() -> None:
    psi = critical_factor(np.ones(3), np.full(3, np.inf), attempts=1e13, temperature=298.15)
    assert psi == 0.0
    assert share_gone(psi, median=0.3, spread=0.5) == 0.0


def test_the_median_grain_divides_the_grains() -> None:
    assert share_gone(0.3, median=0.3, spread=0.5) == pytest.approx(0.5)
    assert share_gone(0.3 * math.exp(0.5), median=0.3, spread=0.5) == pytest.approx(0.8413, abs=1e-4)


@pytest.mark.parametrize("name", branch_names())
def test_the_law_gives_the_shares_that_the_lattice_had(name: str) -> None:
    """24 counts over interface energies, currents and cycles, one scale fitted: binomial scatter."""
    law = load_branches(name).nucleation
    deviations = []
    for seen in law.shares:
        p, n = seen["law"], seen["grains"]
        deviations.append((seen["gone"] - n * p) / math.sqrt(n * p * (1.0 - p) + 0.25))
    assert np.sqrt(np.mean(np.square(deviations))) < 1.5
    assert max(abs(d) for d in deviations) < 3.5
    assert 0.5 < law.scale < 2.0


def test_the_fit_finds_its_own_scale() -> None:
    law = load_branches("heos-na").nucleation
    common = {
        "stoichiometry": np.array(law.stoichiometry),
        "reference": law.interface_energy,
        "attempts": law.attempts,
        "median": law.median,
        "spread": law.spread,
        "temperature": 298.15,
    }
    barrier = np.array(law.barrier)
    seen = [
        {**s, "gone": s["grains"] * predicted_share(s, barrier=1.3 * barrier, **common)} for s in law.shares
    ]
    assert fitted_scale(seen, barrier=barrier, **common) == pytest.approx(1.3, rel=0.01)


def test_more_time_and_dearer_interfaces_act_against_each_other() -> None:
    law = load_branches("heos-na").nucleation

    def share(energy: float, cycles: float) -> float:
        return predicted_share(
            {"interface_energy": energy, "current": 0.5, "cycles": cycles, "capacity": 450.0, "full": 480.0},
            stoichiometry=np.array(law.stoichiometry),
            barrier=np.array(law.barrier),
            reference=law.interface_energy,
            attempts=law.attempts,
            median=law.median,
            spread=law.spread,
            temperature=298.15,
        )

    assert share(0.3, 1) < share(0.3, 100)
    assert share(0.35, 1) < share(0.3, 1)

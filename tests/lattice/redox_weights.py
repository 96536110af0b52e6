"""Weights of single redox events, multiplied out of the factors that the kernel keeps."""

from __future__ import annotations

from topotaxy.lattice.running import State
from topotaxy.lattice.straining import FADING_COST
from topotaxy.lattice.tables import MOST_AT_SITE, Tables
from topotaxy.lattice.weights import common_factors


def reduction_weight(tables: Tables, state: State, site: int, direction: int) -> float:
    """exp(-ΔE/2kT) of reducing the cation at ``site`` with A+ into tetrahedron ``direction``.

    The six anions of the site lose 2 twelfths and the four of the tetrahedron gain 3:
    Δ(Σq²) = -4 Σ_6 q + 6 Σ_4 q + 24, the three shared anions included.
    """
    return _redox_weight(tables, state, site, direction, -1)


def oxidation_weight(tables: Tables, state: State, site: int, direction: int) -> float:
    """exp(-ΔE/2kT) of oxidising the cation at ``site`` while A+ leaves ``direction``.

    Δ(Σq²) = 4 Σ_6 q - 6 Σ_4 q + 24. At a vacant site, the sum over the atoms of the cluster.
    """
    return _redox_weight(tables, state, site, direction, 1)


def _redox_weight(tables: Tables, state: State, site: int, direction: int, step: int) -> float:
    """The product of all kept factors, as the sums of the kernel contain it."""
    block = site // tables.sites_per_block
    column = 0 if step < 0 else 1
    cation = float((state.can_reduce, state.can_oxidise)[column][site])
    sum_of_q = tables.half_site_excess[MOST_AT_SITE - step * int(state.site_excess[site])]
    # Its sign says whether the tetrahedron holds A+.
    tetrahedron = -step * float(state.weight[tables.octahedral_tetrahedra[site, direction]])
    factor = cation * float(sum_of_q) * max(tetrahedron, 0.0) * float(state.block_factor[block, column])
    if not state.incoherent[block]:
        factor *= common_factors.py_func(tables, state, float(state.frame[FADING_COST]))[column]
    return factor

"""What the nearest metal object takes from an ion and gives to a vacancy, as parts of redox weights."""

from __future__ import annotations

import numpy as np

from topotaxy.lattice.compiled import inner


@inner
def may_leave(tables, state, site, k):  # type: ignore[no-untyped-def]
    """Whether an atom of object k, the nearest, may leave for a vacancy: it came as from there.

    Without that atom the object must still be the nearest; a single one leaves for its own site only.

    Parameters
    ----------
    tables, state : Tables, State
        Constants of the box, and what changes in it; the fields have shapes and units.
    site, k : int
        Vacancy, and the object nearest to it.
    """
    at, size = np.int64(state.centre[k]), np.int64(state.size[k])
    if size == 1:
        return at == site
    second = np.int64(state.near[1, site])
    if second < 0:
        # None, or one that went away and is known to be farther.
        return True
    d = tables.distance[tables.size_class[size - 1], state.near_shell[0, site]]
    if d < state.floor[site]:
        return True
    gap = tables.distance[tables.size_class[state.size[second]], state.near_shell[1, site]]
    return d < gap or (d == gap and at < state.centre[second])


@inner
def taken_by_metal(tables, state, site, species, electrons):  # type: ignore[no-untyped-def]
    """The nearest object's part of the weight of a reduction to metal; 0 where none is in reach.

    An ion of twice the charge feels twice the drive across what parts it from metal (Cabrera and Mott), in
    both directions.

    Parameters
    ----------
    tables, state : Tables, State
        Constants of the box, and what changes in it; the fields have shapes and units.
    site, species : int
        Octahedral site, and index of its ion among the cations.
    electrons : int
        1 or 2, that the ion takes at once.
    """
    k, shell = np.int64(state.near[0, site]), np.int64(state.near_shell[0, site])
    if k < 0:
        return 0.0
    over = state.exchange[tables.size_class[state.size[k]], shell, species]
    return state.gain[k, species] * (over if electrons == 1 else over * over)


@inner
def given_by_metal(tables, state, site, species, electrons):  # type: ignore[no-untyped-def]
    """Weight by which the nearest object gives an atom of a species to a vacancy, the ion's part and its own.

    Parameters
    ----------
    tables, state : Tables, State
        Constants of the box, and what changes in it; the fields have shapes and units.
    site, species : int
        Vacancy that sees metal, and index of the metal among the cations.
    electrons : int
        1 or 2, that the atom gives at once.
    """
    k, shell = np.int64(state.near[0, site]), np.int64(state.near_shell[0, site])
    kind = np.int64(tables.site_class[site])
    over = state.exchange[tables.size_class[state.size[k] - 1], shell, species]
    if electrons == 1:
        return tables.half_oxidise[kind, species, 0] * (state.loss[k, species] * over)
    return tables.direct_oxidise[kind, species] * (state.loss[k, species] * (over * over))

"""What each event does to the state: the ions, their lists, the sums of q, and all that follows.

Every event leaves regions marked; :func:`topotaxy.lattice.regions.renew_sums` comes after it.
"""

from __future__ import annotations

import numpy as np

from topotaxy.lattice.compiled import inner
from topotaxy.lattice.contacts import (
    object_grew,
    object_shrank,
    put_into_bin,
    release_site,
    sees_metal,
    take_out_of_bin,
)
from topotaxy.lattice.object_energies import lone_species
from topotaxy.lattice.objects import (
    add_atom,
    new_object,
    renew_object,
    renew_rate,
    take_atom,
    track_site,
)
from topotaxy.lattice.places import ALKALI, VACANT, delist, enlist, set_leaf, site_beside
from topotaxy.lattice.reach import ensure_row
from topotaxy.lattice.regions import renew_region_factor
from topotaxy.lattice.surroundings import SITE, TETRAHEDRON
from topotaxy.lattice.weights import renew_around, touch


@inner
def charge_site(tables, state, site, charge):  # type: ignore[no-untyped-def]
    """Add to the charge of a site: the content of its region; q is apart.

    Parameters
    ----------
    tables, state : Tables, State
        Constants of the box, and what changes in it; the fields have shapes and units.
    site : int
        Number of an octahedral site, 0 to n - 1.
    charge : int
        Added to the charge of the site, elementary charges; of either sign.
    """
    state.content[tables.region_of[site]] -= charge


@inner
def _count_filled(tables, state, t, step):  # type: ignore[no-untyped-def]
    """Add to the number of filled tetrahedra of the four sites around one."""
    place, kind = tables.tetrahedron_place[t], tables.tetrahedron_kind[t] - TETRAHEDRON
    for m in range(4):
        state.alkali_beside[tables.padded_site[place + tables.site_beside[kind, m]]] += step


@inner
def add_alkali(tables, state, t):  # type: ignore[no-untyped-def]
    """A+ enters a tetrahedron; q is apart.

    Parameters
    ----------
    tables, state : Tables, State
        Constants of the box, and what changes in it; the fields have shapes and units.
    t : int
        Number of an empty tetrahedral site, 0 to 2n - 1.
    """
    state.alkali[t] = 1
    _count_filled(tables, state, t, 1)
    enlist(state.alkali_list, state.alkali_place, state.counts, ALKALI, t)


@inner
def take_alkali(tables, state, t):  # type: ignore[no-untyped-def]
    """A+ leaves a tetrahedron; q is apart.

    Parameters
    ----------
    tables, state : Tables, State
        Constants of the box, and what changes in it; the fields have shapes and units.
    t : int
        Number of a tetrahedral site that holds A+, 0 to 2n - 1.
    """
    state.alkali[t] = 0
    _count_filled(tables, state, t, -1)
    delist(state.alkali_list, state.alkali_place, state.counts, ALKALI, t)


@inner
def apply_reduction(tables, state, site, direction, k):  # type: ignore[no-untyped-def]
    """An ion takes an electron; M+ becomes an atom of object k, or where k is -1 a single atom.

    Parameters
    ----------
    tables, state : Tables, State
        Constants of the box, and what changes in it; the fields have shapes and units.
    site, direction : int
        Octahedral site, and which tetrahedron around it takes A+.
    k : int
        Number of the metal object that takes the atom of an M+; -1 where it becomes a single one, or M2+
        becomes M+.
    """
    s = np.int64(state.species[site])
    t = np.int64(tables.octahedral_tetrahedra[site, direction])
    charge_site(tables, state, site, -1)
    add_alkali(tables, state, t)
    state.electrons[s] += 1
    if state.valence[site] == 2:
        state.valence[site] = 1
        track_site(tables, state, site)
    else:
        identity = np.int64(state.identity[site])
        state.species[site] = -1
        state.identity[site] = -1
        state.valence[site] = 0
        enlist(state.vacant_list, state.vacant_place, state.counts, VACANT, site)
        if k < 0:
            new_object(tables, state, site, s, identity)
        else:
            add_atom(tables, state, k, s, identity)
        touch(tables, state, site)
    renew_around(tables, state, np.int64(tables.site_place[site]), direction, 1)
    renew_region_factor(tables, state, np.int64(tables.region_of[site]))


@inner
def apply_oxidation(tables, state, site, direction, k, species, ordinal):  # type: ignore[no-untyped-def]
    """An ion gives an electron; at a vacancy, atom number ``ordinal`` of a species of object k does.

    Parameters
    ----------
    tables, state : Tables, State
        Constants of the box, and what changes in it; the fields have shapes and units.
    site, direction : int
        Octahedral site, and which tetrahedron around it gives A+.
    k, species, ordinal : int
        Metal object and its atom, where the site is vacant.
    """
    t = np.int64(tables.octahedral_tetrahedra[site, direction])
    charge_site(tables, state, site, 1)
    take_alkali(tables, state, t)
    if state.species[site] >= 0:
        state.valence[site] = 2
        state.electrons[state.species[site]] -= 1
        if not sees_metal(tables, state, site):
            release_site(state, site)
    else:
        identity = take_atom(tables, state, k, species, ordinal)
        state.species[site] = species
        state.identity[site] = identity
        state.valence[site] = 1
        state.electrons[species] -= 1
        delist(state.vacant_list, state.vacant_place, state.counts, VACANT, site)
    touch(tables, state, site)
    renew_around(tables, state, np.int64(tables.site_place[site]), direction, -1)
    renew_region_factor(tables, state, np.int64(tables.region_of[site]))


@inner
def renew_near_tetrahedron(tables, state, t, step):  # type: ignore[no-untyped-def]
    """Renew what feels A+ that has entered a tetrahedron (``step`` = 1) or left it (-1).

    Parameters
    ----------
    tables, state : Tables, State
        Constants of the box, and what changes in it; the fields have shapes and units.
    t : int
        Tetrahedral site.
    step : int
        1 or -1.
    """
    place, kind = np.int64(tables.tetrahedron_place[t]), np.int64(tables.tetrahedron_kind[t])
    renew_around(tables, state, place, kind, step)


@inner
def apply_hop(tables, state, start, end):  # type: ignore[no-untyped-def]
    """A+ moves to another tetrahedron.

    Parameters
    ----------
    tables, state : Tables, State
        Constants of the box, and what changes in it; the fields have shapes and units.
    start, end : int
        Numbers of tetrahedral sites, 0 to 2n - 1: the A+ leaves the first for the second.
    """
    take_alkali(tables, state, start)
    add_alkali(tables, state, end)
    renew_near_tetrahedron(tables, state, start, -1)
    renew_near_tetrahedron(tables, state, end, 1)


@inner
def move_cation(tables, state, start, end):  # type: ignore[no-untyped-def]
    """An ion moves into a vacancy; nothing is renewed yet.

    Parameters
    ----------
    tables, state : Tables, State
        Constants of the box, and what changes in it; the fields have shapes and units.
    start, end : int
        Numbers of octahedral sites, 0 to n - 1; the second is vacant.
    """
    charge = np.int64(state.valence[start])
    charge_site(tables, state, start, -charge)
    charge_site(tables, state, end, charge)
    state.species[end] = state.species[start]
    state.identity[end] = state.identity[start]
    state.valence[end] = charge
    state.species[start] = -1
    state.identity[start] = -1
    state.valence[start] = 0
    delist(state.vacant_list, state.vacant_place, state.counts, VACANT, end)
    enlist(state.vacant_list, state.vacant_place, state.counts, VACANT, start)


@inner
def renew_after_move(tables, state, start, end):  # type: ignore[no-untyped-def]
    """Renew what an ion's move has touched; tetrahedra that changed as well are apart.

    Parameters
    ----------
    tables, state : Tables, State
        Constants of the box, and what changes in it; the fields have shapes and units.
    start, end : int
        Numbers of octahedral sites, 0 to n - 1.
    """
    track_site(tables, state, start)
    if sees_metal(tables, state, end):
        track_site(tables, state, end)
    else:
        release_site(state, end)
        touch(tables, state, end)
    charge = np.int64(state.valence[end])
    for site, step in ((start, -charge), (end, charge)):
        renew_around(tables, state, np.int64(tables.site_place[site]), SITE, step)
        renew_region_factor(tables, state, np.int64(tables.region_of[site]))


@inner
def apply_metal_hop(tables, state, k, end):  # type: ignore[no-untyped-def]
    """A single atom moves to another site.

    Parameters
    ----------
    tables, state : Tables, State
        Constants of the box, and what changes in it; the fields have shapes and units.
    k, end : int
        Number of an object of one atom, and of the octahedral site that it hops to.
    """
    start = np.int64(state.centre[k])
    ensure_row(tables, state, 1)
    ensure_row(tables, state, 0)
    take_out_of_bin(tables, state, k)
    state.object_at[start] = -1
    state.size[k] = 0
    object_shrank(tables, state, k)
    if sees_metal(tables, state, start):
        touch(tables, state, start)
    state.centre[k] = end
    state.object_at[end] = k
    state.size[k] = 1
    put_into_bin(tables, state, k)
    renew_object(tables, state, k)
    object_grew(tables, state, k)
    if sees_metal(tables, state, end):
        touch(tables, state, end)
    set_leaf(state.rates, k, 0.0)
    renew_rate(tables, state, k)
    for site in (start, end):
        for offset in range(tables.touching[tables.size_class[1]]):
            other = np.int64(state.object_at[site_beside(tables, site, offset)])
            if other >= 0 and other != k and state.size[other] == 1:
                renew_rate(tables, state, other)


@inner
def apply_join(tables, state, k, q):  # type: ignore[no-untyped-def]
    """The single atom k joins object q.

    Parameters
    ----------
    tables, state : Tables, State
        Constants of the box, and what changes in it; the fields have shapes and units.
    k, q : int
        Numbers of two metal objects: one of a single atom, and the one that it joins.
    """
    species = lone_species(state, k)
    identity = take_atom(tables, state, k, species, 0)
    add_atom(tables, state, q, species, identity)


@inner
def apply_leave(tables, state, k, species, ordinal, site):  # type: ignore[no-untyped-def]
    """An atom leaves object k and is a single one at a site.

    Parameters
    ----------
    tables, state : Tables, State
        Constants of the box, and what changes in it; the fields have shapes and units.
    k, species, ordinal : int
        Number of a metal object, index of the metal, and which of its atoms of that metal, from 0.
    site : int
        Number of the vacant octahedral site that the atom goes to.
    """
    identity = take_atom(tables, state, k, species, ordinal)
    new_object(tables, state, site, species, identity)

"""The running state of a box: its configuration and all that is kept up to date with it."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from topotaxy.energetics import LatticeEnergies
from topotaxy.lattice.geometry import Geometry
from topotaxy.lattice.hamiltonian import valence_excess
from topotaxy.lattice.places import leaves_of
from topotaxy.lattice.renewing import prepare
from topotaxy.lattice.state import VACANT, Configuration, object_sizes
from topotaxy.lattice.tables import Tables


class State(NamedTuple):
    """What changes during a run.

    The configuration, and by site: ``site_excess`` and ``tetrahedral_excess``, sums of q around it;
    ``alkali_beside`` the A+ around it; ``object_at`` the metal object centred at it, or -1; ``near`` (2, n)
    the objects whose surfaces are nearest and next to a vacancy or M+, or -1, with ``near_shell`` half the
    squares of the separations, and lists of the sites of each object (``near_head``, ``near_next``,
    ``near_previous``); ``floor`` a
    distance (Å) that the next is known to be beyond, where it has not been looked for since it went away,
    else NaN; ``horizon`` (Å) that of the next or the floor, which an object has to be within to matter, minus
    infinity where the site sees no metal; ``weight`` the tetrahedron's part of redox weights, negative where
    it is filled; ``tetrahedra`` and ``cation`` (n, 2) the parts of the eight tetrahedra and of the ion,
    ``redox`` (n, 2) their product: reductions and oxidations; where there are steps of two electrons,
    ``cation`` and ``redox`` have two columns more, for those.

    By object: ``size``, ``composition`` by species, ``head`` the first of its members by species and
    ``following`` (by identity) the next; ``gain`` and ``loss`` its factors of redox weights;
    ``rates`` a binary tree of the rates at which single atoms join an object they touch and atoms
    leave one. ``bin_head``, ``bin_next`` and ``bin_previous`` list the objects by place;
    ``pooled`` (species,) atoms in objects of two and more.

    By region: ``content`` electrons taken, ``region_factor`` what its strain makes of its reductions and
    oxidations, ``sums`` a binary tree of the weights. ``exchange`` (classes, shells, species): weight of
    exchange over a distance at the present voltage, a row of it valid where ``row_epoch`` is the present
    ``clock[EPOCH]``; ``held``: see :mod:`topotaxy.lattice.reach`. Lists
    and their inverse serve uniform choice; marks and the last entries are room to work in.
    """

    species: NDArray[np.int8]
    valence: NDArray[np.int8]
    identity: NDArray[np.int32]
    alkali: NDArray[np.int8]
    anion: NDArray[np.int8]
    registered: NDArray[np.int8]
    element: NDArray[np.int8]
    centre: NDArray[np.int32]
    site_excess: NDArray[np.int16]
    tetrahedral_excess: NDArray[np.int16]
    alkali_beside: NDArray[np.int8]
    alkali_list: NDArray[np.int32]
    alkali_place: NDArray[np.int32]
    vacant_list: NDArray[np.int32]
    vacant_place: NDArray[np.int32]
    lone_list: NDArray[np.int32]
    lone_place: NDArray[np.int32]
    active_list: NDArray[np.int32]
    active_place: NDArray[np.int32]
    free_list: NDArray[np.int32]
    object_at: NDArray[np.int32]
    near: NDArray[np.int32]
    near_shell: NDArray[np.int32]
    near_head: NDArray[np.int32]
    near_next: NDArray[np.int32]
    near_previous: NDArray[np.int32]
    floor: NDArray[np.float64]
    horizon: NDArray[np.float64]
    weight: NDArray[np.float64]
    tetrahedra: NDArray[np.float64]
    cation: NDArray[np.float64]
    redox: NDArray[np.float64]
    size: NDArray[np.int32]
    composition: NDArray[np.int32]
    head: NDArray[np.int32]
    following: NDArray[np.int32]
    gain: NDArray[np.float64]
    loss: NDArray[np.float64]
    rates: NDArray[np.float64]
    bin_head: NDArray[np.int32]
    bin_next: NDArray[np.int32]
    bin_previous: NDArray[np.int32]
    content: NDArray[np.int64]
    region_factor: NDArray[np.float64]
    sums: NDArray[np.float64]
    exchange: NDArray[np.float64]
    row_epoch: NDArray[np.int64]
    held: NDArray[np.float64]
    counts: NDArray[np.int64]
    electrons: NDArray[np.int64]
    pooled: NDArray[np.int64]
    clock: NDArray[np.int64]
    region_mark: NDArray[np.int64]
    dirty: NDArray[np.int32]


def _list_and_place(mask: NDArray[np.bool_]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    members = np.flatnonzero(mask).astype(np.int32)
    listed = np.full(len(mask), -1, dtype=np.int32)
    place = np.full(len(mask), -1, dtype=np.int32)
    listed[: len(members)] = members
    place[members] = np.arange(len(members))
    return listed, place


def state_from(
    geometry: Geometry,
    energies: LatticeEnergies,
    tables: Tables,
    configuration: Configuration,
    *,
    voltage: float | None = None,
    fastest: float = np.inf,
) -> State:
    """Derive the running state of a configuration, from scratch.

    Parameters
    ----------
    geometry, energies, tables : Geometry, LatticeEnergies, Tables
        Sites of the box, energies of its material (eV), and the constants made of both.
    configuration : Configuration
        Where every atom is; copied.
    voltage : float, optional
        V, at which exchange with metal is evaluated first; by default the mean equilibrium voltage of the
        species, where it is by contact.
    fastest : float
        1/s, cap on the rate of an atom that leaves an object and, by the same factor, of its return.
    """
    c = configuration
    kinds = len(energies.species)
    excess = valence_excess(geometry, energies, c)
    reducible = tables.reducible == 1
    start = float(tables.equilibrium_voltage[reducible].mean()) if voltage is None else voltage
    metal = _of_metal(c, kinds)
    count = metal["composition"]
    electrons = [
        int((2 - c.valence[c.species == s].astype(int)).sum() + 2 * count[:, s].sum()) for s in range(kinds)
    ]
    copies = {
        name: getattr(c, name).copy()
        for name in ("species", "valence", "identity", "alkali", "anion", "registered", "element", "centre")
    }
    state = State(
        **copies,
        **metal,
        **_lists(c),
        **_room(geometry, tables, kinds),
        site_excess=excess[geometry.octahedral_anions].sum(axis=1).astype(np.int16),
        tetrahedral_excess=excess[geometry.tetrahedral_anions].sum(axis=1).astype(np.int16),
        alkali_beside=c.alkali[geometry.octahedral_tetrahedra].sum(axis=1).astype(np.int8),
        held=np.array([start, 0.0, 0.0, fastest]),
        electrons=np.array(electrons, dtype=np.int64),
        pooled=count[metal["size"] > 1].sum(axis=0, dtype=np.int64),
        clock=np.array([0, 0, 0, geometry.region_sites[c.registered == 0].sum(), 1], dtype=np.int64),
    )
    prepare(tables, state)
    return state


def _of_metal(c: Configuration, kinds: int) -> dict[str, NDArray[Any]]:
    """The metal objects: where, how large, of what."""
    size = object_sizes(c)
    object_at = np.full(len(c.centre), -1, dtype=np.int32)
    active = np.flatnonzero(size > 0)
    object_at[c.centre[active]] = active
    composition = np.zeros((len(c.centre), kinds), dtype=np.int32)
    inside = np.flatnonzero(c.metal_of >= 0)
    np.add.at(composition, (c.metal_of[inside], c.element[inside]), 1)
    head, following = _members(c, kinds)
    return {
        "size": size.astype(np.int32),
        "object_at": object_at,
        "composition": composition,
        "head": head,
        "following": following,
    }


def _lists(c: Configuration) -> dict[str, NDArray[Any]]:
    """Lists of A+, vacancies, single atoms, objects and numbers free for new ones, and how long they are."""
    size = object_sizes(c)
    lists: dict[str, NDArray[Any]] = {}
    counts = []
    for name, mask in (
        ("alkali", c.alkali == 1),
        ("vacant", c.species == VACANT),
        ("lone", size == 1),
        ("active", size > 0),
    ):
        lists[f"{name}_list"], lists[f"{name}_place"] = _list_and_place(mask)
        counts.append(int(mask.sum()))
    free = np.flatnonzero(size == 0)[::-1].astype(np.int32)
    lists["free_list"] = np.concatenate([free, np.full(len(size) - len(free), -1, dtype=np.int32)])
    lists["counts"] = np.array([*counts, len(free)], dtype=np.int64)
    return lists


def _room(geometry: Geometry, tables: Tables, kinds: int) -> dict[str, NDArray[Any]]:
    """Empty arrays of what :func:`~topotaxy.lattice.renewing.prepare` makes."""
    n, regions = geometry.sites, geometry.regions
    rows, shells = tables.distance.shape
    ways = 4 if tables.direct > 0.0 else 2
    nobody = {
        name: np.full((2, n), -1, np.int32) for name in ("near", "near_head", "near_next", "near_previous")
    }
    return nobody | {
        "near_shell": np.zeros((2, n), dtype=np.int32),
        "floor": np.full(n, np.nan),
        "horizon": np.full(n, -np.inf),
        "weight": np.zeros(2 * n),
        "tetrahedra": np.zeros((n, 2)),
        "cation": np.zeros((n, ways)),
        "redox": np.zeros((n, ways)),
        "gain": np.zeros((n, kinds)),
        "loss": np.zeros((n, kinds)),
        "rates": np.zeros(2 * leaves_of(n)),
        "bin_head": np.full(tables.bins**3, -1, dtype=np.int32),
        "bin_next": np.full(n, -1, dtype=np.int32),
        "bin_previous": np.full(n, -1, dtype=np.int32),
        "content": np.zeros(regions, dtype=np.int64),
        "region_factor": np.ones((regions, ways)),
        "sums": np.zeros((2 * leaves_of(regions), ways)),
        "exchange": np.zeros((rows, shells, kinds)),
        "row_epoch": np.full(rows, -1, dtype=np.int64),
        "region_mark": np.zeros(regions, dtype=np.int64),
        "dirty": np.zeros(regions, dtype=np.int32),
    }


def _members(c: Configuration, kinds: int) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Linked lists of the members of each object by species, in the order of their identities."""
    head = np.full((len(c.centre), kinds), -1, dtype=np.int32)
    following = np.full(len(c.metal_of), -1, dtype=np.int32)
    for identity in np.flatnonzero(c.metal_of >= 0)[::-1]:
        place = c.metal_of[identity], c.element[identity]
        following[identity] = head[place]
        head[place] = identity
    return head, following


def configuration_of(state: State) -> Configuration:
    """Return a copy of the configuration within a running state.

    Parameters
    ----------
    state : State
        What changes in the box; left as it is.
    """
    metal_of = np.full_like(state.identity, -1)
    for k in np.flatnonzero(state.size):
        for first in state.head[k]:
            identity = int(first)
            while identity >= 0:
                metal_of[identity] = k
                identity = int(state.following[identity])
    return Configuration(
        species=state.species.copy(),
        valence=state.valence.copy(),
        identity=state.identity.copy(),
        alkali=state.alkali.copy(),
        anion=state.anion.copy(),
        registered=state.registered.copy(),
        metal_of=metal_of,
        centre=state.centre.copy(),
        element=state.element.copy(),
    )

"""From the state of a lattice, as plain arrays, to atoms in Å.

Result of the simulation: which atoms there are, their valence, region and identity, which metal belongs
together and where its centre is, and the strain of the box. Construction: the fcc ball that a piece of metal
is drawn as, its orientation where it is out of registry, how far its matrix gives way, and the small pushes
that keep every two atoms :data:`~topotaxy.specimen.packing.LEAST` apart.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from topotaxy.material import product_volume
from topotaxy.specimen.inclusions import ball_of, random_rotation
from topotaxy.specimen.packing import displaced, pushed_apart, spheres_apart
from topotaxy.specimen.periodic import wrapped
from topotaxy.specimen.specimen import PHASES, Cluster, Floats, Integers, Specimen, State

SPACING = 2.2
"""Left between two balls of metal, Å: somewhat less than a metal's nearest neighbours, so that balls that
nearly touch need not be torn apart."""


@dataclass(frozen=True, kw_only=True)
class LatticeState:
    """A periodic cubic box of a lattice: atoms on its sites, and pieces of metal off them.

    Attributes
    ----------
    sites (n, 3):
        Where the atoms on the lattice sit, in fractions of the edge.
    elements, valences, phases, identities (n,):
        As in :class:`~topotaxy.specimen.Specimen`.
    metal_elements, metal_identities, piece (m,):
        The atoms of metal off the lattice, and the number of the piece that each belongs to.
    centres (k, 3):
        Of the pieces, in fractions of the edge.
    registered (k,):
        Whether the region around the centre is in registry with the host.
    edge:
        Of the strained box, Å.
    cells:
        Conventional cells along the edge.
    framed:
        Whether any of the frame is in registry: where not, there is no unit cell. The unit cell is the edge
        over the cells: the mean period, with the room of the metal in it.
    """

    sites: Floats
    elements: NDArray[np.str_]
    valences: Floats
    phases: NDArray[np.int8]
    identities: Integers
    metal_elements: NDArray[np.str_]
    metal_identities: Integers
    piece: Integers
    centres: Floats
    registered: NDArray[np.bool_]
    edge: float
    cells: int
    framed: bool


def specimen_of(
    state: LatticeState,
    *,
    when: State,
    cycle: int,
    replica: int,
    formula: str,
    source: str,
    notes: tuple[str, ...] = (),
) -> Specimen:
    """Return the specimen of a state: the same atoms to the last one, no two closer than 1.5 Å.

    Parameters
    ----------
    state : LatticeState
        Sites, metal and strain of the box.
    when : str
        ``pristine``, ``discharged`` or ``charged``.
    cycle, replica : int
        They also seed the orientation of metal out of registry.
    formula, source : str
        The pristine material; the run.
    notes : tuple of str
        Further ones of the specimen.

    Raises
    ------
    InputError
        Where the box is too small for its atoms.
    """
    box = np.diag([state.edge] * 3).astype(np.float64)
    periodic = (True, True, True)
    first = len(state.sites)
    sizes, volume, radii = _pieces(state)
    held = sizes > 0
    centres = spheres_apart(state.centres * state.edge, radii, box, gap=SPACING)
    metal, members = _balls(state, centres, sizes, volume, cycle, replica)
    share = float(volume.sum() / state.edge**3)
    matrix = displaced(state.sites * state.edge, centres[held], radii[held], box, share=share)
    places = np.concatenate([matrix, metal])
    of_metal = np.arange(len(places)) >= first
    places = pushed_apart(wrapped(places, box, periodic), box, periodic, metal=of_metal, where=source)
    return Specimen(
        positions=places,
        elements=np.concatenate([state.elements, state.metal_elements]).astype("U2"),
        valences=np.concatenate([state.valences, np.zeros(len(metal))]),
        phases=np.concatenate([state.phases, np.full(len(metal), PHASES.index("metal"), dtype=np.int8)]),
        identities=np.concatenate([state.identities, state.metal_identities]).astype(np.int64),
        box=box,
        clusters=_clusters(state, places, {number: own + first for number, own in members.items()}, box),
        unit_cell=state.edge / state.cells if state.framed else None,
        state=when,
        cycle=cycle,
        replica=replica,
        formula=formula,
        source=source,
        notes=notes,
    )


def _pieces(state: LatticeState) -> tuple[Integers, Floats, Floats]:
    """Atoms, volume (Å³) and radius (Å) of each piece of metal, (k,) each."""
    count = len(state.centres)
    sizes = np.bincount(state.piece, minlength=count).astype(np.int64)
    atoms = np.array([product_volume(str(el)) for el in state.metal_elements], dtype=np.float64)
    volume = np.bincount(state.piece, weights=atoms, minlength=count).astype(np.float64)
    return sizes, volume, np.cbrt(3.0 * volume / (4.0 * np.pi))


def _balls(
    state: LatticeState, centres: Floats, sizes: Integers, volume: Floats, cycle: int, replica: int
) -> tuple[Floats, dict[int, Integers]]:
    """Positions of all atoms of metal, (m, 3), and which of them each piece holds, by its number."""
    order = np.argsort(state.piece, kind="stable")
    metal = np.empty((len(order), 3))
    members: dict[int, Integers] = {}
    ends = np.cumsum(sizes)
    for number in np.flatnonzero(sizes).tolist():
        count = int(sizes[number])
        own = order[ends[number] - count : ends[number]]
        edge = float(np.cbrt(4.0 * volume[number] / count))
        # The orientation is drawn by the centre's own place, so that it does not depend on other pieces.
        seed = np.round(state.centres[number] * 4 * state.cells).astype(int) % (4 * state.cells)
        rotation = (
            None
            if state.registered[number]
            else random_rotation(np.random.default_rng([cycle, replica, *seed]))
        )
        metal[own] = centres[number] + ball_of(count, edge, rotation)
        members[number] = np.sort(own)
    return metal, members


def _clusters(
    state: LatticeState, places: Floats, members: dict[int, Integers], box: Floats
) -> tuple[Cluster, ...]:
    return tuple(
        Cluster(centre=_centre(places[own], box), members=own, registered=bool(state.registered[number]))
        for number, own in members.items()
    )


def _centre(members: Floats, box: Floats) -> Floats:
    """Mean of atoms that may lie on both sides of a face, inside the box."""
    apart = members - members[0]
    apart -= np.round(apart @ np.linalg.inv(box)) @ box
    centre = members[0] + apart.mean(axis=0)
    return np.asarray(wrapped(centre[None], box, (True, True, True))[0])

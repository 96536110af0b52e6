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
        Whether any of the frame is in registry: where not, there is no unit cell.
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

    Raises
    ------
    InputError
        Where the box is too small for its atoms.
    """
    box = np.diag([state.edge] * 3).astype(np.float64)
    periodic = (True, True, True)
    matrix = state.sites * state.edge
    sizes = (
        np.bincount(state.piece, minlength=len(state.centres))
        if len(state.piece)
        else np.zeros(len(state.centres), int)
    )
    volumes = np.array([product_volume(str(el)) for el in state.metal_elements], dtype=np.float64)
    volume = (
        np.bincount(state.piece, weights=volumes, minlength=len(sizes))
        if len(volumes)
        else np.zeros(len(sizes))
    )
    radii = np.cbrt(3.0 * volume / (4.0 * np.pi))
    centres = spheres_apart(state.centres * state.edge, radii, box, gap=SPACING)
    order = np.argsort(state.piece, kind="stable")
    metal, clusters = np.empty((len(order), 3)), []
    first = len(matrix)
    start = 0
    for number in np.flatnonzero(sizes):
        count = int(sizes[number])
        edge = float(np.cbrt(4.0 * volume[number] / count))
        # The orientation is drawn by the centre's own place, so that it does not depend on other pieces.
        seed = np.round(state.centres[number] * 4 * state.cells).astype(int) % (4 * state.cells)
        rotation = (
            None
            if state.registered[number]
            else random_rotation(np.random.default_rng([cycle, replica, *seed]))
        )
        metal[order[start : start + count]] = centres[number] + ball_of(count, edge, rotation)
        members = np.sort(order[start : start + count]) + first
        clusters.append((int(number), members))
        start += count
    share = float(volume.sum() / state.edge**3)
    places = np.concatenate(
        [displaced(matrix, centres[sizes > 0], radii[sizes > 0], box, share=share), metal]
    )
    of_metal = np.arange(len(places)) >= first
    places = pushed_apart(wrapped(places, box, periodic), box, periodic, metal=of_metal, where=source)
    return Specimen(
        positions=places,
        elements=np.concatenate([state.elements, state.metal_elements]).astype("U2"),
        valences=np.concatenate([state.valences, np.zeros(len(metal))]),
        phases=np.concatenate([state.phases, np.full(len(metal), PHASES.index("metal"), dtype=np.int8)]),
        identities=np.concatenate([state.identities, state.metal_identities]).astype(np.int64),
        box=box,
        clusters=tuple(
            Cluster(
                centre=_centre(places[members], box),
                members=members,
                registered=bool(state.registered[number]),
            )
            for number, members in clusters
        ),
        unit_cell=state.edge / state.cells if state.framed else None,
        state=when,
        cycle=cycle,
        replica=replica,
        formula=formula,
        source=source,
        notes=notes,
    )


def _centre(members: Floats, box: Floats) -> Floats:
    """Mean of atoms that may lie on both sides of a face, inside the box."""
    apart = members - members[0]
    apart -= np.round(apart @ np.linalg.inv(box)) @ box
    centre = members[0] + apart.mean(axis=0)
    return np.asarray(wrapped(centre[None], box, (True, True, True))[0])

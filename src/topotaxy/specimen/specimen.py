"""The specimen: atoms that an instrument can look at, wherever they come from.

The lattice exports one for each replica, cycle and state; a builder, a mechanism model or a CIF can
make one too. A specimen holds all that an instrument can see and nothing that it cannot.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from topotaxy.errors import InputError

Phase = Literal["frame", "salt", "metal", "oxide"]
"""What an atom belongs to: the host's rock salt as far as it holds together (``frame``), alkali salt A2X
(``salt``), gathered or lone metal off the lattice (``metal``), rock salt without registry to the host
(``oxide``)."""

PHASES: tuple[Phase, ...] = get_args(Phase)
State = Literal["pristine", "discharged", "charged"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """A piece of metal: where it is and which atoms it is made of."""

    centre: Floats
    """Centre of mass, Å, (3,)."""
    members: Integers
    """Indices of its atoms in the specimen, (n,)."""
    registered: bool
    """Whether it lies in a part of the frame that is in registry with the host (inlaid)."""

    @property
    def size(self) -> int:
        """Number of atoms."""
        return len(self.members)


@dataclass(frozen=True, kw_only=True)
class Specimen:
    """Atoms in a box, as an instrument would find them.

    Attributes
    ----------
    positions:
        Cartesian, Å, (n, 3); inside the box where that is periodic.
    elements:
        Symbols, (n,).
    valences:
        Formal charges, (n,): 2 for M2+, 0 for metal, 1 for the alkali, -2 for O and S.
    phases:
        Indices into :data:`PHASES`, (n,).
    identities:
        The number that an atom keeps from the pristine specimen on, (n,), all different. Atoms that were
        not there in the pristine specimen (alkali) have numbers beyond those that were.
    box:
        Rows are the edges, Å, (3, 3); strained as the frame is.
    periodic:
        Whether the box repeats along each of its edges.
    clusters:
        Metal objects; every atom of phase ``metal`` belongs to exactly one of them.
    unit_cell:
        Mean period of the frame's lattice, Å: the edge of the box over the conventional cells along it; None
        where there is no frame. It is where diffraction and Fourier transforms have the frame's spots, as the
        sites of the lattice are conserved (R. O. Simmons, R. W. Balluffi, Phys. Rev. 117 (1960) 52,
        10.1103/PhysRev.117.52: lattice parameter and length then change alike). Pieces of metal push the
        frame apart, so between them its spacing is smaller: by (1 - s)^(1/3), s their share of the volume,
        where all of the frame is in registry.
    state, cycle, replica:
        When in the life of the electrode; the cycle counts from 1, 0 for pristine.
    formula, source:
        The pristine material; the run, the builder or the file.
    """

    positions: Floats
    elements: NDArray[np.str_]
    valences: Floats
    phases: NDArray[np.int8]
    identities: Integers
    box: Floats
    periodic: tuple[bool, bool, bool] = (True, True, True)
    clusters: tuple[Cluster, ...] = ()
    unit_cell: float | None = None
    state: State = "pristine"
    cycle: int = 0
    replica: int = 0
    formula: str = ""
    source: str = ""
    notes: tuple[str, ...] = field(default=())

    def __post_init__(self) -> None:
        """Check shapes and values.

        Raises
        ------
        InputError
            Where an array has another length or holds what no specimen can.
        """
        count = len(self.positions)
        where = self.source or "specimen"
        if self.positions.shape != (count, 3) or self.box.shape != (3, 3):
            raise InputError(
                "expected positions of shape (n, 3) and a box of shape (3, 3), "
                f"got {self.positions.shape} and {self.box.shape}",
                where=where,
            )
        for name in ("elements", "valences", "phases", "identities"):
            if np.shape(getattr(self, name)) != (count,):
                raise InputError(f"{name} have to be one for each of {count} atoms", where=where)
        if not (np.isfinite(self.positions).all() and np.isfinite(self.box).all()):
            raise InputError("positions and box have to be finite", where=where)
        if not abs(np.linalg.det(self.box)) > 0.0:
            raise InputError("the box has no volume", where=where)
        if count and not ((self.phases >= 0) & (self.phases < len(PHASES))).all():
            raise InputError(f"phases are indices below {len(PHASES)}", where=where)
        if len(np.unique(self.identities)) != count:
            raise InputError("two atoms have one identity", where=where)
        members = np.concatenate([c.members for c in self.clusters]) if self.clusters else np.empty(0, int)
        if len(np.unique(members)) != len(members) or not ((members >= 0) & (members < count)).all():
            raise InputError("the members of clusters are no atoms, or in two clusters", where=where)

    def __len__(self) -> int:
        """Return the number of atoms."""
        return len(self.positions)

    @property
    def volume(self) -> float:
        """Volume of the box, Å³."""
        return float(abs(np.linalg.det(self.box)))

    def unit_cell_or_raise(self) -> float:
        """Return the edge of the frame's cell, Å.

        Raises
        ------
        InputError
            Where the specimen has no frame.
        """
        if self.unit_cell is None:
            raise InputError("has no frame with a unit cell", where=self.source or "specimen")
        return self.unit_cell

    def is_phase(self, *names: Phase) -> NDArray[np.bool_]:
        """Return which atoms belong to one of these phases, (n,)."""
        return np.isin(self.phases, [PHASES.index(name) for name in names])

    def is_element(self, *symbols: str) -> NDArray[np.bool_]:
        """Return which atoms are of one of these elements, (n,)."""
        return np.isin(self.elements, symbols)

    def counts(self) -> dict[str, int]:
        """Return the number of atoms of each element, by symbol in order of the alphabet."""
        symbols, numbers = np.unique(self.elements, return_counts=True)
        return {str(symbol): int(number) for symbol, number in zip(symbols, numbers, strict=True)}

    def subset(self, chosen: NDArray[Any]) -> Specimen:
        """Return the specimen of some of its atoms, in the same box.

        Parameters
        ----------
        chosen : array of bool (n,) or of indices
            Clusters keep the members that are chosen; those that lose all of them go.
        """
        indices = np.flatnonzero(chosen) if np.asarray(chosen).dtype == bool else np.asarray(chosen)
        place = np.full(len(self), -1, dtype=np.int64)
        place[indices] = np.arange(len(indices))
        clusters = []
        for cluster in self.clusters:
            members = place[cluster.members]
            members = members[members >= 0]
            if len(members):
                clusters.append(
                    Cluster(centre=cluster.centre, members=members, registered=cluster.registered)
                )
        return Specimen(
            positions=self.positions[indices],
            elements=self.elements[indices],
            valences=self.valences[indices],
            phases=self.phases[indices],
            identities=self.identities[indices],
            box=self.box,
            periodic=self.periodic,
            clusters=tuple(clusters),
            unit_cell=self.unit_cell,
            state=self.state,
            cycle=self.cycle,
            replica=self.replica,
            formula=self.formula,
            source=self.source,
            notes=self.notes,
        )

"""To and from the Atoms of ASE, which is no dependency: only these two functions need it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from topotaxy.errors import InputError
from topotaxy.specimen.columns import assumed, cluster_column, header_of, specimen_from
from topotaxy.specimen.specimen import PHASES, Specimen

if TYPE_CHECKING:
    from ase import Atoms

KEY = "topotaxy"


def to_ase(specimen: Specimen) -> Atoms:
    """Return a specimen as ASE Atoms.

    Valences, phases, identities and clusters are arrays (``valence``, ``phase``, ``identity``, ``cluster``);
    everything else stands in ``info["topotaxy"]``.

    Parameters
    ----------
    specimen : Specimen
        Any.

    Raises
    ------
    InputError
        Where ASE is not installed.
    """
    atoms = _ase().Atoms(
        symbols=specimen.elements.tolist(),
        positions=specimen.positions,
        cell=specimen.box,
        pbc=specimen.periodic,
    )
    atoms.set_array("valence", specimen.valences)
    atoms.set_array("phase", specimen.phases.astype(np.int64))
    atoms.set_array("identity", specimen.identities)
    atoms.set_array("cluster", cluster_column(specimen))
    atoms.info[KEY] = header_of(specimen)
    return atoms


def from_ase(atoms: Atoms, *, source: str = "ASE Atoms") -> Specimen:
    """Return the specimen of ASE Atoms, made by :func:`to_ase` or by anyone.

    Parameters
    ----------
    atoms : ase.Atoms
        With a cell; positions in Å.
    source : str
        Its name, for messages and for the specimen where the atoms carry none.

    Raises
    ------
    InputError
        Where the atoms have no cell, or arrays that no specimen can have.
    """
    elements = np.asarray(atoms.get_chemical_symbols(), dtype="U2")
    x, y, z = (bool(p) for p in atoms.get_pbc())
    shared: dict[str, Any] = {
        "positions": atoms.get_positions(),
        "elements": elements,
        "box": np.asarray(atoms.get_cell()),
        "periodic": (x, y, z),
        "where": source,
    }
    header = atoms.info.get(KEY)
    if isinstance(header, dict) and all(atoms.has(n) for n in ("valence", "phase", "identity", "cluster")):
        phases = atoms.get_array("phase")
        if len(phases) and not ((phases >= 0) & (phases < len(PHASES))).all():
            raise InputError(f"phases are indices below {len(PHASES)}", where=source)
        return specimen_from(
            header,
            valences=atoms.get_array("valence"),
            phases=np.array(PHASES)[phases],
            identities=atoms.get_array("identity"),
            clusters=atoms.get_array("cluster"),
            **shared,
        )
    valences, phase, clusters, note = assumed(elements)
    centres = [shared["positions"].mean(axis=0).tolist()] if phase == "metal" else []
    return specimen_from(
        {"source": source, "notes": [note], "centres": centres, "registered": [False] * len(centres)},
        valences=valences,
        phases=np.full(len(elements), phase),
        identities=np.arange(len(elements)),
        clusters=clusters,
        **shared,
    )


def _ase() -> Any:
    try:
        import ase
    except ImportError:
        raise InputError("ASE is not installed; pip install ase") from None
    return ase

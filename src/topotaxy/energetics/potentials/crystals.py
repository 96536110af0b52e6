"""Bulk crystals that reactions start from and end in."""

from __future__ import annotations

from typing import Any

from topotaxy.errors import InputError
from topotaxy.tables import read_table


def reference_phases() -> dict[str, dict[str, str]]:
    """Return the rows of ``tables/reference_structures.csv`` by phase."""
    return {row["phase"]: row for row in read_table("topotaxy.energetics", "reference_structures")}


def crystal(phase: str) -> Any:
    """Return an ASE ``Atoms`` of a bulk phase, unrelaxed.

    Parameters
    ----------
    phase : str
        Formula of a phase, as NiO or Li2O.

    Raises
    ------
    InputError
        Where the phase is not in ``tables/reference_structures.csv``.
    """
    rows = reference_phases()
    if phase not in rows:
        raise InputError(
            f"no crystal structure of {phase} in energetics/tables/reference_structures.csv; "
            f"known are {', '.join(rows)}"
        )
    row = rows[phase]
    return prototype_crystal(
        phase, row["prototype"], float(row["a"]), float(row["c_over_a"]) if row["c_over_a"] else None
    )


def prototype_crystal(phase: str, prototype: str, a: float, c_over_a: float | None = None) -> Any:
    """Return a crystal of a prototype with lattice parameter ``a`` (Å).

    Parameters
    ----------
    phase : str
        Formula of a tabulated phase.
    prototype : str
        Structure type, as the table of crystals names it: ``rocksalt``, ``fcc``, ``antifluorite``, ...
    a : float
        Lattice parameter, Å.
    c_over_a : float, optional
        Ratio of the edges c and a of a hexagonal or tetragonal crystal.
    """
    from ase.build import bulk

    if prototype == "tenorite":
        return _tenorite(a)
    if prototype == "antifluorite":
        alkali, anion = phase.partition("2")[0], phase.partition("2")[2]
        # ASE's fluorite is AX2 with A on the fcc sublattice: here the anion is A.
        return bulk(f"{anion}{alkali}2", "fluorite", a=a, cubic=True)
    cubic = prototype in {"fcc", "bcc", "rocksalt", "zincblende"}
    extra = {} if c_over_a is None else {"covera": c_over_a}
    return bulk(phase, prototype, a=a, cubic=cubic, **extra)


def _tenorite(a: float) -> Any:
    from ase.spacegroup import crystal as spacegroup_crystal

    atoms = [row for row in read_table("topotaxy.energetics", "prototypes") if row["prototype"] == "tenorite"]
    cell = [float(atoms[0][name]) for name in ("b", "c")]
    return spacegroup_crystal(
        [row["atom"] for row in atoms],
        [tuple(float(row[axis]) for axis in "xyz") for row in atoms],
        spacegroup=int(atoms[0]["space_group"]),
        cellpar=[a, *cell, 90, float(atoms[0]["beta"]), 90],
    )

"""The material of a cell, from draws that are there or from a specification of the lattice."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from topotaxy.cell.material import CellMaterial, cell_material, material_of
from topotaxy.cell.numbers import cell_values
from topotaxy.errors import InputError
from topotaxy.runs.asked import asked_specification
from topotaxy.runs.lattice_table import lattice_table
from topotaxy.runs.together import Progress
from topotaxy.spec import Spec

if TYPE_CHECKING:
    from topotaxy.cell.section import CellSection


def material_in(section: CellSection, *, progress: Progress | None = None) -> CellMaterial:
    """Return what the material of a cell comes to, with its tables made where there are none.

    Parameters
    ----------
    section : CellSection
        What is in the cell.
    progress : callable, optional
        Called with (finished cycles, all cycles, message) while tables are made.

    Raises
    ------
    InputError
        Where there is no such material, or the lattice cannot make its tables.
    """
    if section.specification is None:
        return cell_material(section.material)
    # Refuses parameters that cannot be used before the lattice runs.
    cell_values(section.specification.cell.ion, section.parameters)
    return _material(section.specification, section.material, progress)


def lattice_material(
    asked: Spec | str | Path | Mapping[str, Any], *, progress: Progress | None = None, **options: Any
) -> CellMaterial:
    """Return a material for a cell from a specification of the lattice or a formula.

    Parameters
    ----------
    asked : Spec, str, Path or mapping
        As for :func:`topotaxy.simulate`: a specification, the name or the path of one, or a formula.
    progress : callable, optional
        Called with (finished cycles, all cycles, message) while tables are made.
    **options
        In place of what the specification says; a formula needs ``ion``.

    Raises
    ------
    InputError
        Where there is no such material, or the lattice cannot make its tables.

    Examples
    --------
    >>> material = lattice_material("Ni0.8Mg0.2O", ion="Na")  # doctest: +SKIP
    """
    spec = asked_specification(asked, **options)
    return _material(spec, spec.name, progress)


def _material(spec: Spec, name: str, progress: Progress | None) -> CellMaterial:
    try:
        table = lattice_table(spec, progress=progress)
    except InputError as error:
        raise InputError(f"no cell of {name!r:.60}: {error}") from None
    return material_of(table, "", spec.cell.ion, name=name)

"""Structures from CIF."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any

from topotaxy.errors import InputError
from topotaxy.measurement.diffraction.structure import Cell, Site, Structure

LARGEST_CIF = 20_000_000
"""Bytes; a structure's CIF is some kB, with reflections some MB."""


_TAG = re.compile(r"^(\s*)_(\w+)\.(\S+)", re.MULTILINE)


def from_cif(path: Path) -> Structure:
    """Return the structure of a CIF's first block that has sites.

    Parameters
    ----------
    path : Path
        The file.

    Raises
    ------
    InputError
        Where the file is missing, too large, or holds no structure.
    """
    import gemmi

    if not path.is_file():
        raise InputError("there is no such file", where=str(path))
    if path.stat().st_size > LARGEST_CIF:
        raise InputError(
            f"is larger than the {LARGEST_CIF / 1e6:.0f} MB of a structure's CIF", where=path.name
        )
    try:
        text = path.read_bytes().decode("utf-8", errors="replace")
        # The dictionary of 2012 writes _cell.length_a where the older one has _cell_length_a.
        document = gemmi.cif.read_string(_TAG.sub(r"\1_\2_\3", text))
        pairs = ((gemmi.make_small_structure_from_block(block), block) for block in document)
        small, block = next(((s, b) for s, b in pairs if len(s.sites)), (None, None))
    except (ValueError, RuntimeError) as error:
        raise InputError(f"is no CIF that can be read ({error!s:.120})", where=path.name) from None
    if small is None or block is None:
        raise InputError("holds no crystal structure (no atom sites)", where=path.name)
    name = small.spacegroup.xhm() if small.spacegroup is not None else small.spacegroup_hm
    if not name:
        raise InputError("names no space group", where=path.name)
    given = _displacements(block)
    merged: dict[tuple[float, float, float], Site] = {}
    for site in small.sites:
        position = (float(site.fract.x), float(site.fract.y), float(site.fract.z))
        b = given.get(site.label) or (8.0 * math.pi**2 * float(site.u_iso) if site.u_iso > 0 else 0.5)
        element = site.element.name
        known = merged.get(position)
        if known is None:
            merged[position] = Site(
                label=site.label, shares={element: float(site.occ)}, position=position, displacement=b
            )
        else:
            shares = dict(known.shares)
            shares[element] = shares.get(element, 0.0) + float(site.occ)
            merged[position] = Site(
                label=known.label, shares=shares, position=position, displacement=known.displacement
            )
    return Structure(
        name=path.stem,
        space_group=name,
        cell=_cell(block, path),
        sites=tuple(merged.values()),
        source=path.name,
    )


def _displacements(block: Any) -> dict[str, float]:
    """Return B by site label where a CIF gives B and not U, Å²."""
    found: dict[str, float] = {}
    for row in block.find("_atom_site_", ["label", "B_iso_or_equiv"]):
        try:
            value = float(row[1].split("(")[0])
        except ValueError:
            continue
        if 0.0 < value < 50.0:
            found[row[0]] = value
    return found


def _cell(block: Any, path: Path) -> Cell:
    """Return the cell; an angle that is not given is 90°, as the CIF dictionary has it."""
    found = []
    for tag in ("length_a", "length_b", "length_c", "angle_alpha", "angle_beta", "angle_gamma"):
        text = block.find_value(f"_cell_{tag}")
        try:
            value = float(text.strip("'\"").split("(")[0]) if text else (90.0 if "angle" in tag else 0.0)
        except ValueError:
            value = 0.0
        low, high = (1.5, 500.0) if "length" in tag else (10.0, 170.0)
        if not low < value < high:
            raise InputError(
                f"its _cell_{tag} is missing or no number from {low:g} to {high:g}", where=path.name
            )
        found.append(value)
    return (found[0], found[1], found[2], found[3], found[4], found[5])

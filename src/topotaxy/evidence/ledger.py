"""Loading a claims ledger, and the faults that only the whole of it shows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from topotaxy.errors import InputError, choices
from topotaxy.evidence.claim_sections import Material
from topotaxy.evidence.claims import Ledger
from topotaxy.toml_documents import in_line, parse_toml, read_text
from topotaxy.toml_faults import first_error


def load_ledger(name_or_path: str | Path) -> Ledger:
    """Load a bundled ledger by name (``fang2022``), or a TOML file.

    Parameters
    ----------
    name_or_path : str | Path
        A bundled paper, or the path of a TOML file.

    Raises
    ------
    InputError
        One line that names the claim and key at fault.
    """
    text, where = read_text(str(name_or_path), folder="claims")
    return ledger_from_text(text, where=where)


def ledger_from_text(text: str, *, where: str = "ledger") -> Ledger:
    """Validate TOML text as a ledger; errors as in :func:`load_ledger`.

    Parameters
    ----------
    text : str
        Content of a ledger's TOML file.
    where : str
        What messages name as the source of the text.
    """
    document = parse_toml(text, where=where)
    try:
        ledger = Ledger.model_validate(document)
    except ValidationError as error:
        said = _named(first_error(error, model=Ledger), document)
        raise InputError(said, where=in_line(text, error, where=where)) from None
    for message in _dangling(ledger):
        raise InputError(message, where=where)
    return ledger


def _named(message: str, document: dict[str, Any]) -> str:
    """Replace ``claim.<index>`` by the id of that claim, where it has one."""
    match = re.match(r"claim\.(\d+)(?:\.|:|$)", message)
    listed = document.get("claim")
    if match is None or not isinstance(listed, list):
        return message
    entry = listed[int(match[1])]
    name = entry.get("id") if isinstance(entry, dict) else None
    shown = f"claim {name!r:.70}" if isinstance(name, str) else f"claim number {int(match[1]) + 1}"
    return f"{shown}, {message[match.end() :].strip()}"


def _dangling(ledger: Ledger) -> Iterator[str]:
    """Faults that only the whole ledger shows: repeated ids, names of nothing, bad formulas."""
    seen: set[str] = set()
    for claim in ledger.claim:
        if claim.id in seen:
            yield f"claim {claim.id!r}, id: is used twice"
        seen.add(claim.id)
        for side, prefix in ((claim, ""), (claim.left, "left."), (claim.right, "right.")):
            if side is None:
                continue
            for key, given, known in (
                ("material", side.material, ledger.material),
                ("cell", side.cell, ledger.cell),
                ("phase", getattr(side, "phase", ""), ledger.material),
            ):
                if given and given not in known:
                    table = "cell" if key == "cell" else "material"
                    hint = choices(given, known)
                    yield f"claim {claim.id!r}, {prefix}{key}: there is no [{table}.{given}]; {hint}"
    for name, cell in ledger.cell.items():
        low, high = cell.lower_cutoff, cell.upper_cutoff
        if low is not None and high is not None and low >= high:
            yield f"cell.{name}.lower_cutoff: {low:g} V is not below upper_cutoff = {high:g} V"
    for name, material in ledger.material.items():
        yield from _material_faults(name, material)


def _material_faults(name: str, material: Material) -> Iterator[str]:
    import gemmi

    from topotaxy.evidence.formulas import parsed

    if material.space_group and gemmi.find_spacegroup_by_name(material.space_group) is None:
        yield f"material.{name}.space_group: {material.space_group!r:.50} is no space group; such as 'Fm-3m'"
    both = set(material.claimed_active) & set(material.claimed_inert)
    if both:
        yield f"material.{name}: {sorted(both)[0]!r} is in claimed_active and in claimed_inert"
    if not material.formula:
        return
    try:
        found = parsed(material.formula)
    except InputError as error:
        yield f"material.{name}.formula: {error}"
        return
    for key, elements in (
        ("claimed_active", material.claimed_active),
        ("claimed_inert", material.claimed_inert),
    ):
        for element in elements:
            if not isinstance(found, str) and element not in found.cations:
                yield f"material.{name}.{key}: {element!r:.40} is no cation of {material.formula}"

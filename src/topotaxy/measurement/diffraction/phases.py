"""Phases by name, by formula on a structure type, or from a CIF."""

from __future__ import annotations

import re
from pathlib import Path

from topotaxy.errors import InputError
from topotaxy.measurement.diffraction.structure import ANIONS, Cell, Site, Structure
from topotaxy.measurement.diffraction.structure_files import from_cif
from topotaxy.tables import read_table

PACKAGE = "topotaxy.measurement.diffraction"

_ELEMENT = re.compile(r"([A-Z][a-z]?)(\d*\.?\d*)")
_GROUP = re.compile(r"\(([^()]*)\)(\d*\.?\d*)")


def names() -> tuple[str, ...]:
    """Return the names of the structures that ship with topotaxy."""
    return tuple(dict.fromkeys(row["name"] for row in read_table(PACKAGE, "structures")))


def prototypes() -> tuple[str, ...]:
    """Return the structure types that take a formula."""
    return tuple(dict.fromkeys(row["prototype"] for row in read_table(PACKAGE, "prototypes")))


def composition(formula: str) -> dict[str, float]:
    """Return the atoms of a formula such as ``(Mg0.5Ni0.5)O0.9S0.1`` by element.

    Parameters
    ----------
    formula : str
        Formula of the material, as Ni0.8Mg0.2O.

    Raises
    ------
    InputError
        Where it is not a formula of at most one level of brackets.
    """
    plain = formula.replace(" ", "")
    counts: dict[str, float] = {}

    def add(text: str, factor: float) -> None:
        if "".join(match.group(0) for match in _ELEMENT.finditer(text)) != text:
            raise InputError(f"{formula!r:.60} is no formula")
        for element, number in _ELEMENT.findall(text):
            try:
                counts[element] = counts.get(element, 0.0) + factor * (float(number) if number else 1.0)
            except ValueError:
                raise InputError(f"{formula!r:.60} is no formula") from None

    rest = plain
    for inner, number in _GROUP.findall(plain):
        try:
            add(inner, float(number) if number else 1.0)
        except ValueError:
            raise InputError(f"{formula!r:.60} is no formula") from None
    rest = _GROUP.sub("", rest)
    if rest:
        add(rest, 1.0)
    if not counts or sum(counts.values()) <= 0.0:
        raise InputError(f"{formula!r:.60} is no formula")
    return counts


def phase(text: str, *, folder: Path | None = None) -> Structure:
    """Return the structure that a text names.

    Parameters
    ----------
    text : str
        A shipped name (``corundum``), a structure type with a formula and a cell edge in Å
        (``rock salt:Mg0.2Ni0.8O:4.19``), the path of a CIF (``lbco.cif``), or a space group with the free
        parameters of its cell and no atoms (``cell:P 63 m c:3.25 5.21``). ``name=`` may stand before any of
        them.
    folder : Path, optional
        Where relative paths start.

    Raises
    ------
    InputError
        Where it names nothing known; the message lists what is.
    """
    from dataclasses import replace

    label, _, rest = text.partition("=") if "=" in text else ("", "", text)
    rest = rest.strip()
    if rest.lower().endswith(".cif"):
        found = from_cif((folder or Path()) / rest)
    elif rest.startswith("cell:"):
        found = bare_cell(rest.removeprefix("cell:"))
    elif ":" in rest:
        found = _by_type(rest)
    elif rest in names():
        found = _shipped(rest)
    else:
        raise InputError(
            f"phase {rest!r:.60} is not known: give one of {', '.join(names())}, a CIF, or TYPE:FORMULA:EDGE "
            f"with TYPE one of {', '.join(prototypes())}, or cell:SPACE GROUP:EDGES"
        )
    return replace(found, name=label.strip()) if label.strip() else found


def _by_type(text: str) -> Structure:
    parts = [part.strip() for part in text.split(":")]
    if len(parts) != 3:
        raise InputError(
            f"phase {text!r:.60}: expected TYPE:FORMULA:EDGE, as in 'rock salt:Mg0.2Ni0.8O:4.19'"
        )
    try:
        edge = float(parts[2])
    except ValueError:
        raise InputError(f"phase {text!r:.60}: the edge {parts[2]!r:.20} is no number of Å") from None
    return prototype(parts[0], parts[1], edge)


def bare_cell(text: str) -> Structure:
    """Return a phase without atoms: what a Le Bail fit needs.

    Parameters
    ----------
    text : str
        ``SPACE GROUP:NUMBERS``, the numbers being the free parameters of its cell in Å and degrees, in the
        order a, b, c, alpha, beta, gamma, as in ``P 63 m c:3.25 5.21``. The space group may hold a colon
        (``R -3 c:H``).

    Raises
    ------
    InputError
        Where there is no such space group, or the numbers are not those of its cell.
    """
    symbol, _, rest = text.rpartition(":")
    where = f"cell:{text}"[:60]
    values = []
    for word in rest.replace(",", " ").split():
        try:
            values.append(float(word))
        except ValueError:
            raise InputError(f"{word!r:.20} is no number of a cell", where=where) from None
    hexagonal = symbol.strip().endswith(":H") or symbol.strip()[:2] == "P "
    cell: Cell = (1.0, 1.0, 1.0, 90.0, 90.0, 90.0)
    empty = Structure(name=where, space_group=symbol.strip(), cell=cell, sites=())
    if empty.group.crystal_system_str() == "hexagonal" or (
        empty.group.crystal_system_str() == "trigonal" and hexagonal
    ):
        empty = empty.with_cell((1.0, 1.0, 1.0, 90.0, 90.0, 120.0))
    free = empty.free_lengths
    if len(values) != len(free):
        raise InputError(f"a cell of {symbol.strip()} has {', '.join(free)}, not {len(values)}", where=where)
    for name, value in zip(free, values, strict=True):
        low, high = (1.5, 500.0) if name in ("a", "b", "c") else (10.0, 170.0)
        if not low < value < high:
            raise InputError(f"{name} = {value:g} is outside {low:g} to {high:g}", where=where)
    return empty.with_cell(empty.cell_of(dict(zip(free, values, strict=True))))


def _shipped(name: str) -> Structure:
    rows = [row for row in read_table(PACKAGE, "structures") if row["name"] == name]
    first = rows[0]
    return Structure(
        name=name,
        space_group=first["space_group"],
        cell=(
            float(first["a"]),
            float(first["b"]),
            float(first["c"]),
            float(first["alpha"]),
            float(first["beta"]),
            float(first["gamma"]),
        ),
        sites=tuple(
            Site(
                label=row["site"],
                shares={row["element"]: float(row["occupancy"])},
                position=(float(row["x"]), float(row["y"]), float(row["z"])),
                displacement=float(row["B"]),
            )
            for row in rows
        ),
        source=first["source"],
    )


def prototype(kind: str, formula: str, edge: float, *, displacement: float = 0.5) -> Structure:
    """Return the cubic structure of a type with a formula's atoms spread over its sites.

    Parameters
    ----------
    kind : str
        One of :func:`prototypes`.
    formula : str
        Cations share the cation site, anions the anion site; a role's atoms are scaled by its larger sum
        where the type's ratio is not met, so that the lack becomes vacancies.
    edge : float
        Å.
    displacement : float
        B of all sites, Å².

    Raises
    ------
    InputError
        Where the type is unknown, the edge impossible, or a site would stay empty.
    """
    rows = [row for row in read_table(PACKAGE, "prototypes") if row["prototype"] == kind]
    if not rows:
        raise InputError(f"structure type {kind!r:.40} is not known: {', '.join(prototypes())}")
    if not 1.5 < edge < 30.0:
        raise InputError(f"a cell edge of {edge:g} Å is outside 1.5 to 30 Å", where=kind)
    atoms = composition(formula)
    roles = {
        "cation": {e: n for e, n in atoms.items() if e not in ANIONS},
        "anion": {e: n for e, n in atoms.items() if e in ANIONS},
        "all": atoms,
    }
    sizes = {"antifluorite": {"cation": 2.0, "anion": 1.0}}.get(kind, {})
    wanted = {row["role"]: sizes.get(row["role"], 1.0) for row in rows}
    for role in wanted:
        if not roles[role]:
            raise InputError(f"{formula!r:.60} has no {role} for {kind}")
    unit = max(sum(roles[role].values()) / size for role, size in wanted.items())
    sites = tuple(
        Site(
            label=row["site"],
            shares={e: n / unit / wanted[row["role"]] for e, n in roles[row["role"]].items()},
            position=(float(row["x"]), float(row["y"]), float(row["z"])),
            displacement=displacement,
        )
        for row in rows
    )
    cell: Cell = (edge, edge, edge, 90.0, 90.0, 90.0)
    return Structure(
        name=formula, space_group=rows[0]["space_group"], cell=cell, sites=sites, source=rows[0]["source"]
    )

"""CIF: specimens in P1, what is topotaxy's own in ``_topotaxy_`` tags; crystals, read into n cells."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from topotaxy.errors import InputError
from topotaxy.specimen.columns import assumed, cluster_column, header_of, specimen_from
from topotaxy.specimen.sites import MOST_ATOMS, grid_of, on_cells
from topotaxy.specimen.specimen import PHASES, Floats, Specimen

if TYPE_CHECKING:
    import gemmi

MOST_BYTES = 1_000_000_000
SAME_SITE = 0.3
"""Atoms of a CIF closer than this, Å, share one site by their occupancies."""

_ATOM = "_topotaxy_atom_"
_SITE = (
    "label",
    "type_symbol",
    "fract_x",
    "fract_y",
    "fract_z",
    "Cartn_x",
    "Cartn_y",
    "Cartn_z",
    "occupancy",
)


def cif_text(specimen: Specimen) -> str:
    """Return a specimen as CIF in P1; Cartesian positions and the box read back to the last bit.

    Parameters
    ----------
    specimen : Specimen
        Any.
    """
    import gemmi

    document = gemmi.cif.Document()
    block = document.add_new_block("topotaxy")
    edges = np.linalg.norm(specimen.box, axis=1)
    unit = specimen.box / edges[:, None]
    angles = np.degrees(
        np.arccos(np.clip([unit[1] @ unit[2], unit[0] @ unit[2], unit[0] @ unit[1]], -1.0, 1.0))
    )
    for name, value in zip("abc", edges, strict=True):
        block.set_pair(f"_cell_length_{name}", repr(float(value)))
    for name, value in zip(("alpha", "beta", "gamma"), angles, strict=True):
        block.set_pair(f"_cell_angle_{name}", f"{value:.10g}")
    block.set_pair("_symmetry_space_group_name_H-M", "'P 1'")
    block.set_pair("_symmetry_Int_Tables_number", "1")
    block.init_loop("", ["_symmetry_equiv_pos_as_xyz"]).add_row(["x,y,z"])
    if specimen.formula:
        block.set_pair("_chemical_formula_sum", gemmi.cif.quote(specimen.formula))
    header = {
        **header_of(specimen),
        "box": specimen.box.tolist(),
        "periodic": list(specimen.periodic),
    }
    for key, item in header.items():
        block.set_pair(f"_topotaxy_{key}", gemmi.cif.quote(_folded(json.dumps(item))))
    _add_atoms(block, specimen)
    return str(document.as_string())


def _folded(text: str) -> str:
    """JSON over several lines: CIF readers limit the length of a line to 2,048."""
    return text if len(text) < 1800 else text.replace(", ", ",\n")


def _add_atoms(block: gemmi.cif.Block, specimen: Specimen) -> None:
    fractions = np.linalg.solve(specimen.box.T, specimen.positions.T).T
    labels = [f"{el}{n}" for n, el in enumerate(specimen.elements.tolist(), start=1)]
    site = block.init_loop("_atom_site_", list(_SITE))
    site.set_all_values(
        [
            labels,
            specimen.elements.tolist(),
            *([f"{x:.10f}" for x in column] for column in fractions.T.tolist()),
            *([repr(x) for x in column] for column in specimen.positions.T.tolist()),
            ["1"] * len(labels),
        ]
    )
    own = block.init_loop(_ATOM, ["label", "valence", "phase", "identity", "cluster"])
    own.set_all_values(
        [
            labels,
            [repr(v) for v in specimen.valences.tolist()],
            np.array(PHASES)[specimen.phases].tolist(),
            [str(i) for i in specimen.identities.tolist()],
            [str(c) for c in cluster_column(specimen).tolist()],
        ]
    )


def read_cif(path: Path, *, cells: int | tuple[int, int, int] = 1, seed: int = 0) -> Specimen:
    """Read a CIF: a specimen that :func:`cif_text` wrote, or a crystal, as so many cells of it.

    Sites of a crystal that several elements share, or that are partly occupied, are filled at random in
    exact amounts over all cells.

    Parameters
    ----------
    path : Path
        The file.
    cells : int or tuple of int (3,)
        Cells of a crystal along its edges; a specimen has its own box.
    seed : int
        Of the arrangement on shared and partly occupied sites.

    Raises
    ------
    InputError
        Where the file is no CIF, is damaged, too large, or holds no atoms.
    """
    import gemmi

    where = str(path)
    size = path.stat().st_size
    if size > MOST_BYTES:
        raise InputError(f"{size} bytes; at most {MOST_BYTES} are read", where=where)
    try:
        document = gemmi.cif.read_string(path.read_bytes().decode("utf-8", errors="replace"))
    except (ValueError, RuntimeError) as error:
        raise InputError(f"no CIF: {str(error)[:150]}", where=where) from None
    for block in document:
        if block.find_loop(f"{_ATOM}identity"):
            return _own(block, where)
    for block in document:
        if block.find_loop("_atom_site_fract_x"):
            return _crystal(block, path, cells, seed)
    raise InputError("holds no atoms (no _atom_site_fract_x)", where=where)


def _own(block: gemmi.cif.Block, where: str) -> Specimen:
    import gemmi

    site = block.find("_atom_site_", ["label", "type_symbol", "Cartn_x", "Cartn_y", "Cartn_z"])
    own = block.find(_ATOM, ["label", "valence", "phase", "identity", "cluster"])
    columns = [list(site.column(k)) for k in range(5)] if site.width() == 5 else []
    given = [list(own.column(k)) for k in range(5)] if own.width() == 5 else []
    if not columns or not given or columns[0] != given[0]:
        raise InputError("the loops _atom_site_ and _topotaxy_atom_ are not of the same atoms", where=where)
    header: dict[str, Any] = {}
    try:
        for key in (
            "state",
            "cycle",
            "replica",
            "unit_cell",
            "formula",
            "source",
            "notes",
            "centres",
            "registered",
            "box",
            "periodic",
        ):
            value = block.find_value(f"_topotaxy_{key}")
            if value is None:
                raise ValueError
            header[key] = json.loads(gemmi.cif.as_string(value))
        box = np.array(header.pop("box"), dtype=np.float64).reshape(3, 3)
        x, y, z = (bool(p) for p in header.pop("periodic"))
        positions = np.array([[float(v) for v in columns[k]] for k in (2, 3, 4)]).T.reshape(-1, 3)
        valences = np.array([float(v) for v in given[1]])
        identities, clusters = (np.array([int(v) for v in given[k]], dtype=np.int64) for k in (3, 4))
    except (ValueError, TypeError, OverflowError, RecursionError):
        raise InputError(
            "a _topotaxy_ tag or a number of an atom is lacking or cannot be read", where=where
        ) from None
    return specimen_from(
        header,
        positions=positions,
        elements=_symbols(columns[1], where),
        valences=valences,
        phases=np.array(given[2], dtype="U"),
        identities=identities,
        clusters=clusters,
        box=box,
        periodic=(x, y, z),
        where=where,
    )


def _symbols(texts: list[str], where: str) -> NDArray[np.str_]:
    if any(len(t) > 2 for t in texts):
        raise InputError(f"{max(texts, key=len)!r:.20} is no element", where=where)
    return np.array(texts, dtype="U2")


def _crystal(block: gemmi.cif.Block, path: Path, cells: int | tuple[int, int, int], seed: int) -> Specimen:
    import gemmi

    where = str(path)
    try:
        small = gemmi.make_small_structure_from_block(block)
        sites = list(small.get_all_unit_cell_sites())
    except (ValueError, RuntimeError) as error:
        raise InputError(f"its crystal cannot be read: {str(error)[:120]}", where=where) from None
    cell = small.cell
    if not cell.is_crystal() or not cell.volume > 0 or not math.isfinite(cell.volume):
        raise InputError("states no cell (_cell_length_a and so on)", where=where)
    fractions = np.array([site.fract.tolist() for site in sites], dtype=np.float64).reshape(-1, 3) % 1.0
    if not len(sites) or not np.isfinite(fractions).all():
        raise InputError("holds no atom with a position", where=where)
    if not (np.array([s.occ for s in sites]) > 0).any():
        raise InputError("holds no occupied site", where=where)
    box = np.array(cell.orth.mat.tolist()).T
    corners = grid_of(cells, len(sites))
    if len(corners) * len(sites) > MOST_ATOMS:
        raise InputError(f"more than {MOST_ATOMS} atoms; use fewer cells", where=where)
    rng = np.random.default_rng(seed)
    places, elements, charges = [], [], []
    for members in _shared_sites(fractions, box):
        kinds = [(sites[k].element.name, int(sites[k].charge), float(sites[k].occ)) for k in members]
        filled = _filled(kinds, len(corners), rng, where)
        held = np.flatnonzero(filled >= 0)
        places.append(on_cells(corners, fractions[members[:1]])[held])
        elements += [kinds[k][0] for k in filled[held]]
        charges += [kinds[k][1] for k in filled[held]]
    symbols = np.array(elements, dtype="U2")
    valences, phase, clusters, note = assumed(symbols)
    if any(charges):
        valences, note = (
            np.array(charges, dtype=np.float64),
            "valences as the file states; the phase is assumed",
        )
    positions = np.concatenate(places) @ box
    cubic = len({round(float(e), 4) for e in cell.parameters[:3]}) == 1 and set(cell.parameters[3:]) == {90.0}
    centres = [positions.mean(axis=0).tolist()] if phase == "metal" else []
    return specimen_from(
        {
            "source": path.name,
            "notes": [note],
            "unit_cell": float(cell.a) if cubic and phase == "frame" else None,
            "formula": _formula(block),
            "centres": centres,
            "registered": [False] * len(centres),
        },
        positions=positions,
        elements=symbols,
        valences=valences,
        phases=np.full(len(symbols), phase),
        identities=np.arange(len(symbols)),
        clusters=clusters,
        box=box * (corners.max(axis=0) + 1)[:, None],
        periodic=(True, True, True),
        where=where,
    )


def _formula(block: gemmi.cif.Block) -> str:
    import gemmi

    return str(gemmi.cif.as_string(block.find_value("_chemical_formula_sum") or "''"))[:200]


def _shared_sites(fractions: Floats, box: Floats) -> list[list[int]]:
    """Atoms of a cell that lie on one site, site by site."""
    from topotaxy.specimen.periodic import close_pairs

    leader = np.arange(len(fractions))
    pairs, _ = close_pairs(fractions @ box, box, (True, True, True), SAME_SITE)
    for first, second in pairs[np.lexsort(pairs.T[::-1])]:
        leader[second] = min(leader[second], leader[first])
    return [np.flatnonzero(leader == k).tolist() for k in np.unique(leader)]


def _filled(
    kinds: list[tuple[str, int, float]], count: int, rng: np.random.Generator, where: str
) -> NDArray[np.int64]:
    """Which of its kinds a site holds in each of ``count`` cells, -1 for none, (count,)."""
    shares = [max(occupancy, 0.0) for *_, occupancy in kinds]
    total = math.fsum(shares)
    if not total <= 1.05:
        raise InputError(f"occupancies of one site sum to {total:.3g}", where=where)
    if len(kinds) == 1 and total > 0.999:
        return np.zeros(count, dtype=np.int64)
    exact = np.array([*shares, max(1.0 - total, 0.0)]) / max(total, 1.0) * count
    numbers = np.floor(exact + 1e-9).astype(int)
    for k in np.argsort(numbers - exact, kind="stable")[: count - numbers.sum()]:
        numbers[k] += 1
    order = np.repeat([*range(len(kinds)), -1], numbers)
    return np.asarray(rng.permutation(order))

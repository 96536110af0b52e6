"""A specimen as plain columns and a header: what every file format writes and reads back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from topotaxy.errors import InputError
from topotaxy.material import ANION_CHARGE, IONS, parse_formula
from topotaxy.specimen.specimen import PHASES, Cluster, Floats, Integers, Specimen, State

STATES: tuple[State, ...] = get_args(State)
MOST_CLUSTERS = 10_000_000


def cluster_column(specimen: Specimen) -> Integers:
    """Return the cluster that each atom belongs to, -1 for none, (n,).

    Parameters
    ----------
    specimen : Specimen
        Any.
    """
    column = np.full(len(specimen), -1, dtype=np.int64)
    for number, cluster in enumerate(specimen.clusters):
        column[cluster.members] = number
    return column


def header_of(specimen: Specimen) -> dict[str, Any]:
    """Return what a specimen says as a whole, as numbers, texts and lists that JSON can hold.

    Parameters
    ----------
    specimen : Specimen
        Any.
    """
    return {
        "state": specimen.state,
        "cycle": specimen.cycle,
        "replica": specimen.replica,
        "unit_cell": specimen.unit_cell,
        "formula": specimen.formula,
        "source": specimen.source,
        "notes": list(specimen.notes),
        "centres": [cluster.centre.tolist() for cluster in specimen.clusters],
        "registered": [cluster.registered for cluster in specimen.clusters],
    }


def specimen_from(
    header: Mapping[str, Any],
    *,
    positions: Floats,
    elements: NDArray[np.str_],
    valences: Floats,
    phases: NDArray[np.str_],
    identities: Integers,
    clusters: Integers,
    box: Floats,
    periodic: tuple[bool, bool, bool],
    where: str,
) -> Specimen:
    """Return the specimen of columns and a header that a file held.

    Parameters
    ----------
    header
        As :func:`header_of`; what is lacking has its default.
    phases : (n,)
        Names.
    clusters : (n,)
        Number of the cluster of each atom, -1 for none.
    where
        The file, for messages.

    Raises
    ------
    InputError
        Where the columns and the header cannot be those of a specimen.
    """
    _known(elements, where)
    if not np.isfinite(valences).all():
        raise InputError("valences have to be finite", where=where)
    try:
        return Specimen(
            positions=np.ascontiguousarray(positions, dtype=np.float64),
            elements=np.asarray(elements, dtype="U2"),
            valences=np.asarray(valences, dtype=np.float64),
            phases=_indices(phases, where),
            identities=np.asarray(identities, dtype=np.int64),
            box=np.asarray(box, dtype=np.float64),
            periodic=periodic,
            clusters=_clusters(header, clusters, where),
            unit_cell=_unit_cell(header.get("unit_cell"), where),
            state=_state(header.get("state", "pristine"), where),
            cycle=_count(header.get("cycle", 0), "cycle", where),
            replica=_count(header.get("replica", 0), "replica", where),
            formula=_text(header.get("formula", ""), "formula", where),
            source=_text(header.get("source", ""), "source", where),
            notes=_notes(header.get("notes", []), where),
        )
    except InputError as error:
        # The specimen names its source; a reader names the file.
        said = str(error)
        raise error if said.startswith(where) else InputError(said, where=where) from None


def _known(elements: NDArray[np.str_], where: str) -> None:
    known = known_elements()
    for symbol in np.unique(elements):
        if symbol not in known:
            raise InputError(f"{str(symbol)!r:.20} is no element", where=where)


def _indices(phases: NDArray[np.str_], where: str) -> NDArray[np.int8]:
    unknown = sorted(set(np.unique(phases).tolist()) - set(PHASES))
    if unknown:
        raise InputError(f"phase {unknown[0]!r:.20}; expected one of {', '.join(PHASES)}", where=where)
    indices = np.zeros(len(phases), dtype=np.int8)
    for index, name in enumerate(PHASES):
        indices[phases == name] = index
    return indices


def _clusters(header: Mapping[str, Any], column: Integers, where: str) -> tuple[Cluster, ...]:
    centres, registered = header.get("centres", []), header.get("registered", [])
    if not isinstance(centres, list) or not isinstance(registered, list) or len(centres) != len(registered):
        raise InputError(
            "expected as many centres of clusters as say whether they are registered", where=where
        )
    try:
        places = np.array(centres, dtype=np.float64).reshape(-1, 3)
    except (TypeError, ValueError):
        raise InputError("centres of clusters are three numbers each", where=where) from None
    if len(places) != len(centres) or not np.isfinite(places).all():
        raise InputError("centres of clusters are three finite numbers each", where=where)
    if not all(isinstance(r, bool) for r in registered):
        raise InputError("whether a cluster is registered is true or false", where=where)
    if len(column) and not (column.min() >= -1 and column.max() < len(places)):
        raise InputError(f"an atom says it is in a cluster that is none of the {len(places)}", where=where)
    order = np.argsort(column, kind="stable")
    cuts = np.searchsorted(column[order], np.arange(len(places) + 1))
    return tuple(
        Cluster(centre=place, members=order[first:last], registered=known)
        for place, known, first, last in zip(places, registered, cuts[:-1], cuts[1:], strict=True)
    )


def _state(value: Any, where: str) -> State:
    for state in STATES:
        if value == state:
            return state
    raise InputError(f"state {value!r:.20}; expected one of {', '.join(STATES)}", where=where)


def _count(value: Any, name: str, where: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**53:
        raise InputError(f"{name} {value!r:.20}; expected a whole number from 0 on", where=where)
    return value


def _text(value: Any, name: str, where: str) -> str:
    if not isinstance(value, str) or len(value) > 10_000:
        raise InputError(f"{name} has to be a text of at most 10000 characters", where=where)
    return value


def _notes(value: Any, where: str) -> tuple[str, ...]:
    if not isinstance(value, list) or len(value) > 1000:
        raise InputError("notes have to be a list of at most 1000 texts", where=where)
    return tuple(_text(note, "a note", where) for note in value)


def _unit_cell(value: Any, where: str) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < 1e6:
        raise InputError(f"unit cell {value!r:.20}; expected an edge in Å", where=where)
    return float(value)


def known_elements() -> frozenset[str]:
    """Return the symbols of all elements."""
    import gemmi

    return frozenset(gemmi.Element(number).name for number in range(1, 119))


def assumed(elements: NDArray[np.str_]) -> tuple[Floats, str, Integers, str]:
    """Return valences, phase, cluster and a note for atoms of which a file says symbols only.

    Metals alone are metal of valence 0, one cluster. Alkali with anions is ``salt``, all else ``frame``, with
    valences that balance (mean of each element), where tables know a balance; else 0, and the note says so.

    Parameters
    ----------
    elements : array of str (n,)
        Symbols of all atoms.

    Returns
    -------
    valences : (n,)
    phase : name, of all atoms
    clusters : (n,), number of the cluster or -1
    note : what was assumed
    """
    symbols, counts = np.unique(elements, return_counts=True)
    none = np.full(len(elements), -1, dtype=np.int64)
    valences = np.zeros(len(elements))
    if not any(str(symbol) in ANION_CHARGE for symbol in symbols):
        if all(_is_metal(str(symbol)) for symbol in symbols):
            return valences, "metal", none + 1, "the file states no valences; metals alone are taken as metal"
        return valences, "frame", none, "the file states no valences, and none could be assumed"
    phase = "salt" if all(str(s) in IONS or str(s) in ANION_CHARGE for s in symbols) else "frame"
    smallest = counts.min()
    try:
        composition = parse_formula(
            "".join(f"{s}{n / smallest:.6f}" for s, n in zip(symbols, counts, strict=True))
        )
    except InputError:
        return valences, phase, none, "the file states no valences, and none that balance are known"
    states = {**composition.mean_valences, **{x: float(ANION_CHARGE[x]) for x in composition.anions}}
    for symbol, state in states.items():
        valences[elements == symbol] = state
    return valences, phase, none, "the file states no valences; assumed: means that balance"


def _is_metal(symbol: str) -> bool:
    import gemmi

    return bool(gemmi.Element(symbol).is_metal)

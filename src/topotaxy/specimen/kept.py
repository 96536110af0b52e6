"""What a run keeps so that its specimens can be had afterwards, and having them.

The atoms of a state are kept on their sites, 13 bytes each before compression, at most 4 atoms per cation
site; Å, metal as balls and the pushes between atoms are made when a specimen is asked for.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from topotaxy.errors import InputError
from topotaxy.results.reading import read_dataset
from topotaxy.specimen.construction import LatticeState, specimen_of
from topotaxy.specimen.specimen import PHASES, Specimen, State

if TYPE_CHECKING:
    import xarray as xr

DATA_FILE = "run.nc"
GROUP = "specimens"
STATES: tuple[State, ...] = ("pristine", "discharged", "charged")
PER_CELL = 4
"""Positions are kept in quarters of a cell: all sites of the lattice lie on them."""

VARIABLES: dict[str, tuple[tuple[str, ...], str, str, str]] = {
    "site": (("atom", "axis"), "int16", "1", "place of an atom on the lattice, in quarters of a cell"),
    "element": (("atom",), "int8", "1", "element of the atom, index into the attribute symbols"),
    "valence": (("atom",), "int8", "1", "formal charge"),
    "phase": (("atom",), "int8", "1", "0 frame, 1 salt, 2 metal, 3 oxide"),
    "identity": (("atom",), "int32", "1", "number that the atom keeps from the pristine state on"),
    "metal_element": (("metal",), "int8", "1", "element of an atom of metal off the lattice, as above"),
    "metal_identity": (("metal",), "int32", "1", "number of that atom, as above"),
    "piece": (("metal",), "int32", "1", "piece of metal of its specimen that it belongs to"),
    "centre": (("object", "axis"), "int16", "1", "centre of a piece of metal, in quarters of a cell"),
    "registered": (("object",), "int8", "1", "whether the region around the centre is in registry"),
    "atoms": (("specimen",), "int64", "1", "atoms on the lattice, in the order of the specimens"),
    "metals": (("specimen",), "int64", "1", "atoms of metal off the lattice, likewise"),
    "objects": (("specimen",), "int64", "1", "pieces of metal, likewise"),
    "edge": (("specimen",), "float64", "Å", "edge of the strained box"),
    "cells": (("specimen",), "int64", "1", "conventional cells along the edge"),
    "framed": (("specimen",), "int8", "1", "whether any of the frame is in registry"),
    "frame_strain": (
        ("specimen",),
        "float64",
        "1",
        "linear strain of the frame in registry, NaN without one",
    ),
    "grain": (("specimen",), "int64", "1", "kind of grain, index into the attribute formulas"),
    "replica": (("specimen",), "int64", "1", "replica, from 0"),
    "cycle": (("specimen",), "int64", "1", "cycle, from 1; 0 for pristine"),
    "state": (("specimen",), "int8", "1", "0 pristine, 1 discharged, 2 charged"),
}
"""Dimensions, type, unit and meaning of what is kept; specimens lie one after the other."""

_COMPRESSED = {"zlib": True, "complevel": 4, "shuffle": True}


@dataclass(frozen=True, kw_only=True)
class Moment:
    """One state of one replica: when, and the strain of the frame in registry (NaN where nothing is)."""

    grain: int
    replica: int
    cycle: int
    when: State
    frame_strain: float
    state: LatticeState


def kept(moments: Sequence[Moment], *, symbols: Sequence[str], formulas: Sequence[str]) -> xr.Dataset:
    """Return the dataset that keeps the states of a run, one after the other.

    Parameters
    ----------
    symbols
        Of all elements that occur, each once.
    formulas
        Of the pristine grains.
    """
    import xarray as xr

    data = {name: _column(name, moments, symbols) for name in VARIABLES}
    made = xr.Dataset(
        {
            name: (
                dims,
                data[name].astype(kind),
                {"units": units, "long_name": meaning},
            )
            for name, (dims, kind, units, meaning) in VARIABLES.items()
        },
        attrs={"symbols": " ".join(symbols), "formulas": " ".join(formulas)},
    )
    for name, (dims, *_) in VARIABLES.items():
        if dims[0] != "specimen" and made[name].size:
            made[name].encoding.update(_COMPRESSED)
    return made


def _column(name: str, moments: Sequence[Moment], symbols: Sequence[str]) -> NDArray[Any]:
    """One variable over all states."""
    states = [m.state for m in moments]
    if name in ("site", "centre"):
        places = [(s.sites if name == "site" else s.centres) * (PER_CELL * s.cells) for s in states]
        return np.rint(np.concatenate(places))
    if name in ("element", "metal_element"):
        number = {symbol: index for index, symbol in enumerate(symbols)}
        found = np.concatenate([s.elements if name == "element" else s.metal_elements for s in states])
        return np.array([number[symbol] for symbol in found.tolist()], dtype=np.int64)
    if name in ("valence", "phase", "identity"):
        field = {"valence": "valences", "phase": "phases", "identity": "identities"}[name]
        return np.concatenate([getattr(s, field) for s in states])
    if name in ("metal_identity", "piece", "registered"):
        field = {"metal_identity": "metal_identities"}.get(name, name)
        return np.concatenate([getattr(s, field) for s in states])
    if name in ("atoms", "metals", "objects"):
        field = {"atoms": "sites", "metals": "piece", "objects": "centres"}[name]
        return np.array([len(getattr(s, field)) for s in states])
    if name in ("edge", "cells", "framed"):
        return np.array([getattr(s, name) for s in states])
    if name == "state":
        return np.array([STATES.index(m.when) for m in moments])
    return np.array([getattr(m, name) for m in moments])


def specimens_of(
    folder: Path | str,
    *,
    replica: int | None = None,
    cycle: int | None = None,
    state: State | None = None,
    grain: int | None = None,
) -> Iterator[Specimen]:
    """Yield the specimens of a run, one after the other as each is asked for.

    Parameters
    ----------
    folder
        Of a finished run.
    replica, cycle, state
        Those only; of every replica, kept cycle and state where None. The pristine state has cycle 0.
    grain
        In a composite, the kind of grain, from 0.

    Raises
    ------
    InputError
        Where the folder holds no finished run, or one that kept no specimens.
    """
    path = Path(folder) / DATA_FILE
    if not os.path.lexists(path):
        raise InputError(f"holds no finished run (no {DATA_FILE})", where=str(folder))
    found = read_dataset(path).children.get(GROUP)
    if found is None:
        raise InputError(
            "holds no specimens of atoms: a cell's run has none (simulate its electrode), nor have those of "
            "earlier versions",
            where=str(path),
        )
    name = Path(folder).resolve().name
    yield from specimens_in(found.to_dataset(), name, replica=replica, cycle=cycle, state=state, grain=grain)


def specimens_in(
    data: xr.Dataset,
    name: str,
    *,
    replica: int | None = None,
    cycle: int | None = None,
    state: State | None = None,
    grain: int | None = None,
) -> Iterator[Specimen]:
    """Yield the specimens that a dataset of :func:`kept` holds, chosen as in :func:`specimens_of`.

    Parameters
    ----------
    name
        Of the run, for the specimens' source.

    Raises
    ------
    InputError
        Where the dataset lacks something or contradicts itself.
    """
    wanted = {
        "replica": replica,
        "cycle": cycle,
        "grain": grain,
        "state": None if state is None else STATES.index(state),
    }
    columns, starts = _columns(data, name)
    symbols = np.array(str(data.attrs["symbols"]).split(), dtype="U2")
    formulas = str(data.attrs["formulas"]).split()
    for index in range(len(columns["edge"])):
        if any(value is not None and int(columns[key][index]) != value for key, value in wanted.items()):
            continue
        part = {key: slice(*bounds[index : index + 2]) for key, bounds in starts.items()}
        at = {key: columns[key][index] for key, (dims, *_) in VARIABLES.items() if dims[0] == "specimen"}
        try:
            found, when = _state(columns, at, part, symbols), STATES[int(at["state"])]
            formula = formulas[int(at["grain"])]
        except (ValueError, IndexError):
            raise InputError(f"what the run kept of specimen {index} is damaged", where=name) from None
        strain = float(at["frame_strain"])
        said = (
            "nothing of the frame is in registry" if np.isnan(strain) else f"strain of the frame {strain:.5f}"
        )
        yield specimen_of(
            found,
            when=when,
            cycle=int(at["cycle"]),
            replica=int(at["replica"]),
            formula=formula,
            source=name,
            notes=(said,),
        )


def _columns(data: xr.Dataset, name: str) -> tuple[dict[str, NDArray[Any]], dict[str, NDArray[Any]]]:
    """All variables by name, and where the atoms, metal and pieces of each specimen begin, checked."""
    try:
        columns = {key: _checked(data, key) for key in VARIABLES}
        starts = {
            key: np.concatenate([[0], np.cumsum(columns[key])]) for key in ("atoms", "metals", "objects")
        }
        if not {"symbols", "formulas"} <= set(data.attrs):
            raise KeyError("symbols")
        for key, of in (("atoms", "element"), ("metals", "piece"), ("objects", "registered")):
            if (columns[key] < 0).any() or starts[key][-1] != len(columns[of]):
                raise ValueError(key)
    except (KeyError, ValueError, TypeError):
        raise InputError("what the run kept of its specimens is damaged", where=name) from None
    return columns, starts


def _checked(data: xr.Dataset, name: str) -> NDArray[Any]:
    dims, kind, *_ = VARIABLES[name]
    values = data[name].values
    if data[name].dims != dims or values.dtype.kind != np.dtype(kind).kind:
        raise ValueError(name)
    if dims[-1] == "axis" and values.shape[1] != 3:
        raise ValueError(name)
    return np.asarray(values)


def _state(
    columns: dict[str, Any], at: dict[str, Any], part: dict[str, slice], symbols: NDArray[np.str_]
) -> LatticeState:
    atoms, metals, objects = part["atoms"], part["metals"], part["objects"]
    phases, piece = columns["phase"][atoms], columns["piece"][metals]
    cells, edge = int(at["cells"]), float(at["edge"])
    if not (cells > 0 and np.isfinite(edge) and edge > 0):
        raise ValueError("edge")
    centres = columns["centre"][objects] / (PER_CELL * cells)
    for codes, most in (
        (phases, len(PHASES)),
        (piece, len(centres)),
        (columns["element"][atoms], len(symbols)),
        (columns["metal_element"][metals], len(symbols)),
    ):
        if len(codes) and not (codes.min() >= 0 and codes.max() < most):
            raise ValueError("codes")
    return LatticeState(
        sites=columns["site"][atoms] / (PER_CELL * cells),
        elements=symbols[columns["element"][atoms]],
        valences=columns["valence"][atoms].astype(np.float64),
        phases=phases.astype(np.int8),
        identities=columns["identity"][atoms].astype(np.int64),
        metal_elements=symbols[columns["metal_element"][metals]],
        metal_identities=columns["metal_identity"][metals].astype(np.int64),
        piece=piece.astype(np.int64),
        centres=centres,
        registered=columns["registered"][objects].astype(bool),
        edge=edge,
        cells=cells,
        framed=bool(at["framed"]),
    )

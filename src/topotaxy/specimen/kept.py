"""What a run keeps so that its specimens can be had afterwards, and having them.

The atoms of a state are kept on their sites, 13 bytes each before compression, at most 4 atoms per cation
site; Å, metal as balls and the pushes between atoms are made when a specimen is asked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from topotaxy.errors import InputError
from topotaxy.specimen.construction import LatticeState, specimen_of
from topotaxy.specimen.specimen import PHASES, Specimen, State

if TYPE_CHECKING:
    import xarray as xr

DATA_FILE = "run.nc"
GROUP = "/specimens"
STATES: tuple[State, ...] = ("pristine", "discharged", "charged")
PER_CELL = 4
"""Positions are kept in quarters of a cell: all sites of the lattice lie on them."""

_COMPRESSED = {"zlib": True, "complevel": 4, "shuffle": True}
_RAGGED = {
    "atom": ("site", "element", "valence", "phase", "identity"),
    "metal": ("metal_element", "metal_identity", "piece"),
    "object": ("centre", "registered"),
}


@dataclass(frozen=True, kw_only=True)
class Moment:
    """One state of one replica: when, and the strain of the frame in registry (NaN where nothing is)."""

    replica: int
    cycle: int
    when: State
    frame_strain: float
    state: LatticeState


def kept(
    moments: Sequence[Moment],
    symbols: Sequence[str],
    *,
    formula: str,
    lattice_parameter: float,
    mass_fraction: float,
) -> xr.Dataset:
    """Return the dataset that keeps the states of one kind of grain.

    Parameters
    ----------
    symbols
        Of all elements that occur, each once.
    formula, lattice_parameter, mass_fraction
        Of the pristine grain; Å; share in the electrode.
    """
    import xarray as xr

    states = [m.state for m in moments]

    number = {symbol: index for index, symbol in enumerate(symbols)}

    def coded(elements: NDArray[np.str_]) -> NDArray[np.int8]:
        return np.array([number[str(el)] for el in elements], dtype=np.int8)

    def quarters(fractions: NDArray[np.float64], cells: int) -> NDArray[np.int16]:
        return np.rint(fractions * (PER_CELL * cells)).astype(np.int16)

    atom, metal, piece = ("atom",), ("metal",), ("object",)
    joined = np.concatenate
    table: dict[str, Any] = {
        "site": ((*atom, "xyz"), joined([quarters(s.sites, s.cells) for s in states])),
        "element": (atom, joined([coded(s.elements) for s in states])),
        "valence": (atom, joined([s.valences for s in states]).astype(np.int8)),
        "phase": (atom, joined([s.phases for s in states])),
        "identity": (atom, joined([s.identities for s in states]).astype(np.int32)),
        "metal_element": (metal, joined([coded(s.metal_elements) for s in states])),
        "metal_identity": (metal, joined([s.metal_identities for s in states]).astype(np.int32)),
        "piece": (metal, joined([s.piece for s in states]).astype(np.int32)),
        "centre": ((*piece, "xyz"), joined([quarters(s.centres, s.cells) for s in states])),
        "registered": (piece, joined([s.registered for s in states]).astype(np.int8)),
        "atoms": (("specimen",), np.array([len(s.sites) for s in states], dtype=np.int64)),
        "metals": (("specimen",), np.array([len(s.piece) for s in states], dtype=np.int64)),
        "objects": (("specimen",), np.array([len(s.centres) for s in states], dtype=np.int64)),
        "edge": (
            ("specimen",),
            np.array([s.edge for s in states]),
            {"units": "Å", "long_name": "edge of the box"},
        ),
        "frame_strain": (
            ("specimen",),
            np.array([m.frame_strain for m in moments]),
            {"units": "1", "long_name": "linear strain of the frame in registry"},
        ),
        "framed": (("specimen",), np.array([s.framed for s in states], dtype=np.int8)),
        "replica": (("specimen",), np.array([m.replica for m in moments], dtype=np.int64)),
        "cycle": (("specimen",), np.array([m.cycle for m in moments], dtype=np.int64)),
        "state": (("specimen",), np.array([STATES.index(m.when) for m in moments], dtype=np.int8)),
    }
    made = xr.Dataset(
        table,
        attrs={
            "formula": formula,
            "mass_fraction": mass_fraction,
            "cells": states[0].cells,
            "symbols": " ".join(symbols),
            "lattice_parameter": lattice_parameter,
        },
    )
    for names in _RAGGED.values():
        for name in names:
            if made[name].size:
                made[name].encoding.update(_COMPRESSED)
    return made


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
    import xarray as xr

    path = Path(folder) / DATA_FILE
    if not path.is_file():
        raise InputError(f"holds no finished run (no {DATA_FILE})", where=str(folder))
    try:
        with xr.open_datatree(path, engine="h5netcdf") as tree:
            grains = grains_of(tree)
    except (OSError, ValueError, KeyError) as error:
        raise InputError(f"cannot be read ({str(error)[:100]})", where=str(path)) from None
    if not grains:
        raise InputError("its run kept no specimens (made by an earlier version?)", where=str(path))
    name = Path(folder).resolve().name
    for number, data in enumerate(grains):
        if grain is None or grain == number:
            yield from specimens_in(data, name, replica=replica, cycle=cycle, state=state)


def grains_of(tree: xr.DataTree) -> list[xr.Dataset]:
    """Return what the dataset of a run keeps of each kind of grain, loaded; none where it keeps nothing."""
    found = tree.children.get(GROUP.strip("/"))
    if found is None:
        return []
    names = sorted(found.children, key=lambda name: (len(name), name))
    return [found.children[name].to_dataset().load() for name in names]


def specimens_in(
    data: xr.Dataset,
    name: str,
    *,
    replica: int | None = None,
    cycle: int | None = None,
    state: State | None = None,
) -> Iterator[Specimen]:
    """Yield the specimens that a dataset of :func:`kept` holds, chosen as in :func:`specimens_of`.

    Parameters
    ----------
    name
        Of the run, for the specimens' source.
    """
    wanted = {"replica": replica, "cycle": cycle, "state": None if state is None else STATES.index(state)}
    try:
        columns = {str(key): variable.values for key, variable in data.variables.items()}
        starts = {
            key: np.concatenate([[0], np.cumsum(columns[key])]) for key in ("atoms", "metals", "objects")
        }
        symbols = np.array(str(data.attrs["symbols"]).split(), dtype="U2")
        cells = int(data.attrs["cells"])
        count = len(columns["edge"])
        formula = str(data.attrs["formula"])
    except (KeyError, ValueError, TypeError):
        raise InputError("its specimens are damaged", where=name) from None
    for index in range(count):
        if any(value is not None and int(columns[key][index]) != value for key, value in wanted.items()):
            continue
        try:
            found = _state(
                columns, {k: slice(*s[index : index + 2]) for k, s in starts.items()}, symbols, cells, index
            )
        except (KeyError, ValueError, IndexError, TypeError):
            raise InputError(f"specimen {index} is damaged", where=name) from None
        when = STATES[int(columns["state"][index])]
        at, of = int(columns["cycle"][index]), int(columns["replica"][index])
        strain = float(columns["frame_strain"][index])
        said = (
            "no part of the frame is in registry" if np.isnan(strain) else f"strain of the frame {strain:.5f}"
        )
        yield specimen_of(found, when=when, cycle=at, replica=of, formula=formula, source=name, notes=(said,))


def _state(
    columns: dict[str, Any], part: dict[str, slice], symbols: NDArray[np.str_], cells: int, index: int
) -> LatticeState:
    atoms, metals, objects = part["atoms"], part["metals"], part["objects"]
    phases, piece = columns["phase"][atoms], columns["piece"][metals]
    centres = columns["centre"][objects] / (PER_CELL * cells)
    if len(phases) and not ((phases >= 0) & (phases < len(PHASES))).all():
        raise ValueError
    if len(piece) and not ((piece >= 0) & (piece < len(centres))).all():
        raise ValueError
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
        edge=float(columns["edge"][index]),
        cells=cells,
        framed=bool(columns["framed"][index]),
    )

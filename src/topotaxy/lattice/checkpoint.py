"""The checkpoint of a replica: written after a cycle, and read back only where all of it can be true.

A digest binds it to the specification, the seed, the replica, the versions and the code of the model. Whoever
writes a digest of his own still meets the checks of :mod:`topotaxy.lattice.checkpoint_checks`.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import fields
from functools import cache
from importlib import resources
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from topotaxy.errors import InputError
from topotaxy.lattice.box import Box
from topotaxy.lattice.checkpoint_checks import (
    BINNED,
    BY_SPECIES,
    NUMBERS,
    SCALARS,
    Arrays,
    checked,
    configuration_at,
)
from topotaxy.lattice.geometry import block_edge
from topotaxy.lattice.history import Curve, HalfCycle, Replica
from topotaxy.lattice.measures import Measures
from topotaxy.lattice.state import Configuration
from topotaxy.results.arrays import Damaged, Foreign, read_arrays, write_arrays
from topotaxy.version import __version__

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

MODEL = ("lattice", "energetics", "material", "portable.py", "constants.py")
"""Code and tables that a trajectory follows from."""

MOST_RNG = 4096
"""Bytes of the state of a generator, as text, up to which it is looked at."""


@cache
def model_digest() -> str:
    """Return the digest of the code and tables of the model, hexadecimal."""
    digest = hashlib.sha256()
    for part in MODEL:
        _add(digest, resources.files("topotaxy") / part, part)
    return digest.hexdigest()


def _add(digest: hashlib._Hash, item: Traversable, name: str) -> None:
    if item.is_dir():
        for below in sorted(item.iterdir(), key=lambda below: below.name):
            if below.name != "__pycache__":
                _add(digest, below, f"{name}/{below.name}")
        return
    content = item.read_bytes()
    digest.update(f"{name} {len(content)}\n".encode())
    digest.update(content)


def identity_of(box: Box, seed: np.random.SeedSequence, grain: float) -> str:
    """Return the digest of all that the checkpoint of a replica follows from, hexadecimal.

    Parameters
    ----------
    box : Box
        Geometry, energies, kinetics and specification that all replicas share.
    seed : SeedSequence
        Of the replica: entropy and place among its siblings count.
    grain : float
        Quantile of the replica among the grains, 0 to 1.
    """
    lattice = box.spec.lattice
    block = block_edge(lattice.cells) if lattice.block is None else lattice.block
    spec = box.spec.model_dump(mode="json", exclude={"title", "measured"})
    said = {
        "spec": spec | {"lattice": spec["lattice"] | {"block": block}},
        "composition": box.composition.formula,
        "entropy": str(seed.entropy),
        "place": list(seed.spawn_key),
        "grain": repr(grain),
        "topotaxy": __version__,
        "model": model_digest(),
        **{name: version(name) for name in ("numpy", "numba")},
    }
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def save_replica(replica: Replica, path: Path, *, identity: str) -> None:
    """Write a checkpoint atomically: killed at any time, the old or the new file stands.

    Parameters
    ----------
    replica : Replica
        A replica with one finished cycle at least.
    path : Path
        File of the checkpoint.
    identity : str
        Digest of what was asked for, of :func:`identity_of`.
    """
    halves = replica.half_cycles
    kept = [h for h in halves if h.curve is not None]
    arrays: Arrays = {
        "rng": np.frombuffer(json.dumps(replica.rng.bit_generator.state).encode(), dtype=np.uint8),
        "numbers": np.array([[getattr(h, n) for n in NUMBERS] for h in halves], dtype=np.float64),
        "tally": np.array([h.tally for h in halves], dtype=np.int64),
        "scalars": np.array([[getattr(h.measures, n) for n in SCALARS] for h in halves]),
        "by_species": np.array([[getattr(h.measures, n) for n in BY_SPECIES] for h in halves]),
        BINNED: np.array([getattr(h.measures, BINNED) for h in halves]),
        "kept": np.array([h.curve is not None for h in halves]),
        "points": np.array([len(h.curve.charge) for h in kept if h.curve], dtype=np.int64),
    }
    for name in (f.name for f in fields(Curve)):
        arrays[name] = np.concatenate([getattr(h.curve, name) for h in kept])
    arrays |= _packed([replica.pristine, replica.configuration], "ends")
    arrays |= _packed([h.configuration for h in kept if h.configuration], "kept")
    write_arrays(path, arrays, identity=identity)


def _packed(configurations: list[Configuration], prefix: str) -> Arrays:
    return {
        f"{prefix}_{name}": np.stack([getattr(c, name) for c in configurations])
        for name in Configuration._fields
    }


def load_replica(path: Path, box: Box, start: Replica, *, identity: str) -> Replica:
    """Read a checkpoint back.

    Parameters
    ----------
    path : Path
        File of the checkpoint.
    box : Box
        Geometry, energies, kinetics and specification that all replicas share.
    start : Replica
        The same replica before its first cycle.
    identity : str
        Digest of what was asked for, of :func:`identity_of`.

    Raises
    ------
    InputError
        Where the file is damaged, belongs to another run or version, or cannot be true.
    """
    try:
        return _replica(checked(read_arrays(path, identity=identity), box, start), start)
    except Damaged as error:
        kind = "checkpoint of another run" if isinstance(error, Foreign) else "damaged checkpoint"
        raise InputError(
            f"{kind} ({error}); delete it to start this replica again", where=str(path)
        ) from None


def _generator(text: bytes, start: np.random.Generator) -> np.random.Generator:
    """A generator in the state that the text says, of the same stream as the replica's own."""
    try:
        said = json.loads(text[:MOST_RNG].decode())
        own = start.bit_generator.state
        state, increment = said["state"]["state"], said["state"]["inc"]
        if type(state) is not int or not 0 <= state < 1 << 128 or increment != own["state"]["inc"]:
            raise ValueError("state")
        if {**said, "state": {}} != {**own, "state": {}} or set(said["state"]) != {"state", "inc"}:
            raise ValueError("fields")
        made = np.random.Generator(np.random.PCG64())
        made.bit_generator.state = said
    except (ValueError, KeyError, TypeError, RecursionError, OverflowError):
        raise Damaged("the state of its random numbers") from None
    return made


def _replica(data: Arrays, start: Replica) -> Replica:
    cuts = np.cumsum(data["points"])[:-1]
    parts = {f.name: np.split(data[f.name], cuts) for f in fields(Curve)}
    curves = (Curve(**dict(zip(parts, row, strict=True))) for row in zip(*parts.values(), strict=True))
    kept = iter(range(len(data["points"])))
    halves = []
    for index, row in enumerate(data["numbers"].tolist()):
        numbers = dict(zip(NUMBERS, row, strict=True))
        has_curve = bool(data["kept"][index])
        scalars = dict(zip(SCALARS, data["scalars"][index].tolist(), strict=True))
        arrays = dict(zip(BY_SPECIES, data["by_species"][index], strict=True))
        halves.append(
            HalfCycle(
                **(numbers | {"cycle": int(numbers["cycle"])}),
                direction="charge" if index % 2 else "discharge",
                tally=data["tally"][index],
                measures=Measures(**scalars, **arrays, **{BINNED: data[BINNED][index]}),
                curve=next(curves) if has_curve else None,
                configuration=configuration_at(data, "kept", next(kept)) if has_curve else None,
            )
        )
    return Replica(
        pristine=configuration_at(data, "ends", 0),
        configuration=configuration_at(data, "ends", 1),
        rng=_generator(data["rng"].tobytes(), start.rng),
        half_cycles=halves,
    )

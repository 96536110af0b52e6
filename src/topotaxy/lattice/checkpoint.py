"""The checkpoint of a replica: written after a cycle, and read back only where all of it can be true.

A digest binds it to the specification, the seed, the replica, the versions and the code of the model. Whoever
writes a digest of his own still meets the checks of this module: compiled code indexes with what comes back.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import fields
from functools import cache
from importlib import resources
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from topotaxy.errors import InputError
from topotaxy.lattice.box import BINS, Box
from topotaxy.lattice.domains import DIAMETERS
from topotaxy.lattice.geometry import block_edge
from topotaxy.lattice.history import Curve, HalfCycle, Replica
from topotaxy.lattice.kernel import empty_trace
from topotaxy.lattice.measures import Measures
from topotaxy.lattice.state import VACANT, Configuration
from topotaxy.results.arrays import Damaged, Foreign, read_arrays, write_arrays
from topotaxy.version import __version__

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

Arrays = dict[str, NDArray[Any]]

_BY_SPECIES = (
    "anion_coordination",
    "metal_coordination",
    "anion_distance",
    "metal_distance",
    "reduced_fraction",
    "monovalent_fraction",
    "pooled_fraction",
)
_BINNED = "domain_distribution"
_SCALARS = tuple(f.name for f in fields(Measures) if f.name not in (*_BY_SPECIES, _BINNED))
_NUMBERS = ("cycle", "capacity", "mean_voltage", "duration", "exchange_distance", "clipped")

MODEL = ("lattice", "energetics", "material", "portable.py", "constants.py")
"""Code and tables that a trajectory follows from."""

MOST_CHARGE = 1e5
"""mAh/g: nearly four times what hydrogen gives."""

MOST_VOLTS = 100.0
"""Beyond any window of a specification, and any polarisation that a half-cycle ends at."""

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
        With its specification.
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
        With one finished cycle at least.
    path : Path
        The file.
    identity : str
        Of :func:`identity_of`.
    """
    halves = replica.half_cycles
    kept = [h for h in halves if h.curve is not None]
    arrays: Arrays = {
        "rng": np.frombuffer(json.dumps(replica.rng.bit_generator.state).encode(), dtype=np.uint8),
        "numbers": np.array([[getattr(h, n) for n in _NUMBERS] for h in halves], dtype=np.float64),
        "tally": np.array([h.tally for h in halves], dtype=np.int64),
        "scalars": np.array([[getattr(h.measures, n) for n in _SCALARS] for h in halves]),
        "by_species": np.array([[getattr(h.measures, n) for n in _BY_SPECIES] for h in halves]),
        _BINNED: np.array([getattr(h.measures, _BINNED) for h in halves]),
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
        The file.
    box : Box
        What the replica is a replica of.
    start : Replica
        The same replica before its first cycle.
    identity : str
        Of :func:`identity_of`.

    Raises
    ------
    InputError
        Where the file is damaged, belongs to another run or version, or cannot be true.
    """
    try:
        return _replica(_checked(read_arrays(path, identity=identity), box, start), start)
    except Damaged as error:
        kind = "checkpoint of another run" if isinstance(error, Foreign) else "damaged checkpoint"
        raise InputError(
            f"{kind} ({error}); delete it to start this replica again", where=str(path)
        ) from None


def _layout(arrays: Arrays, box: Box, start: Replica) -> dict[str, tuple[str, tuple[int, ...]]]:
    """Type and shape that every array must have; how many half-cycles and points there are, the file says."""
    numbers, points = arrays.get("numbers"), arrays.get("points")
    if numbers is None or points is None or numbers.ndim != 2 or points.dtype != np.int64 or points.ndim != 1:
        raise Damaged("holds no cycles")
    halves, kept, kinds = len(numbers), len(points), len(box.energies.species)
    if halves % 2 or not 2 <= halves <= 2 * box.cycles or not 0 < kept <= halves:
        raise Damaged("its number of cycles")
    if not ((points > 0) & (points <= BINS + 1)).all():
        raise Damaged("the points of its curves")
    total = int(points.sum())
    expected = {
        "numbers": ("f8", (halves, len(_NUMBERS))),
        "tally": ("i8", (halves, *empty_trace(1, 1).tally.shape)),
        "scalars": ("f8", (halves, len(_SCALARS))),
        "by_species": ("f8", (halves, len(_BY_SPECIES), kinds)),
        _BINNED: ("f8", (halves, len(DIAMETERS) - 1)),
        "kept": ("b1", (halves,)),
        "points": ("i8", (kept,)),
        "charge": ("f8", (total,)),
        "voltage": ("f8", (total,)),
        "charge_by_element": ("f8", (total, kinds)),
        "rng": ("u1", (arrays["rng"].size if "rng" in arrays else 0,)),
    }
    for name, values in start.pristine._asdict().items():
        for prefix, count in (("ends", 2), ("kept", kept)):
            expected[f"{prefix}_{name}"] = (values.dtype.str, (count, *values.shape))
    return expected


def _checked(arrays: Arrays, box: Box, start: Replica) -> Arrays:
    """The arrays, where type, shape and range of all of them are what they must be."""
    expected = _layout(arrays, box, start)
    if set(arrays) != set(expected):
        raise Damaged("other arrays than belong there")
    for name, (kind, shape) in expected.items():
        if arrays[name].dtype != np.dtype(kind) or arrays[name].shape != shape:
            raise Damaged(f"type or shape of {name}")
    _check_numbers(arrays, box)
    _check_measures(arrays)
    for prefix in ("ends", "kept"):
        for row in range(len(arrays[f"{prefix}_species"])):
            _check_configuration(_configuration(arrays, prefix, row), start.pristine)
    first, last = (_configuration(arrays, "ends", row) for row in (0, 1))
    if not _equal(first, start.pristine):
        raise Damaged("its pristine state is another one")
    if arrays["kept"][-1] and not _equal(last, _configuration(arrays, "kept", -1)):
        raise Damaged("its last state is another one than it kept")
    return arrays


def _check_numbers(arrays: Arrays, box: Box) -> None:
    """What the half-cycles say of themselves, and their curves."""
    from topotaxy.lattice.history import keeps_curve

    numbers = dict(zip(_NUMBERS, arrays["numbers"].T, strict=True))
    halves = len(arrays["numbers"])
    if not np.array_equal(numbers["cycle"], np.arange(halves) // 2 + 1):
        raise Damaged("its cycles are not in order")
    distance = numbers["exchange_distance"]
    for name, good in (
        ("capacity", np.abs(numbers["capacity"]) < MOST_CHARGE),
        ("mean_voltage", np.abs(numbers["mean_voltage"]) < MOST_VOLTS),
        ("duration", np.isfinite(numbers["duration"]) & (numbers["duration"] >= 0.0)),
        ("exchange_distance", np.isnan(distance) | (np.isfinite(distance) & (distance >= 0.0))),
        ("clipped", (numbers["clipped"] >= 0.0) & (numbers["clipped"] <= 1.0)),
        ("tally", arrays["tally"] >= 0),
        ("charge", np.abs(arrays["charge"]) < MOST_CHARGE),
        ("voltage", np.abs(arrays["voltage"]) < MOST_VOLTS),
        ("charge_by_element", np.abs(arrays["charge_by_element"]) < MOST_CHARGE),
    ):
        if not good.all():
            raise Damaged(f"a value of {name}")
    kept = [keeps_curve(cycle // 2 + 1, box.cycles) for cycle in range(halves)]
    if not np.array_equal(arrays["kept"], kept) or sum(kept) != len(arrays["points"]):
        raise Damaged("which cycles it kept")
    ends = np.cumsum(arrays["points"]) - 1
    passed, capacity = arrays["charge"][ends], numbers["capacity"][arrays["kept"]]
    if not np.allclose(passed, np.maximum(capacity, 0.0), rtol=1e-9, atol=1e-9):
        raise Damaged("its curves end at other capacities than it says")


def _check_measures(arrays: Arrays) -> None:
    """Measures are numbers or NaN, and shares lie between nothing and all."""
    shares = {name for name in (*_SCALARS, *_BY_SPECIES) if name.endswith("_fraction")} - {"reduced_fraction"}
    columns = {name: arrays["scalars"][:, i] for i, name in enumerate(_SCALARS)}
    columns |= {name: arrays["by_species"][:, i] for i, name in enumerate(_BY_SPECIES)}
    columns[_BINNED] = arrays[_BINNED]
    for name, values in columns.items():
        known = values[~np.isnan(values)]
        within = np.isfinite(known) & (np.abs(known) < 1e6)
        if name in shares or name == _BINNED:
            within &= (known >= -1e-9) & (known <= 1.0 + 1e-9)
        if not within.all():
            raise Damaged(f"a value of {name}")


def _check_configuration(c: Configuration, pristine: Configuration) -> None:
    """Every index in range, every cation in one place, no charge created."""
    sites, kinds = len(c.species), int(pristine.species.max()) + 1
    for name, values, low, high in (
        ("species", c.species, VACANT, kinds),
        ("valence", c.valence, 0, 3),
        ("identity", c.identity, VACANT, sites),
        ("alkali", c.alkali, 0, 2),
        ("registered", c.registered, 0, 2),
        ("metal_of", c.metal_of, -1, sites),
        ("centre", c.centre, -1, sites),
    ):
        if not ((values >= low) & (values < high)).all():
            raise Damaged(f"a value of {name} is out of range")
    if not (np.array_equal(c.element, pristine.element) and np.array_equal(c.anion, pristine.anion)):
        raise Damaged("its elements are others than it began with")
    ions = c.species != VACANT
    atoms = np.flatnonzero(c.metal_of >= 0)
    placed = np.concatenate([c.identity[ions], atoms])
    if (c.identity[~ions] >= 0).any() or (placed < 0).any():
        raise Damaged("an ion without a number, or a number without an ion")
    if not np.array_equal(np.sort(placed), np.flatnonzero(pristine.element != VACANT)):
        raise Damaged("a cation is missing, or there twice")
    if not np.array_equal(c.species[ions], c.element[c.identity[ions]]):
        raise Damaged("an ion is of another element than it began as")
    if ((c.valence > 0) != ions).any():
        raise Damaged("the charge of a vacancy, or an ion without one")
    sizes = np.bincount(c.metal_of[atoms], minlength=sites)
    centres = c.centre[c.centre >= 0]
    if ((sizes > 0) != (c.centre >= 0)).any() or len(np.unique(centres)) != len(centres):
        raise Damaged("an object of metal without a centre, or two with one")
    charge = int(c.valence.sum(dtype=np.int64)) + int(c.alkali.sum(dtype=np.int64))
    if charge != int(pristine.valence.sum(dtype=np.int64)) + int(pristine.alkali.sum(dtype=np.int64)):
        raise Damaged("its charge is not balanced")


def _configuration(arrays: Arrays, prefix: str, row: int) -> Configuration:
    return Configuration(*(arrays[f"{prefix}_{name}"][row].copy() for name in Configuration._fields))


def _equal(one: Configuration, other: Configuration) -> bool:
    pairs = zip(one._asdict().values(), other._asdict().values(), strict=True)
    return all(np.array_equal(a, b) for a, b in pairs)


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
        numbers = dict(zip(_NUMBERS, row, strict=True))
        has_curve = bool(data["kept"][index])
        scalars = dict(zip(_SCALARS, data["scalars"][index].tolist(), strict=True))
        arrays = dict(zip(_BY_SPECIES, data["by_species"][index], strict=True))
        halves.append(
            HalfCycle(
                **(numbers | {"cycle": int(numbers["cycle"])}),
                direction="charge" if index % 2 else "discharge",
                tally=data["tally"][index],
                measures=Measures(**scalars, **arrays, **{_BINNED: data[_BINNED][index]}),
                curve=next(curves) if has_curve else None,
                configuration=_configuration(data, "kept", next(kept)) if has_curve else None,
            )
        )
    return Replica(
        pristine=_configuration(data, "ends", 0),
        configuration=_configuration(data, "ends", 1),
        rng=_generator(data["rng"].tobytes(), start.rng),
        half_cycles=halves,
    )

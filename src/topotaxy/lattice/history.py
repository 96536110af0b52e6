"""The record of a replica, and its checkpoint on disk."""

from __future__ import annotations

import copy
import io
import json
import zipfile
from dataclasses import dataclass, field, fields, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from topotaxy.errors import InputError
from topotaxy.files import write_atomically
from topotaxy.lattice.measures import Measures
from topotaxy.lattice.state import Configuration

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


@dataclass(frozen=True, kw_only=True)
class Curve:
    """Voltage curve: ``charge`` (points,) mAh/g, ``voltage`` (points,) V, ``charge_by_element``
    (points, species) mAh/g, positive for charge passed in the sense of the half-cycle.
    """

    charge: NDArray[np.float64]
    voltage: NDArray[np.float64]
    charge_by_element: NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class HalfCycle:
    """One discharge or charge: capacity (mAh/g), time-averaged voltage (V), duration (s),
    events by kind, mean distance over which atoms were exchanged with metal (nm), share of its redox events
    while the box cut that reach, measures at its end, and for some cycles its curve and end configuration.
    """

    cycle: int
    direction: str
    capacity: float
    mean_voltage: float
    duration: float
    tally: NDArray[np.int64]
    exchange_distance: float
    clipped: float
    measures: Measures
    curve: Curve | None
    configuration: Configuration | None


@dataclass
class Replica:
    """The history of one replica; ``configuration`` is where it stands."""

    pristine: Configuration
    configuration: Configuration
    rng: np.random.Generator
    half_cycles: list[HalfCycle] = field(default_factory=list)


def snapshot(replica: Replica) -> Replica:
    """Return the replica as it stands: what happens to it later leaves the snapshot alone."""
    return replace(replica, rng=copy.deepcopy(replica.rng), half_cycles=list(replica.half_cycles))


def _packed(configurations: list[Configuration], prefix: str) -> dict[str, NDArray[np.generic]]:
    return {
        f"{prefix}_{name}": np.stack([getattr(c, name) for c in configurations])
        for name in Configuration._fields
    }


def save_replica(replica: Replica, path: Path) -> None:
    """Write a checkpoint atomically: killed at any time, the old or the new file stands."""
    halves = replica.half_cycles
    kept = [h for h in halves if h.curve is not None]
    arrays: dict[str, NDArray[np.generic]] = {
        "rng": np.frombuffer(json.dumps(replica.rng.bit_generator.state).encode(), dtype=np.uint8),
        "numbers": np.array(
            [
                [h.cycle, h.capacity, h.mean_voltage, h.duration, h.exchange_distance, h.clipped]
                for h in halves
            ]
        ),
        "tally": np.array([h.tally for h in halves]),
        "scalars": np.array([[getattr(h.measures, n) for n in _SCALARS] for h in halves]),
        "by_species": np.array([[getattr(h.measures, n) for n in _BY_SPECIES] for h in halves]),
        _BINNED: np.array([getattr(h.measures, _BINNED) for h in halves]),
        "kept": np.array([h.curve is not None for h in halves]),
        "points": np.array([len(h.curve.charge) for h in kept if h.curve]),
    }
    for name in (f.name for f in fields(Curve)):
        arrays[name] = np.concatenate([getattr(h.curve, name) for h in kept])
    arrays |= _packed([replica.pristine, replica.configuration], "ends")
    arrays |= _packed([h.configuration for h in kept if h.configuration], "kept")
    archive = io.BytesIO()
    np.savez(archive, **arrays)  # type: ignore[arg-type]
    write_atomically(path, archive.getvalue())


def load_replica(path: Path) -> Replica:
    """Read a checkpoint back.

    Raises
    ------
    InputError
        Where the file is damaged or of another version.
    """
    try:
        # The open file is ours to close: np.load leaves it open where the archive is damaged.
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            data = {name: archive[name] for name in archive.files}
        return _unpacked(data)
    except (OSError, ValueError, KeyError, IndexError, TypeError, EOFError, zipfile.BadZipFile):
        raise InputError(
            "damaged checkpoint; delete it to start this replica again", where=str(path)
        ) from None


def _unpacked(data: dict[str, NDArray[np.generic]]) -> Replica:
    def configurations(prefix: str) -> list[Configuration]:
        columns = [data[f"{prefix}_{name}"] for name in Configuration._fields]
        return [Configuration(*row) for row in zip(*columns, strict=True)]

    rng = np.random.Generator(np.random.PCG64())
    rng.bit_generator.state = json.loads(data["rng"].tobytes().decode())
    pristine, current = configurations("ends")
    curves = iter(_curves(data))
    kept = iter(configurations("kept"))
    halves = []
    for index, row in enumerate(data["numbers"].astype(float).tolist()):
        cycle, capacity, mean_voltage, duration, distance, clipped = row
        has_curve = bool(data["kept"][index])
        scalars = dict(zip(_SCALARS, data["scalars"][index].astype(float).tolist(), strict=True))
        arrays = dict(zip(_BY_SPECIES, data["by_species"][index], strict=True))
        halves.append(
            HalfCycle(
                cycle=int(cycle),
                direction="charge" if index % 2 else "discharge",
                capacity=capacity,
                mean_voltage=mean_voltage,
                duration=duration,
                tally=data["tally"][index],
                exchange_distance=distance,
                clipped=clipped,
                measures=Measures(**scalars, **arrays, **{_BINNED: data[_BINNED][index]}),
                curve=next(curves) if has_curve else None,
                configuration=next(kept) if has_curve else None,
            )
        )
    return Replica(pristine=pristine, configuration=current, rng=rng, half_cycles=halves)


def _curves(data: dict[str, NDArray[np.generic]]) -> list[Curve]:
    cuts = np.cumsum(data["points"].astype(int))[:-1]
    parts = {f.name: np.split(data[f.name], cuts) for f in fields(Curve)}
    return [Curve(**dict(zip(parts, row, strict=True))) for row in zip(*parts.values(), strict=True)]

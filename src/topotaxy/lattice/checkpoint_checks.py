"""What the arrays of a checkpoint must be, whoever wrote them: compiled code indexes with them."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from topotaxy.lattice.box import BINS, Box
from topotaxy.lattice.domains import DIAMETERS
from topotaxy.lattice.history import Replica, keeps_curve
from topotaxy.lattice.kernel import empty_trace
from topotaxy.lattice.measures import Measures
from topotaxy.lattice.state import VACANT, Configuration
from topotaxy.results.arrays import Damaged

Arrays = dict[str, NDArray[Any]]

BY_SPECIES = (
    "anion_coordination",
    "metal_coordination",
    "anion_distance",
    "metal_distance",
    "reduced_fraction",
    "monovalent_fraction",
    "pooled_fraction",
)
BINNED = "domain_distribution"
SCALARS = tuple(f.name for f in fields(Measures) if f.name not in (*BY_SPECIES, BINNED))
NUMBERS = ("cycle", "capacity", "mean_voltage", "duration", "exchange_distance", "clipped")

MOST_CHARGE = 1e5
"""mAh/g: nearly four times what hydrogen gives."""

MOST_VOLTS = 100.0
"""Beyond any window of a specification, and any polarisation that a half-cycle ends at."""


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
        "numbers": ("f8", (halves, len(NUMBERS))),
        "tally": ("i8", (halves, *empty_trace(1, 1).tally.shape)),
        "scalars": ("f8", (halves, len(SCALARS))),
        "by_species": ("f8", (halves, len(BY_SPECIES), kinds)),
        BINNED: ("f8", (halves, len(DIAMETERS) - 1)),
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


def checked(arrays: Arrays, box: Box, start: Replica) -> Arrays:
    """Return the arrays, where type, shape and range of all of them are what they must be.

    Parameters
    ----------
    arrays : dict of str to array
        Arrays by name, as they were read: not trusted yet.
    box : Box
        Geometry, energies, kinetics and specification that all replicas share.
    start : Replica
        The same replica before its first cycle.

    Raises
    ------
    Damaged
        Where something cannot be true.
    """
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
            _check_configuration(configuration_at(arrays, prefix, row), start.pristine)
    first, last = (configuration_at(arrays, "ends", row) for row in (0, 1))
    if not _equal(first, start.pristine):
        raise Damaged("its pristine state is another one")
    if arrays["kept"][-1] and not _equal(last, configuration_at(arrays, "kept", -1)):
        raise Damaged("its last state is another one than it kept")
    return arrays


def _check_numbers(arrays: Arrays, box: Box) -> None:
    """What the half-cycles say of themselves, and their curves."""
    numbers = dict(zip(NUMBERS, arrays["numbers"].T, strict=True))
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
    shares = {name for name in (*SCALARS, *BY_SPECIES) if name.endswith("_fraction")} - {"reduced_fraction"}
    columns = {name: arrays["scalars"][:, i] for i, name in enumerate(SCALARS)}
    columns |= {name: arrays["by_species"][:, i] for i, name in enumerate(BY_SPECIES)}
    columns[BINNED] = arrays[BINNED]
    for name, values in columns.items():
        known = values[~np.isnan(values)]
        within = np.isfinite(known) & (np.abs(known) < 1e6)
        if name in shares or name == BINNED:
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


def configuration_at(arrays: Arrays, prefix: str, row: int) -> Configuration:
    """Return configuration number ``row`` of those that were stored under a prefix.

    Parameters
    ----------
    arrays : dict of str to array
        Arrays of a checkpoint by name.
    prefix : str
        ``ends``, of the pristine state and the last one, or ``kept``.
    row : int
        Which of the stored configurations, from 0.
    """
    return Configuration(*(arrays[f"{prefix}_{name}"][row].copy() for name in Configuration._fields))


def _equal(one: Configuration, other: Configuration) -> bool:
    pairs = zip(one._asdict().values(), other._asdict().values(), strict=True)
    return all(np.array_equal(a, b) for a, b in pairs)

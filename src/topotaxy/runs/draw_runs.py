"""One draw of the lattice, run: branches, early loss, interface and reduced shares of every alkali
together."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from topotaxy.cell.branches import BRANCHES, area_per_gram, branch_from_curves
from topotaxy.errors import InputError
from topotaxy.lattice import Replica, box_from_spec, run_replica
from topotaxy.material import electrode_composition
from topotaxy.runs.draw_campaign import Protocol
from topotaxy.runs.draw_inputs import drawn_energies, parameters_of
from topotaxy.runs.draw_table import mass_of_one_cation
from topotaxy.runs.together import Tick, run_together
from topotaxy.spec import Spec

_SENSES = ("discharge", "charge")

LATER = 3
"""Last cycles whose held charge is the later loss."""


@dataclass(frozen=True, kw_only=True)
class Boxes:
    """How the boxes of a draw are run.

    Attributes
    ----------
    folder : Path or None
        Of their checkpoints, from which a stopped draw goes on; None where nothing is kept.
    at_once : int
        Threads.
    told : callable
        Called with the finished cycles of all boxes of the draw.
    """

    folder: Path | None = None
    at_once: int = 1
    told: Callable[[int], object] = lambda done: None

    def after(self, name: str, cycles: int) -> Boxes:
        """Return the same for a group of boxes of a name, which is run when so many cycles are done.

        Parameters
        ----------
        name : str
            Of the group, one within the draw.
        cycles : int
            That earlier groups have run.
        """
        told = self.told
        folder = None if self.folder is None else self.folder / name
        return replace(self, folder=folder, told=lambda done: told(cycles + done))


def draw_once(
    specs: Sequence[Spec],
    inputs: Mapping[str, float],
    protocol: Protocol,
    seed: int,
    boxes: Boxes | None = None,
) -> dict[str, Any]:
    """Run one draw and return its row as plain data, by alkali.

    Parameters
    ----------
    specs : sequence of Spec
        One material, one specification an alkali.
    inputs : mapping of str to float
        By :attr:`~topotaxy.runs.draw_inputs.LatticeRange.key`.
    protocol : Protocol
        Size, currents and cycles.
    seed : int
        Of the boxes; every alkali has the same.
    boxes : Boxes, optional
        How they are run; it changes no number.

    Raises
    ------
    InputError
        Where the lattice does not hold the material, or it takes no charge or gives none back.
    """
    boxes, each = boxes or Boxes(), cycles_of_a_draw(protocol)
    return {
        "inputs": dict(inputs),
        "ions": {
            spec.cell.ion: _one_ion(spec, inputs, protocol, seed, boxes.after(spec.cell.ion, n * each))
            for n, spec in enumerate(specs)
        },
    }


def cycles_of_a_draw(protocol: Protocol) -> int:
    """Return how many cycles all boxes of a draw with one alkali run together.

    Parameters
    ----------
    protocol : Protocol
        Size, currents and cycles.
    """
    return protocol.replicas * (protocol.slow_cycles + protocol.fast_cycles)


def _one_ion(
    spec: Spec, inputs: Mapping[str, float], protocol: Protocol, seed: int, boxes: Boxes
) -> dict[str, Any]:
    asked = (spec, inputs, protocol, seed)
    slow = _replicas(*asked, protocol.slow, protocol.slow_cycles, boxes.after("slow", 0))
    _check_charge(spec, slow)
    done = protocol.replicas * protocol.slow_cycles
    fast = _replicas(*asked, protocol.fast, protocol.fast_cycles, boxes.after("fast", done))
    _check_charge(spec, fast)
    composition = electrode_composition(spec.electrode)
    mass = mass_of_one_cation(composition)
    first = [replica.half_cycles[0] for replica in slow]
    measures = [half.measures for half in first]
    held = np.array([_held(replica) for replica in fast]).mean(axis=0)
    species = list(composition.cations)
    return {
        "capacity": round(float(np.mean([half.capacity for half in first])), 2),
        "branches": _branches(slow),
        "early_loss": round(max(0.0, float(held[0])), 5),
        "later_loss": round(max(0.0, float(held[-LATER:].mean())), 5),
        "interface_area": round(
            float(np.mean([m.interface_area for m in measures])) * area_per_gram(mass), 2
        ),
        "domain_size": round(float(np.mean([m.domain_size for m in measures])), 3),
        "reduced": {
            el: round(float(np.mean([m.reduced_fraction[s] for m in measures])), 4)
            for s, el in enumerate(species)
        },
    }


def _replicas(
    spec: Spec,
    inputs: Mapping[str, float],
    protocol: Protocol,
    seed: int,
    current: float,
    cycles: int,
    boxes: Boxes,
) -> list[Replica]:
    own_spec = run_of_a_draw(spec, inputs, protocol, seed, current=current, cycles=cycles)
    box = box_from_spec(own_spec, energies=drawn_energies(own_spec, inputs))
    seeds = np.random.SeedSequence(seed).spawn(protocol.replicas)
    with _checkpoints(boxes.folder) as folder:

        def work(index: int, tick: Tick) -> Replica:
            grain = (index + 0.5) / protocol.replicas
            return run_replica(box, seeds[index], folder / f"{index}.npz", grain=grain, tick=tick)

        tasks = [partial(work, index) for index in range(protocol.replicas)]
        return run_together(tasks, at_once=boxes.at_once, told=boxes.told)


def run_of_a_draw(
    spec: Spec, inputs: Mapping[str, float], protocol: Protocol, seed: int, *, current: float, cycles: int
) -> Spec:
    """Return the specification that a draw runs at one of its currents.

    Size, replicas, seed, current and cycles are those of the draw; the electrode, its cell, the switches of
    the lattice and what is imposed on it are those of the specification.

    Parameters
    ----------
    spec : Spec
        Of the material with one alkali.
    inputs : mapping of str to float
        By :attr:`~topotaxy.runs.draw_inputs.LatticeRange.key`.
    protocol : Protocol
        Size, currents and cycles.
    seed : int
        Of the boxes.
    current : float
        A/g, of discharge and charge.
    cycles : int
        How many.

    Raises
    ------
    InputError
        Where the blocks of the specification are larger than the boxes of a draw.
    """
    block = spec.lattice.block
    if block is not None and block > protocol.cells:
        raise InputError(
            f"lattice.block: expected at most {protocol.cells}, the edge of the boxes of a draw, got {block}"
        )
    document = spec.model_dump()
    document["protocol"].update(current=current, charge_current=None, cycles=cycles)
    document["lattice"].update(cells=protocol.cells, replicas=protocol.replicas, seed=seed)
    document["lattice"]["parameters"] |= parameters_of(inputs)
    return Spec.model_validate(document)


@contextmanager
def _checkpoints(folder: Path | None) -> Iterator[Path]:
    if folder is None:
        with tempfile.TemporaryDirectory(prefix="topotaxy-") as found:
            yield Path(found)
    else:
        folder.mkdir(parents=True, exist_ok=True)
        yield folder


def _check_charge(spec: Spec, replicas: Sequence[Replica]) -> None:
    """Refuse a material of which no branch could be made: a half-cycle without charge."""
    for half in (half for replica in replicas for half in replica.half_cycles):
        if half.capacity > 0.0:
            continue
        window = f"between {spec.cell.lower_cutoff:g} and {spec.cell.upper_cutoff:g} V"
        does = "takes no charge" if half.direction == "discharge" else "gives no charge back"
        raise InputError(
            f"{spec.electrode.formula} with {spec.cell.ion} {does} {window} in cycle {half.cycle}: no cell "
            "can be made of it; expected more cations that become metal, another alkali, or other cut-offs"
        )


def _held(replica: Replica) -> np.ndarray:
    """Charge that is still held after each cycle, over the first discharge."""
    capacity = {d: np.array([h.capacity for h in replica.half_cycles if h.direction == d]) for d in _SENSES}
    return np.asarray(np.cumsum(capacity["discharge"] - capacity["charge"]) / capacity["discharge"][0])


def _branches(replicas: Sequence[Replica]) -> dict[str, list[float]]:
    """First discharge, later discharge and charge, mean over replicas and cycles."""
    gathered: dict[str, tuple[list[Any], list[Any]]] = {name: ([], []) for name in BRANCHES}
    for replica in replicas:
        for half in replica.half_cycles:
            if half.curve is None:
                continue
            down = half.direction == "discharge"
            share = half.curve.charge / half.capacity
            x, v = gathered["first_discharge" if down and half.cycle == 1 else half.direction]
            x.append(share if down else 1.0 - share)
            v.append(half.curve.voltage)
    return {name: list(branch_from_curves(*found)) for name, found in gathered.items()}

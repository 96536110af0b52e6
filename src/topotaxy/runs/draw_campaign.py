"""What a campaign of draws runs: material, protocol, and the inputs of each draw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from topotaxy.errors import InputError
from topotaxy.runs.draw_inputs import LatticeRange, lattice_ranges, sampled_inputs
from topotaxy.spec import Spec


@dataclass(frozen=True, kw_only=True)
class Protocol:
    """Boxes and currents of a draw.

    Branches come from cycles that are slow against the lattice's own redox rate (``slow``, A/g), so that
    they hold
    no kinetics; the early loss from cycles at ``fast`` (A/g), the current that first cycles are stated at.
    """

    cells: int = 6
    replicas: int = 2
    slow: float = 0.01
    slow_cycles: int = 3
    fast: float = 0.1
    fast_cycles: int = 6


@dataclass(frozen=True, kw_only=True)
class Campaign:
    """What a campaign of draws runs: one material against one or more alkalis.

    ``inputs`` maps the subject and name of each range to its value, draw by draw; the first draw has the
    shipped
    values.
    """

    name: str
    specs: tuple[Spec, ...]
    protocol: Protocol
    ranges: tuple[LatticeRange, ...]
    inputs: tuple[Mapping[str, float], ...]
    seed: int


def campaign(
    name: str, specs: Sequence[Spec], *, draws: int, seed: int = 1, protocol: Protocol | None = None
) -> Campaign:
    """Plan a campaign.

    Parameters
    ----------
    name : str
        Of the table.
    specs : sequence of Spec
        One material, one specification an alkali.
    draws : int
        How many, the shipped values among them.
    seed : int
        Of the sequence and of the boxes.
    protocol : Protocol, optional
        Size, currents and cycles of the runs.

    Raises
    ------
    InputError
        Where the specifications are of different materials, one is a composite, or two have one alkali.
    """
    formulas = {spec.electrode.formula for spec in specs}
    if len(formulas) != 1 or any(spec.electrode.grains for spec in specs):
        raise InputError("draws are of one single-phase material", where=name)
    if len({spec.cell.ion for spec in specs}) != len(specs):
        raise InputError("one specification an alkali is expected", where=name)
    ranges = lattice_ranges(specs)
    return Campaign(
        name=name,
        specs=tuple(specs),
        protocol=protocol or Protocol(),
        ranges=ranges,
        inputs=tuple(sampled_inputs(ranges, draws, seed)),
        seed=seed,
    )

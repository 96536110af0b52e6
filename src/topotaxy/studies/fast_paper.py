"""A paper's numbers of cells by the compiled cell: one point of the parameters to all of them, in
milliseconds."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from topotaxy.cell.draws import DrawTable
from topotaxy.cell.fast import SHELLS, STEPS, Cycles, FastCell
from topotaxy.cell.numbers import cell_values
from topotaxy.cell.priors import DRAW, assumed, of_ion
from topotaxy.errors import InputError
from topotaxy.runs.paper import PaperNumber, PaperProtocol, PaperRun

REFERENCE = 2
"""Cycle that retention is counted from."""


@dataclass(frozen=True, kw_only=True)
class Numerics:
    """Steps, shells and share of cycles skipped; see :meth:`topotaxy.cell.fast.FastCell.cycle`."""

    steps: int = STEPS
    shells: int = SHELLS
    growth: float = 0.5


QUICK = Numerics(steps=12, shells=8, growth=3.0)
"""For inference: off the fine solution by a fifth of the scatter given to stated numbers."""


@dataclass(frozen=True, kw_only=True)
class FastPaper:
    """The protocols of a paper on a table of draws.

    Attributes
    ----------
    protocol : PaperProtocol
        Runs and what is read from them.
    table : DrawTable
        Draws of the material.
    numerics : Numerics
        Of the solution.
    """

    protocol: PaperProtocol
    table: DrawTable
    numerics: Numerics = QUICK

    def cell(self, run: PaperRun, values: Mapping[str, float]) -> FastCell:
        """The cell of a run at a point.

        Parameters
        ----------
        run : PaperRun
            Its table of branches is ``NAME-ion`` of the draws.
        values : mapping of str to float
            Inferred parameters by key, the draw among them; others as they are imposed.

        Raises
        ------
        InputError
            Where the draws hold no such alkali, or a name is unknown.
        """
        ion = ion_of(run.table, self.table)
        own = of_ion(values, ion)
        index = int(own.pop(DRAW, 0.0))
        if run.diameter:
            own["particle_diameter"] = assumed()[run.diameter]
        return FastCell(
            draw=self.table.draw(index, ion),
            values=cell_values(ion, own),
            full=bool(run.cathode),
            low=self.table.lower_cutoff,
            high=self.table.upper_cutoff,
            temperature=self.table.temperature,
        )

    def cycles(self, name: str, values: Mapping[str, float]) -> Cycles:
        """Simulate the run of that name at a point.

        Parameters
        ----------
        name : str
            Name of the run in the paper's protocol.
        values : Mapping[str, float]
            Value of each parameter, by name.
        """
        run = self.protocol.runs[name]
        n = self.numerics
        return self.cell(run, values).cycle(run.legs, growth=n.growth, steps=n.steps, shells=n.shells)

    def numbers(self, values: Mapping[str, float], claims: Sequence[str]) -> dict[str, float]:
        """Compute claims at a point; a number that cannot be had is zero.

        Parameters
        ----------
        values : mapping of str to float
            As :meth:`cell` takes them.
        claims : sequence of str
            Ids of the claims that the protocol is of.
        """
        found = dict(self.in_turn(values, claims))
        return {claim: found[claim] for claim in claims}

    def in_turn(self, values: Mapping[str, float], claims: Sequence[str]) -> Iterator[tuple[str, float]]:
        """Compute claims one after the other, those of the shortest runs first: who has seen enough stops.

        Parameters
        ----------
        values : mapping of str to float
            As :meth:`cell` takes them.
        claims : sequence of str
            Ids of the claims that the protocol is of.

        Yields
        ------
        (str, float)
            A claim and its number; one that cannot be had is zero.
        """
        computed, runs = self.protocol.computed(), self.protocol.runs
        needed = {claim: _runs_of(computed[claim], computed) for claim in claims}
        simulated: dict[str, Cycles] = {}
        every = sorted({name for names in needed.values() for name in names})
        for name in sorted(every, key=lambda name: _length(runs[name])):
            simulated[name] = self.cycles(name, values)
            for claim in [c for c, names in needed.items() if names <= simulated.keys()]:
                del needed[claim]
                yield claim, self._read(computed[claim], simulated)

    def _read(self, number: PaperNumber, simulated: Mapping[str, Cycles]) -> float:
        """The number, over another one where it says so."""
        value = read_number(number, simulated[number.run], self.protocol.runs[number.run])
        if not number.over:
            return value
        return _over(value, self._read(self.protocol.computed()[number.over], simulated))


def _runs_of(number: PaperNumber, computed: Mapping[str, PaperNumber]) -> set[str]:
    """Names of the runs that a number is read from."""
    return {number.run} | (_runs_of(computed[number.over], computed) if number.over else set())


def _length(run: PaperRun) -> float:
    """Rank of a run by how long it takes: of many equal cycles only some are simulated."""
    return sum(math.log2(1.0 + leg.cycles) for leg in run.legs)


def ion_of(table_name: str, table: DrawTable) -> str:
    """Alkali of a table of branches, named ``NAME-ion`` in small letters.

    Parameters
    ----------
    table_name : str
        Name of the draws.
    table : DrawTable
        Draws of the lattice.

    Raises
    ------
    InputError
        Where the draws hold no such alkali.
    """
    suffix = table_name.rpartition("-")[2].capitalize()
    if suffix not in table.ions:
        raise InputError(f"{table_name!r:.60} names no alkali of the draws ({', '.join(table.ions)})")
    return suffix


def read_number(number: PaperNumber, cycles: Cycles, run: PaperRun) -> float:
    """Read one number from simulated cycles, as a cycler's record of them would give it.

    Parameters
    ----------
    number : PaperNumber
        What is read, at which cycle.
    cycles : Cycles
        Simulated; between those the value is interpolated.
    run : PaperRun
        Says what is a half cell, whose capacity is that of charge, and what a full cell.
    """
    delivered, taken = ("charge", "discharge") if run.role != "full-cell" else ("discharge", "charge")
    at = number.cycle
    if number.read in ("discharge", "charge"):
        return cycles.at(number.read, at)
    if number.read == "efficiency":
        return _over(cycles.at(delivered, at), cycles.at(taken, at))
    if number.read == "retention":
        return _over(cycles.at(delivered, at), cycles.at(delivered, REFERENCE))
    if number.read == "discharge voltage":
        return _over(cycles.at("discharge_energy", at), cycles.at("discharge", at))
    return _mean_efficiency(cycles, taken, at)


def _mean_efficiency(cycles: Cycles, taken: str, last: int) -> float:
    """Mean from the second cycle on, by the balance: what is not given back is held, skipped cycles or
    not."""
    held, number = cycles.column("held"), cycles.column("cycle")
    kept = float(np.interp(last, number, held) - held[0])
    each = np.interp(np.log(np.arange(2, last + 1)), np.log(number), cycles.column(taken))
    return 1.0 - _over(kept, float(each.sum()))


def _over(value: float, by: float) -> float:
    return value / by if by > 0.0 else 0.0

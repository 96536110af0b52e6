"""What a measured cell says of its material: the posterior of the cell on numbers of an ``analyse`` folder.

``python -m topotaxy.studies.measured_cell FOLDER --draws heos --ion Na --out mine.npz`` reads the observables
of a half cell, follows its currents cycle by cycle, fits the first cycle and the charge at the end of each
current, and predicts the mean voltages, which are held out. The draws are those of the material's lattice
(:mod:`topotaxy.studies.draws`).
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import numpy as np

from topotaxy.cell.draws import DrawTable
from topotaxy.cell.material import draws_named
from topotaxy.cell.posterior import Posterior, write_posterior
from topotaxy.cell.priors import Prior, priors
from topotaxy.errors import InputError
from topotaxy.observables import Observable, from_json
from topotaxy.results.folder import OBSERVABLES_FILE
from topotaxy.results.reading import stored_text
from topotaxy.runs.paper import LegSection, PaperNumber, PaperProtocol, PaperRun, RateMap, Read
from topotaxy.studies.cell_posterior import PARTICLES, infer
from topotaxy.studies.cell_problem import CellProblem, Datum
from topotaxy.studies.fast_paper import FastPaper
from topotaxy.studies.posterior_summary import LEVELS, left_out, parameter_summaries

RUN = "cell"
SCATTER = 0.03
"""Relative scatter given to a capacity and to the model's own shortcomings, as in the bundled paper."""
EFFICIENCY_SCATTER = 0.01
VOLTAGE_SCATTER = 0.1
"""V."""
SAME_CURRENT = 0.05
"""Relative difference within which two cycles ran at one current."""
SAME_CUTOFF = 0.1
"""V by which the cut-offs of the cell and of the lattice's draws may differ."""
LONG = 50
"""Cycles at one current from which its second cycle counts as well as its last."""
MOST_CYCLES, HIGHEST_CURRENT = 100_000, 1000.0
"""What the cell can be asked for, as in a specification; A/g."""
KNOWN_SIZE = 0.1
"""Relative range of a diameter that is given."""
CHARGE, DISCHARGE = "specific_capacity_charge", "specific_capacity_discharge"


@dataclass(frozen=True, kw_only=True)
class MeasuredCycles:
    """Numbers of one half cell by quantity and cycle, and the current (A/g) of each cycle in order."""

    source: str
    values: dict[str, dict[int, float]]
    currents: tuple[float, ...]


def observables_in(path: Path) -> list[Observable]:
    """Return the observables of a results folder.

    Parameters
    ----------
    path : Path
        The folder, or its ``observables.json``.

    Raises
    ------
    InputError
        Where they cannot be read.
    """
    file = path / OBSERVABLES_FILE if path.is_dir() else path
    return from_json(stored_text(file, links=not path.is_dir()), where=str(file))


def measured_cycles(observables: Sequence[Observable], table: DrawTable, *, where: str) -> MeasuredCycles:
    """Return the numbers of the half cell among observables.

    Parameters
    ----------
    observables : sequence of Observable
        Of one cell; simulated ones count only where none is measured.
    table : DrawTable
        Its cut-offs are those that the cell must have had.
    where : str
        What to call them in errors.

    Raises
    ------
    InputError
        Where there is no half cell with capacities per gram and currents, more than one, or other cut-offs.
    """
    found = [o for o in observables if o.quantity in (CHARGE, DISCHARGE) and o.conditions.cycle is not None]
    found = [o for o in found if o.origin == "measured"] or found
    found = [o for o in found if o.conditions.role == "half-cell-anode" and o.conditions.current is not None]
    if not found:
        raise InputError(
            "no capacities of a half cell per gram with their currents; analyse its files with --mass and "
            "--role half-cell-anode",
            where=where,
        )
    sources = sorted({o.source for o in found})
    if len(sources) > 1:
        raise InputError(f"more than one cell ({', '.join(sources)[:120]}); analyse one alone", where=where)
    for end, own in (("lower", table.lower_cutoff), ("upper", table.upper_cutoff)):
        for o in found:
            cut = getattr(o.conditions, f"{end}_cutoff")
            if cut is not None and abs(cut - own) > SAME_CUTOFF:
                raise InputError(
                    f"{end} cut-off {cut:g} V; the draws of the lattice were made for {own:g} V", where=where
                )
    values: dict[str, dict[int, float]] = {}
    for o in observables:
        if o.source == sources[0] and o.origin == found[0].origin and o.conditions.cycle is not None:
            values.setdefault(o.quantity, {}).setdefault(o.conditions.cycle, o.value)
    if 1 not in values.get(DISCHARGE, {}):
        raise InputError(
            "its first discharge is missing; the model starts from a fresh electrode", where=where
        )
    known = {o.conditions.cycle: o.conditions.current for o in reversed(found)}
    return MeasuredCycles(source=sources[0], values=values, currents=_filled(known, where))


def _filled(known: dict[int | None, float | None], where: str) -> tuple[float, ...]:
    """Current of every cycle; one that is not listed has that of the one before it."""
    listed = {cycle: current for cycle, current in known.items() if cycle is not None and current is not None}
    if max(listed) > MOST_CYCLES or max(listed.values()) > HIGHEST_CURRENT:
        raise InputError(
            f"cycle {max(listed):,} and currents up to {max(listed.values()):g} A/g; expected at most "
            f"{MOST_CYCLES:,} cycles and {HIGHEST_CURRENT:g} A/g (is the mass right?)",
            where=where,
        )
    currents: list[float] = []
    for cycle in range(1, max(listed) + 1):
        currents.append(listed.get(cycle, currents[-1] if currents else min(listed.values())))
    return tuple(currents)


def legs_of(currents: Sequence[float]) -> list[LegSection]:
    """Return cycles at one current each, from the current of every cycle.

    Parameters
    ----------
    currents : sequence of float
        A/g, from the first cycle on.
    """
    starts = [0, *(i + 1 for i, (a, b) in enumerate(pairwise(currents)) if abs(b / a - 1.0) > SAME_CURRENT)]
    return [
        LegSection(cycles=stop - start, current=float(np.mean(currents[start:stop])))
        for start, stop in pairwise([*starts, len(currents)])
    ]


def measured_problem(
    cycles: MeasuredCycles,
    table: DrawTable,
    *,
    draws: str,
    ion: str,
    scatter: float = SCATTER,
    diameter: float | None = None,
) -> CellProblem:
    """Put the numbers of a measured half cell and the priors together.

    Parameters
    ----------
    cycles : MeasuredCycles
        Of the cell.
    table : DrawTable
        Draws of its material.
    draws : str
        Name of the draws of the lattice, as ``heos``.
    ion : str
        Symbol of the alkali.
    scatter : float
        Relative scatter of a capacity.
    diameter : float, optional
        Of the particles, nm; without it the prior's range stands.

    Raises
    ------
    InputError
        Where the draws hold no such alkali, or an option is out of its range.
    """
    if ion not in table.ions:
        raise InputError(f"no draws with {ion!r:.20}; there are {', '.join(table.ions)}")
    if not 0.0 < scatter < 1.0 or (diameter is not None and not 1.0 <= diameter <= 1e5):
        raise InputError("expected a scatter between 0 and 1 and a diameter of 1 to 100,000 nm")
    legs = legs_of(cycles.currents)
    numbers, data = _numbers(cycles, legs, scatter)
    protocol = PaperProtocol(
        schema="topotaxy/paper/1",
        claims="",
        runs={
            RUN: PaperRun(title=cycles.source, table=f"{draws}-{ion.lower()}", material="", legs=tuple(legs))
        },
        number=tuple(numbers),
        draws=draws,
        rate_map=RateMap(table=f"{draws}-{ion.lower()}", first=0.1, currents=(), diameters=()),
    )
    return CellProblem(
        paper=cycles.source,
        draws=draws,
        model=FastPaper(protocol=protocol, table=table),
        priors=tuple(_with_size(p, diameter) for p in priors() if p.ion in ("", ion)),
        data=tuple(data),
    )


def _with_size(prior: Prior, diameter: float | None) -> Prior:
    if diameter is None or prior.name != "particle_diameter":
        return prior
    return replace(
        prior,
        low=diameter * (1.0 - KNOWN_SIZE),
        high=diameter * (1.0 + KNOWN_SIZE),
        source=f"given, {KNOWN_SIZE:.0%} either way",
    )


def _numbers(
    cycles: MeasuredCycles, legs: Sequence[LegSection], scatter: float
) -> tuple[list[PaperNumber], list[Datum]]:
    """What is read from the simulated cell, and the measured value of each."""
    wanted: list[tuple[Read, str, int, str]] = [
        ("discharge", DISCHARGE, 1, "fit"),
        ("efficiency", "initial_coulombic_efficiency", 1, "fit"),
    ]
    last = 0
    for leg in legs:
        first, last = last + 1, last + leg.cycles
        ends = (max(2, first + 1), last) if leg.cycles >= LONG else (last,)
        wanted += [("charge", CHARGE, cycle, "fit") for cycle in ends]
        wanted.append(("discharge voltage", "mean_voltage_discharge", last, "held-out"))
    own = {"efficiency": EFFICIENCY_SCATTER, "discharge voltage": VOLTAGE_SCATTER}
    numbers, data = [], []
    for read, quantity, cycle, use in wanted:
        value = cycles.values.get(quantity, {}).get(cycle)
        if value is None or not value > 0.0:
            continue
        sigma = own.get(read, scatter * value)
        name = f"{read}.{cycle}"
        numbers.append(
            PaperNumber(claim=name, run=RUN, read=read, cycle=cycle, how=f"{read} of cycle {cycle}")
        )
        data.append(Datum(claim=name, value=value, sigma=sigma, use=use))
    return numbers, data


def summary(problem: CellProblem, posterior: Posterior) -> str:
    """Return numbers and parameters as text.

    Parameters
    ----------
    problem : CellProblem
        What was inferred from.
    posterior : Posterior
        What came out.
    """
    lines = [
        f"{posterior.paper}: {len(posterior.points)} particles, log evidence {posterior.log_evidence:.1f}"
    ]
    for datum, other in zip(problem.data, left_out(posterior, problem.data), strict=True):
        low, middle, high = np.quantile(posterior.of(datum.claim), LEVELS)
        z = "-" if other.z is None else f"{other.z:+.1f}"
        lines.append(
            f"{datum.claim:24s} {datum.value:9.4g} measured; 5, 50, 95 %: {low:9.4g} {middle:9.4g} "
            f"{high:9.4g}  {datum.use:8s} z left out {z}"
        )
    for p in parameter_summaries(posterior, problem.priors):
        lines.append(
            f"{p.prior.key:24s} {p.low:9.3g} {p.middle:9.3g} {p.high:9.3g} {p.prior.unit:8s} {p.words}"
        )
    return "\n".join(lines)


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(prog="python -m topotaxy.studies.measured_cell", description=__doc__)
    parser.add_argument("folder", type=Path, help="of topotaxy analyse, or its observables.json")
    parser.add_argument(
        "--draws", required=True, help="of the material: a bundled name, or NAME for NAME.npz"
    )
    parser.add_argument("--ion", required=True, help="symbol of the alkali")
    parser.add_argument("--diameter", type=float, help="of the particles, nm")
    parser.add_argument("--scatter", type=float, default=SCATTER, help="of a capacity, relative")
    parser.add_argument("--particles", type=int, default=PARTICLES)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--work", type=Path, help="folder that a stopped inference goes on from")
    parser.add_argument("--out", type=Path, required=True, help="file of the posterior (.npz)")
    given = parser.parse_args()
    try:
        if given.particles < 16 or given.workers < 1:
            raise InputError("expected at least 16 particles and one worker")
        table = draws_named(given.draws)
        cycles = measured_cycles(observables_in(given.folder), table, where=str(given.folder))
        problem = measured_problem(
            cycles, table, draws=given.draws, ion=given.ion, scatter=given.scatter, diameter=given.diameter
        )
        found = infer(
            problem, particles=given.particles, seed=given.seed, workers=given.workers, folder=given.work
        )
        write_posterior(found, given.out)
    except InputError as error:
        print(f"error: {error}", file=sys.stderr)
        raise SystemExit(2) from None
    print(summary(problem, found))


if __name__ == "__main__":
    main()

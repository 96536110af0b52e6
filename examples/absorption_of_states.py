"""Neighbours of every cation, state by state, as X-ray absorption would find them in specimens.

    topotaxy simulate heos-na --cycles 1 --out heos-na
    python examples/absorption_of_states.py heos-na
    python examples/absorption_of_states.py pristine.xyz discharged.xyz charged.xyz

Files are specimens that topotaxy wrote; of a run the states of its last cycle are taken. Each goes through
the virtual beamline with its foils, the spectra through the analysis that real ones go through, and the table
says by element what was found, beside what the specimen holds.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from topotaxy.measurement.absorption import TECHNIQUE
from topotaxy.measurement.absorption.instrument import Beamline
from topotaxy.measurement.absorption.neighbourhood import Neighbours, neighbours
from topotaxy.measurement.absorption.options import AbsorptionOptions
from topotaxy.observables import Observable
from topotaxy.runs import specimens_of
from topotaxy.specimen import Specimen, State, read

STATES: tuple[State, ...] = ("pristine", "discharged", "charged")
SHELLS = {"anion": (("oxide", ("O", "S", "F")), 1.6, 2.5), "cation": (("oxide", ()), 2.6, 3.3)}


def held(around: Neighbours, shell: str) -> float:
    """Return the neighbours of a shell that the specimen holds, by counting."""
    if shell == "metal":
        (environment, elements), low, high = ("metal", ()), 2.0, 3.0
    else:
        (environment, elements), low, high = SHELLS[shell]
    near = (around.distances > low) & (around.distances < high)
    anions, alkali = ("O", "S", "F"), ("Li", "Na", "K")
    return sum(
        float(counted[near].sum())
        for (where, element), counted in around.histograms.items()
        if where == environment
        and element not in alkali
        and ((element in elements) if elements else element not in anions)
    )


def row(specimen: Specimen, element: str, shell: str, seen: list[Observable]) -> str:
    """Return a line of the table: counted, found, its standard deviation."""
    around = neighbours(specimen, element, sampled=20_000, rng=np.random.default_rng(0))
    counted = "–" if around is None else f"{held(around, shell):.2f}"
    mine = [
        o
        for o in seen
        if (o.quantity, o.subject.element, o.subject.shell) == ("coordination_number", element, shell)
        and o.state == specimen.state
    ]
    if not mine:
        return f"{element:3} {shell:7} {specimen.state:11} {counted:>8} {'not found':>10}"
    width = float(np.hypot(mine[0].uncertainty or 0.0, mine[0].systematic or 0.0))
    return f"{element:3} {shell:7} {specimen.state:11} {counted:>8} {mine[0].value:10.2f} ± {width:.2f}"


def specimens_at(path: Path) -> list[Specimen]:
    """Return the specimen of a file, or those of a run."""
    if not path.is_dir():
        return [read(path)]
    return [one for state in STATES for one in specimens_of(path, state=state, cycle=None)]


def main(paths: list[str]) -> None:
    """Print the table."""
    specimens = [one for path in paths for one in specimens_at(Path(path))]
    rng = np.random.default_rng(1)
    records = TECHNIQUE.probe(specimens, Beamline(foils=True), rng) if TECHNIQUE.probe else ()
    seen = TECHNIQUE.observed(records, AbsorptionOptions())
    print(f"{'':3} {'shell':7} {'state':11} {'counted':>8} {'found':>10}")
    for element in dict.fromkeys(record.element for record in records):
        for shell in ("anion", "cation", "metal"):
            for specimen in specimens:
                print(row(specimen, element, shell, list(seen.observables)))
    for text in seen.remarks:
        print("-", text)


if __name__ == "__main__":
    main(sys.argv[1:])

"""How far the map of the judgement is off: its expectations beside instruments, on electrodes that are known.

``python -m topotaxy.studies.mechanism_library --out FOLDER`` makes electrodes of every mechanism by
hand, looks at them with the virtual instruments, and holds what the analyses say against what the
map expects of the counted latents. What is there already is taken up. The residual is the map's own error
(label ``calibrated``); latents that no counting gives are at their medians, so their spread is in it.
"""

from __future__ import annotations

import argparse
import csv
import io
import math
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from topotaxy.evidence.readings import read_observables
from topotaxy.files import write_atomically
from topotaxy.studies.electrodes import truth
from topotaxy.studies.known_electrodes import LIBRARY, Known, made_by_hand

UNCOUNTED = frozenset({"discharge_capacity", "charge_capacity", "loss", "efficiency", "hysteresis_seen"})
"""Expectations that rest on what is drawn for a cell, not on a specimen."""
RESIDUALS, SUMMARY = "residuals.csv", "library.csv"


@dataclass(frozen=True, kw_only=True)
class Residual:
    """One number of an instrument beside the map's expectation of it; ``width`` is that of the likelihood."""

    electrode: str
    material: str
    expected: str
    term: str
    technique: str
    seen: float
    by_map: float
    width: float

    @property
    def error(self) -> float:
        """What the instrument says more than the map."""
        return self.seen - self.by_map


def residuals(known: Iterable[Known]) -> list[Residual]:
    """Return every number that instruments say of electrodes beside the map's expectation.

    Parameters
    ----------
    known : Iterable[Known]
        Electrodes whose latents are counted.
    """
    found = []
    for one in known:
        electrode = one.electrode
        actual = truth(electrode)
        for term in read_observables(one.observables, electrode.reaction).terms:
            if term.mean is None or term.width is None or term.value is None:
                continue
            if term.expected.partition(".")[0] in UNCOUNTED:
                continue
            found.append(
                Residual(
                    electrode=electrode.name,
                    material=f"{electrode.formula} {electrode.ion}",
                    expected=term.expected,
                    term=term.name,
                    technique=term.technique,
                    seen=term.value,
                    by_map=float(term.mean(actual)[0]),
                    width=term.width,
                )
            )
    return found


@dataclass(frozen=True, kw_only=True)
class Row:
    """The residuals of one expectation, all cations and electrodes together."""

    expected: str
    count: int
    bias: float
    scatter: float
    within: float
    """Share of residuals within two widths of the likelihood."""
    worst: str
    """The electrode with the largest residual over its width."""
    worst_error: float


def summed_up(found: Sequence[Residual]) -> list[Row]:
    """Return a row for each expectation; ``scatter`` is the root of the mean square.

    Parameters
    ----------
    found : Sequence[Residual]
        Differences between map and instrument.
    """
    rows = []
    kinds = sorted({one.expected.partition(".")[0] for one in found})
    for kind in kinds:
        own = [one for one in found if one.expected.partition(".")[0] == kind]
        errors = np.array([one.error for one in own])
        far = max(own, key=lambda one: abs(one.error) / one.width)
        rows.append(
            Row(
                expected=kind,
                count=len(own),
                bias=float(errors.mean()),
                scatter=math.sqrt(float((errors**2).mean())),
                within=float(np.mean([abs(one.error) <= 2.0 * one.width for one in own])),
                worst=f"{far.electrode}, {far.material}",
                worst_error=far.error,
            )
        )
    return rows


def _csv(rows: Sequence[Row] | Sequence[Residual]) -> str:
    text = io.StringIO()
    if rows:
        names = list(rows[0].__dataclass_fields__)
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(names)
        for row in rows:
            values = [getattr(row, name) for name in names]
            writer.writerow([f"{v:.4g}" if isinstance(v, float) else v for v in values])
    return text.getvalue()


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the library and its two tables.

    Parameters
    ----------
    arguments : Sequence[str] | None
        Words of the command line; None for those of the process.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args(arguments)
    known = made_by_hand(
        given.out / "electrodes", materials=LIBRARY, progress=lambda text: print(text, file=sys.stderr)
    )
    found = residuals(known)
    write_atomically(given.out / RESIDUALS, _csv(found))
    write_atomically(given.out / SUMMARY, _csv(summed_up(found)))
    for row in summed_up(found):
        print(f"{row.expected}: {row.count}, bias {row.bias:+.3g}, scatter {row.scatter:.3g}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

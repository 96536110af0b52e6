"""The record of an absorption measurement: a spectrum of one edge, real or virtual."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from importlib import resources
from typing import Any, Literal, get_args

import numpy as np

from topotaxy.errors import InputError

Floats = np.ndarray[Any, np.dtype[np.float64]]
Mode = Literal["transmission", "fluorescence", "reference", "unknown"]
State = Literal["pristine", "discharged", "charged"]

MODES: tuple[Mode, ...] = get_args(Mode)
FEWEST_POINTS = 12
"""Points below which nothing can be said about an edge."""
SAME_ENERGY = 1e-3
"""eV; points closer than this are one point that was measured twice, as where two scan regions meet."""


@dataclass(frozen=True, kw_only=True)
class AbsorptionRecord:
    """One spectrum.

    Attributes
    ----------
    source, format, instrument, notes, origin:
        As :class:`topotaxy.measurement.technique.Record` says.
    label:
        Name of the spectrum among several of one file.
    element, edge:
        Absorber and edge, as in ``Ni`` and ``K``; empty where neither the file nor the energies tell.
    energy_ev:
        Ascending, eV, (n,).
    absorption:
        Absorption (any scale, any offset) or, where ``normalised``, in units of the edge step, (n,).
    reference:
        Absorption of the foil measured at the same time and energies, (n,); None where there was none.
    deviation:
        One standard deviation of ``absorption``, (n,), from repeats; None where nobody determined it.
    mode:
        How it was detected.
    normalised:
        Whether pre-edge and edge step have been taken out already.
    is_reference:
        Whether it is itself a reference channel of another spectrum.
    energy_shift_ev:
        Shift that has been added to the energies of the file.
    temperature_k:
        Of the sample.
    sample, formula:
        Name and composition of the sample, where stated.
    state, cycle:
        When in the life of an electrode.
    time:
        Start, seconds of the epoch of the record's clock (the file's local time read as UTC).
    parameters:
        Other parameters that the file holds, by its own names (ranges, edge step, windows).
    """

    source: str
    format: str
    energy_ev: Floats
    absorption: Floats
    label: str = ""
    element: str = ""
    edge: str = ""
    instrument: str | None = None
    notes: tuple[str, ...] = ()
    origin: Literal["measured", "simulated"] = "measured"
    reference: Floats | None = None
    deviation: Floats | None = None
    mode: Mode = "unknown"
    normalised: bool = False
    is_reference: bool = False
    energy_shift_ev: float = 0.0
    temperature_k: float | None = None
    sample: str = ""
    formula: str = ""
    state: State | None = None
    cycle: int | None = None
    time: float | None = None
    parameters: dict[str, float | str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Check lengths, order and values.

        Raises
        ------
        InputError
            Where energies do not ascend, or a value is not finite.
        """
        count = len(self.energy_ev)
        if count < FEWEST_POINTS:
            raise InputError(f"holds {count} points; an edge needs {FEWEST_POINTS} at least", where=self.name)
        for name in ("absorption", "reference", "deviation"):
            values = getattr(self, name)
            if values is not None and (values.shape != (count,) or not np.isfinite(values).all()):
                raise InputError(f"{name} has to be {count} finite numbers", where=self.name)
        if not (np.isfinite(self.energy_ev).all() and (np.diff(self.energy_ev) > 0.0).all()):
            raise InputError("energies have to be finite and ascend", where=self.name)
        if self.energy_ev[0] <= 0.0:
            raise InputError(f"energy {self.energy_ev[0]:g} eV is no photon energy", where=self.name)

    def __len__(self) -> int:
        """Return the number of points."""
        return len(self.energy_ev)

    @property
    def name(self) -> str:
        """The file and the label, for people."""
        return f"{self.source}, {self.label}" if self.label and self.label != self.source else self.source

    def updated(self, **fields: Any) -> AbsorptionRecord:
        """Return the record with some of its fields set anew (checked)."""
        return replace(self, **fields)

    def shifted(self, by_ev: float, note: str) -> AbsorptionRecord:
        """Return the record with its energies moved, and a note that says why.

        Parameters
        ----------
        by_ev : float
            Added to every energy, eV.
        note : str
            What a reader of the record must know of the shift.
        """
        return replace(
            self,
            energy_ev=self.energy_ev + by_ev,
            energy_shift_ev=self.energy_shift_ev + by_ev,
            notes=(*self.notes, note),
        )


@dataclass(frozen=True, kw_only=True)
class Cleaned:
    """Points of a spectrum in ascending order, and what had to go."""

    energy_ev: Floats
    columns: dict[str, Floats]
    notes: tuple[str, ...]


def cleaned(energy_ev: Floats, columns: dict[str, Floats], *, where: str) -> Cleaned:
    """Return points in ascending order, finite, with those at one energy averaged.

    Parameters
    ----------
    energy_ev : (n,)
        eV, in any order.
    columns : dict of (n,)
        The point goes where ``absorption`` is not finite; other columns that are not finite anywhere go as
        a whole.
    where : str
        File, for messages.

    Raises
    ------
    InputError
        Where too few points are left, or the absorption is the same everywhere.
    """
    notes: list[str] = []
    fine = np.isfinite(energy_ev) & np.isfinite(columns["absorption"])
    lost = int(np.count_nonzero(~fine))
    if lost:
        notes.append(f"{lost} of {len(fine)} points left out: no finite absorption (a count of zero?)")
    kept = {
        name: values[fine]
        for name, values in columns.items()
        if name == "absorption" or np.isfinite(values[fine]).all()
    }
    notes += [f"{name} left out: it is not finite everywhere" for name in columns if name not in kept]
    energy = energy_ev[fine]
    if len(energy) < FEWEST_POINTS:
        raise InputError(f"{len(energy)} points have a finite absorption: too few for an edge", where=where)
    if float(np.ptp(kept["absorption"])) <= 1e-12 * max(1.0, float(np.abs(kept["absorption"]).max())):
        raise InputError("the absorption is the same at every energy: no edge", where=where)
    if not (np.diff(energy) > 0.0).all():
        notes += _order_note(energy)
        order = np.argsort(energy, kind="stable")
        energy, kept = energy[order], {name: values[order] for name, values in kept.items()}
    first = np.concatenate([[True], np.diff(energy) > SAME_ENERGY])
    if not first.all():
        notes.append(f"{int((~first).sum())} points closer than {SAME_ENERGY:g} eV to another were averaged")
        group = np.cumsum(first) - 1
        counts = np.bincount(group)
        energy = np.bincount(group, weights=energy) / counts
        kept = {name: np.bincount(group, weights=values) / counts for name, values in kept.items()}
    return Cleaned(energy_ev=energy, columns=kept, notes=tuple(notes))


def _order_note(energy: Floats) -> list[str]:
    backwards = int(np.count_nonzero(np.diff(energy) < 0.0))
    if backwards == len(energy) - 1:
        return []
    return [f"energies step back at {backwards} places: points were put in order"] if backwards else []


@cache
def edge_energies() -> dict[tuple[str, str], float]:
    """Return tabulated edge energies, eV, by element and edge."""
    text = resources.files("topotaxy.measurement.absorption").joinpath("tables/edges.csv").read_text("utf-8")
    rows = csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))
    return {(row["element"], row["edge"]): float(row["energy"]) for row in rows}


def of_one_edge(records: Sequence[AbsorptionRecord]) -> dict[tuple[str, str], list[AbsorptionRecord]]:
    """Return records by element and edge, in the order in which they came.

    Parameters
    ----------
    records : sequence of AbsorptionRecord
        Spectra as measured: energy (eV) and absorption of each.
    """
    groups: dict[tuple[str, str], list[AbsorptionRecord]] = {}
    for record in records:
        groups.setdefault((record.element, record.edge), []).append(record)
    return groups

"""One electrode on the bench of the virtual laboratory, and what its instruments share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from topotaxy.material import parse_formula
from topotaxy.measurement import recognise
from topotaxy.measurement.analysis import Analysis, analysed
from topotaxy.measurement.probing import probed_files, written_format
from topotaxy.measurement.sample import Sample
from topotaxy.measurement.technique import Record, Technique
from topotaxy.specimen import Specimen, State
from topotaxy.studies.electrodes import Electrode

OBSERVABLES = "observables.json"
FCC = ("Co", "Ni", "Cu", "Zn")
"""Cations that go into the alloy that the analyses fit."""
ABSORBERS = ("Ni",)
"""Cations whose K edges are measured; the fits of more of them are most of the cost."""
EDGES = ("Ni", "Co", "Cu", "Zn")
"""Cations of which the first that a material has is its absorber."""
LINES = ("Co", "Ni", "Cu")
"""Cations whose photoemission lines are measured."""
STRETCHES = (0.98, 1.33)
"""Edges of the frame over the pristine one among which its lines are looked for: up to that of the salt alone
of a full conversion with sodium, 0.329 for NiO (docs/model.md)."""
ANGLES = (8.0, 36.0, 0.03)
"""First and last angle and step of the patterns, degrees: seven lines of rock salt at 20 keV, three points a
width of crystals of 30 nm."""
CALIBRATION = 0.006
"""Error of an image's scale with an internal standard (docs/imaging.md)."""
INDEXING_ERROR = 2.0 * CALIBRATION
"""Scale error that images are indexed with: what is drawn lies within it in 95 % of records."""
METAL_EDGE = 3.57
"""Å: start of the cell of an fcc alloy of Co, Ni and Cu (3.54, 3.52, 3.61; Wyckoff 1963)."""
CURRENT = 0.1
"""A/g."""
NOISE_OF_CAPACITY = 0.01
"""Scatter of a cell's capacity by its mass, one standard deviation, relative (1 mg weighed to 10 µg)."""


def absorbers_of(formula: str) -> tuple[str, ...]:
    """Return the cation whose K edge is measured, alone; none where a material has none of :data:`EDGES`.

    Parameters
    ----------
    formula : str
        Formula of the pristine material.
    """
    cations = parse_formula(formula).cations
    return tuple(e for e in EDGES if e in cations)[:1]


@dataclass(frozen=True, kw_only=True)
class Bench:
    """One electrode on the bench: where files go, and the generator of all noise."""

    electrode: Electrode
    folder: Path
    rng: np.random.Generator
    edges: dict[State, float] = field(default_factory=dict)
    """Edges of the frame that its patterns showed, Å."""
    absorbers: tuple[str, ...] = ABSORBERS
    lines: tuple[str, ...] = LINES

    def files(self, name: str, state: State, options: Any, specimens: Sequence[Specimen]) -> list[Path]:
        """Look at a state with an instrument; return the files.

        Parameters
        ----------
        name : str
            Name of the technique.
        state : State
            State of the electrode.
        options : Any
            Options of the virtual instrument.
        specimens : Sequence[Specimen]
            Replicas of one state.
        """
        technique = recognise.technique_named(name)
        return probed_files(
            technique,
            specimens,
            options,
            self.rng,
            self.folder,
            format=written_format(technique),
            stem=f"{self.electrode.name}-{state}",
        )

    def sample(self, state: State) -> Sample:
        """Return what is known of the sample.

        Parameters
        ----------
        state : State
            State of the electrode.
        """
        return Sample(name=self.electrode.formula, state=state, cycle=None if state == "pristine" else 1)


def read_files(technique: Technique[Any], files: Sequence[Path], options: Any) -> list[Record]:
    """Return the records of files, read as ``topotaxy analyse`` does.

    Parameters
    ----------
    technique : Technique
        Whose formats are tried.
    files : sequence of path
        What an instrument wrote.
    options : model
        Of the analysis.
    """
    return [
        record
        for path in files
        for record in recognise.recognised(path, among=[technique]).format.read(path, options)
    ]


def analysis_of(name: str, records: Sequence[Record], options: Any, sample: Sample) -> Analysis:
    """Return the analysis of records.

    Parameters
    ----------
    name : str
        Of the technique.
    records : sequence of Record
        Read from files.
    options : model
        Of the analysis.
    sample : Sample
        What is known of the sample.
    """
    return analysed({name: records}, {name: options}, sample=sample)

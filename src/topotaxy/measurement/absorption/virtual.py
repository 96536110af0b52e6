"""Virtual spectra: χ(k) of pair distances, a XANES imposed by valence, and counting noise."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import pairwise

import numpy as np

from topotaxy.measurement.absorption.instrument import Beamline
from topotaxy.measurement.absorption.neighbourhood import Neighbours
from topotaxy.measurement.absorption.record import Floats
from topotaxy.measurement.absorption.scattering import Environment, pairs, path_table, shell
from topotaxy.measurement.absorption.transform import KINETIC

KIND = {"O": "anion", "S": "anion", "F": "anion", "Li": "alkali", "Na": "alkali"}
ROOM = 295.0
BONDED = 3.0
"""Å; anions, and metal atoms around metal, further away are no nearest neighbours of the absorber."""
TURN_ON = 1.5
"""1/Å; below it single scattering says nothing, and χ is faded in."""


@dataclass(frozen=True)
class Disorder:
    """Variance of a distance at room temperature, Å², and the Einstein temperature of the pair, K."""

    variance: float
    einstein: float

    def at(self, temperature: float) -> float:
        """Return the variance at a temperature, Å² (Einstein model: Beni and Platzman 1976,
        doi:10.1103/PhysRevB.14.1514).

        Parameters
        ----------
        temperature : float
            K.
        """
        reach = [1.0 / np.tanh(self.einstein / (2.0 * t)) for t in (temperature, ROOM)]
        return float(self.variance * reach[0] / reach[1])


@dataclass(frozen=True)
class Shape:
    """Imposed XANES of one valence: step, shoulder and white line; eV and units of the step.

    ``shift`` is that of the first rise; the main rise lies ``main_rise`` above it.
    """

    valence: float
    shift: float
    width: float
    shoulder: float
    main_rise: float
    white_line: float
    line_width: float


def _rows(name: str) -> list[dict[str, str]]:
    text = (
        resources.files("topotaxy.measurement.absorption").joinpath(f"tables/{name}.csv").read_text("utf-8")
    )
    return list(csv.DictReader(text.splitlines()))


@cache
def disorder() -> dict[tuple[str, str], Disorder]:
    """Return the imposed thermal disorder by environment and kind of neighbour."""
    return {
        (row["environment"], row["neighbour"]): Disorder(
            float(row["variance"]), float(row["einstein_temperature"])
        )
        for row in _rows("disorder")
    }


@cache
def shapes() -> tuple[Shape, ...]:
    """Return the imposed XANES by valence, rising."""
    names = ("valence", "shift", "width", "shoulder", "main_rise", "white_line", "line_width")
    return tuple(Shape(*(float(row[name]) for name in names)) for row in _rows("xanes"))


def variance_of(environment: str, neighbour: str, distance: float, temperature: float) -> float:
    """Return the thermal variance of a pair, Å², by ``tables/disorder.csv``.

    Parameters
    ----------
    environment : {"oxide", "metal"}
        What the absorber is in.
    neighbour : str
        Symbol.
    distance : float
        Å; anions, and metal around metal, beyond 3 Å are not bonded and move more.
    temperature : float
        K.
    """
    kind = KIND.get(neighbour, "cation")
    if kind == "anion" and environment == "oxide" and distance > BONDED:
        kind = "far anion"
    if kind == "cation" and environment == "metal" and distance > BONDED:
        kind = "far cation"
    return disorder()[environment, kind].at(temperature)


def chi_of_neighbours(around: Neighbours, k: Floats, beamline: Beamline) -> tuple[Floats, tuple[str, ...]]:
    """Return χ(k) of what surrounds an element, and the neighbours that no table exists for.

    Static disorder is in the distances; thermal disorder is imposed.

    Parameters
    ----------
    around : Neighbours
        Neighbours of the absorbers, with their distances (Å).
    k : (n,)
        1/Å.
    beamline : Beamline
        S02 and temperature.

    Returns
    -------
    chi : (n,)
    missing : tuple of str
        Symbols.
    """
    total = np.zeros(len(k))
    missing = []
    for (environment, neighbour), counted in around.histograms.items():
        kind: Environment = "metal" if environment == "metal" else "oxide"
        if (around.absorber, neighbour, kind) not in pairs():
            missing.append(neighbour)
            continue
        table = path_table(around.absorber, neighbour, kind)
        for place in np.flatnonzero(counted):
            at = float(around.distances[place])
            total += shell(
                table,
                k,
                count=float(counted[place]),
                distance=at,
                variance=variance_of(kind, neighbour, at, beamline.sample_temperature),
                s02=beamline.amplitude_reduction,
            )
    return total, tuple(dict.fromkeys(missing))


def edge_shape(above_ev: Floats, valences: Mapping[float, float]) -> Floats:
    """Return the imposed absorption of an edge without EXAFS, in units of its step.

    Parameters
    ----------
    above_ev : (n,)
        Energy above the metal's threshold, eV.
    valences
        Share of each valence; between tabulated valences shapes are mixed in proportion.
    """
    total = np.zeros(len(above_ev))
    for valence, share in valences.items():
        for shape, weight in _mixed(valence):
            total += share * weight * _one_shape(above_ev, shape)
    return total


def _mixed(valence: float) -> Sequence[tuple[Shape, float]]:
    known = shapes()
    if valence <= known[0].valence:
        return ((known[0], 1.0),)
    for low, high in pairwise(known):
        if valence <= high.valence:
            upper = (valence - low.valence) / (high.valence - low.valence)
            return ((low, 1.0 - upper), (high, upper))
    return ((known[-1], 1.0),)


def _one_shape(x: Floats, shape: Shape) -> Floats:
    def step(at: float, width: float) -> Floats:
        return np.asarray(0.5 + np.arctan((x - at) / width) / np.pi)

    main = step(shape.shift + shape.main_rise, shape.width)
    line = shape.white_line * (shape.line_width / 2.0) ** 2
    at = shape.shift + 2.5 + shape.main_rise
    return (
        shape.shoulder * step(shape.shift, shape.width)
        + (1.0 - shape.shoulder) * main
        + line / ((x - at) ** 2 + (shape.line_width / 2.0) ** 2)
    )


def scan(threshold_ev: float, last_k: float) -> Floats:
    """Return the energies of a usual scan, eV: 5 eV steps, 0.25 eV across the edge, 0.05 1/Å beyond.

    Parameters
    ----------
    threshold_ev : float
        eV.
    last_k : float
        End of the scan, 1/Å.
    """
    k = np.arange(np.sqrt(KINETIC * 40.0), last_k + 1e-9, 0.05)
    return threshold_ev + np.concatenate(
        [np.arange(-200.0, -20.0, 5.0), np.arange(-20.0, 40.0, 0.25), k**2 / KINETIC]
    )


def faded_in(k: Floats) -> Floats:
    """Return the weight of χ(k) near the edge, (n,), where the imposed XANES stands alone.

    Parameters
    ----------
    k : (n,)
        1/Å.
    """
    return np.asarray(1.0 / (1.0 + np.exp(-(k - TURN_ON) / 0.15)))

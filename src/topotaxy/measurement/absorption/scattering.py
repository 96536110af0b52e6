"""Photoelectron scattering: the shipped tables of effective paths, and χ(k) of a shell by the EXAFS equation.

The tables hold, for a pair of elements, amplitude, phase, mean free path and momentum of single scattering
from FEFF 8.5L (Rehr and Albers 2000, doi:10.1103/RevModPhys.72.621; its notice stands beside them), in an
oxide and, for metal neighbours, in a metal. One table serves every distance within an environment, as
amplitude and phase hardly depend on it; the offset of the threshold is then free for each environment.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import resources
from typing import TYPE_CHECKING, Literal

import numpy as np

from topotaxy.errors import InputError
from topotaxy.measurement.absorption.record import Floats
from topotaxy.measurement.absorption.transform import KINETIC, Complex

if TYPE_CHECKING:
    from scipy.interpolate import CubicSpline

Environment = Literal["oxide", "metal"]
Key = tuple[str, str, str]

TABLES = resources.files("topotaxy.measurement.absorption") / "tables"


@dataclass(frozen=True, eq=False)
class PathTable:
    """Single scattering of one pair of elements.

    Attributes
    ----------
    absorber, neighbour, environment:
        Symbols; ``oxide`` (rock salt) or ``metal`` (fcc).
    distance:
        Å, at which the table was computed.
    k:
        1/Å from the threshold, (n,).
    phase, amplitude:
        Phase (central atom and neighbour, rad) and amplitude (Å) of the EXAFS equation, (n,).
    mean_free_path:
        Å, (n,).
    momentum:
        Real part of the complex momentum, 1/Å, (n,).
    threshold:
        eV, what its k has to be moved by to be that of the other tables of the absorber: 0 but where the
        potential is of overlapped atoms, whose Fermi level lies several eV higher.
    """

    absorber: str
    neighbour: str
    environment: str
    distance: float
    k: Floats
    phase: Floats
    amplitude: Floats
    mean_free_path: Floats
    momentum: Floats
    threshold: float = 0.0

    @cached_property
    def spline(self) -> CubicSpline:
        """Cubic spline of phase, amplitude, mean free path and momentum against k."""
        from scipy.interpolate import CubicSpline

        columns = np.stack([self.phase, self.amplitude, self.mean_free_path, self.momentum], axis=1)
        return CubicSpline(self.k, columns)

    @cached_property
    def slope(self) -> CubicSpline:
        """Derivative of :attr:`spline`."""
        return self.spline.derivative()


@dataclass(frozen=True)
class Pair:
    """What the list of pairs says of one: distance (Å), Fermi level (eV), kind of potential."""

    distance: float
    fermi_level: float
    is_consistent: bool


@cache
def pairs() -> dict[Key, Pair]:
    """Return what tables exist for, by absorber, neighbour and environment."""
    rows = csv.DictReader((TABLES / "pairs.csv").read_text("utf-8").splitlines())
    return {
        (row["absorber"], row["neighbour"], row["environment"]): Pair(
            float(row["distance"]), float(row["fermi_level"]), row["potential"] == "self-consistent"
        )
        for row in rows
    }


def _threshold(key: Key) -> float:
    """Return the Fermi level of a table of overlapped atoms less the mean of the self-consistent ones, eV."""
    if pairs()[key].is_consistent:
        return 0.0
    levels = [
        pair.fermi_level
        for (absorber, _, environment), pair in pairs().items()
        if (absorber, environment) == (key[0], key[2]) and pair.is_consistent
    ]
    return pairs()[key].fermi_level - sum(levels) / len(levels) if levels else 0.0


@cache
def _tables(absorber: str) -> dict[tuple[str, str], PathTable]:
    text = (TABLES / f"paths-{absorber}.csv").read_text("utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    columns: dict[tuple[str, str], list[list[float]]] = {}
    for row in csv.reader(lines[1:]):
        columns.setdefault((row[0], row[1]), []).append([float(value) for value in row[2:]])
    found = {}
    for (neighbour, environment), rows in columns.items():
        k, phase, amplitude, mean_free_path, momentum = np.array(rows).T
        found[neighbour, environment] = PathTable(
            absorber=absorber,
            neighbour=neighbour,
            environment=environment,
            distance=pairs()[absorber, neighbour, environment].distance,
            threshold=_threshold((absorber, neighbour, environment)),
            k=k,
            phase=phase,
            amplitude=amplitude,
            mean_free_path=mean_free_path,
            momentum=momentum,
        )
    return found


def path_table(absorber: str, neighbour: str, environment: Environment = "oxide") -> PathTable:
    """Return the table of a pair.

    Parameters
    ----------
    absorber, neighbour : str
        Symbols.
    environment : {"oxide", "metal"}
        In which the table was computed.

    Raises
    ------
    InputError
        Where none is shipped; the message says what is.
    """
    if (absorber, neighbour, environment) not in pairs():
        absorbers = ", ".join(dict.fromkeys(first for first, _, _ in pairs()))
        raise InputError(
            f"no scattering table of {neighbour} around {absorber} in {environment}; absorbers: {absorbers} "
            "at their K edges, and tools/scattering_tables.py makes more"
        )
    return _tables(absorber)[neighbour, environment]


@dataclass(frozen=True, eq=False)
class Photoelectron:
    """What a table says of the photoelectron at wave numbers above one threshold, and its slopes by k.

    Shells of one table and threshold share it, as it knows nothing of distances.

    Attributes
    ----------
    q, signed:
        Wave number above the threshold, 1/Å, (n,); negative below it in ``signed``.
    phase, amplitude, p:
        Of the table at ``q``: rad, Å, and the complex momentum, 1/Å, (n,).
    q_slope:
        Derivative of ``q`` by the threshold, 1/(Å eV), (n,).
    phase_slope, amplitude_slope, p_slope:
        Derivatives of the others by ``q``, (n,).
    path:
        Å, distance that the table was computed for.
    """

    q: Floats
    signed: Floats
    phase: Floats
    amplitude: Floats
    p: Complex
    q_slope: Floats
    phase_slope: Floats
    amplitude_slope: Floats
    p_slope: Complex
    path: float


def photoelectron(table: PathTable, k: Floats, e0_shift: float) -> Photoelectron:
    """Return the photoelectron of a table.

    Parameters
    ----------
    table : PathTable
        Single scattering of one pair of elements.
    k : (n,)
        1/Å, measured from the E0 of the data.
    e0_shift : float
        Threshold of the table minus that of the data, eV.
    """
    above = k**2 - (e0_shift + table.threshold) * KINETIC
    q = np.sqrt(np.abs(above))
    q = np.where(q < 1e-4, 1e-4, q)
    sign = np.where(above < 0.0, -1.0, 1.0)
    within = np.minimum(q, table.k[-1])
    phase, amplitude, mean_free_path, momentum = table.spline(within).T
    slopes_there = np.where((q > table.k[-1])[:, None], 0.0, table.slope(within))
    phase_slope, amplitude_slope, path_slope, momentum_slope = slopes_there.T
    return Photoelectron(
        q=q,
        signed=sign * q,
        phase=phase,
        amplitude=amplitude,
        p=momentum + 1j / mean_free_path,
        q_slope=-0.5 * KINETIC * sign / q,
        phase_slope=phase_slope,
        amplitude_slope=amplitude_slope,
        p_slope=momentum_slope - 1j * path_slope / mean_free_path**2,
        path=table.distance,
    )


def shell(
    table: PathTable,
    k: Floats,
    *,
    count: float,
    distance: float,
    variance: float,
    s02: float = 1.0,
    e0_shift: float = 0.0,
    third: float = 0.0,
    fourth: float = 0.0,
) -> Floats:
    """Return χ(k) of one shell.

    With ΔR the distance less that of the table, R_t, and complex p,
    ``χ = Im[N S02 F / (q R²) exp(-2 R_t Im p - 2 σ² p² + 2 C4 p⁴/3)
    exp(i (2 q R_t + δ + 2 p (ΔR - 2 σ²/R) - 4 C3 p³/3))]``,
    the EXAFS equation in the form of IFEFFIT and Larch (Newville 2001, doi:10.1107/S0909049500016290).

    Parameters
    ----------
    table : PathTable
        Single scattering of one pair of elements.
    k : (n,)
        1/Å, measured from the E0 of the data.
    count, distance, variance, third, fourth
        N, R (Å), σ² (Å²), C3 (Å³), C4 (Å⁴) of the shell's distribution of distances.
    s02
        Amplitude reduction.
    e0_shift : eV
        Threshold of the table minus that of the data.
    """
    electron = photoelectron(table, k, e0_shift)
    return np.asarray(count * s02 * wave(electron, distance, variance, third, fourth).imag)


def slopes(
    electron: Photoelectron,
    *,
    count: float,
    distance: float,
    variance: float,
    s02: float = 1.0,
    third: float = 0.0,
    fourth: float = 0.0,
) -> dict[str, Floats]:
    """Return the derivatives of :func:`shell` by each of its numbers, (n,) each.

    Parameters
    ----------
    electron : Photoelectron
        Of the shell's table and threshold.
    count, distance, variance, s02, third, fourth
        As of :func:`shell`; the derivatives have these names, and ``e0_shift``.
    """
    whole = wave(electron, distance, variance, third, fourth)
    p, q = electron.p, electron.q
    scale = count * s02
    by_distance = -2.0 / distance + 2j * p * (1.0 + 2.0 * variance / distance**2)
    by_variance = -2.0 * p**2 - 4j * p / distance
    further = distance - electron.path - 2.0 * variance / distance
    # By q of the table, then by the threshold: amplitude over q, loss, and phase one after the other.
    by_p = -4.0 * p * variance + (8.0 / 3.0) * p**3 * fourth + 2j * (further - 2.0 * p**2 * third)
    by_q = (
        electron.p_slope * by_p
        - 2.0 * electron.path * electron.p_slope.imag
        + 1j * (2.0 * electron.signed / q * electron.path + electron.phase_slope)
        - 1.0 / q
    )
    relative = electron.amplitude_slope / np.where(electron.amplitude == 0.0, 1.0, electron.amplitude)
    by_threshold = electron.q_slope * (by_q + relative)
    return {
        "count": np.asarray(s02 * whole.imag),
        "s02": np.asarray(count * whole.imag),
        "distance": np.asarray(scale * (whole * by_distance).imag),
        "variance": np.asarray(scale * (whole * by_variance).imag),
        "third": np.asarray(scale * (whole * (-4j / 3.0) * p**3).imag),
        "fourth": np.asarray(scale * (whole * (2.0 / 3.0) * p**4).imag),
        "e0_shift": np.asarray(scale * (whole * by_threshold).imag),
    }


def wave(
    electron: Photoelectron, distance: float, variance: float, third: float = 0.0, fourth: float = 0.0
) -> Complex:
    """Return the complex wave of one neighbour with S02 of one, (n,).

    Parameters
    ----------
    electron : Photoelectron
    distance, variance, third, fourth : float
        R (Å), σ² (Å²), C3 (Å³), C4 (Å⁴).
    """
    p, path = electron.p, electron.path
    squared = p * p
    turned = (
        2.0 * electron.signed * path
        + electron.phase
        + 2.0 * p * (distance - path - 2.0 * variance / distance - 2.0 * squared * third / 3.0)
    )
    loss = -2.0 * path * p.imag - 2.0 * squared * variance + 2.0 * squared**2 * fourth / 3.0
    return np.asarray(electron.amplitude / (electron.q * distance**2) * np.exp(loss + 1j * turned))

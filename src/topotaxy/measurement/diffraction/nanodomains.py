"""A coherent frame beside domains of some nanometres: peaks for the one, Debye sums for the others.

Plain peaks do not describe domains of 1 nm: their shares come out wrong by tenths. Every part stands on one
absolute scale, so shares follow from the amounts fitted. The background is smooth by a stated prior, so that
many of its terms do not eat the humps of small domains.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from topotaxy.measurement.diffraction.background import chebyshev
from topotaxy.measurement.diffraction.debye import sphere
from topotaxy.measurement.diffraction.keys import Key
from topotaxy.measurement.diffraction.powder import Beam, Powder, Values, position_of, powder, tube_of
from topotaxy.measurement.diffraction.refine import Data, clustering, smoothed
from topotaxy.measurement.diffraction.refinement import Spread
from topotaxy.measurement.diffraction.scattering import mean_amplitude, mean_square
from topotaxy.measurement.diffraction.structure import Structure

Floats = NDArray[np.float64]

DIAMETERS = np.geomspace(4.0, 64.0, 13)
"""Å: diameters of spheres whose patterns are mixed to a log-normal distribution."""
MEDIAN = (4.5, 55.0)
"""Bounds of its median, Å."""
LOG_SPREAD = (0.3, 0.1, 0.6)
"""Standard deviation of the logarithm of the diameter, weighted by volume: start and bounds. That of ripened
particles is 0.2 to 0.35 (Granqvist & Buhrman 1976, 10.1063/1.322870)."""
CELL_REACH = 0.03
"""Relative range of a domain's cell: surface stress moves those of 1 nm by up to 2 %."""
SMOOTH_FROM = 3
"""First background term that has a prior; those before it are free."""
SMOOTHNESS = 0.3
"""Standard deviation of the first such term over the background's level; that of term k falls as its fourth
power. An estimate: air, holder and fluorescence have no feature narrower than a third of the range."""
DISPLACEMENT = 0.6
"""B of domains, Å²: an estimate between metals (0.35) and alkali salts (1.5)."""
ABSENT_BELOW = 3.0
Q_STEP = 0.01


@dataclass(frozen=True, kw_only=True)
class Domains:
    """What was found of one phase in domains, or of the frame.

    Attributes
    ----------
    amount, amount_error:
        Conventional cells, on the pattern's scale.
    share:
        Of the metal atoms of frame and metals; NaN for a salt without such.
    edge, edge_error:
        Å.
    diameter, diameter_error:
        Mean by volume, nm; NaN for the frame.
    """

    structure: Structure
    amount: float
    amount_error: float
    share: float
    share_error: float
    share_systematic: float
    weight: float
    weight_error: float
    weight_systematic: float
    edge: float
    edge_error: float
    edge_systematic: float
    diameter: float
    diameter_error: float


@dataclass(frozen=True, kw_only=True)
class NanoFit:
    """A fit of a frame with domains."""

    domains: tuple[Domains, ...]
    parts: Floats
    """Pattern of the frame and of each phase of domains, (1 + phases, n)."""
    background: Floats
    residual: Floats
    goodness: float
    terms: int
    values: Values
    spreads: tuple[Spread, ...] = ()

    @property
    def total(self) -> Floats:
        """The whole calculated pattern."""
        return np.asarray(self.parts.sum(axis=0) + self.background)


class _Problem:
    """The pattern as a function of what is not linear in it."""

    def __init__(
        self,
        data: Data,
        beam: Beam,
        frame: Structure,
        domains: Sequence[Structure],
        instrument: Mapping[str, float],
        terms: int,
        position: str,
    ) -> None:
        self.data, self.beam, self.frame, self.domains = data, beam, frame, tuple(domains)
        self.model: Powder = powder(data.x, beam, [frame], negligible=0.0)
        self.values = self.model.start()
        for kind, value in instrument.items():
            self.values[Key(kind)] = value
        name = frame.name
        self.free = [Key("a", name), Key(position), Key("size", name), Key("strain", name)]
        if not instrument:
            self.free.append(Key("W"))
            if tube_of(beam):
                self.values[Key("axial")] = 0.025
        self.values[Key("size", name)], self.values[Key("strain", name)] = 0.1, 0.1
        self.terms = terms
        self.background = chebyshev(data.x, terms)
        self._templates = [self._table(s) for s in self.domains]
        self.laue = self._laue()

    def _q(self) -> Floats:
        longest = max(w for w, _ in self.beam.lines)
        shortest = min(w for w, _ in self.beam.lines)
        low, high = self.data.x[0] - 1.0, self.data.x[-1] + 1.0
        bottom = 4.0 * math.pi / longest * math.sin(math.radians(max(low, 0.5) / 2.0))
        top = 4.0 * math.pi / shortest * math.sin(math.radians(high / 2.0))
        return np.arange(bottom * (1 - 2 * CELL_REACH), top * (1 + 2 * CELL_REACH), Q_STEP)

    def _table(self, structure: Structure) -> tuple[Floats, Floats]:
        q = self._q()
        return q, sphere(
            structure,
            structure.cell[0],
            DIAMETERS,
            q,
            radiation=self.beam.radiation,
            wavelength=self.beam.wavelength,
            displacement=DISPLACEMENT,
        )

    def _on_axis(self, q: Floats, values: Floats, shift: float, stretch: float = 1.0) -> Floats:
        """Return a function of Q over 2θ, moved by the correction of positions; stretch scales the cell."""
        x = self.data.x - shift
        total = np.zeros(len(x))
        for wavelength, weight in self.beam.lines:
            at = 4.0 * math.pi / wavelength * np.sin(np.radians(x / 2.0)) * stretch
            total += weight * np.interp(at, q, values)
        if self.beam.radiation == "X-ray":
            k = self.beam.polarisation
            total = total * (1.0 + k * np.cos(np.radians(self.data.x)) ** 2) / (1.0 + k)
        return total

    def _laue(self) -> Floats:
        """Diffuse scattering of the frame's cell: random mixing on its sites, and independent vibration."""
        q = self._q()
        s2 = (q / (4.0 * math.pi)) ** 2
        total = np.zeros(len(q))
        rays = {"radiation": self.beam.radiation, "wavelength": self.beam.wavelength}
        for site, orbit in zip(self.frame.sites, self.frame.orbits, strict=True):
            square = mean_square(site.shares, s2, **rays)  # type: ignore[arg-type]
            mean = np.abs(mean_amplitude(site.shares, s2, **rays)) ** 2  # type: ignore[arg-type]
            total += len(orbit) * (square - mean * np.exp(-2.0 * site.displacement * s2))
        return self._on_axis(q, total, 0.0)

    def start(self) -> Floats:
        """Return where the search starts: the frame, then edge and median diameter of each phase."""
        first = [self.values[key] for key in self.free]
        return np.array(
            [*first, *(v for s in self.domains for v in (s.cell[0], math.log(14.0), LOG_SPREAD[0]))]
        )

    def bounds(self) -> tuple[Floats, Floats]:
        a = self.frame.cell[0]
        table = {"a": (0.98 * a, 1.02 * a), "size": (0.0, 10.0), "strain": (0.0, 10.0), "W": (1e-5, 1.0)}
        limits = [table.get(key.kind, (-0.5, 0.5)) for key in self.free]
        for s in self.domains:
            edge = s.cell[0]
            limits += [
                (edge * (1 - CELL_REACH), edge * (1 + CELL_REACH)),
                (math.log(MEDIAN[0]), math.log(MEDIAN[1])),
                LOG_SPREAD[1:],
            ]
        low, high = np.array(limits).T
        return low, high

    def scales(self) -> Floats:
        table = {"a": 0.01, "size": 0.1, "strain": 0.1, "W": 0.005}
        return np.array(
            [*(table.get(k.kind, 0.02) for k in self.free), *(0.03, 0.3, 0.1) * len(self.domains)]
        )

    def columns(self, point: Floats) -> Floats:
        """Return the pattern of one cell of the frame and of each phase of domains, (1 + phases, n)."""
        values = dict(self.values)
        values.update(zip(self.free, (float(v) for v in point), strict=False))
        name = self.frame.name
        volume = values[Key("a", name)] ** 3
        values[Key("scale", name)] = self.beam.wavelength**3 / (16.0 * math.pi * volume) * 180.0 / math.pi
        found = [self.model.pattern(values)[0] + self.laue]
        shift = values[Key("zero")] + values[Key("displacement")]
        rest = point[len(self.free) :]
        for k, (structure, (q, table)) in enumerate(zip(self.domains, self._templates, strict=True)):
            edge, median, log_spread = (float(v) for v in rest[3 * k : 3 * k + 3])
            mixed = distribution(median, log_spread) @ table
            found.append(self._on_axis(q, mixed, shift, edge / structure.cell[0]))
        return np.array(found)


def distribution(log_median: float, log_spread: float) -> Floats:
    """Return the shares by volume of :data:`DIAMETERS` in a log-normal distribution."""
    weights = np.exp(-0.5 * ((np.log(DIAMETERS) - log_median) / log_spread) ** 2)
    return np.asarray(weights / weights.sum())


def mean_diameter(log_median: float, log_spread: float) -> float:
    """Return the mean diameter by volume of such a distribution, Å."""
    return float(distribution(log_median, log_spread) @ DIAMETERS)


def _linear(
    columns: Floats, background: Floats, prior: Floats, target: Floats, weights: Floats
) -> tuple[Floats, Floats, Floats]:
    """Solve for amounts, none below zero, and background; return both and the weighted residual.

    The prior adds one row for each background term to the residual.
    """
    from scipy.optimize import nnls

    terms, phases = background.shape[1], len(columns)
    norms = np.maximum(np.abs(columns).max(axis=1), 1e-300)
    a = np.hstack([(columns / norms[:, None]).T * weights[:, None], background * weights[:, None]])
    a = np.vstack([a, np.hstack([np.zeros((terms, phases)), np.diag(prior)])])
    b = np.concatenate([target * weights, np.zeros(terms)])
    # The free background first: what is left is a problem of the amounts alone.
    q, _ = np.linalg.qr(a[:, phases:])
    left, right = a[:, :phases] - q @ (q.T @ a[:, :phases]), b - q @ (q.T @ b)
    r_q, r = np.linalg.qr(left)
    amounts, _ = nnls(r, r_q.T @ right)
    residual = right - left @ amounts
    rest = np.linalg.lstsq(a[:, phases:], b - a[:, :phases] @ amounts, rcond=None)[0]
    return amounts / norms, rest, residual


def _solve(problem: _Problem, point: Floats, weights: Floats, prior: Floats) -> Floats:
    from scipy.optimize import least_squares

    low, high = problem.bounds()
    scale = problem.scales()

    def residual(z: Floats) -> Floats:
        columns = problem.columns(z * scale)
        return _linear(columns, problem.background, prior, problem.data.y, weights)[2]

    found = least_squares(
        residual,
        np.clip(point, low + 1e-9, high - 1e-9) / scale,
        bounds=(low / scale, high / scale),
        diff_step=1e-4,
        max_nfev=25,
        xtol=1e-6,
        ftol=1e-6,
    )
    return np.asarray(found.x * scale)


def _prior(level: float, terms: int) -> Floats:
    k = np.arange(terms)
    strength = np.zeros(terms)
    strength[SMOOTH_FROM:] = (k[SMOOTH_FROM:] / SMOOTH_FROM) ** 4 / (SMOOTHNESS * max(level, 1e-12))
    return strength


def fit_domains(
    data: Data,
    beam: Beam,
    frame: Structure,
    domains: Sequence[Structure],
    *,
    instrument: Mapping[str, float] | None = None,
    terms: int = 8,
    spread: bool = True,
) -> NanoFit:
    """Fit a frame and phases of nanometre domains to a pattern.

    Parameters
    ----------
    data : Data
        2θ in degrees.
    beam : Beam
    frame : Structure
        Cubic; the coherent phase.
    domains : sequence of Structure
        Cubic; each a distribution of spheres.
    instrument : mapping, optional
        U, V, W, X, Y, axial; widths of the frame are then its own.
    terms : int
        Of the background; those from the fourth on are held down by the prior of smoothness.
    spread : bool
        Whether the fit is repeated with other assumptions for the systematic uncertainty.
    """
    position = position_of(beam)
    known = dict(instrument or {})
    base = _fitted(data, beam, frame, domains, known, terms, position)
    if not spread:
        return base
    variants: list[tuple[str, NanoFit]] = []
    for other in (max(terms - 3, 3), terms + 6):
        fit = _fitted(data, beam, frame, domains, known, other, position)
        variants.append((f"background: {other} terms", fit))
    if tube_of(beam):
        variants.append(("positions: zero", _fitted(data, beam, frame, domains, known, terms, "zero")))
    return _with_spread(base, variants)


def _with_spread(base: NanoFit, variants: Sequence[tuple[str, NanoFit]]) -> NanoFit:
    kinds: dict[str, Floats] = {}
    spreads = []
    for name, other in variants:
        change = np.array(
            [
                (abs(o.share - d.share), abs(o.weight - d.weight), abs(o.edge - d.edge))
                for o, d in zip(other.domains, base.domains, strict=True)
            ]
        )
        kind = name.split(":")[0]
        kinds[kind] = np.maximum(kinds.get(kind, np.zeros_like(change)), change)
        spreads.append(
            Spread(
                assumption=name,
                fractions=np.array([d.weight for d in other.domains]),
                cells={Key("a", d.structure.name): d.edge for d in other.domains},
                goodness=other.goodness,
            )
        )
    total = np.sqrt(sum((c**2 / 3.0 for c in kinds.values()), np.zeros_like(next(iter(kinds.values())))))
    return replace(
        base,
        spreads=tuple(spreads),
        domains=tuple(
            replace(
                d, share_systematic=float(t[0]), weight_systematic=float(t[1]), edge_systematic=float(t[2])
            )
            for d, t in zip(base.domains, total, strict=True)
        ),
    )


def _fitted(
    data: Data,
    beam: Beam,
    frame: Structure,
    domains: Sequence[Structure],
    instrument: Mapping[str, float],
    terms: int,
    position: str,
) -> NanoFit:
    problem = _Problem(data, beam, frame, domains, instrument, terms, position)
    expected = smoothed(data.y)
    point = problem.start()
    level = float(np.percentile(data.y, 10))
    prior = _prior(level, terms)
    for _ in range(2):
        weights = data.weights(expected)
        point = _solve(problem, point, weights, prior)
        columns = problem.columns(point)
        amounts, rest, _ = _linear(columns, problem.background, prior, data.y, weights)
        background = problem.background @ rest
        expected = columns.T @ amounts + background
    residual = (data.y - expected) * weights
    covariance = _covariance(problem, point, amounts, weights, prior, residual)
    parts = columns * amounts[:, None]
    freedom = max(len(residual) - len(point) - len(amounts) - terms, 1)
    values = dict(problem.values)
    values.update(zip(problem.free, (float(v) for v in point), strict=False))
    return NanoFit(
        domains=_domains(problem, point, amounts, covariance),
        parts=parts,
        background=background,
        residual=residual,
        goodness=float(np.sqrt((residual**2).sum() / freedom)),
        terms=terms,
        values=values,
    )


def _covariance(
    problem: _Problem, point: Floats, amounts: Floats, weights: Floats, prior: Floats, residual: Floats
) -> Floats:
    """Return the covariance of what is not linear and of the amounts, background taken out."""
    scale = problem.scales()
    base = problem.columns(point)
    slopes = []
    for k in range(len(point)):
        moved = point.copy()
        step = 1e-3 * scale[k]
        moved[k] += step
        slopes.append((problem.columns(moved) - base).T @ amounts / step)
    jacobian = np.column_stack([*slopes, *base]) * weights[:, None]
    design = np.vstack([problem.background * weights[:, None], np.diag(prior)])
    padded = np.vstack([jacobian, np.zeros((len(prior), jacobian.shape[1]))])
    q, _ = np.linalg.qr(design)
    padded = padded - q @ (q.T @ padded)
    norms = np.linalg.norm(padded, axis=0)
    # What belongs to a phase of no amount moves nothing: it gets no variance and is not reported.
    norms = np.where(norms > 0.0, norms, 1.0)
    inverse = np.linalg.pinv((padded / norms).T @ (padded / norms), rcond=1e-10)
    freedom = max(len(residual) - len(norms) - len(prior), 1)
    factor = max(float((residual**2).sum()) / freedom, 1.0) * clustering(residual)
    return np.asarray(inverse / np.outer(norms, norms) * factor)


def _domains(problem: _Problem, point: Floats, amounts: Floats, covariance: Floats) -> tuple[Domains, ...]:
    structures = (problem.frame, *problem.domains)
    first = len(point)
    of_amounts = covariance[first:, first:]
    metals = np.array([_metal_atoms(s) for s in structures])
    masses = np.array([s.mass for s in structures])
    share, share_error = _shares(amounts, metals, of_amounts)
    weight, weight_error = _shares(amounts, masses, of_amounts)
    found = []
    errors = np.sqrt(np.maximum(np.diag(covariance), 0.0))
    for k, structure in enumerate(structures):
        place = 0 if k == 0 else len(problem.free) + 3 * (k - 1)
        diameter = (
            math.nan if k == 0 else mean_diameter(float(point[place + 1]), float(point[place + 2])) / 10.0
        )
        found.append(
            Domains(
                structure=structure,
                amount=float(amounts[k]),
                amount_error=float(errors[first + k]),
                share=float(share[k]) if metals[k] > 0 else float("nan"),
                share_error=float(share_error[k]),
                share_systematic=0.0,
                weight=float(weight[k]),
                weight_error=float(weight_error[k]),
                weight_systematic=0.0,
                edge=float(point[place]),
                edge_error=float(errors[place]),
                edge_systematic=0.0,
                diameter=diameter,
                diameter_error=float("nan") if k == 0 else diameter * float(errors[place + 1]),
            )
        )
    return tuple(found)


def _metal_atoms(structure: Structure) -> float:
    """Atoms in the cell that are neither anion nor alkali metal."""
    from topotaxy.measurement.diffraction.structure import ANIONS

    return float(
        sum(
            len(orbit) * share
            for site, orbit in zip(structure.sites, structure.orbits, strict=True)
            for element, share in site.shares.items()
            if element not in ANIONS and element not in ("Li", "Na", "K")
        )
    )


def _shares(amounts: Floats, factors: Floats, covariance: Floats) -> tuple[Floats, Floats]:
    parts = amounts * factors
    total = float(parts.sum())
    if total <= 0.0:
        return np.zeros(len(parts)), np.full(len(parts), np.nan)
    shares = parts / total
    slopes = (np.diag(factors) - np.outer(shares, factors)) / total
    variance = np.diag(slopes @ covariance @ slopes.T)
    return shares, np.sqrt(np.maximum(variance, 0.0))

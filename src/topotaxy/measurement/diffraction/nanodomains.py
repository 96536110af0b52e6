"""Fit of a coherent frame beside domains of some nanometres.

Plain peaks do not describe domains of 1 nm: their shares come out wrong by tenths. Every part stands on one
absolute scale, so shares follow from the amounts fitted. The background is smooth by a stated prior, so that
many of its terms do not eat the humps of small domains; and no point is trusted beyond what spheres describe
real domains to, so that at many counts the background does not make up for their shape.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from topotaxy.measurement.diffraction.beam import Beam, position_of, tube_of
from topotaxy.measurement.diffraction.data import Data, smoothed
from topotaxy.measurement.diffraction.keys import Key
from topotaxy.measurement.diffraction.log_normal import mean_diameter
from topotaxy.measurement.diffraction.nano_model import DomainModel
from topotaxy.measurement.diffraction.nano_shares import mass, metal_atoms, shares, systematic, unseen
from topotaxy.measurement.diffraction.nano_solving import (
    covariance_of,
    searched,
    smoothness,
    solved,
)
from topotaxy.measurement.diffraction.powder import Values
from topotaxy.measurement.diffraction.refinement import Spread, accuracy
from topotaxy.measurement.diffraction.structure import Structure

Floats = NDArray[np.float64]

ABSENT_BELOW = 3.0
PASSES = 3
"""Times that the weights are taken anew from the model."""


@dataclass(frozen=True, kw_only=True)
class Domains:
    """What was found of one phase in domains, or of the frame.

    Attributes
    ----------
    amount, amount_error:
        Conventional cells, on the pattern's scale; the error of a frame's is that with its content held,
        which tells whether it has peaks. How far its amount is known stands in the errors of the shares.
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


def fit_domains(
    data: Data,
    beam: Beam,
    frame: Structure,
    domains: Sequence[Structure],
    *,
    instrument: Mapping[str, float] | None = None,
    terms: int = 8,
    spread: bool = True,
    inlaid: bool = True,
) -> NanoFit:
    """Fit a frame and phases of nanometre domains to a pattern.

    Parameters
    ----------
    data : Data
        2θ in degrees.
    beam : Beam
        Radiation and optics: wavelengths (Å), polarisation, widths, absorption.
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
    inlaid : bool
        Whether metal may lie in the frame; False where it is known to lie beside it, which leaves no holes.
    """
    position = position_of(beam)
    known = dict(instrument or {})
    base = _fitted(data, beam, frame, domains, known, terms, position, inlaid)
    if not spread:
        return base
    variants: list[tuple[str, NanoFit]] = []
    # A third as many: three fewer of thirty change nothing.
    for other in (max(terms // 3, 3), terms + 6):
        fit = _fitted(data, beam, frame, domains, known, other, position, inlaid)
        variants.append((f"background: {other} terms", fit))
    if tube_of(beam):
        variants.append(
            ("positions: zero", _fitted(data, beam, frame, domains, known, terms, "zero", inlaid))
        )
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
                d,
                share_systematic=math.hypot(d.share_systematic, float(t[0])),
                weight_systematic=math.hypot(d.weight_systematic, float(t[1])),
                edge_systematic=math.hypot(d.edge_systematic, float(t[2])),
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
    inlaid: bool,
) -> NanoFit:
    problem = DomainModel(data, beam, frame, domains, instrument, terms, position, inlaid=inlaid)
    expected, mismatch = smoothed(data.y), np.zeros(len(data.y))
    starts = problem.starts()
    prior = smoothness(float(np.percentile(data.y, 10)), terms)
    for _ in range(PASSES):
        weights = 1.0 / np.hypot(1.0 / data.weights(expected), mismatch)
        point = searched(problem, starts, weights, prior)
        starts = (point,)
        columns = problem.columns(point)
        amounts, rest, _ = solved(columns, problem.background, prior, data.y, weights)
        background = problem.background @ rest
        expected = columns.T @ amounts + background
        mismatch = accuracy("sphere") * (columns[1:].T @ amounts[1:])
        problem.limit_room(point, amounts)
    residual = (data.y - expected) * weights
    covariance = covariance_of(problem, point, amounts, weights, prior, residual)
    freedom = max(len(residual) - len(point) - len(amounts) - terms, 1)
    values = dict(problem.values)
    values.update(zip(problem.free, (float(v) for v in point), strict=False))
    return NanoFit(
        domains=_domains(problem, point, amounts, covariance, inlaid=inlaid),
        parts=columns * amounts[:, None],
        background=background,
        residual=residual,
        goodness=float(np.sqrt((residual**2).sum() / freedom)),
        terms=terms,
        values=values,
    )


def _domains(
    problem: DomainModel, point: Floats, amounts: Floats, covariance: Floats, *, inlaid: bool
) -> tuple[Domains, ...]:
    structures = (problem.frame, *problem.domains)
    first = len(point)
    share, share_error = shares(problem, point, amounts, covariance, metal_atoms)
    weight, weight_error = shares(problem, point, amounts, covariance, mass)
    of_share = systematic(problem, point, amounts, metal_atoms, inlaid=inlaid)
    of_weight = systematic(problem, point, amounts, mass, inlaid=inlaid)
    found = []
    errors = np.sqrt(np.maximum(np.diag(covariance), 0.0))
    if problem.changeable:
        # Whether a frame has peaks, and not how well its content is known.
        content = np.arange(len(problem.free) - len(problem.changeable), len(problem.free))
        across = covariance[first, content]
        held = (
            covariance[first, first] - across @ np.linalg.pinv(covariance[np.ix_(content, content)]) @ across
        )
        errors[first] = math.sqrt(max(float(held), 0.0))
    if amounts[0] < ABSENT_BELOW * errors[first]:
        for error, of in ((share_error, metal_atoms), (weight_error, mass)):
            error[0] = max(error[0], unseen(problem, point, amounts, float(errors[first]), of))
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
                share=float(share[k]) if metal_atoms(structure) > 0 else float("nan"),
                share_error=float(share_error[k]),
                share_systematic=float(of_share[k]),
                weight=float(weight[k]),
                weight_error=float(weight_error[k]),
                weight_systematic=float(of_weight[k]),
                edge=float(point[place]),
                edge_error=float(errors[place]),
                edge_systematic=0.0,
                diameter=diameter,
                diameter_error=float("nan") if k == 0 else diameter * float(errors[place + 1]),
            )
        )
    return tuple(found)

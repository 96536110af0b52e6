"""Observables of a frame with nanometre domains, and of a pair distribution function."""

from __future__ import annotations

import math
from typing import Any

from topotaxy.measurement.diffraction.nanodomains import ABSENT_BELOW, Domains, NanoFit
from topotaxy.measurement.diffraction.pair_distribution import LARGEST, PairFit
from topotaxy.observables import Observable, Subject, observable

METALS = "of the metal atoms"
"""Note of a share that leaves anions and alkali metal out."""


def from_domains(fit: NanoFit, common: dict[str, Any], reference: float | None) -> list[Observable]:
    """Return lattice parameters, shares and sizes; bounds for what shows nothing.

    Parameters
    ----------
    fit : NanoFit
        A fit of a frame with domains.
    common : dict
        What all observables of the record share.
    reference : float, optional
        Cell edge of the pristine frame, Å.
    """
    found: list[Observable] = []
    for number, domain in enumerate(fit.domains):
        name = domain.structure.name
        found += _shares(
            domain, common, reach=f", of a cell within 2 % of {domain.edge:.3f} Å" * (number == 0)
        )
        if domain.amount < ABSENT_BELOW * domain.amount_error:
            continue
        found.append(
            observable(
                "lattice_parameter",
                domain.edge,
                uncertainty=domain.edge_error,
                systematic=domain.edge_systematic,
                subject=Subject(phase=name),
                method="peaks of the frame" if number == 0 else "Debye sums over spheres",
                **common,
            )
        )
        if number == 0 and reference is not None:
            found.append(
                observable(
                    "strain",
                    domain.edge / reference - 1.0,
                    uncertainty=domain.edge_error / reference,
                    systematic=domain.edge_systematic / reference,
                    subject=Subject(phase=name),
                    method=f"cell over {reference:.5g} Å",
                    **common,
                )
            )
        if number > 0:
            found.append(
                observable(
                    "domain_size",
                    domain.diameter,
                    uncertainty=domain.diameter_error,
                    subject=Subject(phase=name),
                    method="mean diameter of spheres by volume, log-normal",
                    **common,
                )
            )
    return found


def _shares(domain: Domains, common: dict[str, Any], *, reach: str = "") -> list[Observable]:
    """Return shares; ``reach`` says of which cells a bound is, as lines of another are not looked for."""
    name = domain.structure.name
    found = []
    rows = [
        (domain.weight, domain.weight_error, domain.weight_systematic, "", "by weight, on one absolute scale")
    ]
    if math.isfinite(domain.share):
        text = "of the atoms that are neither anion nor alkali metal, on one absolute scale"
        rows.append((domain.share, domain.share_error, domain.share_systematic, METALS, text))
    shows = domain.amount >= ABSENT_BELOW * domain.amount_error
    for value, error, systematic, note, method in rows:
        if not math.isfinite(error):
            continue
        found.append(
            observable(
                "phase_fraction",
                value if shows else min(value + 1.645 * math.hypot(error, systematic), 1.0),
                uncertainty=error if shows else None,
                systematic=systematic if shows else None,
                bound=None if shows else "upper",
                subject=Subject(phase=name, note=note),
                method=method if shows else f"{method}; at most, at 95 %{reach}",
                **common,
            )
        )
    return found


def from_pairs(fit: PairFit, common: dict[str, Any], *, known: bool) -> list[Observable]:
    """Return lattice parameter and size of domains from G(r); a bound unless the damping is ``known``.

    Parameters
    ----------
    fit : PairFit
        A fitted pair distribution.
    common : dict
        What all observables of the record share.
    known : bool
        Whether the instrument's damping is known.
    """
    name = fit.structure.name
    found = [
        observable(
            "lattice_parameter",
            fit.edge,
            uncertainty=fit.edge_error,
            subject=Subject(phase=name),
            method="fit of G(r)",
            **common,
        )
    ]
    large = not known or fit.diameter >= LARGEST or fit.diameter_error > 0.5 * fit.diameter
    least = 1.0 / (1.0 / fit.diameter + 2.0 * fit.diameter_error / fit.diameter**2)
    found.append(
        observable(
            "domain_size",
            (least if large else fit.diameter) / 10.0,
            uncertainty=None if large else fit.diameter_error / 10.0,
            bound="lower" if large else None,
            subject=Subject(phase=name),
            method="diameter of spheres from the envelope of G(r)"
            + ("; the instrument's own damping is in it" if large else ""),
            **common,
        )
    )
    return found

"""Reflections against the space group and the zone; spacings against one lattice."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Any

from topotaxy.evidence.claim_fields import reflection
from topotaxy.evidence.claims import Claim, Ledger
from topotaxy.evidence.criteria import criterion
from topotaxy.evidence.findings import Compared, Finding, NotRun, Outcome, Severity
from topotaxy.evidence.stated import Stated
from topotaxy.evidence.strains import (
    LatticeStrain,
    crystal_system,
    cubic_parameters,
    lattice_strains,
    phase_of,
)

TABLES = "International Tables for Crystallography, vol. A (reflection conditions), by gemmi"
GEOMETRY = "geometry of the cubic lattice: d = a / sqrt(h2 + k2 + l2)"
DIFFRACTION = ("xrd", "x-ray", "neutron", "rietveld", "powder")


def reflections_of(claim: Claim) -> list[tuple[int, int, int]]:
    """Reflections that a claim says are there.

    Parameters
    ----------
    claim : Claim
        One claim of the ledger.
    """
    if not claim.seen or claim.kind == "order":
        return []
    own = [claim.reflection] if claim.reflection else []
    return own + [r for r in map(reflection, claim.reflections) if r is not None]


def forbidden_reflections(ledger: Ledger) -> Iterator[Outcome]:
    """Reflections that the space group of the phase extinguishes.

    Contradiction where the lattice centring forbids it (the planes are no lattice planes of
    that spacing, and multiple scattering cannot make them appear); tension where only a
    glide plane or screw axis does, because double diffraction of electrons can.
    One finding a reflection and phase.

    Parameters
    ----------
    ledger : Ledger
        All claims of a publication, with its materials and cells.
    """
    claimed: dict[tuple[str, tuple[int, int, int]], list[str]] = {}
    for claim in ledger.claims:
        for hkl in reflections_of(claim):
            claimed.setdefault((phase_of(claim), hkl), []).append(claim.id)
    for (phase, hkl), ids in claimed.items():
        entry = ledger.material.get(phase)
        if entry is None or not entry.space_group:
            continue
        by_centring = _absent(entry.space_group, hkl)
        if by_centring is None:
            yield Compared(tuple(ids))
            continue
        severity: Severity = "contradiction" if by_centring else "tension"
        name = "".join(map(str, hkl))
        why = "its lattice centring" if by_centring else "a glide plane or screw axis"
        yield Finding(
            check="forbidden_reflections",
            severity=severity,
            claims=ids,
            message=(
                f"({name}) is stated for a phase in {entry.space_group}, where {why} extinguishes it; "
                f"the spacing belongs to other planes or another phase."
            ),
            values={"reflection": list(hkl), "space_group": entry.space_group, "centring": by_centring},
            rule="a reflection is absent where a symmetry translation gives exp(2 pi i h.t) summing to zero",
            source=TABLES,
        )


def _absent(space_group: str, hkl: tuple[int, int, int]) -> bool | None:
    """``None`` if present; else whether the centring alone extinguishes the reflection."""
    import gemmi

    group = gemmi.find_spacegroup_by_name(space_group)
    operations = group.operations()
    if not operations.is_systematically_absent(list(hkl)):
        return None
    return any(
        sum(h * t for h, t in zip(hkl, shift, strict=True)) % gemmi.Op.DEN for shift in operations.cen_ops
    )


def zone_law(ledger: Ledger) -> Iterator[Outcome]:
    """Reflections in a pattern whose stated zone axis does not contain them.

    Tension: hu + kv + lw is not zero, so the beam does not run along those planes; another
    grain or a tilt would have to be in the field, which is not stated.

    Parameters
    ----------
    ledger : Ledger
        All claims of a publication, with its materials and cells.
    """
    for claim in ledger.claims:
        if claim.zone_axis is None:
            continue
        for hkl in reflections_of(claim):
            product = sum(h * u for h, u in zip(hkl, claim.zone_axis, strict=True))
            if product == 0:
                yield Compared((claim.id,))
                continue
            plane, axis = "".join(map(str, hkl)), "".join(map(str, claim.zone_axis))
            yield Finding(
                check="zone_law",
                severity="tension",
                claims=[claim.id],
                message=f"({plane}) is stated for a pattern along [{axis}], which does not hold it: "
                f"hu + kv + lw = {product}, not 0.",
                values={"reflection": list(hkl), "zone_axis": list(claim.zone_axis), "product": product},
                rule="a zero-layer reflection (hkl) of zone [uvw] has hu + kv + lw = 0",
                source="Weiss zone law",
            )


def spacings_one_lattice(ledger: Ledger) -> Iterator[Outcome]:
    """Spacings and lattice parameters of one state against one cubic lattice parameter.

    Intervals of a = d sqrt(h2+k2+l2) that are disjoint by more than ``spacing_calibration``
    are a contradiction, by less a tension (the scale of an image may be off, which is not
    stated). Where all values come from X-ray or neutron diffraction there is no such
    allowance. One finding a state, on the pair furthest apart. Systems other than cubic
    need more than one parameter: two or more spacings there are told as not compared.

    Parameters
    ----------
    ledger : Ledger
        All claims of a publication, with its materials and cells.
    """
    for values in cubic_parameters(ledger).values():
        pairs = [(a, b) for a, b in combinations(values, 2) if a[1].disjoint(b[1])]
        if not pairs:
            if len(values) > 1:
                yield Compared(tuple(claim.id for claim, _ in values))
            continue
        (one, a), (two, b) = max(pairs, key=lambda p: abs(p[0][1].value - p[1][1].value))
        calibration = criterion("spacing_calibration")
        allowance = 0.0 if _both_diffraction(one, two) else calibration.value * max(a.value, b.value)
        severity: Severity = "contradiction" if a.disjoint(b, allowance=allowance) else "tension"
        yield Finding(
            check="spacings_one_lattice",
            severity=severity,
            claims=[one.id, two.id],
            message=(
                f"In the {one.state} state {_name(one)} gives a cubic lattice parameter of {a.value:.3f} Å "
                f"({a.low:.3f} to {a.high:.3f}) and {_name(two)} gives {b.value:.3f} Å "
                f"({b.low:.3f} to {b.high:.3f}); one lattice has one."
            ),
            values={one.id: a.value, two.id: b.value, "relative_difference": b.value / a.value - 1.0},
            rule="a = d sqrt(h2 + k2 + l2) is the same for every reflection of one cubic lattice",
            source=f"{GEOMETRY}; allowance: {calibration.source}",
        )
    yield from _not_compared(ledger)


def strains_agree(ledger: Ledger) -> Iterator[Outcome]:
    """Strains of different reflections of one cubic phase between the same states.

    Contradiction where the intervals of the strains are disjoint; tension where they differ
    by ``rounding_deviations`` standard deviations of rounding or more: a cubic lattice
    strains equally in all directions on average, so a local or anisotropic distortion would
    have to be stated. The scale of an image cancels in a strain.

    Parameters
    ----------
    ledger : Ledger
        All claims of a publication, with its materials and cells.
    """
    limit = criterion("rounding_deviations")
    groups: dict[tuple[str, str, str], list[LatticeStrain]] = {}
    for strain in lattice_strains(ledger):
        if crystal_system(ledger, strain.phase) == "cubic":
            groups.setdefault((strain.phase, strain.cell, strain.state), []).append(strain)
    for strains in groups.values():
        pairs = [
            (a, b)
            for a, b in combinations(strains, 2)
            if a.what != b.what and _deviations(a.number, b.number) >= limit.value
        ]
        if not pairs:
            if len({strain.what for strain in strains}) > 1:
                yield Compared(tuple(dict.fromkeys(c for strain in strains for c in strain.claims)))
            continue
        a, b = max(pairs, key=lambda p: _deviations(p[0].number, p[1].number))
        disjoint = a.number.disjoint(b.number)
        severity: Severity = "contradiction" if disjoint else "tension"
        yield Finding(
            check="strains_agree",
            severity=severity,
            claims=[*a.claims, *(c for c in b.claims if c not in a.claims)],
            message=(
                f"From pristine to {a.state}, {a.what} widens by {a.number.value:.1%} and {b.what} by "
                f"{b.number.value:.1%}, {_deviations(a.number, b.number):.1f} standard deviations of "
                "rounding apart; "
                "a cubic lattice strains equally."
            ),
            values={
                f"strain_{a.what}": a.number.value,
                f"strain_{b.what}": b.number.value,
                "deviations": _deviations(a.number, b.number),
                "intervals_disjoint": disjoint,
            },
            rule="d'/d - 1 is the same for every reflection of a cubic lattice that stays cubic",
            source=f"{GEOMETRY}; criterion: {limit.source}",
        )


def _not_compared(ledger: Ledger) -> Iterator[Outcome]:
    groups: dict[tuple[str, str, str], list[Claim]] = {}
    for claim in ledger.values("interplanar_spacing"):
        system = crystal_system(ledger, phase_of(claim))
        if claim.reflection and claim.state and system not in {None, "cubic"}:
            groups.setdefault((phase_of(claim), claim.state, str(system)), []).append(claim)
    for (phase, state, system), claims in groups.items():
        if len({c.reflection for c in claims}) < 2:
            continue
        yield NotRun(
            check="spacings_one_lattice",
            why=f"the spacings of {phase} ({state}) need more than one parameter: it is {system}",
            claims=tuple(c.id for c in claims),
        )


def _both_diffraction(*claims: Claim) -> bool:
    return all(any(word in c.technique.lower() for word in DIFFRACTION) for c in claims)


def _deviations(a: Stated, b: Stated) -> float:
    return a.deviations(b)


def _name(claim: Claim) -> Any:
    return claim.subject or "the lattice parameter"

"""Lattice parameters and strains that a ledger's spacings amount to."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from topotaxy.evidence.claims import Claim, Ledger
from topotaxy.evidence.stated import Stated


@dataclass(frozen=True)
class LatticeStrain:
    """Linear strain of one phase against pristine.

    ``what`` is the reflection, or ``lattice`` for a lattice parameter or an unnamed strain.
    """

    phase: str
    cell: str
    state: str
    what: str
    claims: list[str]
    number: Stated


def phase_of(claim: Claim) -> str:
    """Material whose symmetry governs the claim.

    Parameters
    ----------
    claim : Claim
        One claim of the ledger.
    """
    return claim.phase or claim.material


def crystal_system(ledger: Ledger, phase: str) -> str | None:
    """Crystal system of a phase, ``None`` where the ledger names no space group.

    Parameters
    ----------
    ledger : Ledger
        What a paper states.
    phase : str
        Name of the phase, as in a claim.
    """
    import gemmi

    entry = ledger.material.get(phase)
    group = gemmi.find_spacegroup_by_name(entry.space_group) if entry and entry.space_group else None
    return str(group.crystal_system_str()) if group is not None else None


def cubic_parameters(ledger: Ledger) -> dict[tuple[str, str, str, int | None], list[tuple[Claim, Stated]]]:
    """Cubic lattice parameters (Å) by phase, state, cell and cycle.

    From lattice parameters as stated, and from spacings by a = d sqrt(h2 + k2 + l2); phases
    that are not cubic are left out. The pristine state has no cell and no cycle.

    Parameters
    ----------
    ledger : Ledger
        What a paper states.
    """
    found: dict[tuple[str, str, str, int | None], list[tuple[Claim, Stated]]] = {}
    for claim in ledger.values("interplanar_spacing", "lattice_parameter"):
        phase = phase_of(claim)
        if claim.state is None or claim.bound or crystal_system(ledger, phase) != "cubic":
            continue
        factor = 1.0
        if claim.quantity == "interplanar_spacing":
            if claim.reflection is None or claim.reflection == (0, 0, 0):
                continue
            factor = math.sqrt(sum(index * index for index in claim.reflection))
        pristine = claim.state == "pristine"
        key = (phase, claim.state, "" if pristine else claim.cell, None if pristine else claim.cycle)
        found.setdefault(key, []).append((claim, claim.stated.times(factor)))
    return found


def lattice_strains(ledger: Ledger) -> Iterator[LatticeStrain]:
    """Strains of the phases against pristine, as stated and from pairs of spacings.

    Each spacing or lattice parameter of a later state is set against every pristine value
    of the same reflection.

    Parameters
    ----------
    ledger : Ledger
        What a paper states.
    """
    for claim in ledger.values("strain"):
        if claim.state not in {None, "pristine"} and not claim.bound:
            what = claim.subject if claim.reflection else "lattice"
            yield LatticeStrain(phase_of(claim), claim.cell, str(claim.state), what, [claim.id], claim.stated)
    sizes = ledger.values("interplanar_spacing", "lattice_parameter")
    for later in sizes:
        if later.state in {None, "pristine"} or later.bound:
            continue
        for first in sizes:
            if first.state != "pristine" or first.bound or first.quantity != later.quantity:
                continue
            if phase_of(first) != phase_of(later) or first.particle_size != later.particle_size:
                continue
            if later.quantity == "interplanar_spacing" and (
                later.reflection is None or first.reflection != later.reflection
            ):
                continue
            quotient = later.stated.over(first.stated)
            number = Stated(quotient.value - 1.0, quotient.low - 1.0, quotient.high - 1.0, quotient.sigma)
            what = later.subject if later.quantity == "interplanar_spacing" else "lattice"
            yield LatticeStrain(
                phase_of(later), later.cell, str(later.state), what, [first.id, later.id], number
            )

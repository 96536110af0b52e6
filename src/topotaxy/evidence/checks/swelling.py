"""The strain that is stated against the charge that is stored."""

from __future__ import annotations

from collections.abc import Iterator

from topotaxy.evidence.claims import Claim, Ledger
from topotaxy.evidence.conditions import REVERSIBLE, is_early, is_reversible
from topotaxy.evidence.criteria import criterion
from topotaxy.evidence.findings import Compared, Finding, NotRun, Outcome
from topotaxy.evidence.formulas import capacity, conversion_composition, reducible
from topotaxy.evidence.strains import LatticeStrain, lattice_strains

RULE = (
    "coherent swelling: strain = (1 + r (V_products/V_host - 1))^(1/3) - 1 (volumes add) or r eta "
    "(lengths add), "
    "r the reacted share of cations, eta the strain at r = 1"
)
SOURCE = (
    "molar volumes of host, metals and alkali salts (topotaxy.material); Vegard 1921, doi:10.1007/BF01349680"
)


def swelling_charge(ledger: Ledger) -> Iterator[Outcome]:
    """Lattice strain of the alkaliated state against the coherent swelling for the stated charge.

    The reacted share is that of the fresh electrode's reversible capacity, no more than what
    the cations claimed active hold. Tension where the expected strain and the stated one
    differ by ``swelling_factor`` or more even at the ends of their intervals, taking
    whichever of the two mixing rules is closer: either most of the reacted material is not
    coherent with the lattice that was measured, or the charge is elsewhere, and neither is
    stated. Only for conversion materials with a formula, and not where the reaction is said to
    be two-phase.

    Parameters
    ----------
    ledger : Ledger
        All claims of a publication, with its materials and cells.
    """
    best: dict[tuple[str, str], LatticeStrain] = {}
    for strain in lattice_strains(ledger):
        if (
            strain.state != "discharged"
            or not strain.cell
            or ledger.cell[strain.cell].role != "half-cell-anode"
        ):
            continue
        key = (strain.phase, strain.cell)
        if key not in best or strain.number.sigma < best[key].number.sigma:
            best[key] = strain
    for (material, cell), strain in best.items():
        charge = _stored(ledger, material, cell)
        if charge is not None:
            yield from _compared(ledger, material, cell, strain, charge)


def _stored(ledger: Ledger, material: str, cell: str) -> Claim | None:
    """Reversible capacity of the fresh electrode at the lowest current stated."""
    fresh = [
        c
        for c in ledger.values(*REVERSIBLE)
        if c.material == material
        and c.cell == cell
        and is_reversible(ledger, c)
        and is_early(c)
        and not c.bound
    ]
    return min(fresh, key=lambda c: c.current or 0.0, default=None)


def _compared(
    ledger: Ledger, material: str, cell: str, strain: LatticeStrain, charge: Claim
) -> Iterator[Outcome]:
    from topotaxy.errors import InputError
    from topotaxy.material import conversion_volume_ratio

    c = conversion_composition(ledger, material)
    if c is None or ledger.material[material].reaction == "two-phase":
        return
    ion = ledger.cell[cell].ion
    active = ledger.material[material].claimed_active or tuple(reducible(c))
    everything = capacity(c, reducible(c))
    held = min(charge.stated.value, capacity(c, active))
    reacted = held / everything
    ids = [*strain.claims, charge.id]
    try:
        ratio = conversion_volume_ratio(c, ion, active)
    except InputError as error:
        yield NotRun("swelling_charge", f"no volume of the products ({error})", tuple(ids))
        return
    full = ratio ** (1.0 / 3.0) - 1.0
    expected = sorted(((1.0 + reacted * (ratio - 1.0)) ** (1.0 / 3.0) - 1.0, reacted * full))
    factor = criterion("swelling_factor")
    small, large = strain.number.low, strain.number.high
    if large * factor.value > expected[0] and small < expected[1] * factor.value:
        yield Compared(tuple(ids))
        return
    shares = sorted(_shares(strain.number.value, ratio))
    yield Finding(
        check="swelling_charge",
        severity="tension",
        claims=ids,
        message=(
            f"The lattice is stated to widen by {strain.number.value:.1%} ({strain.what.strip('()')}) while "
            f"{held:.0f} mAh/g are stored, {reacted:.0%} of the cations; coherent swelling with {ion} "
            "would be "
            f"{expected[0]:.0%} to {expected[1]:.0%}. The stated strain is that of {shares[0]:.1%} to "
            f"{shares[1]:.1%} "
            f"of the cations, {min(_shares(small, ratio)):.1%} to {max(_shares(large, ratio)):.1%} "
            "within its digits."
        ),
        values={
            "material": material,
            "ion": ion,
            "strain": strain.number.value,
            "strain_low": small,
            "strain_high": large,
            "stored": held,
            "reacted_fraction": reacted,
            "volume_ratio": ratio,
            "expected_low": expected[0],
            "expected_high": expected[1],
            "coherent_fraction_by_volume": _shares(strain.number.value, ratio)[0],
            "coherent_fraction_by_length": _shares(strain.number.value, ratio)[1],
            "coherent_fraction_low": min(_shares(small, ratio)),
            "coherent_fraction_high": max(_shares(large, ratio)),
        },
        rule=RULE,
        source=f"{SOURCE}; criterion: {factor.source}",
    )


def _shares(strain: float, ratio: float) -> tuple[float, float]:
    """Reacted share of cations whose coherent swelling is ``strain``: volumes add, lengths add."""
    return ((1.0 + strain) ** 3 - 1.0) / (ratio - 1.0), strain / (ratio ** (1.0 / 3.0) - 1.0)

"""What bulk thermodynamics lets react, against what is claimed to react."""

from __future__ import annotations

from collections.abc import Iterator

from topotaxy.evidence.claims import Claim, Ledger
from topotaxy.evidence.conditions import REVERSIBLE, is_reversible
from topotaxy.evidence.criteria import criterion
from topotaxy.evidence.findings import Finding, Severity
from topotaxy.evidence.formulas import conversion_composition

RULE = (
    "V = (Gf(M compound) - Gf(alkali salt)) / (n F); M reacts on discharge "
    "where V lies above the lower cut-off"
)
SOURCE = (
    "standard enthalpies and entropies of formation (topotaxy.material: CRC Handbook and cited additions)"
)


VALENCE = (
    "reduced_fraction",
    "oxidation_state",
    "binding_energy_shift",
    "edge_energy",
    "edge_shift",
    "white_line_intensity",
)
"""Quantities whose claims speak of the valence of an element."""


def inert_inside_window(ledger: Ledger) -> Iterator[Finding]:
    """Cations claimed inert whose bulk conversion voltage lies inside the window.

    One finding a material, ion and cation. Tension from ``thermodynamic_margin`` above the
    lower cut-off (0 V where none is stated: no anode is driven below plating): a barrier or
    an energy of confinement would have to keep the cation from reacting, and how large it
    must be follows.
    """
    margin = criterion("thermodynamic_margin")
    for claim, cell, ion, lower in _tests(ledger):
        material = claim.material
        for element in ledger.material[material].claimed_inert:
            voltage = _voltage(ledger, material, element, ion)
            if isinstance(voltage, str):
                yield _without_data("inert_inside_window", claim, element, voltage)
                continue
            if voltage < lower + margin.value:
                continue
            stated = ledger.cell[cell].lower_cutoff is not None
            window = f"the lower cut-off of {lower:g} V" if stated else "0 V (no cut-off is stated)"
            yield Finding(
                check="inert_inside_window",
                severity="tension",
                claims=[claim.id, *_naming(ledger, material, cell, element)],
                message=(
                    f"{element} is claimed inert, but its bulk conversion lies at {voltage:.2f} V "
                    f"against {ion}, "
                    f"above {window}: something must hold it back by more than {voltage - lower:.2f} V."
                ),
                values={
                    "material": material,
                    "cell": cell,
                    "element": element,
                    "ion": ion,
                    "voltage": voltage,
                    "lower": lower,
                    "cutoff_stated": stated,
                },
                rule=RULE,
                source=f"{SOURCE}; margin: {margin.source}",
            )


def active_below_window(ledger: Ledger) -> Iterator[Finding]:
    """Cations claimed active whose bulk conversion voltage lies below the window.

    Contradiction where the voltage lies below the lower cut-off (0 V where none is stated)
    by more than ``size_effect``, tension from ``thermodynamic_margin``.
    """
    margin, shift = criterion("thermodynamic_margin"), criterion("size_effect")
    for claim, cell, ion, lower in _tests(ledger):
        material = claim.material
        for element in ledger.material[material].claimed_active:
            voltage = _voltage(ledger, material, element, ion)
            if isinstance(voltage, str):
                yield _without_data("active_below_window", claim, element, voltage)
                continue
            if voltage > lower - margin.value:
                continue
            severity: Severity = "contradiction" if voltage < lower - shift.value else "tension"
            yield Finding(
                check="active_below_window",
                severity=severity,
                claims=[claim.id, *_naming(ledger, material, cell, element)],
                message=(
                    f"{element} is claimed active, but its bulk conversion lies at {voltage:.2f} V "
                    f"against {ion}, "
                    f"below the lower end of the window at {lower:g} V."
                ),
                values={
                    "material": material,
                    "cell": cell,
                    "element": element,
                    "ion": ion,
                    "voltage": voltage,
                    "lower": lower,
                },
                rule=RULE,
                source=f"{SOURCE}; allowances: {margin.source}; {shift.source}",
            )


def _tests(ledger: Ledger) -> Iterator[tuple[Claim, str, str, float]]:
    """Capacity claim, cell, ion and lower cut-off of the half cells of conversion anodes.

    The first reversible capacity of each material, ion and cut-off.
    """
    seen: set[tuple[str, str, float]] = set()
    for claim in ledger.values(*REVERSIBLE):
        if not is_reversible(ledger, claim) or ledger.role(claim) != "half-cell-anode":
            continue
        if conversion_composition(ledger, claim.material) is None:
            continue
        cell = ledger.cell[claim.cell]
        lower = cell.lower_cutoff if cell.lower_cutoff is not None else 0.0
        key = (claim.material, cell.ion, lower)
        if key not in seen:
            seen.add(key)
            yield claim, claim.cell, cell.ion, lower


def _voltage(ledger: Ledger, material: str, element: str, ion: str) -> float | str:
    """Bulk conversion voltage, V, or the reason why the tables give none."""
    from topotaxy.errors import InputError
    from topotaxy.material import conversion_voltage

    c = conversion_composition(ledger, material)
    if c is None:
        return "no balanced formula"
    try:
        return conversion_voltage(element, c.anion_fractions, ion)
    except InputError as error:
        return str(error)


def _without_data(check: str, claim: Claim, element: str, reason: str) -> Finding:
    return Finding(
        check=check,
        severity="note",
        claims=[claim.id],
        message=f"The conversion voltage of {element} was not compared with the window: {reason}.",
        values={"material": claim.material, "cell": claim.cell, "element": element},
        rule=RULE,
        source=SOURCE,
    )


def _naming(ledger: Ledger, material: str, cell: str, element: str) -> list[str]:
    """Claims on the element's valence in that material and cell."""
    return [
        c.id
        for c in ledger.claims
        if c.material == material and element in c.subject.replace(",", " ").split() and c.quantity in VALENCE
    ]

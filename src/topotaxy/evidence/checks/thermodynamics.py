"""What bulk thermodynamics lets react, against what is claimed to react."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal, NamedTuple

from topotaxy.evidence.claims import Claim, Ledger
from topotaxy.evidence.conditions import REVERSIBLE, is_reversible
from topotaxy.evidence.criteria import criterion
from topotaxy.evidence.findings import Compared, Finding, NotRun, Outcome, Severity
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


def inert_inside_window(ledger: Ledger) -> Iterator[Outcome]:
    """Cations claimed inert whose bulk conversion voltage lies inside the window.

    One finding a material, ion and cation. Tension from ``thermodynamic_margin`` above the
    lower cut-off (0 V where none is stated: no anode is driven below plating): a barrier or
    an energy of confinement would have to keep the cation from reacting, and how large it
    must be follows.

    Parameters
    ----------
    ledger : Ledger
        All claims of a publication, with its materials and cells.
    """
    margin = criterion("thermodynamic_margin")
    for test in _compared(ledger, "inert_inside_window", "claimed_inert"):
        if isinstance(test, NotRun):
            yield test
        elif test.voltage < test.lower + margin.value:
            yield Compared((test.claim.id,))
        else:
            stated = ledger.cell[test.cell].lower_cutoff is not None
            window = f"the lower cut-off of {test.lower:g} V" if stated else "0 V (no cut-off is stated)"
            yield test.finding(
                ledger,
                severity="tension",
                message=(
                    f"{test.element} is claimed inert, but its bulk conversion lies at {test.voltage:.2f} V "
                    f"against {test.ion}, above {window}: something must hold it back by more than "
                    f"{test.voltage - test.lower:.2f} V."
                ),
                values={"cutoff_stated": stated},
                source=f"{SOURCE}; margin: {margin.source}",
            )


def active_below_window(ledger: Ledger) -> Iterator[Outcome]:
    """Cations claimed active whose bulk conversion voltage lies below the window.

    Contradiction where the voltage lies below the lower cut-off (0 V where none is stated)
    by more than ``size_effect``, tension from ``thermodynamic_margin``.

    Parameters
    ----------
    ledger : Ledger
        All claims of a publication, with its materials and cells.
    """
    margin, shift = criterion("thermodynamic_margin"), criterion("size_effect")
    for test in _compared(ledger, "active_below_window", "claimed_active"):
        if isinstance(test, NotRun):
            yield test
        elif test.voltage > test.lower - margin.value:
            yield Compared((test.claim.id,))
        else:
            yield test.finding(
                ledger,
                severity="contradiction" if test.voltage < test.lower - shift.value else "tension",
                message=(
                    f"{test.element} is claimed active, but its bulk conversion lies at {test.voltage:.2f} V "
                    f"against {test.ion}, below the lower end of the window at {test.lower:g} V."
                ),
                values={},
                source=f"{SOURCE}; allowances: {margin.source}; {shift.source}",
            )


class _Test(NamedTuple):
    """A cation's bulk conversion voltage (V) held against the lower end of a window (V)."""

    check: str
    claim: Claim
    cell: str
    ion: str
    lower: float
    element: str
    voltage: float

    def finding(
        self, ledger: Ledger, *, severity: Severity, message: str, values: dict[str, Any], source: str
    ) -> Finding:
        """Return what the test found, with the claims and numbers that it rests on."""
        material = self.claim.material
        return Finding(
            check=self.check,
            severity=severity,
            claims=[self.claim.id, *_naming(ledger, material, self.cell, self.element)],
            message=message,
            values={
                "material": material,
                "cell": self.cell,
                "element": self.element,
                "ion": self.ion,
                "voltage": self.voltage,
                "lower": self.lower,
                **values,
            },
            rule=RULE,
            source=source,
        )


def _compared(
    ledger: Ledger, check: str, claimed: Literal["claimed_inert", "claimed_active"]
) -> Iterator[_Test | NotRun]:
    """Yield a test for each cation so claimed, or why there is none: the tables have no voltage for it."""
    for claim, cell, ion, lower in _tests(ledger):
        for element in getattr(ledger.material[claim.material], claimed):
            voltage = _voltage(ledger, claim.material, element, ion)
            if isinstance(voltage, str):
                why = f"no conversion voltage of {element} in {claim.material} ({voltage})"
                yield NotRun(check, why, (claim.id,))
            else:
                yield _Test(check, claim, cell, ion, lower, element, voltage)


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


def _naming(ledger: Ledger, material: str, cell: str, element: str) -> list[str]:
    """Claims on the element's valence in that material and cell."""
    return [
        c.id
        for c in ledger.claims
        if c.material == material and element in c.subject.replace(",", " ").split() and c.quantity in VALENCE
    ]

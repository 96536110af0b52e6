"""Oxidation states of the cations that balance the charge of the anions."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cache

from topotaxy.errors import InputError
from topotaxy.tables import read_table

ANION_CHARGE: dict[str, int] = {"O": -2, "S": -2, "Se": -2, "F": -1}
"""Formal charge of each anion; anions keep it throughout this package."""

IONS: tuple[str, ...] = ("Li", "Na", "K")
"""Alkali metals of the counter electrode."""

TOLERANCE = 1e-6
"""Charge imbalance, relative to the anion charge, that rounding in a formula may leave."""


@cache
def preferred_states() -> dict[str, int]:
    """Oxidation state that is assumed first for each known cation (``oxidation_states.csv``)."""
    rows = read_table("topotaxy.material", "oxidation_states")
    return {row["element"]: int(row["state"]) for row in rows if row["step"] == "preferred"}


def known_cations() -> tuple[str, ...]:
    """Cations that a formula may contain."""
    return tuple(preferred_states())


@cache
def _steps(kind: str) -> tuple[tuple[str, int], ...]:
    rows = [row for row in read_table("topotaxy.material", "oxidation_states") if row["step"] == kind]
    rows.sort(key=lambda row: int(row["order"]))
    return tuple((row["element"], int(row["state"])) for row in rows)


def balanced_valences(
    cations: Mapping[str, float], anions: Mapping[str, float], *, where: str = "formula"
) -> dict[str, dict[int, float]]:
    """Amounts of each cation's oxidation states, balanced against the anions.

    Every cation starts in its preferred state (2+ for Mg to Zn, alkali 1+). A surplus of cation charge
    is taken up by reduction (of Mg to Zn, Cu2+ to Cu+ alone); a shortage by oxidation in the order Fe 3+,
    Mn 3+, Co 3+, Mn 4+, Ni 3+, each step only as far as needed (``oxidation_states.csv`` holds the order
    and why).

    Parameters
    ----------
    cations : mapping of str to float
        Amounts by element.
    anions : mapping of str to float
        Amounts by element.
    where : str
        What messages name as the place of the formula.

    Raises
    ------
    InputError
        Where the steps cannot balance the formula; the message gives both charge sums.
    """
    valences = {el: {preferred_states()[el]: amount} for el, amount in cations.items()}
    required = -math.fsum(ANION_CHARGE[el] * n for el, n in anions.items())
    tolerance = TOLERANCE * required
    missing = required - _charge(valences)
    for element, state in _steps("oxidise" if missing > 0 else "reduce"):
        if abs(missing) <= tolerance:
            break
        if element in valences:
            missing -= _shift(valences[element], state, missing)
    if abs(missing) > tolerance:
        raise InputError(_imbalance(cations, required, missing), where=where)
    return {el: dict(sorted(states.items())) for el, states in valences.items()}


def _charge(valences: Mapping[str, Mapping[int, float]]) -> float:
    return math.fsum(z * n for states in valences.values() for z, n in states.items())


def _shift(states: dict[int, float], to_state: int, missing: float) -> float:
    """Move as much as needed into ``to_state`` from the nearest state there is; return the charge gained."""
    lower = missing > 0
    others = [state for state in states if (state < to_state if lower else state > to_state)]
    if not others:
        return 0.0
    from_state = max(others) if lower else min(others)
    step = abs(to_state - from_state)
    available = states[from_state]
    moved = min(available, abs(missing) / step)
    if moved <= 0.0:
        return 0.0
    states[to_state] = round(states.get(to_state, 0.0) + moved, 12)
    if available - moved > TOLERANCE * available:
        states[from_state] = round(available - moved, 12)
    else:
        del states[from_state]
    return math.copysign(moved * step, missing)


def _imbalance(cations: Mapping[str, float], required: float, missing: float) -> str:
    reached = required - missing
    kind = "oxidise" if missing > 0 else "reduce"
    used = [f"{el}{state}+" for el, state in _steps(kind) if el in cations]
    tried = f"even with {', '.join(used)}" if used else "and no cation here can change its valence that way"
    return (
        f"charges do not balance: cations give {reached:+.4g}, anions {-required:+.4g} "
        f"(sum {-missing:+.4g}), {tried}; adjust the amounts"
    )

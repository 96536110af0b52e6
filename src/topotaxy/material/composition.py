"""From the text of a formula to a charge-balanced composition on two sublattices."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from topotaxy.errors import InputError
from topotaxy.material.oxidation import ANION_CHARGE, balanced_valences, known_cations

MAX_LENGTH = 200
MAX_DEPTH = 4
SMALLEST, LARGEST = 1e-6, 1e3
_ELEMENT = re.compile(r"[A-Z][a-z]?")
_COMMA = re.compile(r"(?<=[0-9]),(?=[0-9])")
_NUMBER = re.compile(r"(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)")
_EXAMPLE = "expected something like 'NiO' or 'Mg0.2Co0.2Ni0.2Cu0.2Zn0.2O0.89S0.11'"


@dataclass(frozen=True)
class Composition:
    """A formula split into cations and anions, with oxidation states that balance.

    ``formula`` is the text as given. ``cations`` and ``anions`` map each element to its
    amount per formula unit as written. ``valences`` maps each cation to the amounts of its
    oxidation states (per formula unit), whose charges balance those of the anions.
    """

    formula: str
    cations: Mapping[str, float] = field(hash=False)
    anions: Mapping[str, float] = field(hash=False)
    valences: Mapping[str, Mapping[int, float]] = field(hash=False)

    @property
    def cation_fractions(self) -> dict[str, float]:
        """Share of each element on the cation sublattice; sums to 1."""
        total = math.fsum(self.cations.values())
        return {element: amount / total for element, amount in self.cations.items()}

    @property
    def anion_fractions(self) -> dict[str, float]:
        """Share of each element on the anion sublattice; sums to 1."""
        total = math.fsum(self.anions.values())
        return {element: amount / total for element, amount in self.anions.items()}

    @property
    def cations_per_anion(self) -> float:
        """Cations per anion; 1 in a rock salt without vacancies."""
        return math.fsum(self.cations.values()) / math.fsum(self.anions.values())

    @property
    def mean_valences(self) -> dict[str, float]:
        """Mean oxidation state of each cation."""
        return {
            element: math.fsum(z * n for z, n in states.items()) / math.fsum(states.values())
            for element, states in self.valences.items()
        }


def parse_formula(text: str) -> Composition:
    """Read a formula such as ``Mg0.2Co0.2Ni0.2Cu0.2Zn0.2O0.89S0.11`` or ``(MgNi)0.5O``.

    Element symbols carry decimal amounts; brackets multiply what they enclose. Oxidation
    states follow :func:`topotaxy.material.oxidation.balanced_valences`.

    Parameters
    ----------
    text : str
        A formula, as Mg0.2Co0.2Ni0.2Cu0.2Zn0.2O.

    Raises
    ------
    InputError
        For anything else than a formula with known cations, known anions and a charge
        balance; the message names the element or character and its position (from 1).
    """
    if not isinstance(text, str):
        raise InputError(f"expected the text of a formula, got {type(text).__name__}")
    formula = text.strip()
    comma = _COMMA.search(formula)
    if comma is not None:
        at, written = comma.start() + 1, _COMMA.sub(".", formula)
        raise InputError(
            f"a comma at position {at}; amounts have a decimal point, as in {written:.80}",
            where=f"formula {formula!r:.80}",
        )
    amounts = _amounts(formula)
    cations = {el: n for el, n in amounts.items() if el not in ANION_CHARGE}
    anions = {el: n for el, n in amounts.items() if el in ANION_CHARGE}
    where = f"formula {formula!r:.80}"
    if not anions:
        raise InputError(f"no anion; expected one of {', '.join(ANION_CHARGE)}", where=where)
    if not cations:
        raise InputError(f"no cation; expected some of {', '.join(known_cations())}", where=where)
    return Composition(formula, cations, anions, balanced_valences(cations, anions, where=where))


def _amounts(formula: str) -> dict[str, float]:
    """Amount of each element; an explicit stack of brackets, so that nothing recurses."""
    if not formula:
        raise InputError(f"empty formula; {_EXAMPLE}")
    if len(formula) > MAX_LENGTH:
        raise InputError(f"formula of {len(formula)} characters, {formula[:20]!r}...; at most {MAX_LENGTH}")
    where = f"formula {formula!r:.80}"
    stack: list[tuple[int, dict[str, float]]] = [(0, {})]
    at = 0
    while at < len(formula):
        character, position = formula[at], at + 1
        if character == "(":
            if len(stack) > MAX_DEPTH:
                raise InputError(
                    f"brackets nested deeper than {MAX_DEPTH} at position {position}", where=where
                )
            stack.append((position, {}))
            at += 1
            continue
        if character == ")":
            if len(stack) == 1:
                raise InputError(f"')' at position {position} closes nothing", where=where)
            opened, inner = stack.pop()
            if not inner:
                raise InputError(f"empty brackets at position {opened}", where=where)
            at += 1
        else:
            match = _ELEMENT.match(formula, at)
            if match is None:
                raise InputError(_unexpected(formula, at), where=where)
            inner = {_checked_element(match[0], position, formula): 1.0}
            at = match.end()
        factor, at = _factor(formula, at, where)
        outer = stack[-1][1]
        for element, amount in inner.items():
            outer[element] = outer.get(element, 0.0) + amount * factor
    if len(stack) > 1:
        raise InputError(f"'(' at position {stack[-1][0]} is never closed", where=where)
    amounts = stack[0][1]
    for element, amount in amounts.items():
        if not SMALLEST <= amount <= LARGEST:
            raise InputError(
                f"amount of {element} is {amount:g}; expected {SMALLEST:g} to {LARGEST:g}", where=where
            )
    return amounts


def _factor(formula: str, at: int, where: str) -> tuple[float, int]:
    """Read the number that may follow an element or a bracket; 1 where there is none."""
    match = _NUMBER.match(formula, at)
    if match is None:
        return 1.0, at
    amount = float(match[0])
    if amount == 0.0:
        raise InputError(f"amount zero at position {at + 1}; leave the element out", where=where)
    if not amount <= LARGEST:
        raise InputError(f"amount {match[0]:.20} at position {at + 1} is above {LARGEST:g}", where=where)
    return amount, match.end()


def _unexpected(formula: str, at: int) -> str:
    character = formula[at]
    shown = character if character.isprintable() else f"U+{ord(character):04X}"
    hint = ""
    if character in "+-":
        hint = "; amounts are plain positive decimals"
    elif character in "[]{}":
        hint = "; use round brackets"
    elif character.islower() and character.isascii():
        right = in_capitals(formula)
        hint = f"; did you mean {right}?" if right else "; element symbols begin with a capital"
    elif character.isascii() and character.isdigit():
        hint = "; an amount follows its element"
    return f"unexpected character {shown!r} at position {at + 1}{hint}"


def _checked_element(symbol: str, position: int, formula: str) -> str:
    """Return the symbol if this package has data for it."""
    if symbol in ANION_CHARGE or symbol in known_cations():
        return symbol
    import periodictable

    where = f"formula {formula!r:.80}"
    known = f"known are {', '.join(known_cations())} and {', '.join(ANION_CHARGE)}"
    right = in_capitals(formula)
    hint = f"; did you mean {right}?" if right else f"; {known}"
    if symbol in {str(element) for element in periodictable.elements if element.number > 0}:
        raise InputError(f"no data for element {symbol} at position {position}{hint}", where=where)
    raise InputError(f"unknown element {symbol!r} at position {position}{hint}", where=where)


def in_capitals(text: str) -> str | None:
    """Return a formula whose letters have the wrong case as it should be written; None where it is none.

    Parameters
    ----------
    text : str
        Such as ``nio`` or ``MGO``. Only elements with data count, those of two letters first, and there have
        to be cations and anions.
    """
    if len(text) > MAX_LENGTH or not text.isascii():
        return None
    known = {symbol.lower(): symbol for symbol in (*known_cations(), *ANION_CHARGE)}
    found: list[str] = []
    for run in re.findall(r"[A-Za-z]+|[^A-Za-z]+", text):
        parts = _elements(run.lower(), known) if run[0].isalpha() else [run]
        if parts is None:
            return None
        found += parts
    written = "".join(found)
    both = set(found) & set(ANION_CHARGE) and set(found) & set(known_cations())
    return written if both and written != text else None


def _elements(letters: str, known: Mapping[str, str]) -> list[str] | None:
    """Split letters into symbols from the end on, so that each place is looked at once."""
    ways: list[list[str] | None] = [None] * len(letters) + [[]]
    for at in range(len(letters) - 1, -1, -1):
        for length in (2, 1):
            rest = ways[at + length] if at + length <= len(letters) else None
            symbol = known.get(letters[at : at + length])
            if symbol is not None and rest is not None:
                ways[at] = [symbol, *rest]
                break
    return ways[0]


def molar_mass(c: Composition) -> float:
    """Molar mass of the formula unit as written, g/mol (IUPAC masses, from periodictable).

    Parameters
    ----------
    c : Composition
        Cations and anions with their amounts and valences.
    """
    import periodictable

    amounts = {**c.cations, **c.anions}
    return math.fsum(n * periodictable.elements.symbol(el).mass for el, n in amounts.items())

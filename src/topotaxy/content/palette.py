"""One fixed colour and mark for each element, safe for colour-blind readers.

The colours are those of Okabe and Ito, "Color Universal Design" (2008), with grey for Mg
and O; marks repeat the distinction for print without colour.
"""

from __future__ import annotations

from topotaxy.content.figure import Symbol

INK = "#1b1f24"
NEUTRAL = "#6b7280"
DISCHARGE = "#2f3a8f"
CHARGE = "#b8559b"
"""The two directions have colours that no element has; they differ in lightness too."""

ELEMENT_COLOUR = {
    "Mg": "#8c8c8c",
    "Ca": "#F0E442",
    "Mn": "#CC79A7",
    "Fe": "#E69F00",
    "Co": "#0072B2",
    "Ni": "#009E73",
    "Cu": "#D55E00",
    "Zn": "#56B4E9",
    "Li": "#000000",
    "Na": "#000000",
    "K": "#000000",
    "O": "#c4c4c4",
    "S": "#F0E442",
    "Se": "#CC79A7",
    "F": "#56B4E9",
}

ELEMENT_SYMBOL: dict[str, Symbol] = {
    "Mg": "circle",
    "Co": "square",
    "Ni": "diamond",
    "Cu": "triangle",
    "Zn": "cross",
    "Ca": "square",
    "Mn": "triangle",
    "Fe": "star",
}


def element_colour(element: str) -> str:
    """Return the element's colour; a neutral grey for one that has none."""
    return ELEMENT_COLOUR.get(element, NEUTRAL)


def element_symbol(element: str) -> Symbol:
    """Return the element's mark on a curve."""
    return ELEMENT_SYMBOL.get(element, "circle")

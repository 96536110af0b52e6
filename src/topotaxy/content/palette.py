"""One fixed colour and mark for each element, safe for colour-blind readers.

The colours are those of Okabe and Ito, "Color Universal Design" (2008), with grey for Mg
and O; marks repeat the distinction for print without colour.
"""

from __future__ import annotations

from topotaxy.content.figure import Symbol

INK = "#1b1f24"
NEUTRAL = "#6b7280"
GRID = "#e6e8eb"
DISCHARGE = "#2f3a8f"
CHARGE = "#b8559b"
"""The two directions have colours that no element has; they differ in lightness too."""

LINES = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#8c8c8c")
"""Colours of lines that are neither elements nor directions, in the order in which lines take them."""

ELEMENT_COLOUR = {
    "Mg": "#8c8c8c",
    "Ca": "#8f7a1f",
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

SCALES = {
    "grey": ("#000000", "#ffffff"),
    "sequential": (
        "#440154",
        "#472d7b",
        "#3b528b",
        "#2c728e",
        "#21918c",
        "#28ae80",
        "#5ec962",
        "#addc30",
        "#fde725",
    ),
    "diverging": (
        "#053061",
        "#2f79b5",
        "#6bacd1",
        "#c0dceb",
        "#f7f7f7",
        "#fbceb7",
        "#e58368",
        "#bb2a34",
        "#67001f",
    ),
}
"""Colours of maps at equal steps from the low end to the high end: grey; viridis (S. van der Walt, N. Smith,
2015); red and blue of ColorBrewer (C. Brewer, 2002), blue for what is below zero."""

RAMP = ("#3f7fbf", "#9a6fb0", "#d0702a")
"""Ends and middle of a sequence of lines, as light as each other, so that all are seen on light and dark."""

PAPER = "#ffffff"
PAPER_DARK = "#15181c"
"""Background of a page in dark mode."""

ON_DARK = {
    INK: "#e4e7eb",
    "#000000": "#e4e7eb",
    NEUTRAL: "#a3acb7",
    GRID: "#39414a",
    DISCHARGE: "#98a3ff",
    CHARGE: "#e08cc6",
    "#0072B2": "#3f8fdd",
    "#56B4E9": "#a5dbff",
    "#009E73": "#2fc79b",
    "#D55E00": "#f0803c",
    "#8c8c8c": "#a8a8a8",
    "#882255": "#d9739f",
    "#332288": "#9487e6",
}
"""Colours that a dark page replaces, as they would be lost on it: same hue, lighter."""


def element_colour(element: str) -> str:
    """Return the element's colour; a neutral grey for one that has none.

    Parameters
    ----------
    element : str
        Chemical symbol.
    """
    return ELEMENT_COLOUR.get(element, NEUTRAL)


def element_symbol(element: str) -> Symbol:
    """Return the element's mark on a curve.

    Parameters
    ----------
    element : str
        Chemical symbol.
    """
    return ELEMENT_SYMBOL.get(element, "circle")


def sequence(count: int) -> tuple[str, ...]:
    """Return ``count`` colours in an order that is seen, as for patterns against charge.

    Parameters
    ----------
    count : int
        How many colours are wanted.
    """
    found = []
    for index in range(count):
        place = 2.0 * index / max(count - 1, 1)
        first, second = (RAMP[0], RAMP[1]) if place <= 1.0 else (RAMP[1], RAMP[2])
        share = place if place <= 1.0 else place - 1.0
        pairs = ((int(first[i : i + 2], 16), int(second[i : i + 2], 16)) for i in (1, 3, 5))
        found.append("#" + "".join(f"{round(a + share * (b - a)):02x}" for a, b in pairs))
    return tuple(found)


def contrast(first: str, second: str) -> float:
    """Return the contrast ratio of two colours ``#rrggbb``, from 1 to 21 (WCAG 2.1, relative luminance).

    Parameters
    ----------
    first : str
        ``#rrggbb``.
    second : str
        ``#rrggbb``.
    """
    lighter, darker = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255.0 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

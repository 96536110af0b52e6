"""Numbers with errors, and tables, as plain text."""

from __future__ import annotations

import math
from collections.abc import Sequence

MOST_DECIMALS = 6


def value_text(value: float, error: float | None, *, signed: bool = False) -> str:
    """Return a value to the digit that its error leaves, and the error (two digits below 2).

    Parameters
    ----------
    value : float
        The number, in the unit that stands beside it.
    error : float | None
        One standard error; None where there is none.
    signed : bool
        Whether a positive number has its sign.
    """
    if not math.isfinite(value):
        return "-"
    sign = "+" if signed else ""
    if error is None:
        return f"{value:{sign}.4g}"
    if error <= 1e-9 * abs(value) or error == 0.0:
        return f"{value:{sign}.4g} ± 0"
    digit = math.floor(math.log10(error))
    if error / 10.0**digit < 2.0:
        digit -= 1
    decimals = min(max(0, -digit), MOST_DECIMALS)
    return f"{value:{sign}.{decimals}f} ± {error:.{decimals}f}"


def markdown_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table, numbers to the right.

    Parameters
    ----------
    head : Sequence[str]
        Words above the columns.
    rows : Sequence[Sequence[str]]
        Cells, row by row.
    """
    lines = [_line(head), _line(["---", *["---:"] * (len(head) - 1)])]
    return "\n".join([*lines, *[_line(row) for row in rows]])


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"

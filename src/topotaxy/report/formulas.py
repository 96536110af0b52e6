"""Chemical formulas in text, their amounts set as subscripts."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markupsafe import Markup

_AMOUNT = r"\d+(?:\.\d+)?"
_OPTION = re.compile(r"(?<![\w-])(--[a-z][a-z0-9-]*)")


def chemical(text: str) -> Markup:
    """Return text, escaped, with the amounts of chemical formulas in it set as subscripts, options unbroken.

    A formula is a word of two or more element symbols with an amount, as in ``Ni0.9Mg0.1O``; groups may
    stand in brackets, as in ``Na3V2(PO4)3``.

    Parameters
    ----------
    text : str
        A formula, or text that holds some.
    """
    from markupsafe import Markup, escape

    pieces = []
    for number, piece in enumerate(_formula().split(str(text))):
        if number % 2 and any(c.isdigit() for c in piece):
            parts = re.split(f"({_AMOUNT})", piece)
            pieces += [Markup("<sub>{}</sub>").format(p) if i % 2 else escape(p) for i, p in enumerate(parts)]
        else:
            pieces.append(whole_options(piece))
    return Markup("").join(pieces)


def whole_options(text: str) -> Markup:
    """Return text, escaped, in which no line ends within an option such as ``--dry-at``.

    Parameters
    ----------
    text : str
        Any text.
    """
    from markupsafe import Markup, escape

    parts = _OPTION.split(text)
    nowrap = Markup('<span class="option">{}</span>')
    return Markup("").join(nowrap.format(p) if i % 2 else escape(p) for i, p in enumerate(parts))


@lru_cache(maxsize=1)
def _formula() -> re.Pattern[str]:
    """Words made of two or more element symbols or groups in brackets, each with or without an amount.

    What underscores join is a name of something, as of a file.
    """
    from periodictable import elements

    symbols = sorted((e.symbol for e in elements if e.number > 0), key=len, reverse=True)
    one = f"(?:{'|'.join(symbols)})(?:{_AMOUNT})?"
    part = rf"(?:{one}|\((?:{one})+\)(?:{_AMOUNT})?)"
    return re.compile(rf"(?<![A-Za-z0-9._])({one}{part}+)(?![A-Za-z0-9_])")

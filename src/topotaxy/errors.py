"""The one exception that a user's input can cause.

Every message is a single line: what is wrong, where, and what would be right.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

NEAR = 0.6
"""Share of the letters of two words that match, from which one may be a slip for the other."""


ALIKE = 0.1
"""Difference of that share up to which two words are as good."""


class InputError(ValueError):
    """Input that cannot be used; the command line turns it into exit status 2.

    The message is forced onto one line, so that text quoted from a hostile file
    cannot break out of it.
    """

    def __init__(self, message: str, *, where: str | None = None) -> None:
        text = f"{where}: {message}" if where else message
        printable = "".join(c if c.isprintable() else " " for c in text)
        super().__init__(" ".join(printable.split()))


def choices(word: str, known: Iterable[str], *, most: int = 3) -> str:
    """Return what somebody may have meant by a word that is not known, or all that is.

    Parameters
    ----------
    word : str
        What was given.
    known : iterable of str
        What would have been right.
    most : int
        Near words that are named.

    Returns
    -------
    str
        ``did you mean 'a' or 'b'?`` where something is near, else ``there are a, b, c``.
    """
    names = list(dict.fromkeys(known))
    scored = sorted(((_likeness(word[:100], name), name) for name in names), key=lambda one: -one[0])
    near = [one for one in scored[:most] if one[0] >= NEAR and one[0] >= scored[0][0] - ALIKE]
    if near:
        found = [repr(name) for ratio, name in near if ratio == 1.0 or near[0][0] < 1.0]
        return f"did you mean {' or '.join(filter(None, (', '.join(found[:-1]), found[-1])))}?"
    return f"there are {', '.join(names)}" if names else "there is none"


def _likeness(word: str, name: str) -> float:
    """Share of letters that match, the order of words left aside; 1 where only the case differs."""
    from difflib import SequenceMatcher

    one, other = word.casefold(), name.casefold()
    parts = [set(re.findall(r"[^_\W]+", text)) for text in (one, other)]
    within = 0.9 if len(parts[0]) > 1 and parts[0] <= parts[1] and one != other else 0.0
    return max(SequenceMatcher(None, one, other).ratio(), within)

"""The one exception that a user's input can cause.

Every message is a single line: what is wrong, where, and what would be right.
"""

from __future__ import annotations

from collections.abc import Iterable

NEAR = 0.6
"""Share of the letters of two words that match, from which one may be a slip for the other."""


ALIKE = 0.15
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
        ``did you mean a or b?`` where something is near, else ``there are a, b, c``.
    """
    from difflib import SequenceMatcher

    names = list(dict.fromkeys(known))
    plain = word[:100].casefold()
    scored = [(SequenceMatcher(None, plain, name.casefold()).ratio(), name) for name in names]
    near = sorted((one for one in scored if one[0] >= NEAR), key=lambda one: -one[0])[:most]
    found = [
        name for ratio, name in near if ratio >= near[0][0] - ALIKE and (ratio == 1.0 or near[0][0] < 1.0)
    ]
    if found:
        return f"did you mean {' or '.join(filter(None, (', '.join(found[:-1]), found[-1])))}?"
    return f"there are {', '.join(names)}" if names else "there is none"

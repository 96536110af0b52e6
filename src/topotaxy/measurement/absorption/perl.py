"""Lists of Perl text, as Athena's projects hold them: a small parser that evaluates nothing."""

from __future__ import annotations

import re
from typing import Any

from topotaxy.errors import InputError

_TOKEN = re.compile(
    r"""\s*(?:
        '(?P<single>(?:[^'\\]|\\.)*)' |
        "(?P<double>(?:[^"\\]|\\.)*)" |
        (?P<number>[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?) |
        (?P<word>undef) |
        (?P<open>[(\[{]) | (?P<close>[)\]}]) | (?P<comma>,|=>) | (?P<end>;)
    )""",
    re.VERBOSE | re.DOTALL,
)
_CLOSES = {"(": ")", "[": "]", "{": "}"}
DEEPEST = 12


def values_of(text: str, *, where: str) -> list[Any]:
    """Return the values of a list such as ``('a',1,[2,'b'],{'c' => 3});``.

    Text stays text, numbers stay the text they are; lists become lists, and a hash a list of its names and
    values. What is no such list is refused.

    Parameters
    ----------
    text : str
        Any text of a file.
    where : str
        File and line, for messages.

    Raises
    ------
    InputError
        Where a quote or bracket does not close, or something else stands there.
    """
    stack: list[tuple[str, list[Any]]] = [("", [])]
    place = 0
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None or match.end() == place:
            if not text[place:].strip():
                break
            raise InputError(f"unexpected {text[place : place + 20]!r}: the line is damaged", where=where)
        place = match.end()
        kind, token = match.lastgroup, match[match.lastgroup or 0]
        if kind == "open":
            if len(stack) > DEEPEST:
                raise InputError("lists within lists without end", where=where)
            stack.append((_CLOSES[token], []))
        elif kind == "close":
            closing, inner = stack.pop() if len(stack) > 1 else ("", [])
            if closing != token:
                raise InputError(f"{token!r} closes nothing: the line is damaged", where=where)
            stack[-1][1].append(inner)
        elif kind == "end":
            break
        elif kind in ("single", "double"):
            stack[-1][1].append(re.sub(r"\\(.)", r"\1", token))
        elif kind == "number":
            stack[-1][1].append(token)
        elif kind == "word":
            stack[-1][1].append("")
    if len(stack) != 1:
        raise InputError("a list does not close: the line is cut", where=where)
    whole = stack[0][1]
    return whole[0] if len(whole) == 1 and isinstance(whole[0], list) else whole

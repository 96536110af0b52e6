"""The commands that the documentation prints: of README, pages of docs, help of verbs, and examples."""

from __future__ import annotations

import ast
import inspect
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import typer

from topotaxy.cli import app

ROOT = Path(__file__).parents[2]
PAGES = {
    path.relative_to(ROOT).as_posix(): path for path in (ROOT / "README.md", *sorted(ROOT.glob("docs/*.md")))
}

EXAMPLES = {path.relative_to(ROOT).as_posix(): path for path in sorted(ROOT.glob("examples/*.py"))}

VERBS: dict[str, object] = typer.main.get_command(app).commands  # type: ignore[attr-defined]

_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```", re.DOTALL | re.MULTILINE)
_INLINE = re.compile(r"`((?:topotaxy|python) [^`]+)`")
_COMMAND = re.compile(r"(topotaxy|python3?|pip|pytest|ruff) \S|H=")


def blocks(text: str, kind: str) -> list[str]:
    """Bodies of the fenced blocks of one language, in order."""
    return [body for language, body in _BLOCK.findall(text) if language == kind]


def commands(text: str) -> list[str]:
    """Commands of a page in its order, each once: lines of blocks, and whole ones in a sentence."""
    found = [
        (match.start(), line)
        for match in _BLOCK.finditer(text)
        if match[1] in ("sh", "")
        for line in map(_without_remark, match[2].splitlines())
        if _COMMAND.match(line)
    ]
    prose = _BLOCK.sub(lambda match: " " * len(match[0]), text)
    inline = [(match.start(), " ".join(match[1].split())) for match in _INLINE.finditer(prose)]
    found += [(at, line) for at, line in inline if is_whole(line)]
    return list(dict.fromkeys(line for _, line in sorted(found, key=lambda one: one[0])))


def is_whole(command: str) -> bool:
    """Neither a verb alone, as a sentence names it, nor one with places for the reader to fill in."""
    if re.search(r"\.\.\.|…|\||[\[\]]", command) or re.search(r" [A-Z]{3,}\b(?!\.)", command):
        return False
    return len(command.split()) > 2 or command in ("topotaxy list", "topotaxy doctor")


PLACES = {
    "FILE...": "a.csv b.csv",
    "FILE": "file.toml",
    "FOLDER": "folder",
    "DIR": "folder",
    "RUN": "heos-na",
    "SPEC": "heos-na",
    "CLAIMS": "fang2022",
}
"""What a reader may fill in for the words that stand for it."""


def templates(text: str) -> list[str]:
    """Commands within sentences that have places to fill in, filled in; of alternatives the first."""
    prose = _BLOCK.sub("", text)
    inline = (" ".join(match[1].split()) for match in _INLINE.finditer(prose))
    found = []
    for command in (line for line in inline if not is_whole(line) and len(line.split()) > 2):
        words = (PLACES.get(word, word).partition("|")[0] for word in command.split())
        found.append(" ".join(words))
    return list(dict.fromkeys(found))


def docstring_commands(path: Path) -> list[str]:
    """Commands that an example prints in its docstring, on lines of their own, in order."""
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")), clean=False) or ""
    lines = (_without_remark(line) for line in text.splitlines() if line.startswith("    "))
    return [line for line in lines if _COMMAND.match(line)]


def examples(verb: str) -> list[str]:
    """Return the examples of a verb's help, in order."""
    text = inspect.cleandoc(VERBS[verb].callback.__doc__ or "")  # type: ignore[attr-defined]
    return [line for line in text.splitlines() if line.startswith("topotaxy ")]


def every_command() -> Iterator[tuple[str, str]]:
    """Each printed command and where it stands: a page or an example by its path, a verb by its name."""
    for name, path in PAGES.items():
        for line in commands(path.read_text(encoding="utf-8")):
            yield name, line
    for verb in VERBS:
        for line in examples(verb):
            yield verb, line
    for name, path in EXAMPLES.items():
        for line in docstring_commands(path):
            yield name, line


def parsed(command: str) -> None:
    """Give a command to the parser of its verb, which raises where it is none."""
    words = shlex.split(command)
    verb, arguments = words[1], words[2:]
    assert verb in VERBS, f"{command}: no verb {verb}"
    VERBS[verb].make_context(verb, arguments)  # type: ignore[attr-defined]


def _without_remark(line: str) -> str:
    return re.sub(r"(^|\s)#\s.*$", "", line).strip()

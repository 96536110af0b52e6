"""What the documentation prints works: its commands are parsed by the command line, its tutorial is run."""

from __future__ import annotations

import inspect
import re
import shlex
from pathlib import Path

import matplotlib as mpl
import pytest
import typer

from topotaxy.cli import app

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]

_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```", re.DOTALL | re.MULTILINE)
_INLINE = re.compile(r"`(topotaxy [^`\n]+)`")

group = typer.main.get_command(app)
VERBS: dict[str, object] = group.commands  # type: ignore[attr-defined]


def commands(text: str) -> list[str]:
    """Commands of fenced blocks without comments and prompts, and commands inside a sentence."""
    lines = [line for kind, body in _BLOCK.findall(text) if kind in ("sh", "") for line in body.splitlines()]
    found = [line.strip().removeprefix("$ ") for line in lines] + _INLINE.findall(_BLOCK.sub("", text))
    return [line for line in found if re.match(r"(\.venv/bin/)?topotaxy [a-z-]", line)]


def is_whole(command: str) -> bool:
    """Not a verb alone, as a sentence names it, nor one with places for the reader to fill in."""
    return not re.search(r"\.\.\.|…|\||[\[\]]", command) and len(command.split()) > 2


def parsed(command: str) -> None:
    words = shlex.split(command.partition(" #")[0])
    verb, arguments = words[1], words[2:]
    assert verb in VERBS, f"{command}: no verb {verb}"
    VERBS[verb].make_context(verb, arguments)  # type: ignore[attr-defined]


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_commands_of_a_page_are_commands(page: Path) -> None:
    for command in filter(is_whole, commands(page.read_text(encoding="utf-8"))):
        try:
            parsed(command)
        except typer.Exit:
            pass
        except Exception as error:
            raise AssertionError(f"{page.name}: {command}: {error}") from error


@pytest.mark.parametrize("verb", sorted(VERBS))
def test_examples_of_the_help_are_commands(verb: str) -> None:
    text = inspect.cleandoc(VERBS[verb].callback.__doc__ or "")  # type: ignore[attr-defined]
    examples = [line for line in text.splitlines() if line.startswith("topotaxy ")]
    assert examples, "a verb without an example"
    for example in examples:
        parsed(example)


def test_a_wrong_command_would_be_found() -> None:
    assert commands(
        "```sh\ntopotaxy simulate heos-na --cycles 3  # so many\n```\nand `topotaxy judge x --json`"
    ) == [
        "topotaxy simulate heos-na --cycles 3  # so many",
        "topotaxy judge x --json",
    ]
    with pytest.raises(Exception, match="no-such-option"):
        parsed("topotaxy simulate heos-na --no-such-option 3")
    with pytest.raises(AssertionError, match="no verb"):
        parsed("topotaxy levitate heos-na")


def test_every_page_stands_in_the_index() -> None:
    text = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    listed = {
        line.strip()
        for block in re.findall(r"```{toctree}\n(.*?)```", text, re.DOTALL)
        for line in block.splitlines()
    }
    missing = {page.stem for page in (ROOT / "docs").glob("*.md")} - listed - {"index"}
    assert not missing


def test_the_tutorial_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    text = (ROOT / "docs" / "tutorial.md").read_text(encoding="utf-8")
    code = "\n".join(body for kind, body in _BLOCK.findall(text) if kind == "python")
    names: dict[str, object] = {}
    with mpl.rc_context({"backend": "agg"}):
        exec(compile(code, "tutorial.md", "exec"), names)
    assert names["judged"].document["verdict"]  # type: ignore[attr-defined]

"""What the documentation prints works: its commands are parsed by the command line, its tutorial is run."""

from __future__ import annotations

import re
from pathlib import Path

import matplotlib as mpl
import pytest
import typer
from printed_commands import PAGES, ROOT, VERBS, blocks, commands, examples, parsed


@pytest.mark.parametrize("page", PAGES)
def test_commands_of_a_page_are_commands(page: str) -> None:
    for command in commands(PAGES[page].read_text(encoding="utf-8")):
        if not command.startswith("topotaxy "):
            continue
        try:
            parsed(command)
        except typer.Exit:
            pass
        except Exception as error:
            raise AssertionError(f"{page}: {command}: {error}") from error


@pytest.mark.parametrize("verb", sorted(VERBS))
def test_examples_of_the_help_are_commands(verb: str) -> None:
    assert examples(verb), "a verb without an example"
    for example in examples(verb):
        parsed(example)


def test_a_wrong_command_would_be_found() -> None:
    assert commands(
        "```sh\ntopotaxy simulate heos-na --cycles 3  # so many\n```\nand `topotaxy judge x --json`"
    ) == [
        "topotaxy simulate heos-na --cycles 3",
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
    code = "\n".join(blocks(text, "python"))
    names: dict[str, object] = {}
    with mpl.rc_context({"backend": "agg"}):
        exec(compile(code, "tutorial.md", "exec"), names)
    assert names["judged"].document["verdict"]  # type: ignore[attr-defined]

"""What the documentation prints works: its commands are parsed by the command line, its tutorial is run."""

from __future__ import annotations

import re
from pathlib import Path

import matplotlib as mpl
import pytest
import typer
from printed_commands import (
    EXAMPLES,
    PAGES,
    ROOT,
    VERBS,
    blocks,
    commands,
    docstring_commands,
    examples,
    parsed,
    templates,
)


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


@pytest.mark.parametrize("page", PAGES)
def test_commands_with_places_to_fill_in_are_commands(page: str) -> None:
    for command in templates(PAGES[page].read_text(encoding="utf-8")):
        program, *words = command.split()
        if program == "topotaxy":
            parsed(command)
            continue
        module = words[1].replace(".", "/") if words[0] == "-m" else words[0].removesuffix(".py")
        (path, *_) = [p for p in (ROOT / f"{module}.py", ROOT / "src" / f"{module}.py") if p.is_file()]
        source = path.read_text(encoding="utf-8")
        assert [w for w in words if w.startswith("--") and f'"{w}"' not in source] == [], command


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_says_how_it_is_run(example: str) -> None:
    found = docstring_commands(EXAMPLES[example])
    assert any(line.startswith(f"python {example}") for line in found)
    for command in found:
        if command.startswith("topotaxy "):
            parsed(command)


def test_places_are_filled_in_and_whole_commands_are_none() -> None:
    text = (
        "`topotaxy probe RUN --technique x`, `topotaxy export a --format xyz|cif`, `topotaxy judge a --json`"
    )
    assert templates(text) == ["topotaxy probe heos-na --technique x", "topotaxy export a --format xyz"]
    assert templates("```sh\ntopotaxy audit FILE\n```\n`topotaxy audit`") == []


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

"""What every verb has."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import pytest
import typer

from topotaxy.cli import app, main
from topotaxy.cli.output import complain, everything, is_quiet, message, only_results

VERBS = sorted(typer.main.get_command(app).commands)  # type: ignore[attr-defined]


@pytest.mark.parametrize("verb", VERBS)
def test_help_fits_eighty_columns_and_fills_them(
    verb: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """No line is longer than a terminal of 80 columns; within a paragraph no line ends early."""
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERMINAL_WIDTH", "80")
    assert main([verb, "--help"]) == 0
    text = re.sub(r"\x1b\[[0-9;]*m", "", capsys.readouterr().out)
    assert max(map(len, text.splitlines())) <= 80
    assert "--quiet" in text
    prose = [line.strip() for line in text.split("╭")[0].splitlines()]
    for line, following in itertools.pairwise(prose):
        if line and following and not line.startswith(("Usage", "topotaxy")):
            assert len(line) + 1 + len(following.split()[0]) > 78, line


def test_quiet_leaves_out_messages_but_not_results_or_errors(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["new", "electrode", "loud.toml"]) == 0
    assert "written" in capsys.readouterr().err
    assert main(["new", "electrode", "calm.toml", "--quiet"]) == 0
    assert capsys.readouterr().err == ""
    assert (tmp_path / "calm.toml").is_file()
    assert main(["describe", "NiO", "-q"]) == 0
    assert "Ni" in capsys.readouterr().out
    assert main(["describe", "Xx", "-q"]) == 2
    assert capsys.readouterr().err.startswith("error: ")


def test_quiet_ends_with_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["describe", "NiO", "-q"]) == 0
    assert not is_quiet()
    only_results()
    message("nothing")
    complain("wrong")
    everything()
    message("again")
    assert capsys.readouterr().err == "wrong\nagain\n"

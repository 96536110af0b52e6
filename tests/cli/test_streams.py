"""Whatever becomes of the streams: no traceback, and status 1 only where the answer is negative."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from strict import PYTHON

pytestmark = pytest.mark.skipif(os.name != "posix", reason="streams close in another way there")

COMMAND = shlex.join([*PYTHON, "-m", "topotaxy"])
FULL = Path("/dev/full")


def shell(line: str) -> tuple[int, str]:
    """Run a line of shell; return its status and what reached standard error."""
    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, check=False)
    return done.returncode, done.stderr


@pytest.mark.skipif(not FULL.exists(), reason="there is no /dev/full")
@pytest.mark.parametrize("arguments", ["describe NiO", "describe NiO --json", "--help", "--version"])
def test_results_that_cannot_be_written_are_one_line(arguments: str) -> None:
    status, said = shell(f"{COMMAND} {arguments} >/dev/full")
    assert (status, said.count("\n")) == (2, 1)
    assert "standard output cannot be written" in said


@pytest.mark.parametrize("arguments", ["describe NiO", "--help"])
def test_a_closed_standard_output_is_one_line(arguments: str) -> None:
    status, said = shell(f"{COMMAND} {arguments} >&-")
    assert (status, said) == (2, "error: standard output is closed\n")


@pytest.mark.parametrize(("arguments", "wanted"), [("describe NiO", 0), ("describe Xx", 2)])
def test_messages_that_nobody_can_read_change_nothing(arguments: str, wanted: int) -> None:
    assert shell(f"{COMMAND} {arguments} >/dev/null 2>&-")[0] == wanted
    if FULL.exists():
        assert shell(f"{COMMAND} {arguments} >/dev/null 2>/dev/full")[0] == wanted


def test_both_streams_closed_is_not_a_negative_answer() -> None:
    assert shell(f"{COMMAND} describe NiO >&- 2>&-")[0] == 2


def test_a_reader_of_one_line_is_no_fault() -> None:
    status, said = shell(f"set -o pipefail; {COMMAND} audit fang2022 --json | head -1 >/dev/null; true")
    assert (status, said) == (0, "")


def test_an_interruption_while_loading_is_one_line(tmp_path: Path) -> None:
    """Ctrl-C that meets the imports: simulated by a module that raises it when typer is imported."""
    (tmp_path / "typer.py").write_text("raise KeyboardInterrupt\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "topotaxy", "--version"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])},
    )
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "interrupted\n")


def test_no_memory_is_one_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    from topotaxy.cli import main

    def greedy(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr("topotaxy.material.describe", greedy)
    assert main(["describe", "NiO"]) == 2
    assert "not enough memory" in capsys.readouterr().err


def test_help_loses_no_brackets(capsys: pytest.CaptureFixture[str]) -> None:
    from topotaxy.cli import main

    assert main(["simulate", "--help"]) == 0
    shown = capsys.readouterr().out
    assert "[cell]" in shown
    assert "[[step]]" in shown

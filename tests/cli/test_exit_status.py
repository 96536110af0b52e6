from __future__ import annotations

import gc
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from outcome import Call

import topotaxy as package
from strict import COMMAND
from topotaxy.__main__ import COLLECT_AFTER
from topotaxy.__main__ import main as process_main
from topotaxy.cli import main


def test_a_process_of_its_own_searches_for_cycles_more_rarely(monkeypatch: pytest.MonkeyPatch) -> None:
    usual = gc.get_threshold()
    monkeypatch.setattr("topotaxy.cli.main", gc.get_threshold)
    try:
        assert process_main() == COLLECT_AFTER > usual  # type: ignore[comparison-overlap]
    finally:
        gc.set_threshold(*usual)


def test_version(topotaxy: Call) -> None:
    outcome = topotaxy("--version")
    assert (outcome.status, outcome.out, outcome.err) == (0, f"topotaxy {package.__version__}\n", "")


@pytest.mark.parametrize("arguments", [(), ("--help",), ("-h",)])
def test_help_names_every_verb(arguments: tuple[str, ...], topotaxy: Call) -> None:
    outcome = topotaxy(*arguments)
    assert (outcome.status, outcome.err) == (0, "")
    for verb in ("describe", "simulate", "audit"):
        assert verb in outcome.out


@pytest.mark.parametrize("verb", ["describe", "simulate", "audit"])
def test_the_help_of_a_verb_has_examples(verb: str, topotaxy: Call) -> None:
    outcome = topotaxy(verb, "--help")
    assert (outcome.status, outcome.err) == (0, "")
    assert "Examples:" in outcome.out
    assert f"topotaxy {verb} " in outcome.out
    assert "--json" in outcome.out


def test_the_help_of_simulate_says_where_the_names_are(topotaxy: Call) -> None:
    assert "topotaxy list" in " ".join(topotaxy("simulate", "--help").out.split())


def test_an_interruption_is_one_line(topotaxy: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("topotaxy.material.describe", interrupted)
    outcome = topotaxy("describe", "NiO")
    assert (outcome.status, outcome.out, outcome.err) == (130, "", "interrupted\n")


@pytest.mark.skipif(os.name != "posix", reason="a pipe closes in another way there")
@pytest.mark.parametrize("arguments", [("audit", "fang2022"), ("describe", "NiO", "--json")])
def test_a_reader_that_goes_away_is_no_fault(arguments: tuple[str, ...]) -> None:
    with subprocess.Popen(
        [*COMMAND, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        complaint = process.stderr.read()
    assert (process.returncode, complaint) == (128 + signal.SIGPIPE, "")


def test_a_narrow_encoding_keeps_json_valid(tmp_path: Path) -> None:
    arguments = ("describe", "NiO", "--temperature", "60 degC")
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    table = subprocess.run(
        [*COMMAND, *arguments], capture_output=True, env=environment, check=True, cwd=tmp_path
    )
    table.stdout.decode("ascii")
    document = subprocess.run(
        [*COMMAND, *arguments, "--json"], capture_output=True, env=environment, check=True, cwd=tmp_path
    )
    assert json.loads(document.stdout.decode("ascii"))["formula"] == "NiO"


def test_main_reads_the_arguments_of_the_process(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["topotaxy", "--version"])
    assert main() == 0
    assert capsys.readouterr().out.startswith("topotaxy ")

from __future__ import annotations

import html
import json
from pathlib import Path

import pytest

from topotaxy.cell.priors import priors
from topotaxy.cli import main

TEXT = 'name = "mine"\n[cell]\nmaterial = "heos-na"\n[[step]]\ncurrent = 1.0\ncycles = 2\n'


def test_a_cell_writes_its_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spec = tmp_path / "mine.toml"
    spec.write_text(TEXT, encoding="utf-8")
    out = tmp_path / "run"
    assert main(["simulate", str(spec), "--out", str(out), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document == json.loads((out / "observables.json").read_text(encoding="utf-8"))
    assert {p.name for p in out.iterdir()} >= {
        "cell.toml",
        "record.bdf.csv",
        "observables.csv",
        "provenance.json",
        "report.html",
    }
    head = (out / "record.bdf.csv").read_text(encoding="utf-8").splitlines()[0].split(",")
    assert head[:4] == ["test_time_second", "voltage_volt", "current_ampere", "cycle_count"]
    assert {"charging_capacity_ah", "discharging_capacity_ah"} < set(head)
    provenance = json.loads((out / "provenance.json").read_text(encoding="utf-8"))
    assert provenance["branches"]["seed"] == 1
    inferred = {p.name for p in priors() if p.ion in ("", "Na")}
    assert {p["name"] for p in provenance["parameters"] if p["label"] == "calibrated"} == inferred
    assert provenance["parameters_are"] == "learned"
    assert main(["simulate", str(spec), "--out", str(out)]) == 2
    assert "already holds a run" in capsys.readouterr().err
    (out / "report.html").unlink()
    assert main(["simulate", str(spec), "--out", str(out), "--resume"]) == 0
    assert (out / "report.html").is_file()


def test_the_report_asks_the_network_for_nothing(tmp_path: Path) -> None:
    spec = tmp_path / "mine.toml"
    spec.write_text(TEXT.replace('"mine"', '"mine"\ntitle = "<b>bold</b>"'), encoding="utf-8")
    assert main(["simulate", str(spec), "--out", str(tmp_path / "run")]) == 0
    text = (tmp_path / "run" / "report.html").read_text(encoding="utf-8")
    assert "<b>bold</b>" not in text
    assert "default-src 'none'" in html.unescape(text[:2000])
    assert "Lost to trapped metal" in text


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("current = 1.0", "current = 90"), "cannot be drawn"),
        (('"heos-na"', '"none"'), "no material of a cell"),
        (("[[step]]", "[cell.parameters]\nsize = 3\n[[step]]"), "unknown cell parameter"),
    ],
)
def test_refusals_leave_nothing_behind(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], change: tuple[str, str], words: str
) -> None:
    spec = tmp_path / "mine.toml"
    spec.write_text(TEXT.replace(*change), encoding="utf-8")
    assert main(["simulate", str(spec), "--out", str(tmp_path / "run")]) == 2
    captured = capsys.readouterr()
    assert words in captured.err
    assert captured.out == ""
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("option", ["--seed=1", "--cells=4", "--replicas=2", "--cycles=3", "--ablate"])
def test_lattice_options_are_refused(capsys: pytest.CaptureFixture[str], option: str) -> None:
    assert main(["simulate", "heos-na-coin", option]) == 2
    assert "a cell has none" in capsys.readouterr().err


def test_a_current_that_is_too_low_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A current that meets no cut-off in the hours that are followed is too low, and never too high."""
    spec = tmp_path / "mine.toml"
    spec.write_text(TEXT.replace("current = 1.0", "current = 1e-6"), encoding="utf-8")
    assert main(["simulate", str(spec), "--out", str(tmp_path / "run")]) == 2
    said = capsys.readouterr().err
    assert "too low" in said
    assert "lower" not in said
    assert not (tmp_path / "run").exists()

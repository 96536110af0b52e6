"""The command's own part; the run itself is replaced by one that only writes observables."""

from __future__ import annotations

import errno
import importlib
import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from outcome import Call

from topotaxy.cli import progress
from topotaxy.errors import InputError
from topotaxy.observables import observable, to_json
from topotaxy.spec import Spec, load_spec

FOUND = [
    observable(
        "specific_capacity_discharge", 561.6, uncertainty=4.2, origin="simulated", cycle=1, label="emergent"
    ),
    observable("mean_voltage_discharge", 0.51234, origin="simulated", cycle=1, label="held-out"),
    observable("specific_capacity_discharge", 333.0, origin="simulated", cycle=2),
    *(
        observable(
            "coordination_number",
            value,
            origin="simulated",
            cycle=1,
            state="discharged",
            subject=f"{element}:metal",
            label="imposed",
        )
        for element, value in (("Co", 9.1), ("Ni", 8.2))
    ),
]


class Run:
    """Stands for the simulation: records how it was called, does what it is told."""

    def __init__(self) -> None:
        self.calls: list[SimpleNamespace] = []
        self.act: Callable[[Path], None] = lambda folder: None

    def __call__(self, spec: Spec, out: Path, *, resume: bool, progress: Any) -> Path:
        self.calls.append(SimpleNamespace(spec=spec, out=out, resume=resume))
        progress(0, 2, "cycles")
        self.act(out)
        out.mkdir(exist_ok=True)
        (out / "observables.json").write_text(to_json(FOUND), encoding="utf-8")
        progress(2, 2, "cycles")
        return out


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    def write_report(folder: Path) -> Path:
        report = folder / "report.html"
        report.write_text("<html></html>", encoding="utf-8")
        return report

    # Loaded before its package is stood in for.
    importlib.import_module("topotaxy.runs.asked")
    stand_in = Run()
    module = ModuleType("topotaxy.runs")
    setattr(module, "run", stand_in)  # noqa: B010
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setattr("topotaxy.report.write_report", write_report)
    return stand_in


def test_a_bundled_name_runs_into_a_folder_of_that_name(run: Run, topotaxy: Call) -> None:
    outcome = topotaxy("simulate", "heos-na")
    assert (outcome.status, outcome.err) == (0, "")
    assert outcome.files == {"heos-na", "heos-na/observables.json", "heos-na/report.html"}
    (call,) = run.calls
    assert (call.spec, call.out, call.resume) == (load_spec("heos-na"), Path("heos-na"), False)


def test_the_summary_shows_the_headline_with_labels_and_the_report(run: Run, topotaxy: Call) -> None:
    shown = topotaxy("simulate", "heos-na").out
    lines = [" ".join(line.split()) for line in shown.splitlines()]
    assert "Discharge capacity, cycle 1 562±4 mAh g⁻¹ emergent" in lines
    assert "Mean discharge voltage, cycle 1 0.512 V held-out" in lines
    assert "Metal neighbours, discharged, cycle 1 9.10 8.20 imposed" in lines
    assert str(Path("heos-na", "report.html")) in shown
    assert "333" not in shown  # carries no label: no headline number


def test_options_replace_what_the_specification_says(run: Run, topotaxy: Call) -> None:
    options = (
        "--seed",
        "7",
        "--cycles",
        "3",
        "--replicas",
        "4",
        "--cells",
        "5",
        "--out",
        "there",
        "--resume",
    )
    assert topotaxy("simulate", "nio-li", *options).status == 0
    (call,) = run.calls
    assert (call.out, call.resume) == (Path("there"), True)
    lattice = call.spec.lattice
    assert (lattice.seed, lattice.replicas, lattice.cells, call.spec.protocol.cycles) == (7, 4, 5, 3)
    original = load_spec("nio-li")
    assert (call.spec.cell, call.spec.electrode) == (original.cell, original.electrode)


def test_json_is_the_content_of_observables_json(run: Run, topotaxy: Call, tmp_path: Path) -> None:
    outcome = topotaxy("simulate", "heos-na", "--json")
    written = json.loads((tmp_path / "heos-na" / "observables.json").read_text(encoding="utf-8"))
    assert json.loads(outcome.out) == written
    assert outcome.err == f"report: {Path('heos-na', 'report.html')}\n"


def test_without_a_report_none_is_written(run: Run, topotaxy: Call) -> None:
    outcome = topotaxy("simulate", "heos-na", "--no-report")
    assert outcome.files == {"heos-na", "heos-na/observables.json"}
    assert "report.html" not in outcome.out


def test_progress_goes_to_standard_error(run: Run, topotaxy: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "LINE_EVERY", 0.0)
    outcome = topotaxy("simulate", "heos-na", "--json")
    assert outcome.err.splitlines()[:2] == ["0/2 cycles", "2/2 cycles"]
    json.loads(outcome.out)


def raising(error: BaseException) -> Callable[[Path], None]:
    def act(folder: Path) -> None:
        raise error

    return act


def test_what_the_run_refuses_is_one_line(run: Run, topotaxy: Call) -> None:
    run.act = raising(InputError("already holds a run", where="heos-na"))
    outcome = topotaxy("simulate", "heos-na")
    assert (outcome.status, outcome.out) == (2, "")
    assert outcome.err == "error: heos-na: already holds a run\n"


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, "No space left on device"),
        PermissionError(errno.EACCES, "Permission denied", "heos-na/run.nc"),
    ],
)
def test_a_folder_that_cannot_be_written_is_one_line(error: OSError, run: Run, topotaxy: Call) -> None:
    run.act = raising(error)
    outcome = topotaxy("simulate", "heos-na")
    assert (outcome.status, outcome.out) == (2, "")
    assert outcome.err == f"error: heos-na: cannot be written ({error.strerror})\n"


@pytest.mark.parametrize(
    "error", [FileNotFoundError(errno.ENOENT, "No such file", "elsewhere"), ZeroDivisionError()]
)
def test_a_fault_of_the_program_is_not_hidden(error: Exception, run: Run, topotaxy: Call) -> None:
    run.act = raising(error)
    with pytest.raises(type(error)):
        topotaxy("simulate", "heos-na")


def test_an_interrupted_run_says_how_to_go_on(run: Run, topotaxy: Call) -> None:
    run.act = raising(KeyboardInterrupt())
    outcome = topotaxy("simulate", "heos-na")
    assert (outcome.status, outcome.out) == (130, "")
    assert outcome.err == "interrupted: the same command with --resume continues the run\n"


def test_a_terminal_sees_a_bar(run: Run, topotaxy: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    outcome = topotaxy("simulate", "heos-na", "--json")
    assert outcome.status == 0
    assert "cycles" in outcome.err
    json.loads(outcome.out)

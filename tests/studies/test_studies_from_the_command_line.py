"""Studies as commands: what cannot be used is one line and status 2, and nothing is left half-written."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.cell.drawn import draw_table

from topotaxy.cell.branches import POINTS
from topotaxy.cell.draws import read_draws
from topotaxy.cell.posterior import Posterior, read_posterior
from topotaxy.cell.priors import names_of
from topotaxy.observables import Conditions, observable, to_json
from topotaxy.studies import cell_coverage, draws, measured_cell
from topotaxy.studies.cell_coverage import Coverage
from topotaxy.studies.cell_problem import CellProblem

Main = Callable[[], None]


def called(main: Main, *words: str, monkeypatch: pytest.MonkeyPatch) -> int:
    """The exit status of a command with these words."""
    monkeypatch.setattr(sys, "argv", ["a study", *words])
    try:
        main()
    except SystemExit as status:
        return int(status.code or 0)
    return 0


@pytest.mark.parametrize(
    ("main", "words", "said"),
    [
        (draws.main, ("x", "--specs", "nickel", "--work", "W"), "nickel"),
        (draws.main, ("x", "--specs", "nio-na", "coo-na", "--work", "W"), "one single-phase material"),
        (draws.main, ("x", "--specs", "nio-na", "--draws", "0", "--work", "W"), "at least one draw"),
        (cell_coverage.main, ("nobody1999", "--work", "W"), "nobody1999"),
        (
            measured_cell.main,
            ("F", "--draws", "heos", "--ion", "Na", "--out", "W", "--particles", "4"),
            "at least 16 particles",
        ),
        (
            measured_cell.main,
            ("F", "--draws", "heos", "--ion", "Na", "--out", "W", "--workers", "0"),
            "one worker",
        ),
        (measured_cell.main, ("F", "--draws", "iron", "--ion", "Na", "--out", "W"), "iron"),
    ],
    ids=["spec", "materials", "draws", "paper", "particles", "workers", "table"],
)
def test_what_cannot_be_used_is_one_line(
    main: Main,
    words: tuple[str, ...],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert called(main, *words, monkeypatch=monkeypatch) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith("error: ")
    assert told.err.count("\n") == 1
    assert said in told.err
    assert list(tmp_path.iterdir()) == []


def test_a_campaign_ends_in_its_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Draws of NiO that all give 700 mAh/g: the table holds the inputs of each, and says how it was made."""
    ion = {
        "capacity": 700.0,
        "early_loss": 0.05,
        "later_loss": 0.06,
        "interface_area": 10.0,
        "domain_size": 1.0,
        "reduced": {"Ni": 1.0},
        "branches": dict.fromkeys(
            ("first_discharge", "discharge", "charge"), np.linspace(1.5, 0.0, POINTS).tolist()
        ),
    }

    def draw_once(specs: Any, inputs: Any, protocol: Any, seed: int) -> dict[str, Any]:
        return {"inputs": dict(inputs), "ions": {"Na": ion}}

    monkeypatch.setattr(draws, "draw_once", draw_once)
    words = ("mine", "--specs", "nio-na", "--draws", "3", "--work", f"{tmp_path}/w", "--out", str(tmp_path))
    assert called(draws.main, *words, monkeypatch=monkeypatch) == 0
    assert capsys.readouterr().err.splitlines() == ["1 of 3", "2 of 3", "3 of 3"]
    table = read_draws((tmp_path / "mine.npz").read_bytes(), where="mine")
    assert (len(table), table.ions, table.formula) == (3, ("Na",), "NiO")
    assert (table.capacity == 700.0).all()
    # Inputs are kept to the digits of a number of four bytes.
    plan = [json.loads(p.read_text()) for p in sorted((tmp_path / "w").iterdir())]
    at = table.input_names.index("matrix_pressure")
    assert table.inputs[:, at] == pytest.approx([row["inputs"]["matrix_pressure"] for row in plan], rel=1e-6)
    assert "--draws 3 --seed 1" in table.provenance["made_by"]


def test_a_count_of_intervals_is_told_with_its_errors(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: dict[str, Any] = {}

    def count(problem: CellProblem, **options: Any) -> Coverage:
        asked.update(options)
        options["progress"](1, 2)
        return Coverage(cells=2, parameters=0.91, parameters_error=0.02, numbers=0.8, numbers_error=0.1)

    monkeypatch.setattr(cell_coverage, "coverage", count)
    words = ("fang2022", "--cells", "2", "--particles", "24", "--work", str(tmp_path))
    assert called(cell_coverage.main, *words, monkeypatch=monkeypatch) == 0
    told = capsys.readouterr()
    assert told.err.strip() == "1 of 2"
    assert told.out.splitlines() == [
        "2 cells, 90 % intervals",
        "parameters: 0.910 ± 0.020",
        "held-out numbers: 0.800 ± 0.100",
    ]
    assert (asked["cells"], asked["particles"], asked["work"]) == (2, 24, tmp_path)


def test_a_measured_cell_ends_in_its_posterior_and_a_summary(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    conditions = Conditions(role="half-cell-anode", cycle=1, current=0.1)
    numbers = {"specific_capacity_discharge": 600.0, "specific_capacity_charge": 550.0}
    seen = [
        observable(name, v, conditions=conditions, origin="measured", technique="cycling", source="mine")
        for name, v in numbers.items()
    ]
    (tmp_path / "observables.json").write_text(to_json(seen), encoding="utf-8")
    asked: dict[str, Any] = {}

    def infer(problem: CellProblem, **options: Any) -> Posterior:
        asked.update(options)
        claims = tuple(d.claim for d in problem.data)
        return Posterior(
            paper=problem.paper,
            draws=problem.draws,
            names=tuple(names_of(problem.priors)),
            points=np.array([[*(p.middle for p in problem.priors), 0.0]] * 40),
            claims=claims,
            predicted=np.array([[d.value for d in problem.data]] * 40),
            log_likelihood=np.zeros(40),
            prior_predicted=np.zeros((3, len(claims))),
            log_evidence=-1.0,
            facts={"seed": options["seed"]},
        )

    monkeypatch.setattr(measured_cell, "infer", infer)
    monkeypatch.setattr(measured_cell, "draws_named", lambda name: draw_table())
    out = tmp_path / "mine.npz"
    words = (str(tmp_path), "--draws", "made", "--ion", "Na", "--out", str(out), "--seed", "5")
    assert called(measured_cell.main, *words, monkeypatch=monkeypatch) == 0
    told = capsys.readouterr().out
    assert told.startswith("mine: 40 particles")
    assert "discharge.1" in told
    assert (asked["seed"], asked["folder"]) == (5, None)
    stored = read_posterior(out.read_bytes(), where="mine")
    assert stored.claims == ("discharge.1", "charge.1")
    assert stored.of("discharge.1") == pytest.approx(np.full(40, 600.0))

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest
from fake_potential import PairPotential

from topotaxy.energetics.cells import representative_cell
from topotaxy.energetics.parameterise import in_order, perform, read_document, run_tasks
from topotaxy.energetics.plan import all_tasks, displacement_tasks
from topotaxy.energetics.potential_tables import read_table_text
from topotaxy.energetics.potentials import frame, kinds
from topotaxy.energetics.potentials.relaxation import structure_document
from topotaxy.energetics.potentials.table import build_table
from topotaxy.energetics.task import Task
from topotaxy.errors import InputError
from topotaxy.material import parse_formula

TASKS = [Task(name=f"reference-{phase}", kind="reference", parameters={"phase": phase}) for phase in "ABCDE"]


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the phases computed, in order; phase D is where the run is killed, once."""
    calls: list[str] = []

    def compute(_: Any, __: Any, parameters: dict[str, Any]) -> dict[str, Any]:
        calls.append(parameters["phase"])
        if calls.count("D") == 1 and parameters["phase"] == "D":
            raise KeyboardInterrupt
        return {"energy": float(ord(parameters["phase"])), "converged": True}

    monkeypatch.setitem(kinds.KINDS, "reference", compute)
    return calls


def test_a_killed_run_resumes_and_loses_one_task(tmp_path: Path, counted: list[str]) -> None:
    with pytest.raises(KeyboardInterrupt):
        run_tasks(TASKS, tmp_path, PairPotential())
    assert sorted(path.stem for path in (tmp_path / "tasks").iterdir()) == [t.name for t in TASKS[:3]]
    found = run_tasks(TASKS, tmp_path, PairPotential(), resume=True)
    assert counted == ["A", "B", "C", "D", "D", "E"]
    assert [found[task.name]["result"]["energy"] for task in TASKS] == [65.0, 66.0, 67.0, 68.0, 69.0]


def test_progress_counts_to_the_end(tmp_path: Path, counted: list[str]) -> None:
    seen: list[tuple[str, int, int]] = []
    run_tasks(TASKS[:3], tmp_path, PairPotential(), progress=lambda *report: seen.append(report))
    assert seen == [(task.name, i + 1, 3) for i, task in enumerate(TASKS[:3])]
    assert counted == ["A", "B", "C"]


@pytest.mark.usefixtures("counted")
def test_finished_tasks_are_not_mixed_up(tmp_path: Path) -> None:
    run_tasks(TASKS[:1], tmp_path, PairPotential())
    with pytest.raises(InputError, match="add --resume"):
        run_tasks(TASKS[:1], tmp_path, PairPotential())
    with pytest.raises(InputError, match="made by test 1, not by test 2"):
        run_tasks(TASKS[:1], tmp_path, PairPotential("test 2"), resume=True)
    changed = Task(name=TASKS[0].name, kind="reference", parameters={"phase": "E"})
    with pytest.raises(InputError, match="other parameters"):
        run_tasks([changed], tmp_path, PairPotential(), resume=True)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"schema": "other"}'])
def test_a_damaged_checkpoint_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "x.json").write_text(text)
    with pytest.raises(InputError, match=r"x\.json"):
        read_document(tmp_path / "x.json")


def test_needs_come_first_and_circles_are_refused() -> None:
    a, b = Task(name="a", kind="k", needs=("b",)), Task(name="b", kind="k")
    assert [task.name for task in in_order([a, b])] == ["b", "a"]
    with pytest.raises(InputError, match="need each other"):
        in_order([a, Task(name="b", kind="k", needs=("a",))])
    with pytest.raises(InputError, match="not planned"):
        in_order([a])


def test_more_sites_begin_with_the_same_sites() -> None:
    composition = parse_formula("Ni0.5Mg0.5O")
    few = displacement_tasks(composition, "Na", sites=2)
    many = displacement_tasks(composition, "Na", sites=4)
    assert many[: len(few)] == few
    assert len({task.name for task in many}) == 8
    with pytest.raises(InputError, match="only 16 sites"):
        displacement_tasks(composition, "Na", sites=17)


@pytest.fixture
def without_annealing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the pair potential's frame on its ideal sites, from which it relaxes in a few steps."""
    monkeypatch.setitem(frame.ANNEAL, "steps", 0)


@pytest.mark.usefixtures("without_annealing")
def test_the_whole_chain_ends_in_a_readable_table(tmp_path: Path) -> None:
    pytest.importorskip("ase")
    composition = parse_formula("NiO")
    potential = PairPotential()
    wanted = ("reference-", "binary-", "frame-", "displacement-removed", "displacement-left")
    tasks = [task for task in all_tasks(composition, "Na", sites=1) if task.name.startswith(wanted)]
    documents = run_tasks(tasks, tmp_path, potential)
    table = build_table(composition, "Na", documents)
    read = read_table_text(json.dumps(table), where="table")
    assert read.version == "test 1"
    assert read.number("lattice_parameter", "NiO") is not None
    # One site: no standard error, rather than an invented one.
    number = read.number("displacement_voltage", "Ni", "removed")
    failed = {entry["task"] for entry in table["failed"]}
    if number is None:
        assert any(name.startswith("displacement-removed") for name in failed)
    else:
        assert number.standard_error is None
        assert number.sites == 1


@pytest.mark.usefixtures("without_annealing")
def test_a_start_from_elsewhere_is_recorded(tmp_path: Path) -> None:
    pytest.importorskip("ase")
    potential = PairPotential()
    parameters = {"formula": "NiO", "lattice_parameter": 4.2, "cells": 2, "seed": 0}
    task = Task(name="frame-0", kind="frame", parameters=parameters)
    first = perform(task, potential, {})
    again = perform(task, potential, {}, start=first)
    assert again["started_from"] == "test 1"
    assert again["result"]["energy"] <= first["result"]["energy"] + 1e-6
    assert again["result"]["steps"] <= first["result"]["steps"]


def test_a_run_can_be_limited_to_a_group() -> None:
    composition = parse_formula("Ni0.5Mg0.5O")
    everything = [task.name for task in all_tasks(composition, "Na", sites=2)]
    removed = [task.name for task in all_tasks(composition, "Na", sites=2, only=["removed"])]
    others = ("displacement-left", "elastic", "barrier", "embedding", "pair", "held", "interface")
    others += ("loading", "cluster")
    assert removed == [name for name in everything if not name.startswith(others)]
    # A band starts from a lone atom: asking for barriers alone brings it along.
    barriers = all_tasks(composition, "Na", sites=2, only=["barriers"])
    assert [task.name for task in in_order(barriers) if task.name.startswith(("embedding", "barrier"))] == [
        "embedding-Na-Ni",
        "barrier-Na-Ni-direct",
        "barrier-Na-Ni-tetrahedron",
        "barrier-Na-Ni-exchange",
    ]
    with pytest.raises(InputError, match="unknown group 'all'; expected some of removed"):
        all_tasks(composition, "Na", sites=1, only=["all"])


def test_nothing_is_displaced_in_a_frame_that_left_the_rock_salt() -> None:
    pytest.importorskip("ase")
    composition = parse_formula("NiO")
    cell = representative_cell("NiO", 2, 0)
    atoms = frame.atoms_from_cell(dataclasses.replace(cell, lattice_parameter=4.2))
    assert frame.off_sites(cell, structure_document(atoms)).max() == pytest.approx(0.0, abs=1e-4)
    atoms.positions[5] += 1.2
    away = frame.off_sites(cell, structure_document(atoms))
    # The mean displacement of all 64 atoms is no displacement.
    assert away.argmax() == 5
    assert away[5] == pytest.approx(1.2 * 3**0.5 * 63 / 64, abs=1e-4)
    task = displacement_tasks(composition, "Na", sites=1)[0]
    found = perform(task, PairPotential(), {"frame-0": {"unusable": "left the rock salt", "energy": 0.0}})
    assert found["result"] == {"converged": False, "reason": "not computed: frame-0 left the rock salt"}
    documents = {"frame-0": found | {"result": {"unusable": "left the rock salt", "energy": 0.0}}}
    table = build_table(composition, "Na", documents | {task.name: found})
    assert table["cells"] == table["rows"] == []
    assert [entry["reason"] for entry in table["failed"]] == [
        "left the rock salt",
        "not computed: frame-0 left the rock salt",
    ]


@pytest.mark.usefixtures("without_annealing")
def test_a_relaxed_frame_says_where_it_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("ase")
    parameters = {"formula": "NiO", "lattice_parameter": 4.2, "cells": 2, "seed": 0}
    task = Task(name="frame-0", kind="frame", parameters=parameters)
    assert "unusable" not in perform(task, PairPotential(), {})["result"]
    monkeypatch.setattr(frame, "HALF_WAY", -1.0)
    assert "left the rock salt: Ni 0.00" in perform(task, PairPotential(), {})["result"]["unusable"]

"""Folders of finished tasks: what is whole is taken over, what is damaged or of another plan is named."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from fake_potential import PairPotential

from topotaxy.energetics.parameterise import (
    SCHEMA,
    finished_documents,
    in_order,
    perform,
    publish_table,
    read_document,
    run_tasks,
    write_document,
)
from topotaxy.energetics.plan import all_tasks
from topotaxy.energetics.potential_tables import MOST_TABLE, potential_table
from topotaxy.energetics.potentials import interface, kinds
from topotaxy.energetics.potentials.interface import POTENTIALS, load_potential
from topotaxy.energetics.potentials.table import build_table
from topotaxy.energetics.task import Task
from topotaxy.errors import InputError
from topotaxy.material import parse_formula
from topotaxy.results import PROVENANCE_FILE

CHAIN = [
    Task(name="reference-C", kind="reference", parameters={"phase": "C"}, needs=("reference-B",)),
    Task(name="reference-B", kind="reference", parameters={"phase": "B"}, needs=("reference-A",)),
    Task(name="reference-A", kind="reference", parameters={"phase": "A"}),
]


@pytest.fixture
def summed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Each task adds the code of its letter to what it needs; the letters computed are kept."""
    calls: list[str] = []

    def compute(_: Any, needed: Any, parameters: Mapping[str, Any]) -> dict[str, Any]:
        calls.append(parameters["phase"])
        return {"energy": ord(parameters["phase"]) + sum(n["energy"] for n in needed), "converged": True}

    monkeypatch.setitem(kinds.KINDS, "reference", compute)
    return calls


def names(folder: Path) -> set[str]:
    return {path.name for path in (folder / "tasks").iterdir()}


def test_a_chain_in_any_order_gives_each_task_what_it_needs(tmp_path: Path, summed: list[str]) -> None:
    found = run_tasks(CHAIN, tmp_path, PairPotential())
    assert summed == ["A", "B", "C"]
    assert found["reference-C"]["result"]["energy"] == sum(map(ord, "ABC"))
    assert finished_documents(tmp_path) == found


@pytest.mark.parametrize("missing", ["reference-A", "reference-B", "reference-C"])
def test_only_what_is_missing_is_done_again_and_gives_the_same(
    tmp_path: Path, summed: list[str], missing: str
) -> None:
    run_tasks(CHAIN, tmp_path, PairPotential())
    path = tmp_path / "tasks" / f"{missing}.json"
    before = path.read_bytes()
    path.unlink()
    summed.clear()
    run_tasks(CHAIN, tmp_path, PairPotential(), resume=True)
    assert summed == [missing[-1]]
    assert path.read_bytes() == before


@pytest.mark.usefixtures("summed")
@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (lambda text: text[: len(text) // 2], "cannot be read"),
        (lambda text: "", "cannot be read"),
        (lambda text: text.replace(SCHEMA, "someone/else/1"), "expected an object with"),
        (lambda text: f"[{text}]", "expected an object with"),
        (lambda text: text.replace('"phase": "B"', '"phase": "D"'), "other parameters"),
        (lambda text: text.replace("test 1", "test 7"), "made by test 7, not by test 1"),
        (lambda text: text.replace('"potential": "pair"', '"potential": "other"'), "choose another folder"),
    ],
)
def test_a_damaged_task_is_named_and_nothing_is_computed(
    tmp_path: Path, summed: list[str], damage: Any, says: str
) -> None:
    run_tasks(CHAIN, tmp_path, PairPotential())
    path = tmp_path / "tasks" / "reference-B.json"
    path.write_text(damage(path.read_text(encoding="utf-8")), encoding="utf-8")
    (tmp_path / "tasks" / "reference-C.json").unlink()
    left = names(tmp_path)
    summed.clear()
    with pytest.raises(InputError, match=says) as refused:
        run_tasks(CHAIN, tmp_path, PairPotential(), resume=True)
    assert "reference-B.json" in str(refused.value)
    assert summed == []
    assert names(tmp_path) == left


def test_bytes_that_are_no_text_are_named(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match=r"x\.json: cannot be read"):
        read_document(tmp_path / "x.json")


def test_an_empty_folder_holds_nothing_to_go_on_with(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "absent"):
        with pytest.raises(InputError, match="holds no finished tasks"):
            finished_documents(folder)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_is_no_number_is_never_written(tmp_path: Path, value: float) -> None:
    with pytest.raises(ValueError, match="JSON"):
        write_document(tmp_path / "x.json", {"energy": value})
    assert list(tmp_path.iterdir()) == []


def test_a_document_comes_back_as_it_was_written(tmp_path: Path) -> None:
    document = {"schema": SCHEMA, "task": "ä", "result": {"energy": 0.1 + 0.2, "steps": [1, 2]}}
    write_document(tmp_path / "deep" / "x.json", document)
    assert read_document(tmp_path / "deep" / "x.json") == document


@pytest.mark.usefixtures("summed")
def test_a_task_names_all_that_it_rests_on() -> None:
    task = Task(name="reference-A", kind="reference", parameters={"phase": "A"})
    found = perform(task, PairPotential("test 3"), {})
    assert (found["task"], found["kind"], found["needs"]) == ("reference-A", "reference", [])
    assert (found["potential"], found["version"]) == ("pair", "test 3")
    assert found["parameters"] == {"phase": "A"}
    assert found["started_from"] is None


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """By task, the structure that a relaxation was told to start from; None where none was."""
    seen: dict[str, Any] = {}

    def compute(_: Any, __: Any, parameters: Mapping[str, Any]) -> dict[str, Any]:
        seen[parameters["name"]] = parameters.get("start")
        return {"energy": 0.0}

    for kind in ("frame", "displacement", "elastic"):
        monkeypatch.setitem(kinds.KINDS, kind, compute)
    return seen


def test_a_start_is_the_lowest_minimum_that_the_other_potential_found(
    tmp_path: Path, started: dict[str, Any]
) -> None:
    other, mine = tmp_path / "other", tmp_path / "mine"
    energies = {"frame-0": -1.0, "frame-0~1": -3.0, "frame-0~2": -2.0, "frame-1": -9.0, "elastic-0": -9.0}
    for name, energy in energies.items():
        result = {"energy": energy, "structure": name}
        write_document(
            other / "tasks" / f"{name}.json", {"schema": SCHEMA, "version": "other 1", "result": result}
        )
    # What was not computed has no energy, and is no start.
    failed = {"schema": SCHEMA, "version": "other 1", "result": {"converged": False, "reason": "none"}}
    write_document(other / "tasks" / "displacement-0.json", failed)
    tasks = [
        Task(name=name, kind=name.partition("-")[0], parameters={"name": name})
        for name in ("frame-0", "frame-1", "frame-2", "displacement-0", "elastic-0")
    ]
    found = run_tasks(tasks, mine, PairPotential(), starts=other)
    assert started == {
        "frame-0": "frame-0~1",
        "frame-1": "frame-1",
        "frame-2": None,
        "displacement-0": None,
        # Elastic constants belong to a frame of one's own.
        "elastic-0": None,
    }
    assert found["frame-0"]["started_from"] == "other 1"
    assert found["frame-2"]["started_from"] is None
    # The start is no parameter: a plan with it resumes without.
    assert run_tasks(tasks, mine, PairPotential(), resume=True) == found


@pytest.mark.parametrize("only", [("removed",), ("bonds", "interfaces"), ("elastic",)])
def test_any_plan_can_be_put_in_an_order_that_serves_its_needs(only: tuple[str, ...]) -> None:
    tasks = all_tasks(parse_formula("Ni0.5Mg0.5O"), "Li", sites=2, only=only)
    ordered = in_order(reversed(tasks))
    assert sorted(task.name for task in ordered) == sorted(task.name for task in tasks)
    done: set[str] = set()
    for task in ordered:
        assert done.issuperset(task.needs)
        done.add(task.name)


def test_other_processes_cannot_be_given_an_object(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="the potential by its name"):
        run_tasks(CHAIN, tmp_path, PairPotential(), workers=2)


def test_a_published_table_is_read_back_with_its_record(tmp_path: Path) -> None:
    energies = {"Ni": -5.0, "Na": -1.0, "Na2O": -9.0, "NiO": -10.0}
    documents = {
        f"reference-{p}": {"potential": "pair", "version": "test 1", "result": {"energy_per_unit": e}}
        for p, e in energies.items()
    }
    table = build_table(parse_formula("NiO"), "Na", documents)
    path = publish_table(tmp_path, table, ion="Na", options={"sites": 4})
    assert path == tmp_path / "table-Na.json"
    read = potential_table(path)
    assert (read.formula, read.ion, read.potential, read.version) == ("NiO", "Na", "pair", "test 1")
    voltage = read.number("conversion_voltage", "NiO", "bulk")
    assert voltage is not None
    assert voltage.value == pytest.approx(1.0)
    record = json.loads((tmp_path / PROVENANCE_FILE).read_text(encoding="utf-8"))
    assert record["options"] == {"sites": 4}
    assert record["potential"] == "test 1"
    assert "table-Na.json" in record["files"]


def test_a_table_is_a_regular_text_file_of_bounded_size(tmp_path: Path) -> None:
    (tmp_path / "bytes.json").write_bytes(b"\xb5\xb5")
    with pytest.raises(InputError, match="not UTF-8 text"):
        potential_table(tmp_path / "bytes.json")
    with pytest.raises(InputError, match="neither a file nor shipped"):
        potential_table(tmp_path)
    huge = tmp_path / "huge.json"
    with huge.open("wb") as file:
        file.truncate(MOST_TABLE + 1)
    with pytest.raises(InputError, match="huge"):
        potential_table(huge)
    (tmp_path / "deep.json").write_text("[" * 100_000)
    with pytest.raises(InputError, match="not JSON"):
        potential_table(tmp_path / "deep.json")


def test_an_unknown_potential_is_told_the_known_ones() -> None:
    with pytest.raises(InputError, match="unknown potential 'mace'; expected one of chgnet, sevennet"):
        load_potential("mace")


@pytest.mark.parametrize("name", POTENTIALS)
def test_a_potential_that_is_not_installed_says_what_to_install(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(interface, "find_spec", lambda module: None)
    with pytest.raises(InputError, match=r'needs torch, .*pip install "topotaxy\[potentials\]"'):
        load_potential(name)

"""Tables of the lattice for cells: those of a campaign, made once, bound to what they were made from."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from topotaxy.cell.draws import DrawTable, load_draws, read_draws
from topotaxy.errors import InputError
from topotaxy.files import held
from topotaxy.runs import lattice_table as module
from topotaxy.runs.draw_campaign import Protocol, campaign
from topotaxy.runs.draw_runs import run_of_a_draw
from topotaxy.runs.draw_table import table_of
from topotaxy.runs.lattice_table import KEPT, lattice_table, table_digest
from topotaxy.spec import Spec, load_spec
from topotaxy.studies.draws import run_draws

SMALL = Protocol(cells=2, replicas=2, slow_cycles=2, fast_cycles=2)
NICKEL = Spec(formula="Ni0.8Mg0.2O", ion="Na")


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "topotaxy" / "draws"


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The formulas whose lattice was run."""
    asked: list[str] = []
    drawn = module._drawn

    def counted(plan: Any, part: Path, progress: Any) -> Any:
        asked.append(plan.specs[0].electrode.formula)
        return drawn(plan, part, progress)

    monkeypatch.setattr(module, "_drawn", counted)
    return asked


def table(spec: Spec = NICKEL, **options: Any) -> DrawTable:
    return lattice_table(spec, protocol=SMALL, **options)


def numbers(found: DrawTable) -> dict[str, Any]:
    return {k: np.asarray(v).tolist() for k, v in vars(found).items() if k != "provenance"}


def changed(**sections: dict[str, Any]) -> Spec:
    document = NICKEL.model_dump()
    for name, keys in sections.items():
        document[name] |= keys
    return Spec.model_validate(document)


def test_it_is_the_first_draw_of_a_campaign(tmp_path: Path) -> None:
    """Threads, checkpoints and the alkalis beside it change nothing."""
    found = table()
    plan = campaign("x", [NICKEL], draws=1, protocol=SMALL)
    other = table_of(plan, run_draws(plan, tmp_path / "work"), {})
    expected = numbers(other)
    expected["branches"] = other.branches.astype(np.float32).astype(float).tolist()
    assert numbers(found) == expected


def test_the_draws_that_ship_begin_with_it() -> None:
    """Made with lithium beside it, in a campaign of 39 draws, one box after the other: the same numbers."""
    shipped, found = load_draws("heos"), lattice_table(load_spec("heos-na"))
    place = shipped.ions.index("Na")
    for name in ("capacity", "early_loss", "later_loss", "interface_area", "reduced", "branches"):
        assert getattr(found, name)[0, 0].tolist() == getattr(shipped, name)[0, place].tolist(), name


def test_it_is_made_once_and_kept_in_one_file(cache: Path, made: list[str]) -> None:
    first, second = table(), table()
    assert made == ["Ni0.8Mg0.2O"]
    assert numbers(first) == numbers(second)
    (path,) = cache.iterdir()
    assert path.name.startswith("Ni0.8Mg0.2O-Na-")
    assert first.provenance["digest"] == table_digest(campaign("x", [NICKEL], draws=1, protocol=SMALL))
    assert "Ni0.8Mg0.2O with Na" in first.provenance["made_by"]


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-40])


def _link(path: Path) -> None:
    target = path.with_name("target")
    path.rename(target)
    path.symlink_to(target)


def _empty(path: Path) -> None:
    path.write_bytes(b"")


@pytest.mark.parametrize("harm", [_cut, _link, _empty])
def test_a_file_that_is_not_as_written_is_made_anew(
    harm: Callable[[Path], None], cache: Path, made: list[str]
) -> None:
    first = table()
    (path,) = cache.iterdir()
    harm(path)
    assert numbers(table()) == numbers(first)
    assert len(made) == 2
    assert not path.is_symlink()
    assert numbers(read_draws(path.read_bytes(), where="kept")) == numbers(first)


def test_any_byte_may_be_damaged(cache: Path) -> None:
    """What is read is what was written, or nothing."""
    first = table()
    (path,) = cache.iterdir()
    digest, data = first.provenance["digest"], path.read_bytes()
    lost = 0
    for at in range(0, len(data), 29):
        path.write_bytes(data[:at] + bytes([data[at] ^ 0x5A]) + data[at + 1 :])
        found = module._kept(path, digest)
        lost += found is None
        assert found is None or numbers(found) == numbers(first)
    assert lost > 50


def test_a_table_of_something_else_under_its_name_is_not_taken(cache: Path, made: list[str]) -> None:
    table()
    (path,) = cache.iterdir()
    other = Spec(formula="CoO", ion="Na")
    table(other)
    (second,) = (p for p in cache.iterdir() if p != path)
    path.write_bytes(second.read_bytes())
    assert table().formula == "Ni0.8Mg0.2O"
    assert made == ["Ni0.8Mg0.2O", "CoO", "Ni0.8Mg0.2O"]


def digest(spec: Spec) -> str:
    return table_digest(campaign("x", [spec], draws=1))


@pytest.mark.parametrize(
    "sections",
    [
        {"electrode": {"formula": "Ni0.8Mn0.2O"}},
        {"cell": {"ion": "Li"}},
        {"cell": {"lower_cutoff": 0.1}},
        {"cell": {"temperature": 330.0}},
        {"protocol": {"rest": 1.0}},
        {"lattice": {"coherency": False}},
        {"lattice": {"parameters": {"matrix_pressure": 2.0}}},
    ],
)
def test_the_digest_is_of_all_that_a_table_follows_from(sections: dict[str, dict[str, Any]]) -> None:
    assert digest(changed(**sections)) != digest(NICKEL)


def test_and_of_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    same = changed(
        lattice={"cells": 4, "replicas": 1, "seed": 9},
        protocol={"current": 5.0, "cycles": 3, "charge_current": 0.2},
        measured={"discharge_capacity": 600.0},
    ).model_copy(update={"name": "another", "title": "Another"})
    assert digest(same) == digest(NICKEL)
    before = digest(NICKEL)
    monkeypatch.setattr(module, "lattice_digest", lambda: "another lattice")
    assert digest(NICKEL) != before


class Interrupting:
    """Progress that interrupts once so many cycles are done."""

    def __init__(self, after: int) -> None:
        self.after = after
        self.told: list[tuple[int, int, str]] = []

    def __call__(self, done: int, total: int, text: str) -> None:
        self.told.append((done, total, text))
        if done >= self.after:
            raise KeyboardInterrupt


def test_interrupted_it_keeps_what_is_done_and_comes_to_the_same(cache: Path, tmp_path: Path) -> None:
    progress = Interrupting(after=3)
    with pytest.raises(KeyboardInterrupt, match=KEPT):
        table(progress=progress)
    assert progress.told[0] == (0, 8, "tables of Ni0.8Mg0.2O with Na")
    assert not list(cache.glob("*.npz"))
    kept = {path: path.stat().st_mtime_ns for path in cache.rglob("slow/*.npz")}
    assert kept
    seen: list[int] = []
    found = table(progress=lambda done, total, text: seen.append(done))
    assert [path.suffix for path in cache.iterdir()] == [".npz"]
    assert max(seen) == 8
    plan = campaign("x", [NICKEL], draws=1, protocol=SMALL)
    assert found.capacity.tolist() == table_of(plan, run_draws(plan, tmp_path / "w"), {}).capacity.tolist()


def test_a_damaged_checkpoint_is_left_out(cache: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        table(progress=Interrupting(after=3))
    for path in cache.rglob("*.npz"):
        _cut(path)
    damaged = table()
    for path in cache.iterdir():
        path.unlink()
    assert numbers(table()) == numbers(damaged)


def test_where_another_process_makes_it_none_waits_and_none_is_disturbed(cache: Path) -> None:
    plan = campaign("x", [NICKEL], draws=1, protocol=SMALL)
    part = cache / f"Ni0.8Mg0.2O-Na-{table_digest(plan)[:16]}.part"
    part.mkdir(parents=True)
    (part / "theirs").touch()
    with held(part) as alone:
        assert alone
        assert table().formula == "Ni0.8Mg0.2O"
        assert [path.name for path in part.iterdir()] == ["theirs"]


def test_what_a_specification_imposes_stands_against_the_inputs_of_a_draw() -> None:
    spec = changed(lattice={"parameters": {"matrix_pressure": 4.5}}, protocol={"charge_current": 1.0})
    plan = campaign("x", [spec], draws=3, protocol=SMALL)
    assert all("matrix_pressure" not in inputs for inputs in plan.inputs)
    for inputs in plan.inputs:
        run = run_of_a_draw(spec, inputs, SMALL, 1, current=0.01, cycles=2)
        assert run.lattice.parameters["matrix_pressure"] == 4.5
        assert run.protocol.current_of("charge") == 0.01
        assert (run.lattice.cells, run.lattice.replicas, run.protocol.cycles) == (2, 2, 2)


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        (Spec(formula="MgO", ion="Na"), "MgO with Na takes no charge between 0.01 and 3 V in cycle 1"),
        (Spec(formula="SnO", ion="Na"), "Sn in SnO: the reactive lattice holds Mg, Ca"),
        (Spec(formula="LiNiO2", ion="Na"), "valences up to 2+"),
        (changed(lattice={"block": 4}), "lattice.block: expected at most 2"),
        (changed(lattice={"parameters": {"no_such_number": 1.0}}), "no_such_number"),
        (changed(electrode={"grains": ["NiO", "MgO"]}), "expected a specification without grains"),
    ],
)
def test_what_gives_no_table_is_refused_and_leaves_nothing(spec: Spec, words: str, cache: Path) -> None:
    with pytest.raises(InputError) as found:
        table(spec)
    assert words in str(found.value)
    assert not cache.exists() or not list(cache.iterdir())


def test_a_cache_that_cannot_be_written_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module, "write_draws", full)
    with pytest.raises(InputError, match="No space left on device"):
        table()


def test_a_kept_table_is_small_and_plain(cache: Path) -> None:
    """Within twenty times of its branches: three of 101 numbers of four bytes; and no pickled object."""
    table()
    (path,) = cache.iterdir()
    assert path.stat().st_size < 20 * 3 * 101 * 4
    with np.load(path, allow_pickle=False) as archive:
        assert json.loads(archive["document"].tobytes())["schema"] == "topotaxy/cell-draws/1"

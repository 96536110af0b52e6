"""Tasks on other processes: on a Dask cluster in this test, whose workers are threads of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fake_potential import PairPotential

from topotaxy.energetics import parameterise
from topotaxy.energetics.parameterise import run_tasks
from topotaxy.energetics.potentials import kinds
from topotaxy.energetics.task import Task
from topotaxy.errors import InputError
from topotaxy.executor.dask import cluster

TASKS = [
    Task(name="reference-A", kind="reference", parameters={"phase": "A"}),
    Task(name="reference-B", kind="reference", parameters={"phase": "B"}, needs=("reference-A",)),
    Task(name="reference-C", kind="reference", parameters={"phase": "C"}),
]


@pytest.fixture
def address(monkeypatch: pytest.MonkeyPatch) -> Any:
    distributed = pytest.importorskip("distributed")

    def compute(_: Any, needed: Any, parameters: dict[str, Any]) -> dict[str, Any]:
        return {"energy": float(ord(parameters["phase"])), "before": [n["energy"] for n in needed]}

    monkeypatch.setitem(kinds.KINDS, "reference", compute)
    monkeypatch.setattr(parameterise, "load_potential", lambda name: PairPotential())
    parameterise._loaded.cache_clear()
    with distributed.LocalCluster(
        n_workers=1, threads_per_worker=2, processes=False, dashboard_address=None
    ) as local:
        yield local.scheduler_address
    parameterise._loaded.cache_clear()


pytestmark = pytest.mark.filterwarnings("ignore")


def test_a_cluster_does_the_tasks_and_the_results_are_kept_here(tmp_path: Path, address: str) -> None:
    seen: list[str] = []
    found = run_tasks(
        TASKS, tmp_path, "pair", scheduler=address, progress=lambda name, done, total: seen.append(name)
    )
    assert found["reference-B"]["result"] == {"energy": 66.0, "before": [65.0]}
    assert seen.index("reference-A") < seen.index("reference-B")
    assert {path.stem for path in (tmp_path / "tasks").iterdir()} == {task.name for task in TASKS}


def test_a_worker_with_another_version_is_refused(
    tmp_path: Path, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded = iter([PairPotential("test 1"), PairPotential("test 2")])
    monkeypatch.setattr(parameterise, "load_potential", lambda name: next(loaded))
    with pytest.raises(InputError, match="a worker has test 2, this machine test 1"):
        run_tasks(TASKS, tmp_path, "pair", scheduler=address)


def test_nobody_there(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("distributed")
    monkeypatch.setattr("topotaxy.executor.dask.CONNECT", 0.2)
    with pytest.raises(InputError, match="no Dask scheduler answers"), cluster("tcp://127.0.0.1:9"):
        pass


def test_without_dask_one_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(InputError, match=r"pip install .*topotaxy\[dask\]"), cluster("tcp://127.0.0.1:9"):
        pass

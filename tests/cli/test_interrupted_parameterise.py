"""Ctrl-C in a run on two processes, with a real potential; skipped without the extra."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import pytest

pytestmark = [
    pytest.mark.potentials,
    pytest.mark.skipif(
        any(find_spec(module) is None for module in ("torch", "ase", "chgnet")),
        reason="needs the extra [potentials]",
    ),
]

COMMAND = ["-m", "topotaxy.cli", "parameterise", "NiO", "--only", "removed", "--sites", "2", "--workers", "2"]
SECONDS = 20.0
"""In which every process has to be gone."""


def start(out: Path, *more: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, *COMMAND, "--out", str(out), *more],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def finished(out: Path) -> dict[str, float]:
    return {path.name: path.stat().st_mtime for path in (out / "tasks").glob("*.json")}


def alive(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def wait_for(out: Path, count: int, run: subprocess.Popen[str], limit: float = 300.0) -> None:
    end = time.monotonic() + limit
    while len(finished(out)) < count and run.poll() is None and time.monotonic() < end:
        time.sleep(0.2)


def test_control_c_ends_all_processes_and_resume_goes_on(tmp_path: Path) -> None:
    out = tmp_path / "nio"
    run = start(out)
    wait_for(out, 5, run)
    before = time.monotonic()
    os.killpg(run.pid, signal.SIGINT)
    message = run.communicate(timeout=SECONDS)[1]
    while alive(run.pid) and time.monotonic() - before < SECONDS:
        time.sleep(0.1)
    assert not alive(run.pid), "a worker goes on"
    assert run.returncode not in (0, None)
    assert "Traceback" not in message
    kept = finished(out)
    assert len(kept) >= 5

    again = start(out, "--resume")
    wait_for(out, len(kept) + 1, again)
    os.killpg(again.pid, signal.SIGINT)
    again.communicate(timeout=SECONDS)
    now = finished(out)
    # What was finished stands as it was: only tasks under way, one a process, were lost.
    assert {name: now[name] for name in kept} == kept
    assert len(now) > len(kept)

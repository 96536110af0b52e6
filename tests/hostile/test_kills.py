"""Two hundred kills, at random times of every verb that writes: the same command makes the same afterwards.

Scaled and cut short by the variables that the other campaign has. Where a verb has ``--resume`` it is given;
the others refuse what they find half done in one line, or make it again.
"""

from __future__ import annotations

import hashlib
import shutil
import time
from pathlib import Path

import numpy as np
import pytest
from campaign import KILLS, MARKS, SECONDS, fresh, warmed
from fake_potential import PairPotential

from forked import command
from topotaxy.energetics import potentials

pytestmark = MARKS

CELL = 'name = "coin"\n[cell]\nmaterial = "heos-na"\n[[step]]\ncurrent = 1.0\ncycles = 2\n'
PROBE = ["probe", "small", "--state", "discharged", "--out", "made", "--no-report", "--technique"]
COMPARE = ["compare", "small.toml", "nio-na", "--cycles", "1", "--replicas", "1", "--cells", "2"]
ABLATE = ["simulate", "small.toml", "--ablate", "--cycles", "1", "--replicas", "4", "--no-report"]
VERBS: dict[str, tuple[list[str], int]] = {
    "simulate": (["simulate", "small.toml", "--out", "made", "--resume", "--no-report"], 40),
    "simulate with its report": (["simulate", "small.toml", "--out", "made", "--resume"], 12),
    "simulate, half done": (["simulate", "small.toml", "--out", "small", "--resume", "--no-report"], 20),
    "simulate a cell": (["simulate", "coin.toml", "--out", "made", "--resume", "--no-report"], 12),
    "ablate": ([*ABLATE, "--out", "made", "--resume"], 6),
    "compare": ([*COMPARE, "--runs", "made", "--resume"], 12),
    "analyse": (["analyse", "small", "--out", "made", "--no-report"], 25),
    "export": (["export", "small", "--out", "made", "--state", "discharged"], 20),
    "probe, diffraction": ([*PROBE, "diffraction"], 15),
    "probe, absorption": ([*PROBE, "absorption"], 8),
    "parameterise": (
        ["parameterise", "NiO", "--only", "removed", "--sites", "1", "--out", "made", "--resume"],
        10,
    ),
    "judge": (["judge", "poizot2001", "--out", "made"], 6),
    "audit": (["audit", "fang2022", "--out", "made"], 5),
    "reproduce": (["reproduce", "fang2022", "--out", "made"], 5),
}
"""Arguments, and kills of 200. What they make is in ``made``, or in the half done ``small``."""
WITHOUT_RESUME = ("export", "judge", "audit", "reproduce")


def made(folder: Path) -> dict[str, str]:
    """What a verb made, without what tells the time."""
    files = (p for p in folder.rglob("*") if p.is_file() and p.name not in ("provenance.json", "report.html"))
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


@pytest.mark.parametrize("verb", VERBS)
def test_kills(
    verb: str,
    place: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Killed at any time, the same command makes what it makes uninterrupted and leaves nothing beside."""
    monkeypatch.setattr(potentials, "load_potential", lambda name: PairPotential())
    (place / "coin.toml").write_text(CELL, encoding="utf-8")
    arguments, share = VERBS[verb]
    scratch = tmp_path / "scratch"
    half = "half" if verb == "simulate, half done" else "finished"
    out = "small" if verb == "simulate, half done" else "made"

    def begun() -> None:
        fresh(place, scratch, half)
        shutil.copy(place / "coin.toml", scratch)

    begun()
    warmed(arguments, scratch)
    begun()
    before = {p.name for p in scratch.iterdir()} | {out}
    whole = command(arguments, where=scratch, most=900.0)
    assert whole.status in (0, 1), whole
    right = made(scratch / out)
    kills, finished, wrong = max(round(KILLS * share / 200), 2), 0, []
    rng = np.random.default_rng(7)
    until, done = time.monotonic() + SECONDS, 0
    for number in range(kills):
        if time.monotonic() > until:
            break
        done += 1
        begun()
        killed = command(arguments, where=scratch, kill_after=float(rng.uniform(0.02, 1.0)) * whole.seconds)
        finished += killed.status is not None
        again = command(arguments, where=scratch, most=900.0)
        if again.is_one_line and verb in WITHOUT_RESUME:
            shutil.rmtree(scratch / out)
            again = command(arguments, where=scratch, most=900.0)
        if again.status != whole.status:
            wrong.append(f"{number}: {again}")
        elif found := different(made(scratch / out), right):
            wrong.append(f"{number}: another result in {found}")
        if left := {p.name for p in scratch.iterdir()} - before:
            wrong.append(f"{number}: left {left}")
    with capsys.disabled():
        print(f"\n{verb}: {done} kills ({finished} came too late), {len(wrong)} wrong")
    assert wrong == []


def different(found: dict[str, str], right: dict[str, str]) -> list[str]:
    """Names of files that one of two folders lacks, or that are not the same in both."""
    return sorted(name for name in {*found, *right} if found.get(name) != right.get(name))

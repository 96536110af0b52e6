"""What the campaigns share: how large they are, the run that they damage or repeat, and its folders."""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import shutil
from pathlib import Path

import pytest

from topotaxy.cli import main
from topotaxy.spec import Spec

MARKS = [
    pytest.mark.fuzz,
    pytest.mark.skipif(not hasattr(os, "fork"), reason="calls are forked"),
]
SCALE = float(os.environ.get("TOPOTAXY_CAMPAIGN", "1"))
FOLDERS, KILLS, DATASETS = (max(int(SCALE * n), 10) for n in (1000, 200, 10_000))
SECONDS = float(os.environ.get("TOPOTAXY_CAMPAIGN_SECONDS", "inf"))
FIRST = int(os.environ.get("TOPOTAXY_CAMPAIGN_FIRST", "0"))
SPEC = Spec.model_validate(
    {
        "name": "small",
        "electrode": {"formula": "NiO"},
        "cell": {"ion": "Na"},
        "protocol": {"cycles": 2},
        "lattice": {"cells": 2, "replicas": 2, "seed": 4},
    }
)
SAME = ("run.nc", "observables.json", "observables.csv", "curves.csv", "labels.json")
SIMULATE = ["simulate", "small.toml", "--out", "small", "--resume", "--no-report"]
ANALYSE = ["analyse", "small", "--out", "analysis", "--no-report"]
EXPORT = ["export", "small", "--out", "atoms", "--state", "discharged"]


def digests(folder: Path, names: tuple[str, ...] | None = None) -> dict[str, str]:
    chosen = sorted(p.name for p in folder.iterdir() if p.is_file()) if names is None else names
    return {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in chosen}


def warmed(arguments: list[str], where: Path) -> None:
    """Run a command in this process, so that its forks need load nothing."""
    with contextlib.chdir(where), contextlib.redirect_stdout(io.StringIO()):
        assert main(arguments) in (0, 1)


def fresh(place: Path, scratch: Path, kind: str) -> Path:
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir()
    shutil.copy(place / "small.toml", scratch)
    shutil.copytree(place / kind, scratch / "small", symlinks=True)
    return scratch / "small"

"""Whatever a path leads to, a verb that cannot use it says so in one line, at once, with exit status 2."""

from __future__ import annotations

import contextlib
import io
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from topotaxy.cli import main

pytestmark = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes are other ones there")

MOST_SECONDS = 60
"""A verb that waits for a pipe waits for ever; loading all that a verb needs takes a few seconds."""

VERBS: dict[str, Callable[[str], list[str]]] = {
    "simulate": lambda path: ["simulate", path],
    "analyse": lambda path: ["analyse", path, "--no-report"],
    "sample": lambda path: ["analyse", "table.csv", "--sample", path, "--no-report"],
    "mapping": lambda path: ["analyse", "table.csv", "--mapping", path, "--no-report"],
    "overlay": lambda path: ["analyse", "table.csv", "--overlay", path, "--no-report"],
    "audit": lambda path: ["audit", path],
    "judge": lambda path: ["judge", path, "--formula", "NiO", "--ion", "Li"],
    "probe": lambda path: ["probe", path, "--technique", "diffraction", "--no-report"],
    "export": lambda path: ["export", path],
    "reproduce": lambda path: ["reproduce", path],
    "parameterise": lambda path: ["parameterise", path, "--check"],
    "describe": lambda path: ["describe", path],
}

PATHS = [
    "pipe",
    "pipe.toml",
    "pipe.json",
    "pipe.csv",
    "pipe.xyz",
    "pipe/below",
    "/dev/zero",
    "/dev/null",
    "folder",
    "run-of-a-pipe",
    "run-of-a-link",
    "observables-of-a-pipe",
    "dangling.json",
    "loop",
    "latin.toml",
    "empty",
    "n" * 300,
    "n" * 5000 + ".json",
    "a\x00b",
    "a\x00b.json",
    "\udcff.csv",
]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("paths")
    for ending in ("", ".toml", ".json", ".csv", ".xyz"):
        os.mkfifo(folder / f"pipe{ending}")
    for name in ("folder", "run-of-a-pipe", "run-of-a-link", "observables-of-a-pipe"):
        (folder / name).mkdir()
    os.mkfifo(folder / "run-of-a-pipe" / "run.nc")
    os.mkfifo(folder / "observables-of-a-pipe" / "observables.json")
    (folder / "run-of-a-link" / "run.nc").symlink_to("/etc/hostname")
    (folder / "dangling.json").symlink_to("nothing")
    (folder / "loop").symlink_to("loop")
    (folder / "latin.toml").write_bytes('name = "é"\n'.encode("latin-1"))
    (folder / "empty").write_bytes(b"")
    (folder / "table.csv").write_bytes(b"x,y\n1,2\n")
    return folder


@contextlib.contextmanager
def _seconds(most: int) -> Iterator[None]:
    def over(*_: object) -> None:
        raise AssertionError(f"no answer after {most} s")

    before = signal.signal(signal.SIGALRM, over)
    signal.alarm(most)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


@pytest.mark.parametrize("verb", VERBS)
def test_a_path_that_cannot_be_used_is_one_line(
    verb: str, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(place)
    before = sorted(place.rglob("*"))
    for path in PATHS:
        out, err = io.StringIO(), io.StringIO()
        streams = (contextlib.redirect_stdout(out), contextlib.redirect_stderr(err))
        with _seconds(MOST_SECONDS), streams[0], streams[1]:
            status = main(VERBS[verb](path))
        line = err.getvalue()
        assert (status, out.getvalue()) == (2, ""), (path[:40], line)
        assert line.startswith("error: "), path[:40]
        assert line.count("\n") == 1, path[:40]
        assert "Errno" not in line, path[:40]
        assert len(line) < 520, path[:40]
    assert sorted(place.rglob("*")) == before

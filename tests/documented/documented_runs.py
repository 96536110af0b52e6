"""Run printed commands as a reader would: in a shell, in a folder, one after the other."""

from __future__ import annotations

import fcntl
import hashlib
import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from printed_commands import PAGES, ROOT, blocks
from supposed_files import MAKERS, PRINTED, RUNS

LIMIT = 300
"""Seconds of the processor that a command may take: a busy machine is no fault of it."""

NEGATIVE = ("audit",)
"""Verbs whose answer may be negative, which exit status 1 says."""


class Reader:
    """A folder with a shell in it, and the files and folders that a page supposes.

    What several pages run alike on nothing but what ships is run once, into ``shared``, and copied.
    """

    def __init__(self, folder: Path, shared: Path) -> None:
        self.folder, self.shared = folder, shared
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("examples", "tests", "src"):
            (folder / name).symlink_to(ROOT / name)
        programs = folder.parent / "programs"
        programs.mkdir(exist_ok=True)
        for name, what in (("topotaxy", "-m topotaxy "), ("python", ""), ("python3", "")):
            (programs / name).write_text(f'#!/bin/sh\nexec "{sys.executable}" {what}"$@"\n', encoding="utf-8")
            (programs / name).chmod(0o755)
        self.environment = os.environ | {
            "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), *sys.path]),
            "MPLBACKEND": "agg",
            "COLUMNS": "80",
        }

    def run(self, command: str) -> str:
        """Run a command as it is printed; return what it wrote, and fail where it fails."""
        began = _processor_seconds()
        self._suppose(command)
        output = self._copied(command) if command in SHARED else self._shell(command, self.folder)
        print(f"{_processor_seconds() - began:6.1f} s  {command}")
        return output

    def run_python(self, code: str) -> None:
        """Run a page's Python as one script."""
        for name in PRINTED | RUNS | MAKERS:
            if f'"{name}"' in code:
                self._suppose(name)
        script = self.folder / "page.py"
        script.write_text(code, encoding="utf-8")
        self.run(f"python {script.name}")

    def _shell(self, command: str, folder: Path) -> str:
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", f"ulimit -t {LIMIT}\n{command}"],
            cwd=folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        words = command.split()
        accepted = (0, 1) if len(words) > 1 and words[1] in NEGATIVE else (0,)
        said = f"{command}\nexit status {done.returncode}\n{done.stdout[-2000:]}\n{done.stderr[-3000:]}"
        assert done.returncode in accepted, said
        assert "Traceback" not in done.stderr, said
        return done.stdout

    def _suppose(self, command: str) -> None:
        """Make what a command reads and nothing before it made."""
        for word in command.split():
            target = self.folder / word
            if any(self.folder.glob(word)) if "*" in word else target.exists():
                continue
            if word in PRINTED:
                page, kind = PRINTED[word]
                (body, *_) = blocks(PAGES[page].read_text(encoding="utf-8"), kind)
                target.write_text(body, encoding="utf-8")
            elif word in RUNS and not _makes(command, word):
                self._copied(RUNS[word], only=word)
            elif word in MAKERS:
                MAKERS[word](target)

    def _copied(self, command: str, only: str | None = None) -> str:
        """Run a command once for all pages, in a folder of its own, and copy what it wrote."""
        made = self.shared / hashlib.sha256(command.encode()).hexdigest()[:16]
        self.shared.mkdir(parents=True, exist_ok=True)
        with _alone(made.with_suffix(".lock")):
            if not (made / "output").is_file():
                made.mkdir(exist_ok=True)
                *before, last = command.split(" && ")
                for one in before:
                    self._within(one, made)
                (made / "output").write_text(self._shell(last, made), encoding="utf-8")
        for path in made.iterdir():
            if path.name != "output" and only in (None, path.name):
                _copy(path, self.folder / path.name)
        return (made / "output").read_text(encoding="utf-8")

    def _within(self, command: str, folder: Path) -> None:
        other = Reader.__new__(Reader)
        other.folder, other.shared, other.environment = folder, self.shared, self.environment
        other._copied(command)


SHARED = frozenset(
    part
    for command in (*RUNS.values(), "topotaxy reproduce fang2022", "topotaxy simulate heos-na-coin",
                    "topotaxy simulate heos-na --cells 10 --replicas 1 --cycles 1 --out heos-na")
    for part in command.split(" && ")
    if part.startswith("topotaxy simulate") or part.startswith("topotaxy reproduce")
)  # fmt: skip
"""Commands that read nothing but what ships, and that more than one page has or supposes."""


def _processor_seconds() -> float:
    """Of all commands so far."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _makes(command: str, word: str) -> bool:
    """Whether a command writes the folder or file that a word of it names."""
    words = command.split()
    return (
        len(words) > 1
        and words[1] in ("simulate", "new")
        and not (words[1] == "simulate" and word.endswith(".toml"))
    )


def _copy(source: Path, target: Path) -> None:
    if target.exists():
        return
    if source.is_dir():
        shutil.copytree(source, target)
    else:
        shutil.copy2(source, target)


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Hold a lock that other workers of the tests wait for."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield

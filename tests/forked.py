"""Calls in a process of their own, forked from this one with everything loaded: what kills them is seen."""

from __future__ import annotations

import contextlib
import io
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Ended:
    """How a call ended: its status, or the signal that ended it, or nothing where it was cut off in time."""

    status: int | None
    killed_by: int | None
    out: str
    err: str
    seconds: float

    @property
    def is_one_line(self) -> bool:
        """Whether the call refused its input as it should: status 2, one line, nothing else."""
        return (
            self.status == 2 and self.err.startswith("error: ") and self.err.count("\n") == 1 and not self.out
        )


def called(
    do: Callable[[], Any], *, most: float, kill_after: float | None = None, memory: int | None = None
) -> tuple[Any, Ended]:
    """Do something in a fork of this process and return what it returned, and how it ended.

    ``most`` are the seconds after which it hangs; ``kill_after`` those after which it is killed on purpose;
    ``memory`` the bytes that it may take beyond what this process has.
    """
    read, write = os.pipe()
    began = time.monotonic()
    child = os.fork()
    if child == 0:
        os.close(read)
        if memory is not None:
            _limited(memory)
        _child(do, write)
    os.close(write)
    until = began + (most if kill_after is None else kill_after)
    status: int | None = None
    chunks: list[bytes] = []
    os.set_blocking(read, False)
    while True:
        with contextlib.suppress(BlockingIOError):
            while piece := os.read(read, 1 << 16):
                chunks.append(piece)
        done, code = os.waitpid(child, os.WNOHANG)
        if done:
            status = code
            break
        if time.monotonic() > until:
            os.kill(child, signal.SIGKILL)
            _, status = os.waitpid(child, 0)
            break
        time.sleep(0.002)
    with contextlib.suppress(BlockingIOError):
        while piece := os.read(read, 1 << 16):
            chunks.append(piece)
    os.close(read)
    seconds = time.monotonic() - began
    killed = os.WTERMSIG(status) if os.WIFSIGNALED(status) else None
    try:
        said = json.loads(b"".join(chunks))
    except ValueError:
        said = {"value": None, "out": "", "err": ""}
    ended = Ended(None if killed else os.WEXITSTATUS(status), killed, said["out"], said["err"], seconds)
    return said["value"], ended


def _limited(memory: int) -> None:
    import resource

    mapped = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (mapped + memory,) * 2)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _child(do: Callable[[], Any], write: int) -> None:
    out, err = io.StringIO(), io.StringIO()
    status, value = 99, None
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            value = do()
        status = 0
    except BaseException as error:
        err.write(f"RAISED {type(error).__name__}: {error!s:.300}\n")
    text = json.dumps({"value": value, "out": out.getvalue(), "err": err.getvalue()})
    with contextlib.suppress(OSError), os.fdopen(write, "wb") as file:
        file.write(text.encode("utf-8", "replace"))
    sys.stdout = sys.stderr = io.StringIO()
    os._exit(value if isinstance(value, int) and status == 0 else status)


def command(
    arguments: Sequence[str], *, where: Path, most: float = 120.0, kill_after: float | None = None
) -> Ended:
    """Run the command line in a fork, in a folder."""
    from topotaxy.cli import main

    def run() -> int:
        os.chdir(where)
        return main(list(arguments))

    return called(run, most=most, kill_after=kill_after)[1]


def looked_at_in_a_fork(path: Path, size: int, changed: int, node: int) -> Any:
    """The verdict as another process finds it, without the time that a new interpreter takes."""

    from topotaxy.results import hdf5, hdf5_trial

    def look() -> str:
        hdf5_trial.limited()
        return json.dumps(hdf5_trial.tried(str(path)))

    text, ended = called(look, most=60.0)
    if ended.killed_by is not None or text is None:
        return hdf5.Verdict(False, "damaged: it ends the process that reads it")
    said = json.loads(text)
    return hdf5.Verdict(said["whole"], said["complaint"])

"""Bounds come from what is really there: a small file that declares a huge size takes no room and no time.

Each good file of each format has the numbers of its head made huge, one at a time. Whatever comes of it, read
or refused in one line, takes less than 2 GB and a minute; and no refusal names memory as the reason, for then
the reader had asked for what the file declares.
"""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from typing import Any

import inflating
import pytest
from case import Case, cases

from forked import called
from topotaxy.errors import InputError
from topotaxy.measurement.recognise import recognised
from topotaxy.measurement.technique import techniques
from topotaxy.results import hdf5, hdf5_trial

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="limits the address space")

MEMORY, SECONDS = 2_000_000_000, 60
"""Bytes more than the process has when it begins; seconds of the processor for one file."""


@pytest.fixture(autouse=True)
def _look_in_the_same_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """All of it is in a fork that has its limits already, and whose end is seen."""

    def look(path: Path, size: int, changed: int, node: int) -> hdf5.Verdict:
        said = hdf5_trial.tried(str(path))
        return hdf5.Verdict(said["whole"], said["complaint"])

    monkeypatch.setattr(hdf5, "_looked_at", look)


class Hang(BaseException):
    """A file took longer than it may."""


def _hang(number: int, frame: object) -> None:
    raise Hang


def outcome(path: Path, case: Case, *, analysed: bool = False) -> str:
    """Return what is wrong with how a file was dealt with; empty where nothing is."""
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    try:
        found = recognised(path)
        records = found.format.read(path, case.options)
        if analysed and found.technique.name == case.technique:
            found.technique.observed(tuple(records), case.options)
    except InputError as error:
        said = str(error)
        return "many lines" if "\n" in said else f"memory: {said}" if "memory" in said.lower() else ""
    except Hang:
        return f"more than {SECONDS} s"
    except BaseException as error:
        return f"{type(error).__name__}: {error!s:.200}"
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    return ""


def faults(case: Case, folder: Path, most: int, *, analysed: bool = False) -> list[str]:
    """Every file that was dealt with otherwise than it may be, of so many of each format."""
    wrong: list[str] = []
    for good in case.good_files(folder):
        recognised(good.path).format.read(good.path, case.options)
        files = inflating.some(good.path.read_bytes(), most)

        def walked(good: Any = good, files: Any = files) -> list[str]:
            signal.signal(signal.SIGPROF, _hang)
            named = (
                (what, outcome(inflating.kept(good.path, make()), case, analysed=analysed))
                for what, make in files
            )
            return [f"{good.format}, {what}: {said}" for what, said in named if said]

        found, ended = called(walked, most=3600.0, memory=MEMORY)
        wrong += [f"{good.format}: {ended}"] if found is None else found
    return wrong


@pytest.mark.parametrize("technique", sorted(techniques()))
def test_a_huge_size_takes_no_room_and_no_time(technique: str, tmp_path: Path) -> None:
    assert faults(cases()[technique], tmp_path, 6) == []


@pytest.mark.fuzz
@pytest.mark.parametrize("technique", sorted(techniques()))
def test_every_number_of_a_head_may_be_huge(technique: str, tmp_path: Path) -> None:
    assert faults(cases()[technique], tmp_path, 1000, analysed=True) == []

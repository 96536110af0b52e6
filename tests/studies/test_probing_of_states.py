"""Specimens of a run by state, cycle and replica, and what the analysis of their files is told of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from topotaxy.errors import InputError
from topotaxy.measurement import recognise
from topotaxy.measurement.sample import Given, Sample
from topotaxy.specimen import kept
from topotaxy.studies import probing
from topotaxy.studies.probing import probed, specimens_at


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that keeps two replicas pristine, after cycle 1 and after cycle 5; charged ones only of 5."""

    def specimens_of(path: Path, *, replica: int | None, cycle: int | None, state: str) -> Iterator[Any]:
        assert path == tmp_path
        for one in range(2):
            for n in (0,) if state == "pristine" else (1, 5) if state == "discharged" else (5,):
                if replica in (None, one) and cycle in (None, n):
                    yield SimpleNamespace(state=state, cycle=n, replica=one)

    monkeypatch.setattr(kept, "specimens_of", specimens_of)
    return tmp_path


def told(path: Path, **wanted: Any) -> list[tuple[str, int, int]]:
    found: list[Any] = specimens_at(path, **wanted)
    return [(one.state, one.cycle, one.replica) for one in found]


def test_without_words_all_replicas_are_pristine(run: Path) -> None:
    assert told(run) == [("pristine", 0, 0), ("pristine", 0, 1)]


def test_without_a_cycle_the_last_one_that_is_kept_is_taken(run: Path) -> None:
    assert told(run, state="discharged") == [("discharged", 5, 0), ("discharged", 5, 1)]
    assert told(run, state="discharged", cycle=1) == [("discharged", 1, 0), ("discharged", 1, 1)]
    assert told(run, state="discharged", replica=1) == [("discharged", 5, 1)]


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ({"state": "melted"}, "--state is one of pristine, discharged, charged, got 'melted'"),
        ({"state": "charged", "cycle": 1}, "keeps no charged specimen of this cycle and replica"),
        ({"replica": 7}, "keeps no pristine specimen"),
    ],
)
def test_what_a_run_does_not_keep_is_said(run: Path, wanted: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        specimens_at(run, **wanted)


@pytest.mark.parametrize("wanted", [{"state": "charged"}, {"cycle": 0}, {"replica": 0}])
def test_of_a_file_nothing_is_chosen(tmp_path: Path, wanted: dict[str, Any]) -> None:
    path = tmp_path / "one.h5"
    path.write_bytes(b"")
    with pytest.raises(InputError, match="choose from a run; this is a file"):
        specimens_at(path, **wanted)


# --- what the analysis is told


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Files of a stub instrument whose bytes are its random number; what the analysis was given."""
    seen: list[Any] = []

    def write(
        technique: Any, specimens: Any, options: Any, rng: np.random.Generator, folder: Path, **more: Any
    ) -> list[Path]:
        path = folder / f"{more['stem']}-1{more['format'].extensions[0]}"
        path.write_bytes(rng.bytes(8))
        return [path]

    def read(paths: list[Path], given: Given, *, technique: str) -> Any:
        seen.append((given, technique, [path.read_bytes() for path in paths]))
        return SimpleNamespace(name="an analysis")

    monkeypatch.setattr(probing, "probed_files", write)
    monkeypatch.setattr(probing, "analysed_files", read)
    return seen


BALANCE = recognise.technique_named("thermogravimetry")


def looked_at(state: str = "pristine", cycle: int = 0, seed: int = 1, sample: Sample | None = None) -> Any:
    specimen: Any = SimpleNamespace(state=state, cycle=cycle, formula="NiO")
    given = Given(sample=sample or Sample())
    return probed(BALANCE, [specimen], {}, given, seed=seed, stem="look")


@pytest.mark.parametrize(("state", "cycle", "known"), [("pristine", 0, None), ("charged", 3, 3)])
def test_the_sample_is_in_the_state_of_its_specimens(
    asked: list[Any], state: str, cycle: int, known: int | None
) -> None:
    analysis, files = looked_at(state, cycle)
    ((given, technique, contents),) = asked
    assert given.sample == Sample(name="NiO", state=state, cycle=known)  # type: ignore[arg-type]
    assert technique == "thermogravimetry"
    assert list(files.values()) == contents
    assert analysis.name == "an analysis"
    assert all(name.startswith("look-1") for name in files)


def test_a_name_that_is_given_stays_and_its_state_is_still_that_of_the_specimens(asked: list[Any]) -> None:
    looked_at("discharged", 2, sample=Sample(name="batch 3", state="pristine", cycle=9))
    assert asked[0][0].sample == Sample(name="batch 3", state="discharged", cycle=2)


def test_noise_is_of_the_seed(asked: list[Any]) -> None:
    contents = [next(iter(looked_at(seed=seed)[1].values())) for seed in (1, 1, 2)]
    assert contents[0] == contents[1] != contents[2]


def test_without_a_specimen_there_is_nothing_to_look_at(asked: list[Any]) -> None:
    with pytest.raises(InputError, match="no specimen to look at"):
        probed(BALANCE, [], {}, Given(), seed=1, stem="look")
    assert asked == []


def test_a_format_that_is_not_written_is_refused(asked: list[Any]) -> None:
    specimen: Any = SimpleNamespace(state="pristine", cycle=0, formula="NiO")
    with pytest.raises(InputError, match="writes no format 'punched card'"):
        probed(BALANCE, [specimen], {}, Given(), seed=1, stem="look", format="punched card")
    assert asked == []

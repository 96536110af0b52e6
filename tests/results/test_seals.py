"""A results folder knows its own files again."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from topotaxy.errors import InputError
from topotaxy.files import write_atomically
from topotaxy.results import json_text, provenance, publishing
from topotaxy.results.publish import replace_file
from topotaxy.results.reading import stored_object, stored_text
from topotaxy.results.seals import check_written, is_complete


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    out = tmp_path / "out"
    with publishing(out) as work:
        (work / "observables.json").write_text('{"value": 1.0}')
        (work / "figures").mkdir()
        (work / "figures" / "curve.svg").write_text("<svg/>")
        (work / "provenance.json").write_text(json_text(provenance("topotaxy/test/1", seed=7)))
    return out


def test_what_was_written_is_complete(folder: Path) -> None:
    assert is_complete(folder)
    assert stored_object(folder / "observables.json") == {"value": 1.0}
    assert stored_object(folder / "provenance.json")["seed"] == 7
    assert set(stored_object(folder / "provenance.json")["digests"]) == {
        "observables.json",
        "figures/curve.svg",
    }


def test_a_changed_file_is_refused_by_whoever_reads_it(folder: Path) -> None:
    path = folder / "observables.json"
    path.write_text('{"value": 2.0}')
    for read in (stored_text, stored_object, check_written):
        with pytest.raises(InputError, match="not as it was written"):
            read(path)
    with pytest.raises(InputError, match="not as it was written"):
        is_complete(folder)
    path.write_text('{"value": 1.0}')
    assert is_complete(folder)


def test_a_missing_file_makes_it_incomplete(folder: Path) -> None:
    (folder / "figures" / "curve.svg").unlink()
    assert not is_complete(folder)
    (folder / "provenance.json").unlink()
    assert not is_complete(folder)


def _other_seed(text: str) -> str:
    return text.replace('"seed": 7', '"seed": 8')


def _other_digest(text: str) -> str:
    document = json.loads(text)
    document["digests"]["observables.json"] = "0" * 64
    return json.dumps(document)


def _no_seal(text: str) -> str:
    document = json.loads(text)
    del document["seal"]
    return json.dumps(document)


def _cut(text: str) -> str:
    return text[: len(text) // 2]


def _no_object(text: str) -> str:
    return f"[{text}]"


@pytest.mark.parametrize("damage", [_other_seed, _other_digest, _no_seal, _cut, _no_object, lambda text: ""])
def test_a_changed_provenance_is_refused(folder: Path, damage: Callable[[str], str]) -> None:
    path = folder / "provenance.json"
    path.write_text(damage(path.read_text()))
    for read in (lambda: is_complete(folder), lambda: check_written(folder / "observables.json")):
        with pytest.raises(InputError) as refused:
            read()
        assert "\n" not in str(refused.value)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes are other ones there")
@pytest.mark.parametrize("name", ["provenance.json", "observables.json"])
def test_links_and_pipes_in_place_of_files_are_refused(folder: Path, tmp_path: Path, name: str) -> None:
    kept = tmp_path / "kept"
    (folder / name).rename(kept)
    (folder / name).symlink_to(kept)
    with pytest.raises(InputError, match="link"):
        is_complete(folder)
    (folder / name).unlink()
    os.mkfifo(folder / name)
    with pytest.raises(InputError, match="no regular file"):
        is_complete(folder)


def test_a_folder_of_an_earlier_version_is_taken_as_it_is(folder: Path) -> None:
    document = stored_object(folder / "provenance.json")
    old = {key: value for key, value in document.items() if key not in ("digests", "seal")}
    (folder / "provenance.json").write_text(json_text(old))
    (folder / "observables.json").write_text('{"value": 3.0}')
    assert stored_object(folder / "observables.json") == {"value": 3.0}
    assert is_complete(folder, needed=("observables.json",))
    assert not is_complete(folder, needed=("run.nc",))


def test_a_changed_provenance_removes_nothing(folder: Path) -> None:
    """Files of an earlier result are removed only where the provenance is the one that was written."""
    (folder / "mine.txt").write_text("keep")
    path = folder / "provenance.json"
    document = json.loads(path.read_text())
    document["files"].append("mine.txt")
    path.write_text(json.dumps(document))
    with publishing(folder) as work:
        (work / "provenance.json").write_text(json_text(provenance("topotaxy/test/1", seed=7)))
    assert (folder / "mine.txt").read_text() == "keep"
    assert is_complete(folder)


def _published_again(folder: Path) -> None:
    with publishing(folder) as work:
        (work / "observables.json").write_text("{}")
        (work / "provenance.json").write_text(json_text(provenance("topotaxy/test/1")))


def test_a_folder_in_the_place_of_a_file_is_one_line(folder: Path) -> None:
    (folder / "observables.json").unlink()
    (folder / "observables.json").mkdir()
    with pytest.raises(InputError, match=r"observables\.json: cannot be replaced"):
        _published_again(folder)


def test_a_file_is_replaced_with_its_digest(folder: Path) -> None:
    replace_file(folder / "observables.json", '{"value": 5.0}')
    assert is_complete(folder)
    assert stored_object(folder / "observables.json") == {"value": 5.0}
    assert stored_object(folder / "provenance.json")["seed"] == 7


def test_a_replacement_that_is_stopped_contradicts_nothing(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stopped after any of its writes, the folder holds the old file or the new one, and reads."""
    for after in range(3):
        written = 0

        def stopping(path: Path, content: str, after: int = after) -> None:
            nonlocal written
            if written == after:
                raise KeyboardInterrupt
            written += 1
            write_atomically(path, content)

        monkeypatch.setattr("topotaxy.results.publish.write_atomically", stopping)
        with pytest.raises(KeyboardInterrupt):
            replace_file(folder / "observables.json", f'{{"value": {after + 10}}}')
        assert is_complete(folder)
        assert stored_object(folder / "observables.json")["value"] in (1.0, after + 10)

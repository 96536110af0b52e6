"""Whether a folder may take a result: what is in it decides, and what a killed run left does not count."""

from __future__ import annotations

from pathlib import Path

import pytest

from topotaxy.errors import InputError
from topotaxy.results.folder import claimed


def asked(out: Path, *, resume: bool = True) -> bool:
    return claimed(out, what="a run", resume=resume, recorded="spec.toml")


@pytest.mark.parametrize("resume", [True, False])
def test_a_run_killed_at_its_first_file_has_begun_nothing(tmp_path: Path, resume: bool) -> None:
    """A part of the first file does not keep the folder from being used."""
    (tmp_path / ".spec.toml.ab12_xyz").write_text("name =")
    assert not asked(tmp_path, resume=resume)


@pytest.mark.parametrize("name", ["notes.txt", ".spec.toml.swp", ".other.toml.ab12_xyz", ".hidden"])
def test_files_of_somebody_else_are_not_written_beside(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("")
    with pytest.raises(InputError, match="is not empty and holds no run"):
        asked(tmp_path)


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("")
    with pytest.raises(InputError, match="is a file, expected a folder"):
        asked(tmp_path / "out")


def test_what_is_there_is_continued_only_when_asked(tmp_path: Path) -> None:
    (tmp_path / "spec.toml").write_text("")
    with pytest.raises(InputError, match="use --resume to continue it"):
        asked(tmp_path, resume=False)
    assert not asked(tmp_path)


def test_a_result_of_something_else_is_not_continued(tmp_path: Path) -> None:
    (tmp_path / "spec.toml").write_text("")
    with pytest.raises(InputError, match="of another specification"):
        claimed(tmp_path, what="a run", resume=True, recorded="spec.toml", same=lambda path: False)


def test_a_folder_that_is_not_there_or_empty_is_free(tmp_path: Path) -> None:
    assert not asked(tmp_path / "none")
    assert not asked(tmp_path)

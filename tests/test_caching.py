"""Where compiled code goes where nothing of one's own can be written."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from topotaxy import caching
from topotaxy.caching import compiled_code_folder, kept_folder

pytestmark = pytest.mark.skipif(os.name != "posix", reason="permissions are other ones there")


@pytest.fixture
def nothing_writable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package and a home that cannot be written (root may write anywhere, so the check is replaced)."""
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    monkeypatch.setattr(caching, "_writable", lambda folder: False)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path


def test_a_package_that_can_be_written_needs_no_other_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    assert compiled_code_folder(tmp_path) is None


def test_a_place_that_the_user_names_is_kept(nothing_writable: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NUMBA_CACHE_DIR", "/somewhere")
    assert compiled_code_folder(nothing_writable) is None


def test_the_other_place_is_closed_to_others(nothing_writable: Path) -> None:
    folder = compiled_code_folder(Path("/package"))
    assert folder is not None
    assert folder.parent == nothing_writable
    assert not stat.S_IMODE(folder.stat().st_mode) & 0o077


def test_a_folder_that_others_may_write_is_not_used(nothing_writable: Path) -> None:
    planted = nothing_writable / f"topotaxy-{os.getuid()}"
    planted.mkdir()
    planted.chmod(0o777)
    folder = compiled_code_folder(Path("/package"))
    assert folder not in (None, planted)


def test_a_link_is_not_followed(nothing_writable: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (nothing_writable / f"topotaxy-{os.getuid()}").symlink_to(tmp_path / "elsewhere")
    folder = compiled_code_folder(Path("/package"))
    assert folder is not None
    assert not folder.is_symlink()
    assert folder.name != f"topotaxy-{os.getuid()}"


def test_what_is_kept_lies_in_the_cache_of_the_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    folder = kept_folder("tables")
    assert folder == tmp_path / "cache" / "topotaxy" / "tables"
    assert folder.is_dir()
    assert kept_folder("tables") == folder


def test_and_elsewhere_where_that_cannot_be_written(nothing_writable: Path) -> None:
    folder = kept_folder("tables")
    assert folder.is_dir()
    assert folder.parent.parent == nothing_writable
    assert not stat.S_IMODE(folder.parent.stat().st_mode) & 0o077
    assert kept_folder("tables") == folder

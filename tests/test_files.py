from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from topotaxy.files import held, write_atomically

try:
    import fcntl
except ImportError:
    fcntl = None  # type: ignore[assignment]

needs_locks = pytest.mark.skipif(fcntl is None, reason="no locks of files here")


def test_text_and_bytes_arrive_whole(tmp_path: Path) -> None:
    write_atomically(tmp_path / "a", "å\n")
    write_atomically(tmp_path / "b", b"\x00\xff")
    assert (tmp_path / "a").read_text(encoding="utf-8") == "å\n"
    assert (tmp_path / "b").read_bytes() == b"\x00\xff"


def test_a_failed_write_leaves_the_old_file_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "a.txt"
    write_atomically(target, "old")
    with pytest.raises(TypeError):
        write_atomically(target, None)  # type: ignore[arg-type]

    def refuse(self: Path, target: Path) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(OSError, match="disk full"):
        write_atomically(target, "new")
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


@needs_locks
def test_what_killed_writers_left_of_a_file_goes_and_nothing_else(tmp_path: Path) -> None:
    """The next write of a file removes its abandoned parts, and no part of another file."""
    for name in (".a.xyz.ab12_xyz", ".a.xyz.longer_name", ".other.xyz.ab12_xyz"):
        (tmp_path / name).write_text("")
    (tmp_path / ".a.xyz.ab12_abc").symlink_to(tmp_path / ".other.xyz.ab12_xyz")
    write_atomically(tmp_path / "a.xyz", "whole")
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {"a.xyz", ".a.xyz.longer_name", ".other.xyz.ab12_xyz", ".a.xyz.ab12_abc"}


@needs_locks
def test_the_part_of_a_writer_at_work_stays(tmp_path: Path) -> None:
    """A part that another process holds is not taken for one that was left."""
    held = tmp_path / ".a.xyz.ab12_xyz"
    with held.open("wb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        write_atomically(tmp_path / "a.xyz", "whole")
        assert held.exists()
    write_atomically(tmp_path / "a.xyz", "again")
    assert not held.exists()


def test_many_writers_of_one_file_leave_one_whole_file(tmp_path: Path) -> None:
    """However writers meet, the file is what one of them wrote, and no part stays."""
    target = tmp_path / "a.txt"
    texts = [str(n) * 1000 for n in range(8)]

    def write(text: str) -> None:
        for _ in range(5):
            write_atomically(target, text)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, texts))
    assert target.read_text() in texts
    if fcntl is not None:
        write_atomically(target, texts[0])
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]


@needs_locks
def test_a_folder_is_held_by_one_and_free_afterwards(tmp_path: Path) -> None:
    with held(tmp_path) as first, held(tmp_path) as second:
        assert first
        assert not second
    with held(tmp_path) as again:
        assert again

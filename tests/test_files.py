from __future__ import annotations

from pathlib import Path

import pytest

from topotaxy.files import write_atomically


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

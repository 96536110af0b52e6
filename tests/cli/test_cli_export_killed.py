"""What a killed export leaves is gone after the next one, and nothing else is."""

from __future__ import annotations

from pathlib import Path

from topotaxy.cli.export import _sweep


def test_parts_of_this_file_go_and_nothing_else(tmp_path: Path) -> None:
    for name in (".NiO.xyz.ab12_xyz", ".NiO.xyz.longer_name", ".other.xyz.ab12_xyz", "NiO.xyz"):
        (tmp_path / name).write_text("")
    _sweep(tmp_path, "NiO.xyz")
    left = sorted(path.name for path in tmp_path.iterdir())
    assert left == [".NiO.xyz.longer_name", ".other.xyz.ab12_xyz", "NiO.xyz"]

"""What the package needs at run time is in what is installed."""

from __future__ import annotations

import tomllib
from fnmatch import fnmatch
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.mark.skipif(not (ROOT / "src").is_dir(), reason="the sources are not beside these tests")
def test_every_data_file_is_packaged() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    patterns = settings["tool"]["setuptools"]["package-data"]["topotaxy"]
    endings = [pattern.rpartition("/")[2] for pattern in patterns]
    data = [
        path
        for path in (ROOT / "src" / "topotaxy").rglob("*")
        if path.is_file() and path.suffix not in (".py", ".pyc", ".nbc", ".nbi")
    ]
    assert data
    left_out = [str(path) for path in data if not any(fnmatch(path.name, ending) for ending in endings)]
    assert not left_out

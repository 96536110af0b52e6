from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from cycler_files import data_folder

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def real_file():
    """Return a function from a file's name to its path, which skips where the files are absent."""

    def path(name: str) -> Path:
        found = data_folder() / name
        if not found.exists():
            pytest.skip(
                f"{name} is not in {found.parent}; set TOPOTAXY_DATA to the folder of instruments' files"
            )
        return found

    return path

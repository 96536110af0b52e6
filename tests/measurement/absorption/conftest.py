from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

ROOT = Path(__file__).parents[3]


def absorption_folder() -> Path:
    return Path(os.environ.get("TOPOTAXY_DATA", ROOT.parent / "shared" / "data")) / "absorption"


@pytest.fixture
def real_spectrum():
    """Return a function from a file's name to its path, which skips where the files are absent."""

    def path(name: str) -> Path:
        found = absorption_folder() / name
        if not found.exists():
            pytest.skip(f"{name} is not in {found.parent}; set TOPOTAXY_DATA to the folder of real files")
        return found

    return path

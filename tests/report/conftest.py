from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from synthetic_run import write_run


@pytest.fixture
def make_run(tmp_path: Path) -> Callable[..., Path]:
    def make(**options: Any) -> Path:
        return write_run(tmp_path / "run", **options)

    return make


@pytest.fixture
def quick_print(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out the drawing for print where a test looks at the words only."""
    images = {"svg": b"<svg xmlns='http://www.w3.org/2000/svg'/>", "pdf": b"%PDF", "png": b"\x89PNG"}
    monkeypatch.setattr("topotaxy.report.printed.printed", lambda figure: images)

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from outcome import Call, Outcome

from topotaxy.cli import main

# Makers of instruments' files.
for _name in ("cycling", "thermogravimetry"):
    sys.path.insert(0, str(Path(__file__).parents[1] / "measurement" / _name))


@pytest.fixture
def topotaxy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    """Call the command line in an empty folder of its own."""
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str) -> Outcome:
        status = main(arguments)
        captured = capsys.readouterr()
        files = frozenset(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*"))
        return Outcome(status, captured.out, captured.err, files)

    return call

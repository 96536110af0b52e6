"""The whole path once, small: from a name to a report, refused the second time, continued the third."""

from __future__ import annotations

import json
from pathlib import Path

from outcome import Call

SMALL = ("simulate", "nio-na", "--cells", "3", "--cycles", "1", "--replicas", "1", "--out", "run")


def test_from_a_bundled_name_to_a_report(topotaxy: Call, tmp_path: Path) -> None:
    first = topotaxy(*SMALL)
    assert first.status == 0, first.err
    folder = tmp_path / "run"
    names = {"spec.toml", "run.nc", "observables.json", "observables.csv", "provenance.json", "report.html"}
    assert names <= {item.name for item in folder.iterdir()}
    assert "Discharge capacity, cycle 1" in first.out
    assert str(Path("run", "report.html")) in first.out

    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    second = topotaxy(*SMALL)
    assert (second.status, second.out) == (2, "")
    assert second.err.startswith("error: run: already holds a run; use --resume")
    other = topotaxy(*SMALL, "--resume", "--seed", "99")
    assert (other.status, other.err.count("\n")) == (2, 1)
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before

    third = topotaxy(*SMALL, "--resume", "--json")
    assert third.status == 0
    assert json.loads(third.out) == json.loads((folder / "observables.json").read_text(encoding="utf-8"))

"""Tables of draws: what is written is read, and nothing else is taken for one."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose
from tests.cell.drawn import draw_table

from topotaxy.cell.draws import read_draws, write_draws
from topotaxy.errors import InputError


def test_what_is_written_is_read(tmp_path: Path) -> None:
    table = draw_table()
    write_draws(table, tmp_path / "t.npz")
    back = read_draws((tmp_path / "t.npz").read_bytes(), where="t")
    assert back.ions == table.ions
    assert back.formula == table.formula
    assert len(back) == len(table)
    for name in ("inputs", "capacity", "reduced", "later_loss"):
        assert_allclose(getattr(back, name), getattr(table, name))
    assert_allclose(back.branches, table.branches, atol=1e-6)


def test_a_draw_holds_what_belongs_together() -> None:
    table = draw_table()
    na, li = table.draw(1, "Na"), table.draw(1, "Li")
    assert na.capacity == li.capacity == 450.0
    assert na.zinc == pytest.approx(0.5 * 74.5)
    assert na.first_discharge[0] == pytest.approx(1.2)
    assert li.first_discharge[0] == pytest.approx(2.0)


@pytest.mark.parametrize(("index", "ion"), [(3, "Na"), (-1, "Na"), (0, "K")])
def test_what_is_not_there_is_refused(index: int, ion: str) -> None:
    with pytest.raises(InputError):
        draw_table().draw(index, ion)


def _changed(path: Path, **arrays: np.ndarray) -> bytes:
    with np.load(path) as archive:
        found = {name: archive[name] for name in archive.files}
    stream = io.BytesIO()
    np.savez(stream, **{**found, **arrays})
    return stream.getvalue()


def test_damaged_tables_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "t.npz"
    write_draws(draw_table(), path)
    rising = np.array(draw_table().branches)[..., ::-1]
    facts = np.frombuffer(json.dumps({"schema": "another"}).encode(), dtype=np.uint8)
    cases = [
        b"",
        path.read_bytes()[:200],
        _changed(path, branches=rising),
        _changed(path, capacity=np.full((3, 2), np.nan)),
        _changed(path, early_loss=np.zeros((2, 2))),
        _changed(path, facts=facts),
        _changed(path, facts=np.array([{"a": 1}], dtype=object)),
    ]
    for data in cases:
        with pytest.raises(InputError):
            read_draws(data, where="t")

"""Posteriors as files: what is written is read, and nothing else is taken for one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose

from topotaxy.cell.posterior import Posterior, load_posterior, read_posterior, write_posterior
from topotaxy.errors import InputError


def posterior(**changes: object) -> Posterior:
    rng = np.random.default_rng(1)
    whole = Posterior(
        paper="p",
        draws="d",
        names=("a", "draw"),
        points=rng.normal(size=(20, 2)),
        claims=("x",),
        predicted=rng.normal(size=(20, 1)),
        log_likelihood=np.zeros(20),
        prior_predicted=np.zeros((5, 1)),
        log_evidence=-3.0,
        facts={"seed": 1},
    )
    return replace(whole, **changes)  # type: ignore[arg-type]


def test_what_is_written_is_read(tmp_path: Path) -> None:
    write_posterior(posterior(), tmp_path / "p.npz")
    back = read_posterior((tmp_path / "p.npz").read_bytes(), where="p")
    assert_allclose(back.points, posterior().points, rtol=1e-6)
    assert back.claims == ("x",)
    assert back.facts == {"seed": 1}


def test_the_central_point_is_one_of_the_particles_and_near_the_middle() -> None:
    points = np.array([[0.0, 0.0], [1.0, 1.0], [10.0, 10.0]])
    found = posterior(points=points, predicted=np.zeros((3, 1)), log_likelihood=np.zeros(3))
    assert found.central == 1


def test_files_that_are_no_posterior_are_refused(tmp_path: Path) -> None:
    write_posterior(posterior(predicted=np.full((20, 1), np.nan)), tmp_path / "nan.npz")
    write_posterior(posterior(claims=("x", "y")), tmp_path / "shape.npz")
    for name in ("nan", "shape"):
        with pytest.raises(InputError):
            read_posterior((tmp_path / f"{name}.npz").read_bytes(), where=name)
    for data in (b"", b"PK\x03\x04", (tmp_path / "nan.npz").read_bytes()[:100]):
        with pytest.raises(InputError):
            read_posterior(data, where="p")
    with pytest.raises(InputError, match="no posterior named"):
        load_posterior("../fang2022")

"""``topotaxy list``, ``new`` and ``doctor``: the way in."""

from __future__ import annotations

import json
import os

import pytest
from outcome import Call

from topotaxy.cli.listing import LISTS, SHORT
from topotaxy.cli.new import NEXT
from topotaxy.templates import kinds
from topotaxy.toml_documents import bundled_names


def test_the_list_has_everything_that_ships(topotaxy: Call) -> None:
    found = topotaxy("list")
    assert found.status == 0
    for folder in ("specs", "cells", "claims"):
        for name in bundled_names(folder):
            assert name in found.out
    assert "thermogravimetry" in found.out


@pytest.mark.parametrize("what", list(LISTS))
def test_every_list_is_a_table_and_json(topotaxy: Call, what: str) -> None:
    rows = json.loads(topotaxy("list", what, "--json").out)[what]
    assert rows
    assert all(set(row) == set(rows[0]) for row in rows)
    shown = topotaxy("list", what).out
    assert str(next(iter(rows[-1].values()))) in shown


def test_the_short_list_in_json_has_the_same_tables(topotaxy: Call) -> None:
    assert set(json.loads(topotaxy("list", "--json").out)) == set(SHORT)


def test_a_list_of_something_else_is_refused(topotaxy: Call) -> None:
    found = topotaxy("list", "batteries")
    assert found.status == 2
    assert "expected one of electrodes" in found.err


@pytest.mark.parametrize("kind", kinds())
def test_each_kind_is_written_and_told_how_to_go_on(topotaxy: Call, kind: str) -> None:
    found = topotaxy("new", kind, "mine.toml")
    assert found.status == 0
    assert found.files == {"mine.toml"}
    assert NEXT[kind].format(file="mine.toml") in found.err
    again = topotaxy("new", kind, "mine.toml")
    assert again.status == 2
    assert "is there already" in again.err


def test_the_electrode_that_was_begun_says_the_formula(topotaxy: Call) -> None:
    assert topotaxy("new", "electrode", "mine", "--formula", "CoO", "--ion", "Li").status == 0
    wrong = topotaxy("new", "electrode", "other", "--formula", "Co?")
    assert wrong.status == 2
    assert wrong.files == {"mine.toml"}


def test_the_doctor_says_what_works(topotaxy: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    from topotaxy.studies import self_test

    monkeypatch.setattr(self_test, "CHECKS", {"disk": self_test.CHECKS["disk"]})
    found = topotaxy("doctor")
    assert found.status == 0
    assert "Everything works." in found.out
    monkeypatch.setattr(self_test, "CHECKS", {"disk": lambda: (False, "full")})
    found = topotaxy("doctor", "--json")
    assert found.status == 1
    assert json.loads(found.out)["checks"][0]["passed"] is False


@pytest.mark.parametrize("kind", ["electrode", "cell"])
@pytest.mark.parametrize(
    ("formula", "ion", "said"),
    [
        ("NiO", "Cs", "no alkali 'Cs'; expected one of Li, Na, K"),
        ("LiCoO2", "Li", "holds valences up to 2+"),
        ("SnO", None, "Sn in SnO: the reactive lattice holds Mg"),
        ("MgLi2O2", "none", "no alkali 'none'"),
    ],
)
def test_what_could_not_be_simulated_is_not_begun(
    topotaxy: Call, kind: str, formula: str, ion: str | None, said: str
) -> None:
    found = topotaxy("new", kind, "mine.toml", "--formula", formula, *(() if ion is None else ("--ion", ion)))
    assert (found.status, found.files) == (2, set())
    assert said in found.err


def test_claims_may_be_of_what_the_lattice_does_not_hold(topotaxy: Call) -> None:
    assert topotaxy("new", "claims", "paper.toml", "--formula", "LiCoO2").status == 0


def test_a_judgement_takes_one_thread_unless_asked_for_more(monkeypatch: pytest.MonkeyPatch) -> None:
    from topotaxy.cli.judge import one_thread

    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "")
    monkeypatch.delenv("OPENBLAS_NUM_THREADS")
    one_thread()
    assert os.environ["OPENBLAS_NUM_THREADS"] == "1"
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "4")
    one_thread()
    assert os.environ["OPENBLAS_NUM_THREADS"] == "4"

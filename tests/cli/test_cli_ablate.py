"""``simulate --ablate`` and ``compare``, small and for real."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from outcome import Call

SMALL = ("--cells", "3", "--cycles", "1")


@pytest.mark.slow
def test_an_ablation_writes_its_table_in_every_form(topotaxy: Call, tmp_path: Path) -> None:
    options = ("--ablate", *SMALL, "--replicas", "4", "--out", "there", "--no-report")
    outcome = topotaxy("simulate", "nio-na", *options)
    assert outcome.status == 0
    for words in ("first discharge", "no mobility", "no cation is inert", "first-cycle efficiency"):
        # A terminal breaks the words of so many columns; the Markdown table keeps them.
        assert words in (tmp_path / "there" / "ablation.md").read_text(encoding="utf-8"), words
    assert outcome.out
    folder = tmp_path / "there"
    document = json.loads((folder / "ablation.json").read_text(encoding="utf-8"))
    rows = list(csv.DictReader((folder / "ablation.csv").read_text(encoding="utf-8").splitlines()))
    assert [row["outcome"] for row in rows] == [effect["outcome"] for effect in document["effects"]]
    assert (folder / "ablation.md").read_text(encoding="utf-8").startswith("# What the results of nio-na")
    assert not any(name.endswith("report.html") for name in outcome.files)
    again = topotaxy("simulate", "nio-na", *options)
    assert (again.status, again.out) == (2, "")
    assert "--resume" in again.err
    resumed = topotaxy("simulate", "nio-na", *options, "--resume", "--json")
    assert json.loads(resumed.out) == document


def test_an_ablation_has_eight_replicas_unless_asked_otherwise(
    topotaxy: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []

    def stand_in(spec: object, *_: object, **__: object) -> None:
        seen.append(spec.lattice.replicas)  # type: ignore[attr-defined]
        raise KeyboardInterrupt

    monkeypatch.setattr("topotaxy.studies.ablation.run_ablation", stand_in)
    outcome = topotaxy("simulate", "nio-na", "--ablate")
    assert (outcome.status, outcome.out) == (130, "")
    assert outcome.err == "interrupted: the same command with --resume continues the run\n"
    topotaxy("simulate", "nio-na", "--ablate", "--replicas", "12")
    assert seen == [8, 12]


def test_one_replica_shows_no_effect(topotaxy: Call) -> None:
    outcome = topotaxy("simulate", "nio-na", "--ablate", "--replicas", "1")
    assert (outcome.status, outcome.out) == (2, "")
    assert "at least 4 replicas" in outcome.err
    assert outcome.files == frozenset()


def test_a_comparison_shows_and_writes_its_tables(topotaxy: Call, tmp_path: Path) -> None:
    options = ("--cells", "3", "--cycles", "2", "--replicas", "4", "--runs", "runs", "--out", "table.md")
    outcome = topotaxy("compare", "heos-na", "heo-na", *options)
    assert outcome.status == 0
    assert "heos-na > heo-na" in outcome.out
    text = (tmp_path / "table.md").read_text(encoding="utf-8")
    assert "| heos-na |" in text
    assert "10.1002" in text or "Fang" in text
    again = topotaxy("compare", "heos-na", "heo-na", *options, "--resume", "--json")
    document = json.loads(again.out)
    assert [material["name"] for material in document["materials"]] == ["heos-na", "heo-na"]
    assert {o["verdict"] for o in document["orders"]} <= {
        "comes out",
        "comes out the other way round",
        "not resolved",
    }


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("nosuch-na",), "nosuch-na: no such file"),
        (("heos-na", "heos-na", *SMALL), "two specifications are called 'heos-na'"),
        (("heos-na", "--claims", "nosuch"), "nosuch: no such file"),
        (("heos-na", "--out", "nowhere/table.md"), "nowhere: there is no such folder"),
        (("heos-na", "--replicas", "0"), "lattice.replicas"),
    ],
)
def test_a_comparison_that_cannot_be_made_is_one_line(
    arguments: tuple[str, ...], message: str, topotaxy: Call
) -> None:
    outcome = topotaxy("compare", *arguments)
    assert (outcome.status, outcome.out) == (2, "")
    assert message in outcome.err
    assert outcome.err.count("\n") == 1
    assert outcome.files == frozenset()


def test_tables_of_a_comparison_are_not_written_over_a_folder(topotaxy: Call) -> None:
    """Said before anything is run: it was a traceback after the last run."""
    for out, runs in ((".", "runs"), ("compare", "compare")):
        outcome = topotaxy("compare", "nio-na", "coo-na", "--out", out, "--runs", runs)
        assert outcome.status == 2
        assert "--out names a folder" in outcome.err
        assert outcome.files == frozenset()

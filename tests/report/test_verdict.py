"""The answer of a run: it follows the numbers of the folder, names the claim's misses, and says no more."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from looking import words_of

from topotaxy.content.section import MARKS, Table, every_part
from topotaxy.observables import Subject, observable
from topotaxy.report.pages.run import run_page
from topotaxy.report.run.folder import RunFolder, read_run_folder
from topotaxy.report.run.headline import headlines
from topotaxy.report.run.numbers import headline_parts
from topotaxy.report.run.verdict import key_numbers, verdict

MakeRun = Callable[..., Path]


@pytest.fixture
def run(make_run: MakeRun) -> RunFolder:
    return read_run_folder(make_run(cells=2, replicas=4))


def with_share(run: RunFolder, share: float) -> RunFolder:
    coherent = run.groups["cycles"]["coherent_fraction"]
    coherent.values = np.full(coherent.shape, share)
    return run


@pytest.mark.parametrize(("share", "words"), [(1.0, "100 %"), (0.5, "50 %"), (0.0, "0 %")])
def test_registry_is_told_and_never_an_answer(run: RunFolder, share: float, words: str) -> None:
    """It turns with inputs that nobody has measured."""
    told = verdict(with_share(run, share))
    assert f"whether the lattice holds is left open: {words} of it is coherent" in told


def test_where_nothing_reacts_nothing_is_said_of_registry(run: RunFolder) -> None:
    assert "lattice" not in verdict(reduced(run))


def reduced(run: RunFolder, **shares: float) -> RunFolder:
    data = run.groups["cycles"]["reduced_fraction"]
    names = list(map(str, data["element"].values))
    row = np.array([shares.get(name, 0.0) for name in names])
    data.values = np.broadcast_to(row, data.transpose("replica", "cycle", "state", "element").shape).copy()
    return run


@pytest.mark.parametrize(
    ("shares", "words"),
    [
        ({"Co": 1.0, "Ni": 1.0, "Cu": 1.0}, "as claimed"),
        ({"Co": 1.0, "Ni": 1.0, "Cu": 1.0, "Zn": 0.2}, "Zn beyond it"),
        ({"Co": 1.0, "Ni": 1.0, "Cu": 0.2}, "Cu short of it"),
        ({"Co": 1.0, "Ni": 1.0, "Cu": 0.2, "Mg": 0.6}, "Mg beyond it and Cu short of it"),
        ({}, "No cation reacts"),
    ],
)
def test_what_reacts_is_held_against_the_claim(run: RunFolder, shares: dict[str, float], words: str) -> None:
    assert words in verdict(reduced(run, **shares))


def test_what_comes_back_is_what_the_observables_say(run: RunFolder) -> None:
    """The report computes no efficiency of its own: another observable is another sentence."""
    said = [
        observable("specific_capacity_discharge", 500.0, cycle=1, origin="simulated"),
        observable("initial_coulombic_efficiency", 0.8, cycle=1, origin="simulated"),
    ]
    told = verdict(replace(run, observables=said))
    assert "80.0 % of the 500 mAh g⁻¹ taken up come back in the first cycle" in told
    assert "come back" not in verdict(replace(run, observables=[]))


def test_an_empty_folder_has_no_verdict(tmp_path: Path) -> None:
    assert "too little" in verdict(RunFolder(path=tmp_path))
    assert key_numbers(RunFolder(path=tmp_path)) == []


def test_every_number_of_a_run_carries_a_label(make_run: MakeRun) -> None:
    page = run_page(make_run(cells=2))
    assert page.key_numbers
    assert all(number.label in MARKS for number in page.key_numbers)
    tables = [p for s in page.sections for p in every_part(s.parts) if isinstance(p, Table)]
    labelled = [t for t in tables if t.label_column is not None]
    assert labelled
    for table in labelled:
        assert all(row[table.label_column or 0] in MARKS for row in table.rows), table.caption
    assert page.limits


def test_the_main_figures_are_the_curves_and_the_specimen(make_run: MakeRun) -> None:
    page = run_page(make_run(cells=2))
    assert [getattr(f, "name", None) for f in page.main_figures()] == ["voltage", "lattice-slice"]
    assert len({f.name for f in page.figures()}) == len(page.figures()) == 7


def entries(count: int) -> list:  # type: ignore[type-arg]
    common = {"origin": "simulated", "label": "emergent", "cycle": 1, "state": "discharged"}
    return [
        observable("reduced_fraction", 0.1 * k, subject=name, uncertainty=0.02, **common)
        for k, name in enumerate(["Co", "Ni", "Cu", "Zn", "Mg", "Mn", "Fe"][:count])
    ]


@pytest.mark.parametrize("count", [1, 2, 7])
def test_by_element_one_cell_an_observable_and_one_unit_a_row(count: int) -> None:
    (table, *_) = headline_parts(headlines(entries(count)))
    assert isinstance(table, Table)
    assert len(table.head) == count + 2
    assert table.rows[0][0] == "Reduced fraction (%), discharged, cycle 1"
    assert table.rows[0][1:-1] == [f"{10 * k} ± 2" for k in range(count)]
    (short,) = headline_parts(headlines(entries(count)), definitions=False)
    assert isinstance(short, Table)
    assert short.rows[0][1:-1] == [f"{10 * k}" for k in range(count)]


def test_what_has_a_subject_and_no_element_stands_under_a_head_of_its_own() -> None:
    peak = observable(
        "differential_capacity_peak",
        1.1,
        subject=Subject(direction="charge", rank=1),
        origin="simulated",
        label="held-out",
    )
    (table,) = headline_parts([peak], definitions=False)
    assert isinstance(table, Table)
    assert table.caption == "By feature"
    assert list(table.head) == ["Quantity", "Value", "Label"]


def test_numbers_without_labels_are_no_headline() -> None:
    bare = observable("strain", 0.1, origin="simulated")
    assert headlines([bare]) == []
    assert words_of(headline_parts([])) == words_of([])

"""A paper's numbers: read by the path of measured cells, compared only under like conditions."""

from __future__ import annotations

from pathlib import Path

import pytest

from topotaxy.errors import InputError
from topotaxy.evidence import load_ledger
from topotaxy.measurement.cycling.metrics import Cell, cell_of
from topotaxy.runs.halves import Half, record_of_halves
from topotaxy.runs.paper import PaperNumber, load_paper, paper_names
from topotaxy.studies.paper_cells import value_of


def test_every_number_of_a_paper_is_a_claim_and_every_target_is_computed() -> None:
    for name in paper_names():
        paper = load_paper(name)
        claims = {c.id for c in load_ledger(paper.claims).claims}
        listed = [*paper.computed(), *(entry.claim for entry in paper.imposed)]
        assert set(listed) <= claims
        assert len(set(listed)) == len(listed)


def cell(capacities: list[float], missing: int = 0) -> Cell:
    """Cycles of an anode half cell that give so much back of 100 mAh/g each; after two some are skipped."""
    halves = []
    for index, capacity in enumerate(capacities):
        cycle = index + 1 if index < 2 else index + 1 + missing
        halves.append(Half(cycle=cycle, direction="discharge", current=0.5, capacity=100.0, energy=50.0))
        halves.append(
            Half(cycle=cycle, direction="charge", current=0.5, capacity=capacity, energy=2.0 * capacity)
        )
    record = record_of_halves(
        halves, source="a", format="b", instrument="c", reference="Na+/Na", missing_cycles="note"
    )
    return cell_of(record, role="half-cell-anode", origin="simulated")


def number(read: str, cycle: int) -> PaperNumber:
    return PaperNumber.model_validate({"claim": "a", "run": "b", "read": read, "cycle": cycle, "how": "c"})


def test_what_is_read_is_what_the_record_says() -> None:
    found = cell([90.0, 80.0, 60.0])
    assert value_of(number("charge", 1), found) == pytest.approx(90.0)
    assert value_of(number("efficiency", 2), found) == pytest.approx(0.8)
    assert value_of(number("discharge voltage", 3), found) == pytest.approx(0.5)
    assert value_of(number("retention", 3), found) == pytest.approx(60.0 / 80.0)
    assert value_of(number("mean efficiency", 3), found) == pytest.approx(0.7)


def test_skipped_cycles_count_in_the_mean_efficiency_as_interpolated() -> None:
    """Of cycles 2 and 7 the mean of a straight line between them: the same however many are skipped."""
    found = cell([90.0, 80.0, 60.0], missing=4)
    assert value_of(number("mean efficiency", 7), found) == pytest.approx(0.7)
    assert value_of(number("retention", 7), found) == pytest.approx(60.0 / 80.0)
    with pytest.raises(ValueError, match="skipped cycle 5"):
        value_of(number("charge", 5), found)


def test_a_paper_that_contradicts_itself_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "paper.toml"
    path.write_text(
        'schema = "topotaxy/paper/1"\nclaims = "a"\n'
        '[runs.one]\ntitle = "one"\ntable = "t"\nmaterial = "m"\nlegs = [{ cycles = 1, current = 0.1 }]\n'
        '[[number]]\nclaim = "x"\nrun = "one"\nread = "charge"\ncycle = 2\nhow = "so"\n'
        '[rate_map]\ntable = "t"\nfirst = 0.1\ncurrents = [1.0]\ndiameters = [50.0]\n',
        encoding="utf-8",
    )
    with pytest.raises(InputError, match="has no cycle 2"):
        load_paper(str(path))

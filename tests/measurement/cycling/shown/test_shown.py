"""What a page says of cells: the answer first, every number with its label, sweeps on axes of powers."""

from __future__ import annotations

import numpy as np

from topotaxy.content.figure import Figure, Panel
from topotaxy.content.section import Group, Paragraph, Table, every_part
from topotaxy.measurement.cycling import CyclingRecord, checked
from topotaxy.measurement.cycling.analysis import analysis_of
from topotaxy.measurement.cycling.analysis_dataset import analysis_tree
from topotaxy.measurement.cycling.shown import CyclingData, cycling_data, cycling_page, shown
from topotaxy.measurement.cycling.shown.short import SHOWN, short_parts
from topotaxy.measurement.technique import Observed

HOUR = 3600.0
POINTS = 60


def record(cycles: int, *, name: str = "cell") -> CyclingRecord:
    """Cycles that discharge 1 mAh and charge 0.8 mAh of 2 mg: 500 and 400 mAh/g."""
    time, voltage, current, number = [], [], [], []
    clock = 0.0
    share = np.linspace(0.0, 1.0, POINTS)
    for cycle in range(1, cycles + 1):
        for hours, sign, low, high in ((1.0, -1.0, 1.0, 0.0), (0.8, 1.0, 0.5, 1.5)):
            time.append(clock + HOUR * hours * share)
            voltage.append(low + (high - low) * share)
            current.append(np.full(POINTS, sign * 1e-3))
            number.append(np.full(POINTS, float(cycle)))
            clock += HOUR * hours
    columns = {
        "test_time_second": np.concatenate(time),
        "voltage_volt": np.concatenate(voltage),
        "current_ampere": np.concatenate(current),
        "cycle_count": np.concatenate(number),
    }
    return checked(columns, source=name, format="made", mass=2e-3, reference="Na+/Na")


def observed(cycles: int) -> tuple[CyclingRecord, Observed]:
    one = record(cycles)
    analysis = analysis_of([one], role="half-cell-anode")
    return one, Observed(observables=analysis.observables, dataset=analysis_tree(analysis))


def data(cycles: int) -> CyclingData:
    _, found = observed(cycles)
    assert found.dataset is not None
    return cycling_data(found.dataset, found.observables)


def test_the_first_paragraph_is_the_answer_and_the_first_figure_the_curves() -> None:
    one, found = observed(3)
    sections = shown([one], found)
    first, second = sections[0].parts[:2]
    assert isinstance(first, Paragraph)
    assert "Cycle 1 discharges 500 and charges 400 mAh g⁻¹" in first.text
    assert isinstance(second, Figure)
    assert second.name == "voltage"
    names = [p.name for s in sections for p in every_part(s.parts) if isinstance(p, Figure)]
    assert len(set(names)) == len(names)
    anchors = [s.anchor for s in sections]
    assert len(set(anchors)) == len(anchors)


def test_every_quoted_number_has_its_label() -> None:
    page = cycling_page(data(3), {})
    assert 4 <= len(page.key_numbers) <= 6
    assert {number.label for number in page.key_numbers} == {"measured"}
    tables = [p for s in page.sections for p in every_part(s.parts) if isinstance(p, Table)]
    quoted = next(t for t in tables if t.label_column is not None)
    assert {row[quoted.label_column or 0] for row in quoted.rows} == {"measured"}
    assert len(quoted.details) == len(quoted.rows)
    assert page.limits


def test_a_terminal_shows_the_first_and_the_last_cycles() -> None:
    parts = short_parts(data(SHOWN + 8))
    groups = [p for p in parts if isinstance(p, Group)]
    cycles = next(p for p in groups[0].parts if isinstance(p, Table))
    assert len(cycles.rows) == SHOWN
    assert [cycles.rows[0][0], cycles.rows[-1][0]] == ["1", str(SHOWN + 8)]


def test_the_charge_drawn_is_the_charge_passed() -> None:
    main = cycling_page(data(2), {}).main_figures()[0]
    assert isinstance(main, Figure)
    ends = []
    for panel in main.panels:
        assert isinstance(panel, Panel)
        ends += [round(float(s.x.max())) for s in panel.series]
    assert sorted(ends) == [400, 400, 500, 500]

"""What every technique makes of its records: observables, reasons, a dataset with units, plain content."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from case import Case
from test_contract_files import case, technique_of

from topotaxy.content.figure import Figure
from topotaxy.content.section import Paragraph, Section
from topotaxy.measurement.analysis import analysed
from topotaxy.measurement.pages import page_of
from topotaxy.measurement.recognise import recognised
from topotaxy.measurement.technique import Observed
from topotaxy.report.page import write_page

__all__ = ["case"]


@pytest.fixture
def found(case: Case, tmp_path: Path) -> tuple[tuple[Any, ...], Observed]:
    """Records of a good file, and what is observed in them."""
    path = case.good_files(tmp_path)[0].path
    records = tuple(recognised(path).format.read(path, case.options))
    return records, technique_of(case).observed(records, case.options)


def test_records_say_where_they_come_from(found: tuple[tuple[Any, ...], Observed]) -> None:
    records, observed = found
    for record in records:
        assert record.source
        assert record.format
        assert record.origin in ("measured", "simulated")
        assert isinstance(record.notes, tuple)
    sources = {record.source for record in records}
    assert observed.observables
    for entry in observed.observables:
        assert any(source in entry.source for source in sources)
        assert entry.method, f"{entry.quantity} states no definition"
        assert entry.technique
        assert entry.origin == records[0].origin


def test_what_is_absent_has_a_reason(found: tuple[tuple[Any, ...], Observed]) -> None:
    for reasons in found[1].absent.values():
        for quantity, why in reasons.items():
            assert re.fullmatch("[a-z_]+", quantity)
            assert len(why.split()) >= 2


def test_numbers_of_the_dataset_carry_units(found: tuple[tuple[Any, ...], Observed]) -> None:
    tree = found[1].dataset
    assert tree is not None
    variables = [(name, v) for node in tree.subtree for name, v in node.data_vars.items()]
    assert variables
    for name, variable in variables:
        if variable.dtype.kind == "f" and not str(name).endswith("cycle"):
            assert variable.attrs.get("units"), name
            assert variable.attrs.get("long_name"), name


def test_what_is_shown_is_content_with_figures_and_no_markup(
    case: Case, found: tuple[tuple[Any, ...], Observed]
) -> None:
    records, observed = found
    sections = list(technique_of(case).shown(records, observed))
    assert all(isinstance(section, Section) for section in sections)
    assert isinstance(sections[0].parts[0], Paragraph), "the first thing on a page is the answer"
    assert any(isinstance(part, Figure) for section in sections for part in section.parts)
    assert len({section.anchor for section in sections}) == len(sections)
    for text in texts(sections):
        assert not re.search(r"</?[a-z][a-z0-9]*[ >/]", text), text


def test_a_page_is_made_of_it_with_the_answer_on_top(
    case: Case, found: tuple[tuple[Any, ...], Observed]
) -> None:
    records, _ = found
    page = page_of(analysed({case.technique: records}, {case.technique: case.options}))
    assert page.verdict
    (main,) = page.main_figures()
    assert isinstance(main, Figure)
    assert 0 < len(page.key_numbers) <= 6


def test_a_report_is_drawn_of_it(case: Case, found: tuple[tuple[Any, ...], Observed], tmp_path: Path) -> None:
    records, _ = found
    page = page_of(analysed({case.technique: records}, {case.technique: case.options}))
    text = write_page(tmp_path, page).read_text(encoding="utf-8")
    assert all(f"figures/{figure.name}.svg" in text for figure in page.figures())
    # A name begins with a capital letter on a page.
    assert page.key_numbers[0].name.lower() in text.lower()


def texts(thing: Any) -> Iterator[str]:
    """Every text in a content."""
    if isinstance(thing, str):
        yield thing
    elif dataclasses.is_dataclass(thing) and not isinstance(thing, type):
        for field in dataclasses.fields(thing):
            yield from texts(getattr(thing, field.name))
    elif isinstance(thing, (list, tuple)):
        for item in thing:
            yield from texts(item)

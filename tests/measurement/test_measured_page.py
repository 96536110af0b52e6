"""The strip, the title and the remarks of a page of measurements."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import balance_files
import pytest

from topotaxy.content.section import Items, Paragraph, Section
from topotaxy.measurement.analysis import analysed_files
from topotaxy.measurement.pages import MOST_KEY_NUMBERS, _gathered, _reasons, _said_once, key_numbers, page_of
from topotaxy.measurement.sample import Given
from topotaxy.observables import Observable, observable
from topotaxy.results import PROVENANCE_FILE

COMMON: dict[str, Any] = {"method": "made", "origin": "measured", "technique": "made", "source": "a.txt"}


def shares(*values: float) -> list[Observable]:
    elements = ("N", "O", "Ti", "Cu", "Sr", "Nb", "Pb")
    pairs = zip(elements, values, strict=False)
    return [observable("atomic_fraction", v, subject=e, **COMMON) for e, v in pairs]


def test_the_strip_is_filled_with_the_largest_shares() -> None:
    strip = list(key_numbers(shares(0.05, 0.38, 0.27, 0.07, 0.22, 0.002, 0.001)))
    assert [number.name.split(", ")[1] for number in strip] == ["O", "Ti", "Sr", "Cu", "N", "Nb"]
    assert not any(number.note for number in strip)
    assert len(strip) == MOST_KEY_NUMBERS


def test_every_quantity_has_its_place_before_one_has_two() -> None:
    others = [observable(q, 1.0, **COMMON) for q in ("lattice_parameter", "strain", "domain_size")]
    strip = list(key_numbers([*shares(0.5, 0.3, 0.15, 0.05), *others]))
    names = [number.name.split(", ")[0] for number in strip]
    assert len(strip) == MOST_KEY_NUMBERS
    assert len(set(names)) == 4
    assert names.count("atomic fraction") == 3


def test_of_several_records_each_number_names_its_own() -> None:
    (first,) = shares(0.3)
    second = first.model_copy(update={"source": "b.txt"})
    assert [number.note for number in key_numbers([first, second])] == ["a.txt", "b.txt"]


def test_of_hundreds_of_peaks_one_is_told() -> None:
    peaks = [observable("interplanar_spacing", 1.0 + n, subject=f"peak {n}", **COMMON) for n in range(40)]
    assert len(list(key_numbers(peaks))) == 1


@pytest.mark.parametrize(("bound", "sign"), [("upper", "≤ "), ("lower", "≥ "), (None, "")])
def test_a_bound_is_shown_as_one(bound: str | None, sign: str) -> None:
    (number,) = key_numbers([observable("atomic_fraction", 0.25, bound=bound, **COMMON)])
    assert number.value.startswith(f"{sign}25")
    assert "bound" not in number.name


def test_remarks_stand_once() -> None:
    section = Section(anchor="a", title="A", parts=(Items(("one",)), Items(("one", "more")), Paragraph("x")))
    (left,) = _said_once([section], ["one", "two"])
    assert left.parts == (Items(("one", "more")), Paragraph("x"))


@pytest.mark.parametrize(
    ("options", "title"),
    [
        ({"specimen": "runs/small", "state": "discharged", "cycle": 2}, "small, discharged in cycle 2"),
        ({"specimen": "p.xyz", "state": None, "cycle": None}, "p.xyz"),
        ({"specimen": "small", "state": "pristine", "cycle": 1}, "small, pristine"),
        ({"files": ["tga.txt"]}, "tga.txt"),
    ],
)
def test_a_page_of_a_virtual_instrument_is_called_by_its_specimen(
    tmp_path: Path, options: dict[str, Any], title: str
) -> None:
    path = balance_files.written(tmp_path, "tga.txt", balance_files.netzsch())
    analysis = analysed_files([path], Given())
    known = {"options": options, "topotaxy": "0", "python": "3", "versions": {}}
    (tmp_path / PROVENANCE_FILE).write_text(json.dumps(known), encoding="utf-8")
    shown = page_of(analysis, tmp_path).title
    assert shown == title or shown.startswith(f"{title} through a ")
    assert page_of(analysis).title == "tga.txt"


def test_numbers_of_one_name_in_the_strip_say_what_tells_them_apart() -> None:
    """Three edge energies of one spectrum by three definitions; the rest of a method is no part of a name."""
    methods = ("half step, flattened", "integral (of the rise)", "first inflection")
    edges = [
        observable("edge_energy", 8340.0 + n, subject="Ni", **COMMON | {"method": method})
        for n, method in enumerate(methods)
    ]
    assert [number.note for number in key_numbers(edges)] == ["half step", "integral", "first inflection"]
    states = [edges[0].model_copy(update={"state": state, "cycle": 3}) for state in ("discharged", "charged")]
    assert [number.note for number in key_numbers(states)] == ["discharged", "charged"]
    other = edges[1].model_copy(update={"source": "b.txt"})
    assert [number.note for number in key_numbers([edges[0], other])] == ["a.txt", "b.txt"]


def test_what_several_records_share_is_said_once() -> None:
    remarks = ("a: b: wide", "c: wide", "of all", "a: b: narrow", "d: wide", "e: wide", "f: wide")
    records = [SimpleNamespace(source=name) for name in ("a", "a: b", "c", "d", "e", "f")]
    part: Any = SimpleNamespace(records=records, observed=SimpleNamespace(remarks=remarks))
    assert _gathered(part) == ["a: b, c, d and 2 more: wide", "of all", "a: b: narrow"]


def test_reasons_are_gathered_by_quantity_and_words() -> None:
    absent = {"a": {"strain": "no reference", "twin_density": "a: no spots"}, "b": {"strain": "no reference"}}
    assert _reasons(absent) == [("a, b", "strain", "no reference"), ("a", "twin density", "no spots")]

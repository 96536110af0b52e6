"""Where a document is at fault, and what was meant."""

from __future__ import annotations

import pytest

from topotaxy.cell.protocol import CellSpec, cell_spec_from_text
from topotaxy.errors import InputError, choices
from topotaxy.evidence import ledger_from_text
from topotaxy.spec import Spec, load_spec, spec_from_text
from topotaxy.toml_faults import known_keys, line_of

TEXT = '''# a comment
name = "x"
title = """
[not.a.table]
key = 1
"""
[electrode]
formula = "NiO"  # = 3
[cell]
ion = "Na"
lower.cutoff = 1
[[step]]
current = 1.0
[[ step ]]   # the second
"current" = 2.0
[step.deep]
rest = 1
'''


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("name",), 2),
        (("title",), 3),
        (("electrode",), 7),
        (("electrode", "formula"), 8),
        (("electrode", "formula", "deeper"), 8),
        (("electrode", "absent"), 7),
        (("cell", "lower", "cutoff"), 11),
        (("step", 0), 12),
        (("step", 0, "current", 0), 13),
        (("step", 1, "current"), 15),
        (("step", 1, "deep", "rest"), 17),
        (("step", 1, "absent"), 14),
        (("not", "a"), None),
        (("absent",), None),
    ],
)
def test_a_key_is_on_its_line(path: tuple[str | int, ...], line: int | None) -> None:
    assert line_of(TEXT, path) == line


def test_the_keys_of_a_section_are_those_of_its_model() -> None:
    assert known_keys(Spec, ("cell",)) == ("ion", "lower_cutoff", "upper_cutoff", "temperature")
    assert "charge_current" in known_keys(CellSpec, ("step", 3))
    assert known_keys(Spec, ("cell", "ion")) == ()
    assert "formula" not in known_keys(Spec, ())


@pytest.mark.parametrize(
    ("word", "answer"),
    [
        ("heos-n", "did you mean 'heos-na' or 'heo-na'?"),
        ("HEOS-NA", "did you mean 'heos-na'?"),
        ("nio-na", "did you mean 'nio-na'?"),
        ("quartz", "there are heos-na, heo-na, nio-na"),
        ("", "there are heos-na, heo-na, nio-na"),
        ("n" * 10_000, "there are heos-na, heo-na, nio-na"),
    ],
)
def test_the_nearest_word_is_named_or_all_are(word: str, answer: str) -> None:
    assert choices(word, ["heos-na", "heo-na", "nio-na"]) == answer


def test_nothing_known_is_said() -> None:
    assert choices("x", []) == "there is none"


SPEC = 'name = "x"\n[electrode]\nformula = "NiO"\n[cell]\nion = "Na"\n'


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (SPEC.replace("formula", "fromula"), ["line 3", "electrode.fromula", "did you mean 'formula'?"]),
        (SPEC.replace("[cell]", "[cel]"), ["line 4", "cel:", "did you mean 'cell'?"]),
        (f"{SPEC}[protocol]\ncurrnt = 1\n", ["line 7", "did you mean 'current'?"]),
        ('formula = "NiO"\nion = "Na"\ncurent = 1\n', ["line 3", "did you mean 'current'?"]),
        (f"{SPEC}[lattice]\n\ncells = 4.5\n", ["line 8", "whole number"]),
        (f'{SPEC}[protocol]\ncurrent = "0,1 A/g"\n', ["line 7", "write a decimal point"]),
    ],
)
def test_a_fault_of_a_specification_names_line_key_and_nearest(text: str, words: list[str]) -> None:
    with pytest.raises(InputError) as refused:
        spec_from_text(text)
    assert all(word in str(refused.value) for word in words), str(refused.value)


CELL = 'name = "c"\n[cell]\nmaterial = "heos-na"\n[[step]]\ncurrent = "C/10"\n'


def test_a_rate_of_a_cell_is_of_all_its_cations() -> None:
    """C/10 of 746 mAh/g (all five cations of HEOS to the metal) is 74.6 mA/g."""
    (block,) = cell_spec_from_text(CELL).step
    assert block.current[0] == pytest.approx(0.0746, rel=2e-3)
    (same,) = cell_spec_from_text(CELL.replace('"C/10"', '["0.1C", 0.2]')).step
    assert same.current == pytest.approx((block.current[0], 0.2))


def test_a_cell_names_the_nearest_key() -> None:
    with pytest.raises(InputError, match=r"line 3: cell\.materal: .* did you mean 'material'\?"):
        cell_spec_from_text(CELL.replace("material", "materal"))


LEDGER = """[paper]
citation = "A paper"
[material.nickel]
formula = "NiO"
[[claim]]
id = "q"
kind = "value"
material = "nickel"
quantity = "specific_capacity_charge"
value = "600 mAh/g"
"""


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (
            'kind = "value"',
            'kind = "value"\ncycel = 1',
            ["line 8", "claim 'q', cycel", "did you mean 'cycle'?"],
        ),
        ('"specific_capacity_charge"', '"charge_capacity"', ["specific_capacity_charge"]),
        ('id = "q"', 'id = "../q"', ["line 6", "letters, digits and . _ -"]),
        ('citation = "A paper"', 'citation = "A paper"\ndoi = "a"', ["line 3", "a DOI such as '10."]),
        ('material = "nickel"', 'material = "nikel"', ["no [material.nikel]", "did you mean 'nickel'?"]),
    ],
)
def test_a_fault_of_a_ledger_names_line_key_and_nearest(old: str, new: str, words: list[str]) -> None:
    with pytest.raises(InputError) as refused:
        ledger_from_text(LEDGER.replace(old, new, 1))
    assert all(word in str(refused.value) for word in words), str(refused.value)


def test_a_name_that_is_not_bundled_names_the_nearest() -> None:
    with pytest.raises(InputError, match="did you mean 'heos-na'"):
        load_spec("heosna")

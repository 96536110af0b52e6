"""What a cell's material means: draws, a specification by name or file, a formula; and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import tomli_w
from pydantic import ValidationError
from tests.cell.drawn import draw_table

from topotaxy.cell.draws import write_draws
from topotaxy.cell.protocol import cell_spec_from_document, cell_spec_from_text, load_cell_spec
from topotaxy.cell.section import CellSection
from topotaxy.errors import InputError
from topotaxy.material import parse_formula, theoretical_capacity
from topotaxy.spec import load_spec

STEP: dict[str, Any] = {"current": "C/10"}
OWN = 'name = "own"\n[electrode]\nformula = "CoO"\n[cell]\nion = "Li"\nlower_cutoff = 0.2\n'


def section(**given: Any) -> CellSection:
    return CellSection.model_validate(given)


def test_draws_that_ship_or_lie_in_a_file_are_no_specification(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert section(material="heos-na").specification is None  # although a specification has that name too
    monkeypatch.chdir(tmp_path)
    write_draws(draw_table(), Path("mine.npz"))
    assert section(material="mine-li", ion="Li").specification is None
    assert section(material="mine-li").formula == "NiO"


def test_a_specification_that_ships_is_taken_whole() -> None:
    assert section(material="nio-na").specification == load_spec("nio-na")
    assert section(material="ni06mg04o-na", ion="Na").formula == "Ni0.6Mg0.4O"


def test_a_formula_and_its_alkali_are_a_specification_with_the_defaults() -> None:
    found = section(material="Ni0.8Mg0.2O", ion="K").specification
    assert found is not None
    assert (found.electrode.formula, found.cell.ion) == ("Ni0.8Mg0.2O", "K")
    assert (found.cell.lower_cutoff, found.cell.upper_cutoff) == (0.01, 3.0)


@pytest.mark.parametrize(
    ("formula", "ion", "name"),
    [
        ("Mg0.2Co0.2Ni0.2Cu0.2Zn0.2O0.89S0.11", "Na", "heos-na"),
        ("Zn20Mg20Co20Cu20Ni20S11O89", "Li", "heos-li"),
        ("Mg0.2Co0.2Ni0.2Cu0.2Zn0.2O0.89S0.11", "K", None),
        ("Mg0.2Co0.2Ni0.2Cu0.2Zn0.2O0.9S0.1", "Na", None),
        ("Mg0.2Co0.2Ni0.2Cu0.2Zn0.2O", "Na", None),
    ],
)
def test_a_formula_of_which_tables_ship_is_that_material(formula: str, ion: str, name: str | None) -> None:
    """One material has one answer, by whatever it is called."""
    found = section(material=formula, ion=ion)
    assert found.material == (name or formula)
    assert (found.specification is None) == (name is not None)


def test_a_file_counts_from_the_folder_of_the_document(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "own.toml").write_text(OWN, encoding="utf-8")
    text = 'name = "c"\n[cell]\nmaterial = "below/own.toml"\n[[step]]\ncurrent = 0.1\n'
    (tmp_path / "cell.toml").write_text(text, encoding="utf-8")
    monkeypatch.chdir("/")
    found = load_cell_spec(tmp_path / "cell.toml").cell.specification
    assert found is not None
    assert (found.electrode.formula, found.cell.ion, found.cell.lower_cutoff) == ("CoO", "Li", 0.2)


def test_a_file_is_named_with_its_ending(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text(OWN, encoding="utf-8")
    with pytest.raises(ValidationError, match="expected its file's whole name, own"):
        CellSection.model_validate({"material": "own"}, context={"folder": tmp_path})
    (tmp_path / "NiO.toml").write_text(OWN, encoding="utf-8")
    formula = CellSection.model_validate({"material": "NiO", "ion": "K"}, context={"folder": tmp_path})
    assert formula.formula == "NiO"


def test_a_cell_that_was_read_stands_on_no_file(tmp_path: Path) -> None:
    """Written into a results folder and read there, it is the same, whatever became of the file."""
    own = tmp_path / "own.toml"
    own.write_text(OWN, encoding="utf-8")
    text = 'name = "c"\n[cell]\nmaterial = "own.toml"\n[[step]]\ncurrent = "C/10"\n'
    spec = cell_spec_from_text(text, folder=tmp_path)
    own.unlink()
    recorded = tomli_w.dumps(spec.model_dump(mode="json", exclude_none=True))
    assert cell_spec_from_text(recorded, folder=tmp_path / "elsewhere") == spec


@pytest.mark.parametrize(
    ("material", "ion", "formula"),
    [("NiO", "Li", "NiO"), ("ni06mg04o-na", None, "Ni0.6Mg0.4O"), ("Co0.5Ni0.5S", "Na", "Co0.5Ni0.5S")],
)
def test_a_rate_is_of_the_formula(material: str, ion: str | None, formula: str) -> None:
    cell = {"material": material} | ({} if ion is None else {"ion": ion})
    spec = cell_spec_from_document({"name": "c", "cell": cell, "step": [STEP]})
    composition = parse_formula(formula)
    reducible = sum(composition.cations.values())
    mass = {"NiO": 74.692, "Ni0.6Mg0.4O": 60.938, "Co0.5Ni0.5S": 90.873}[formula]
    whole = theoretical_capacity(2.0 * reducible, mass)
    assert spec.step[0].current[0] == pytest.approx(whole / 1e4, rel=1e-4)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"material": "NiO"}, 'needs its alkali beside it: ion = "Na"'),
        ({"material": "nio-na", "ion": "Li"}, "is with Na, got Li; leave ion out"),
        ({"material": "heos-na", "ion": "K"}, "is with Na, got K; leave ion out"),
        ({"material": "NiO", "ion": "Rb"}, "cell.ion: should be 'Li', 'Na' or 'K'"),
        ({"material": "NiO", "ion": "Na", "counter": "sea"}, "cell.counter"),
        ({"material": "NiO3", "ion": "Na"}, "as a formula"),
        ({"material": "Nio", "ion": "Na"}, "did you mean NiO?"),
        ({"material": "absent.toml"}, "no such file"),
        ({"material": "/etc/absent.toml"}, "no file within the folder of the cell"),
        ({"material": "../absent.toml"}, "no file within the folder of the cell"),
        ({"material": "a\0.toml"}, "no file within the folder of the cell"),
        ({"material": "nio-k", "ion": "K"}, "no material of a cell named 'nio-k'"),
        ({"material": "x" * 300 + "-na"}, "no material of a cell named"),
    ],
)
def test_what_cannot_be_a_material_is_refused_in_one_line(
    given: dict[str, Any], words: str, tmp_path: Path
) -> None:
    text = tomli_w.dumps({"name": "c", "cell": given, "step": [STEP]})
    with pytest.raises(InputError) as found:
        cell_spec_from_text(text, where="c.toml", folder=tmp_path)
    assert words in str(found.value)
    assert "more fault" not in str(found.value)
    assert str(found.value).startswith("c.toml")


def test_a_cell_is_not_made_of_a_cell(tmp_path: Path) -> None:
    text = tomli_w.dumps({"name": "c", "cell": {"material": "c.toml"}, "step": [STEP]})
    (tmp_path / "c.toml").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=r"c\.toml: is a cell's file; expected an electrode's"):
        load_cell_spec(tmp_path / "c.toml")


def test_no_link_leads_out_of_the_folder(tmp_path: Path) -> None:
    outside, inside = tmp_path / "outside", tmp_path / "inside"
    outside.mkdir()
    inside.mkdir()
    (outside / "own.toml").write_text(OWN, encoding="utf-8")
    (inside / "link.toml").symlink_to(outside / "own.toml")
    (inside / "folder").symlink_to(outside)
    (inside / "own.toml").write_text(OWN, encoding="utf-8")
    (inside / "other.toml").symlink_to(inside / "own.toml")
    context = {"folder": inside}
    for name in ("link.toml", "folder/own.toml", "../outside/own.toml"):
        with pytest.raises(ValidationError, match="no file within the folder"):
            CellSection.model_validate({"material": name}, context=context)
    assert CellSection.model_validate({"material": "other.toml"}, context=context).formula == "CoO"

"""Files to begin with are read by what reads such files, for any formula and ion, and never replace one."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from topotaxy.cell.protocol import load_cell_spec
from topotaxy.errors import InputError
from topotaxy.evidence import audit, load_ledger
from topotaxy.evidence.cases import case_of_ledger
from topotaxy.measurement import sample
from topotaxy.measurement.cycling import TECHNIQUE
from topotaxy.measurement.files import mapping
from topotaxy.spec import Lattice, Protocol, load_spec
from topotaxy.templates import begun_file, kinds


def test_there_are_kinds_for_all_that_is_written_by_hand() -> None:
    assert set(kinds()) == {"electrode", "cell", "claims", "sample", "mapping"}


@pytest.mark.parametrize(("formula", "ion"), [("Ni0.8Mg0.2O", "Li"), ("CoO0.9S0.1", "Na")])
def test_an_electrode_is_a_specification_with_the_defaults(tmp_path: Path, formula: str, ion: str) -> None:
    spec = load_spec(begun_file("electrode", tmp_path / "my own.toml", formula=formula, ion=ion))
    assert (spec.electrode.formula, spec.cell.ion, spec.name) == (formula, ion, "my-own")
    assert spec.protocol == Protocol()
    assert spec.lattice == Lattice()
    assert spec.measured.discharge_capacity is None


def test_a_cell_is_one_with_steps(tmp_path: Path) -> None:
    cell = load_cell_spec(begun_file("cell", tmp_path / "coin"))
    assert cell.name == "coin"
    assert cell.cycles > 1


@pytest.mark.parametrize("ion", ["Li", "Na", "K"])
def test_a_cell_of_a_formula_has_it_and_its_alkali(tmp_path: Path, ion: str) -> None:
    cell = load_cell_spec(begun_file("cell", tmp_path / "coin", formula="Ni0.8Mg0.2O", ion=ion)).cell
    assert (cell.material, cell.ion, cell.formula) == ("Ni0.8Mg0.2O", ion, "Ni0.8Mg0.2O")
    assert load_cell_spec(begun_file("cell", tmp_path / "other", ion=ion)).cell.ion is None


def test_claims_are_a_ledger_that_the_audit_finds_nothing_wrong_with(tmp_path: Path) -> None:
    path = begun_file("claims", tmp_path / "paper.toml", formula="CoO", ion="Li")
    ledger = load_ledger(str(path))
    assert ledger.material["oxide"].formula == "CoO"
    assert len(ledger.claim) == 2
    assert not [f for f in audit(str(path)) if f.severity == "contradiction"]


def test_a_sample_and_a_mapping_are_read(tmp_path: Path) -> None:
    given_ = sample.load(begun_file("sample", tmp_path / "mine.toml", ion="K"))
    assert given_.sample.name == "mine"
    assert given_.toml_techniques["cycling"]["ion"] == "K"
    found = mapping.load(begun_file("mapping", tmp_path / "columns.toml"))
    scales = found.scales(TECHNIQUE.columns, ["test_time_second", "voltage_volt", "current_ampere"])
    assert scales["current_ampere"] == ("I/mA", 1e-3)


def test_what_is_there_is_never_replaced(tmp_path: Path) -> None:
    there = tmp_path / "mine.toml"
    there.write_text("precious", encoding="utf-8")
    with pytest.raises(InputError, match="is there already"):
        begun_file("electrode", tmp_path / "mine")
    (tmp_path / "link.toml").symlink_to(tmp_path / "nowhere")
    with pytest.raises(InputError, match="is there already"):
        begun_file("electrode", tmp_path / "link.toml")
    assert there.read_text(encoding="utf-8") == "precious"
    with pytest.raises(InputError, match="cannot be written"):
        begun_file("electrode", tmp_path / "no" / "folder.toml")
    with pytest.raises(InputError, match="no kind of file 'battery'"):
        begun_file("battery", tmp_path / "b.toml")


@given(st.text("abc ._-äß\"'{}#", min_size=1, max_size=60))
def test_any_name_of_a_file_gives_a_valid_specification(name: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = begun_file("electrode", Path(folder) / f"x{name}.toml")
        assert load_spec(path).electrode.formula == "NiO"


def test_every_example_of_a_claim_is_one_that_is_judged(tmp_path: Path) -> None:
    """What stands there as a comment, taken in as it is, is a ledger of which nothing is set aside."""
    text = begun_file("claims", tmp_path / "paper.toml", formula="NiO", ion="Li").read_text(encoding="utf-8")
    begun = text.index("# [[claim]]")
    examples = "\n".join(
        line.removeprefix("# ")
        for line in text[begun:].splitlines()
        if line.startswith("# [[claim]]") or re.match(r"# [a-z]+ = ", line)
    )
    whole = tmp_path / "whole.toml"
    whole.write_text(f"{text[:begun]}{examples}\n", encoding="utf-8")
    assert len(load_ledger(str(whole)).claims) == text.count("[[claim]]")
    case = case_of_ledger(load_ledger(str(whole)))
    assert {"Ni reduced on discharge", "rock salt after charge"} <= {term.fact for term in case.terms}
    assert not any("edge.falls" in str(one) or "rock.salt" in str(one) for one in case.aside)

"""What is asked for: the same run by name, file, formula, mapping or specification; options go before all."""

from __future__ import annotations

from pathlib import Path

import pytest

import topotaxy
from topotaxy.cell.protocol import CellSpec
from topotaxy.errors import InputError
from topotaxy.material import parse_formula
from topotaxy.runs.asked import asked_specification, specification_or_cell
from topotaxy.spec import Spec, load_spec


def test_a_formula_with_its_alkali_is_the_specification_of_it() -> None:
    spec = asked_specification("Ni0.8Mg0.2O", ion="Li", cycles=3)
    assert spec == Spec(formula="Ni0.8Mg0.2O", ion="Li", cycles=3)
    assert spec == asked_specification({"formula": "Ni0.8Mg0.2O", "ion": "Li", "cycles": 3})
    assert spec.name == "Ni0.8Mg0.2O-Li"
    full = Spec.model_validate(
        {
            "name": "Ni0.8Mg0.2O-Li",
            "electrode": {"formula": "Ni0.8Mg0.2O"},
            "cell": {"ion": "Li"},
            "protocol": {"cycles": 3},
        }
    )
    assert spec == full


def test_without_options_a_specification_is_itself() -> None:
    spec = load_spec("heos-na")
    assert asked_specification(spec) is spec
    assert asked_specification("heos-na") == spec
    assert asked_specification(spec, seed=None) == spec
    changed = asked_specification("heos-na", seed=9, upper_cutoff="2.5 V", temperature="60degC")
    assert (changed.lattice.seed, changed.cell.upper_cutoff) == (9, 2.5)
    assert changed.cell.temperature == pytest.approx(333.15)
    assert changed.electrode == spec.electrode


@pytest.mark.parametrize("rate", ["C/10", "0.1C", "0.1 C", "C / 10.0"])
def test_a_rate_passes_the_capacity_of_all_cations_in_its_hours(rate: str) -> None:
    spec = asked_specification("Ni0.5Mg0.5O", ion="Na", current=rate)
    # Two electrons a formula unit, of nickel and magnesium alike.
    whole = 2 * 96485.33212 / 3.6 / topotaxy.material.molar_mass(parse_formula("Ni0.5Mg0.5O"))
    assert spec.protocol.current * 10 * 1000 == pytest.approx(whole, rel=1e-9)


def test_each_direction_may_have_a_rate() -> None:
    spec = asked_specification("NiO", ion="Na", current="1C", charge_current="C/4")
    assert spec.protocol.current_of("discharge") == pytest.approx(4.0 * spec.protocol.current_of("charge"))
    assert asked_specification("heos-na", charge_current="20 mA/g").protocol.charge_current == 0.02


def test_a_file_with_a_rate_takes_it_too(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('name="m"\n[electrode]\nformula="NiO"\n[cell]\nion="Na"\n[protocol]\ncurrent="C/20"\n')
    spec = specification_or_cell(str(path))
    assert isinstance(spec, Spec)
    assert spec.protocol.current == pytest.approx(0.717649 / 20, rel=1e-5)


def test_a_cell_is_told_from_a_run_and_has_no_options() -> None:
    assert isinstance(specification_or_cell("heos-na-coin"), CellSpec)
    with pytest.raises(InputError, match="--upper-cutoff is an option of lattice runs"):
        specification_or_cell("heos-na-coin", {"upper_cutoff": "2 V"})


def test_a_cell_is_the_same_by_path_and_by_content(tmp_path: Path) -> None:
    text = 'name = "c"\n[cell]\nmaterial = "own.toml"\n[[step]]\ncurrent = "C/10"\n'
    (tmp_path / "c.toml").write_text(text, encoding="utf-8")
    own = 'name = "own"\n[electrode]\nformula = "NiO"\n[cell]\nion = "Na"\n'
    (tmp_path / "own.toml").write_text(own, encoding="utf-8")
    by_path = specification_or_cell(tmp_path / "c.toml")
    assert isinstance(by_path, CellSpec)
    content = {
        "name": "c",
        "cell": {"material": "own.toml", "specification": load_spec(tmp_path / "own.toml").model_dump()},
        "step": [{"current": "C/10"}],
    }
    assert specification_or_cell(content) == by_path
    spec = load_spec("nio-na")
    assert specification_or_cell(spec) is spec


@pytest.mark.parametrize(
    ("asked", "options", "says"),
    [
        ("NiO", {}, "a formula needs its alkali: topotaxy simulate NiO --ion Na"),
        ("NiXx", {"ion": "Na"}, "as a formula: .*'Xx'"),
        ("Ni1e-9Mg0.999999999O", {"ion": "Li"}, "amounts are plain decimals"),
        ("NiO1E3", {"ion": "Li"}, "amounts are plain decimals"),
        ("no-such-name", {}, "no such file"),
        ("nio-na2e5", {}, "no such file, .* did you mean 'nio-na'"),
        ("no-such.toml", {"ion": "Na"}, "cannot be read|no such file"),
        ("NiO", {"ion": "Mg"}, "cell.ion"),
        ("NiO", {"ion": "Na", "current": "C/0"}, "a rate above zero"),
        ("NiO", {"ion": "Na", "current": "fast"}, "protocol.current"),
        ("NiO", {"ion": "Na", "colour": 3}, "no option 'colour'"),
        (
            {"formula": "NiO", "ion": "Na", "electrode": {"formula": "CoO"}},
            {},
            "both in .electrode. and outside",
        ),
        ({"formula": "NiO"}, {}, "cell: is missing"),
        ({"electrode": 3}, {}, "."),
    ],
)
def test_what_cannot_be_asked_for_is_one_line(asked: object, options: dict[str, object], says: str) -> None:
    with pytest.raises(InputError, match=says) as caught:
        asked_specification(asked, **options)  # type: ignore[arg-type]
    assert "\n" not in str(caught.value)


def test_python_simulates_a_formula() -> None:
    tree = topotaxy.simulate("NiO", ion="Na", cells=3, cycles=1, replicas=1, seed=2)
    same = topotaxy.simulate({"formula": "NiO", "ion": "Na"}, cells=3, cycles=1, replicas=1, seed=2)
    assert tree["cycles"].to_dataset().identical(same["cycles"].to_dataset())


def test_a_formula_of_the_wrong_case_is_named_as_it_should_be_written() -> None:
    with pytest.raises(InputError, match=r"nio: no such file, .* as a formula it would be NiO; did you mean"):
        asked_specification("nio", ion="Na")

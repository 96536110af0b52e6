"""Flags and a sample's TOML become the options of each technique and file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import pytest
from pydantic import BaseModel, Field

from topotaxy.errors import InputError
from topotaxy.measurement.options import PerFile, Quantity, fields_of, made
from topotaxy.measurement.sample import Given, load
from topotaxy.measurement.technique import techniques

CYCLING, WEIGHING = techniques()["cycling"], techniques()["thermogravimetry"]

TOML = """
sample = "HEOS, batch 3"
state = "pristine"
mass = "1.23 mg"
formula = "NiO"

[cycling]
role = "half-cell-anode"
ion = "Na"

[thermogravimetry]
end_products = ["Co3O4", "CuO"]
dry_at = "150 degC"

[files."second.csv"]
mass = "2 mg"
"""


def loaded(tmp_path: Path, text: str = TOML) -> Given:
    path = tmp_path / "sample.toml"
    path.write_text(text, encoding="utf-8")
    return load(path)


def test_shared_options_reach_every_technique_that_has_them(tmp_path: Path) -> None:
    given = loaded(tmp_path)
    assert (given.sample.name, given.sample.state) == ("HEOS, batch 3", "pristine")
    cycling = given.options(CYCLING, path=Path("first.csv"))
    assert (cycling.mass, cycling.role, cycling.reference) == (
        pytest.approx(1.23e-3),
        "half-cell-anode",
        "Na+/Na",
    )
    weighing = given.options(WEIGHING, path=Path("tga.txt"))
    assert (weighing.formula, weighing.end_products) == ("NiO", ("Co3O4", "CuO"))
    assert weighing.dry_at == pytest.approx(423.15)


def test_a_file_goes_before_its_technique_and_a_flag_before_both(tmp_path: Path) -> None:
    given = loaded(tmp_path)
    assert given.options(CYCLING, path=Path("second.csv")).mass == pytest.approx(2e-3)
    flagged = replace(given, shared={"mass": ["3mg"]})
    assert flagged.options(CYCLING, path=Path("second.csv")).mass == pytest.approx(3e-3)


def test_flags_given_once_a_file_go_to_the_files_in_their_order() -> None:
    given = Given(shared={"mass": ["1mg", "2mg"]})
    files = [(Path("a"), CYCLING), (Path("t"), WEIGHING), (Path("b"), CYCLING)]
    given.check(files, ())
    found = [given.options(CYCLING, path=Path(n), place=lambda _, k=k: k).mass for k, n in enumerate("ab")]
    assert found == pytest.approx([1e-3, 2e-3])
    with pytest.raises(InputError, match="once for each of 1 files, got 2"):
        given.check(files[:2], ())


def test_an_option_that_no_file_takes_is_refused() -> None:
    with pytest.raises(InputError, match="--role is no option of thermogravimetry"):
        Given(shared={"role": "full-cell"}).check([(Path("t"), WEIGHING)], ())


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("masss = '1 mg'", "'masss' is no option or technique; did you mean 'mass'"),
        ("[cycling]\nrolle = 'x'", "'rolle' is no option of cycling; did you mean 'role'"),
        ("[cycling]\nrole = 'anode'", "role is one of half-cell-anode"),
        ("mass = 1.23", "mass needs a unit, as in 1.23mg, got '1.23'"),
        ("mass = '1.23 V'", "mass: expected a quantity such as 1.23mg"),
        ("mass = '-1 mg'", "mass has to be positive"),
        ("mass = true", "mass has to be text"),
        ("[cycling]\nreference_cycle = 1.5", "reference_cycle has to be a whole number"),
        ("[cycling]\nbdf = 'yes'", "bdf is true or false"),
        ("[cycling]\nrole = 'full-cell'\nion = 'Na'", "a full cell has none"),
        ("sample = 3", "sample has to be text"),
        ("state = 'dead'", "state is one of pristine"),
        ("cycle = 0", "cycle has to be a whole number from 1"),
        ("cycling = 3", "cycling has to be a table"),
        ("files = 3", "files has to be a table"),
        ("[files.a]\nmas = '1 mg'", "'mas' is no option; did you mean 'mass'"),
        ("mass = ", "is no TOML"),
    ],
)
def test_what_a_toml_may_not_say_is_one_line_with_its_name(tmp_path: Path, text: str, match: str) -> None:
    with pytest.raises(InputError, match=match) as caught:
        loaded(tmp_path, text).options(CYCLING, path=Path("a"))
    assert str(caught.value).startswith("sample.toml: ")
    assert "\n" not in str(caught.value)


def test_files_that_are_not_there_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"names 'second.csv', which is not among the files a.csv"):
        loaded(tmp_path).check([(Path("a.csv"), CYCLING)], ())
    with pytest.raises(InputError, match="cannot be read"):
        load(tmp_path / "nosuch.toml")


class Model(BaseModel):
    """A model with one field of each kind."""

    length: Annotated[float | None, Quantity("particle_size", "5nm", "non-negative"), PerFile()] = Field(
        default=None, description="A length."
    )
    many: tuple[Annotated[float, Quantity("mass", "1g", "any")], ...] = Field(
        default=(), description="Masses."
    )
    count: int = Field(default=1, description="A count.", ge=1)
    path: Path | None = Field(default=None, description="A path.")


def test_fields_are_told_apart() -> None:
    found = {f.name: f for f in fields_of(Model)}
    assert [f.kind for f in found.values()] == ["quantity", "quantity", "whole", "path"]
    assert (found["length"].per_file, found["many"].many, found["count"].flag) == (True, True, "--count")
    assert found["length"].value("0 nm", "x") == 0.0
    assert found["many"].value(["-1 mg", "1e3 ug"], "x") == pytest.approx((-1e-3, 1e-3))
    assert Model(length="20 angstrom").length == pytest.approx(2.0)
    assert Model(length=3.0).length == 3.0
    plain = Quantity("dimensionless", "0.002", "any")
    assert [plain.from_text(text, "x") for text in ("2e-05", "-1E3", " 12e-1 ")] == [2e-5, -1e3, 1.2]
    assert Quantity("mass", "1mg").from_text("2e-3mg", "x") == pytest.approx(2e-6)
    with pytest.raises(InputError, match="x has to be non-negative"):
        found["length"].value("-1nm", "x")
    with pytest.raises(InputError, match=r"sample.toml: --count: .*greater than or equal to 1"):
        made(Model, {"count": 0}, name_of=lambda name: f"--{name}", where="sample.toml")


def test_a_number_without_a_unit_is_a_fault_of_the_technique() -> None:
    class Bare(BaseModel):
        number: float = 1.0

    with pytest.raises(TypeError, match="needs a Quantity"):
        fields_of(Bare)

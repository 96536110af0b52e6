from __future__ import annotations

import tomllib
from importlib import resources
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from topotaxy.errors import InputError
from topotaxy.spec import Spec, load_spec, spec_from_text
from topotaxy.toml_documents import bundled_names

MINIMAL = 'name = "x"\n[electrode]\nformula = "NiO"\n[cell]\nion = "Na"\n'
MATERIALS = ["composite", "coo", "coos", "heo", "heof", "heos", "ni06mg04o", "nio", "nios"]
NAMES = [f"{material}-{ion}" for material in MATERIALS for ion in ("li", "na")]


def test_the_bundled_specifications_are_these() -> None:
    assert bundled_names("specs") == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_bundled_specification_says_what_its_name_says(name: str) -> None:
    spec = load_spec(name)
    material, ion = name.split("-")
    assert spec.name == name
    assert spec.cell.ion.lower() == ion
    assert spec.title
    assert ("S0.11" in spec.electrode.formula) == (material in ("heos", "nios", "coos"))
    assert ("F0.11" in spec.electrode.formula) == (material == "heof")
    assert bool(spec.electrode.grains) == (material == "composite")
    assert (spec.cell.lower_cutoff, spec.cell.upper_cutoff) == (0.01, 3.0)
    assert (spec.protocol.current, spec.protocol.cycles) == (0.1, 10)


def test_measured_numbers_stand_only_where_they_were_published() -> None:
    measured = {name: load_spec(name).measured for name in NAMES}
    assert (measured["heos-na"].discharge_capacity, measured["heos-na"].charge_capacity) == (641, 581)
    assert (measured["heos-li"].discharge_capacity, measured["heos-li"].charge_capacity) == (830, 753)
    for name, numbers in measured.items():
        assert (numbers.discharge_capacity is not None) == name.startswith("heos"), name
        assert bool(numbers.source) == name.startswith("heos"), name


def test_the_model_specification_shows_every_key() -> None:
    text = (resources.files("topotaxy") / "bundled" / "specs" / "heos-na.toml").read_text(encoding="utf-8")
    document = tomllib.loads(text)
    for section, field in Spec.model_fields.items():
        keys = getattr(field.annotation, "model_fields", {})
        shown = {*document[section]} if keys else set()
        # Shown as a comment: what has no default that a key could state.
        assert set(keys) - shown <= {"parameters", "grains", "hold", "block", "charge_current"}, section
        for key in set(keys) - shown:
            assert f"# [lattice.{key}]" in text or f"# {key} = " in text, key


def test_one_current_is_written_as_one() -> None:
    one = spec_from_text(MINIMAL)
    assert "charge_current" not in one.protocol.model_dump()
    assert one.protocol.current_of("charge") == one.protocol.current_of("discharge") == 0.1
    document = one.model_dump()
    document["protocol"]["charge_current"] = "50 mA/g"
    two = Spec.model_validate(document)
    assert (two.protocol.current_of("discharge"), two.protocol.current_of("charge")) == (0.1, 0.05)
    assert two.model_dump(mode="json")["protocol"]["charge_current"] == 0.05
    assert Spec.model_validate(two.model_dump()) == two != one


def test_defaults_fill_what_is_left_out() -> None:
    spec = spec_from_text(MINIMAL)
    assert spec.cell.temperature == 298.15
    assert spec.lattice.cells == 8
    assert spec.measured.discharge_capacity is None


def test_text_may_carry_its_unit() -> None:
    spec = spec_from_text(
        MINIMAL + 'lower_cutoff = "10 mV"\ntemperature = "60 degC"\n[protocol]\ncurrent = "50 A/kg"\n'
    )
    assert spec.cell.lower_cutoff == pytest.approx(0.01)
    assert spec.cell.temperature == pytest.approx(333.15)
    assert spec.protocol.current == pytest.approx(0.05)


def test_times_of_the_protocol_are_hours_or_carry_their_unit() -> None:
    protocol = spec_from_text(MINIMAL + '[protocol]\nrest = "30 min"\nhold = 0.05\nhold_time = 2\n').protocol
    assert (protocol.rest, protocol.hold, protocol.hold_time) == (0.5, 0.05, 2.0)
    assert spec_from_text(MINIMAL).protocol.hold is None


@pytest.mark.parametrize(
    ("section", "line", "message"),
    [
        ("lattice", "block = 9", "6: lattice: expected a block of at most cells, got block 9 and cells 8"),
        ("lattice", "block = 0", "7: lattice.block: should be at least 1, got 0"),
        ("lattice", "mobility = 1", "7: lattice.mobility: should be true or false, got 1"),
        ("protocol", "rest = -1", "7: protocol.rest: should be at least 0, got -1.0"),
        (
            "protocol",
            'rest = "1 V"',
            "7: protocol.rest: expected hours, or a time such as '30 min', got '1 V'",
        ),
        (
            "protocol",
            "current = -1",
            "7: protocol.current: expected above 0 and at most 1000 A/g, got -1 A/g",
        ),
        (
            "protocol",
            "current = '2 kA/g'",
            "7: protocol.current: expected above 0 and at most 1000 A/g, got 2000 A/g",
        ),
        ("protocol", "hold = 1.0", "7: protocol.hold: should be below 1, got 1.0"),
        ("protocol", "hold_time = 0", "7: protocol.hold_time: should be above 0, got 0.0"),
    ],
)
def test_bad_values_of_protocol_and_lattice_are_one_clear_line(section: str, line: str, message: str) -> None:
    with pytest.raises(InputError) as refusal:
        spec_from_text(f"{MINIMAL}[{section}]\n{line}\n")
    assert str(refusal.value) == f"specification, line {message}"


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("25", "expected 200 to 1500 K, got 25 K; a bare number is in K, Celsius is written as '25 degC'"),
        ("'-100 degC'", "expected 200 to 1500 K, got 173.15 K"),
        ("1501", "expected 200 to 1500 K, got 1501 K"),
    ],
)
def test_a_temperature_out_of_range_says_the_range_in_kelvin(written: str, said: str) -> None:
    with pytest.raises(InputError, match=r"cell\.temperature: ") as refusal:
        spec_from_text(f"{MINIMAL}temperature = {written}\n")
    assert said in str(refusal.value)
    assert spec_from_text(f"{MINIMAL}temperature = '25 degC'\n").cell.temperature == 298.15


def test_faults_that_are_not_told_are_counted() -> None:
    with pytest.raises(InputError, match=r"\(and 1 more fault\)$"):
        spec_from_text(MINIMAL + "[protocol]\ncurrent = -1\ncycles = 0\n")
    with pytest.raises(InputError, match=r"\(and 2 more faults\)$"):
        spec_from_text(MINIMAL + "[protocol]\ncurrent = -1\ncycles = 0\nrest = -1\n")


def test_a_specification_survives_its_own_dump() -> None:
    for name in NAMES:
        spec = load_spec(name)
        assert Spec.model_validate(spec.model_dump()) == spec


def test_a_file_is_read_like_a_bundled_name(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(MINIMAL, encoding="utf-8")
    assert load_spec(path) == load_spec(str(path)) == spec_from_text(MINIMAL)


def test_the_error_names_file_key_and_value(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(MINIMAL.replace('"Na"', '"Rb"'), encoding="utf-8")
    with pytest.raises(InputError) as refusal:
        load_spec(path)
    assert str(refusal.value) == f"{path}, line 5: cell.ion: should be 'Li', 'Na' or 'K', got 'Rb'"


def test_faults_of_syntax_name_the_line() -> None:
    with pytest.raises(InputError, match=r"^mine\.toml: not valid TOML: .*line 2"):
        spec_from_text("name = 'x'\nion = = 3", where="mine.toml")


keys = st.sampled_from(
    ["name", "title", "electrode", "cell", "protocol", "lattice", "measured", "formula", "ion"]
)
scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12)
documents = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(keys | st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=200) | st.text(alphabet="[]{}=.\"'#\nabc019-_, ", max_size=200))
def test_any_text_gives_a_specification_or_one_line(text: str) -> None:
    with pytest.raises(InputError) as refusal:
        spec_from_text(text)
    assert str(refusal.value).isprintable()
    assert len(str(refusal.value)) < 400


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(["cell", "protocol", "lattice", "measured", "electrode"]), st.text(max_size=10), documents
)
def test_any_value_under_any_key_gives_a_specification_or_one_line(
    section: str, key: str, value: object
) -> None:
    import tomli_w

    document = tomllib.loads(MINIMAL)
    document.setdefault(section, {})[key] = value
    try:
        text = tomli_w.dumps(document)
    except (TypeError, ValueError):  # no TOML holds this value
        return
    try:
        spec_from_text(text)
    except InputError as refusal:
        assert str(refusal).isprintable()  # noqa: PT017
        assert len(str(refusal)) < 400  # noqa: PT017


numeric_keys = st.sampled_from(
    [
        ("cell", "lower_cutoff"),
        ("cell", "upper_cutoff"),
        ("cell", "temperature"),
        ("protocol", "current"),
        ("protocol", "cycles"),
        ("lattice", "cells"),
        ("lattice", "replicas"),
        ("lattice", "seed"),
        ("protocol", "rest"),
        ("protocol", "hold"),
        ("protocol", "hold_time"),
        ("lattice", "block"),
        ("electrode", "carbon_mass_ratio"),
        ("measured", "discharge_capacity"),
    ]
)


@settings(max_examples=500, deadline=None)
@given(numeric_keys, st.integers() | st.floats() | st.booleans() | st.text(max_size=10))
def test_a_number_that_is_accepted_lies_in_its_range(where: tuple[str, str], value: object) -> None:
    section, key = where
    document = tomllib.loads(MINIMAL)
    document.setdefault(section, {})[key] = value
    import tomli_w

    try:
        spec = spec_from_text(tomli_w.dumps(document))
    except InputError:
        return
    assert not isinstance(value, bool)
    assert -1.0 <= spec.cell.lower_cutoff < spec.cell.upper_cutoff <= 6.0
    assert 200.0 <= spec.cell.temperature <= 1500.0
    assert 0.0 < spec.protocol.current <= 1000.0
    assert 1 <= spec.protocol.cycles <= 100_000
    assert 2 <= spec.lattice.cells <= 32
    assert 1 <= spec.lattice.replicas <= 64
    assert 0 <= spec.lattice.seed < 2**63
    assert spec.lattice.block is None or spec.lattice.cells % spec.lattice.block == 0
    assert 0.0 <= spec.protocol.rest <= 1e4
    assert 0.0 < spec.protocol.hold_time <= 1e4
    assert spec.protocol.hold is None or 0.0 < spec.protocol.hold < 1.0
    assert 0.0 <= spec.electrode.carbon_mass_ratio <= 10.0
    assert spec.measured.discharge_capacity is None or 0.0 < spec.measured.discharge_capacity <= 1e5

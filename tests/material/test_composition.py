from __future__ import annotations

import math
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from topotaxy.errors import InputError
from topotaxy.material import ANION_CHARGE, molar_mass, parse_formula
from topotaxy.material.composition import in_capitals

HEOS = "Mg0.2Co0.2Ni0.2Cu0.2Zn0.2O0.89S0.11"
DIVALENT = ["Mg", "Ca", "Mn", "Fe", "Co", "Ni", "Cu", "Zn"]


def test_five_cation_oxysulfide() -> None:
    c = parse_formula(f"  {HEOS}\n")
    assert c.formula == HEOS
    assert c.cation_fractions == pytest.approx(dict.fromkeys(["Mg", "Co", "Ni", "Cu", "Zn"], 0.2))
    assert c.anion_fractions == pytest.approx({"O": 0.89, "S": 0.11})
    assert c.cations_per_anion == pytest.approx(1.0)
    assert molar_mass(c) == pytest.approx(71.94, abs=0.005)


def test_a_bracket_multiplies_each_element_in_it() -> None:
    c = parse_formula("(MgCoNiCuZn)0.2O")
    assert c.cations == pytest.approx(dict.fromkeys(["Mg", "Co", "Ni", "Cu", "Zn"], 0.2))
    assert parse_formula("((Ni)2)0.5O").cations == pytest.approx({"Ni": 1.0})


@pytest.mark.parametrize(
    ("formula", "mass"), [("NiO", 74.692), ("NiF2", 96.689), ("CoO0.9S0.1", 76.538), ("Ca.5Mg.5O", 48.19)]
)
def test_molar_masses(formula: str, mass: float) -> None:
    assert molar_mass(parse_formula(formula)) == pytest.approx(mass, abs=0.01)


def test_a_repeated_element_adds_up() -> None:
    assert parse_formula("Ni0.5NiNi0.5O2").cations == pytest.approx({"Ni": 2.0})


def test_equal_formulas_are_equal_and_hash_alike() -> None:
    assert parse_formula("NiO") == parse_formula("NiO")
    assert len({parse_formula("NiO"), parse_formula("NiO"), parse_formula("CoO")}) == 2


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", ["empty"]),
        ("   ", ["empty"]),
        ("Xx0.5O", ["unknown element 'Xx'", "position 1"]),
        ("NiGaO2", ["no data", "Ga", "position 3"]),
        ("NiCo", ["no anion"]),
        ("Ni", ["no anion"]),
        ("O2", ["no cation"]),
        ("OS", ["no cation"]),
        ("NiO2.5", ["balance", "+3", "-5", "-2"]),
        ("MgO2", ["balance", "+2", "-4"]),
        ("Mg2O", ["balance", "+4", "-2"]),
        ("Ni0O", ["zero", "position 3"]),
        ("NiO0.000", ["zero"]),
        ("Ni-1O", ["'-'", "position 3"]),
        ("NiO+", ["'+'", "position 4"]),
        ("Ni1e5O", ["'e'", "position 4"]),
        ("NiNaNO", ["no data for element N at position 5"]),
        ("nan", ["'n'", "position 1"]),
        ("Ni99999999O", ["above", "position 3"]),
        ("Ni" + "9" * 150 + "O", ["above", "position 3"]),
        ("Ni0.0000001O", ["amount of Ni"]),
        ("((((Ni)1000)1000)1000)O", ["amount of Ni"]),
        ("(NiO", ["'('", "position 1", "never closed"]),
        ("NiO)", ["')'", "position 4"]),
        ("Ni()O", ["empty brackets", "position 3"]),
        ("(" * 50 + "Ni" + ")" * 50 + "O", ["nested", "position 5"]),
        ("NiO" * 70, ["210 characters", "200"]),
        ("NiO₂", ["'₂'", "position 4"]),
        ("ＮiO", ["'Ｎ'", "position 1"]),
        ("Ni O", ["' '", "position 3"]),
        ("Ni\x00O", ["U+0000", "position 3"]),
        ("Ni\nO", ["U+000A", "position 3"]),
        ("2NiO", ["'2'", "position 1"]),
        ("Ni0.5.5O", ["'.'", "position 6"]),
        ("[Ni]O", ["'['", "round brackets"]),
        ("niO", ["'n'", "did you mean NiO?"]),
        ("xiO", ["'x'", "capital"]),
        ("NiO·H2O", ["'·'"]),
        ("Ni1,5O", ["comma at position 4", "decimal point", "Ni1.5O"]),
    ],
)
def test_bad_formulas_are_told_in_one_line(text: str, words: list[str]) -> None:
    with pytest.raises(InputError) as caught:
        parse_formula(text)
    message = str(caught.value)
    assert "\n" not in message
    assert len(message) < 400
    for word in words:
        assert word in message


@pytest.mark.parametrize("given_", [None, 3, b"NiO", ["Ni"]])
def test_what_is_no_text_is_refused(given_: object) -> None:
    with pytest.raises(InputError, match="text of a formula"):
        parse_formula(given_)  # type: ignore[arg-type]


def test_huge_text_is_refused_at_once() -> None:
    # By its length alone: the message says that, and not where in the text something is wrong.
    for text in ("(" * 1_000_000, "Ni" * 500_000, "9" * 1_000_000):
        with pytest.raises(InputError, match="characters"):
            parse_formula(text)


@given(
    amounts=st.dictionaries(st.sampled_from(DIVALENT), st.integers(1, 999), min_size=1),
    split=st.floats(0.0, 1.0),
)
def test_amounts_survive_the_round_trip(amounts: dict[str, int], split: float) -> None:
    total = sum(amounts.values())
    sulfur = round(split * total)
    anions = {el: n for el, n in (("O", total - sulfur), ("S", sulfur)) if n}
    text = "".join(f"{el}{n / 1000}" for el, n in {**amounts, **anions}.items())
    c = parse_formula(text)
    assert {**c.cations, **c.anions} == pytest.approx(
        {el: n / 1000 for el, n in {**amounts, **anions}.items()}
    )
    assert sum(c.cation_fractions.values()) == pytest.approx(1.0)
    assert sum(c.anion_fractions.values()) == pytest.approx(1.0)
    charge = sum(z * n for states in c.valences.values() for z, n in states.items())
    assert charge == pytest.approx(-sum(ANION_CHARGE[el] * n for el, n in c.anions.items()), rel=1e-6)
    for el, states in c.valences.items():
        assert math.fsum(states.values()) == pytest.approx(c.cations[el])


ALPHABET = st.sampled_from(
    [*"()0123456789.-eE+ ₂\n\x00[]nN", *DIVALENT, "Li", "O", "S", "F", "Se", "Xx", "Al"]
)


@settings(max_examples=400)
@given(st.one_of(st.text(max_size=60), st.lists(ALPHABET, max_size=40).map("".join)))
def test_any_text_parses_or_gives_one_line(text: str) -> None:
    message = "none"
    try:
        c = parse_formula(text)
    except InputError as error:
        message = str(error)
    else:
        assert math.isfinite(molar_mass(c))
    assert message
    assert message.isprintable()


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("nio", "NiO"),
        ("NIO", "NiO"),
        ("niO", "NiO"),
        ("mgo", "MgO"),
        ("nico2o4", "NiCo2O4"),
        ("ni0.8mg0.2o", "Ni0.8Mg0.2O"),
        ("(nimg)0.5o", "(NiMg)0.5O"),
    ],
)
def test_letters_of_the_wrong_case_are_set_right(text: str, right: str) -> None:
    """What is a formula but for its capitals is named as it should be written, and reads so."""
    assert in_capitals(text) == right
    with pytest.raises(InputError, match=re.escape(f"did you mean {right}?")):
        parse_formula(text)
    assert parse_formula(right).formula == right


@pytest.mark.parametrize("text", ["NiO", "heos-na", "o", "mg", "xyz", "", "n" * 500, "ni\u00f6"])
def test_what_is_right_or_no_formula_in_any_case_is_not_set_right(text: str) -> None:
    assert in_capitals(text) is None

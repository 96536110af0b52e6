"""An inference of a cell in words: what agrees, what cannot be had together, what remains unexplained."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from topotaxy.content.section import Paragraph, Part, Table
from topotaxy.report.cell.inference import (
    NEEDED,
    NOT_NEEDED,
    budget_parts,
    convergence_text,
    knockout_parts,
    listed,
    parameter_parts,
    words_of,
)


def words(parts: list[Part]) -> str:
    return " ".join(part.text for part in parts if isinstance(part, Paragraph))


def the_table(parts: list[Part]) -> Table:
    (found,) = [part for part in parts if isinstance(part, Table)]
    return found


def knockout(name: str, chi_squared: float, *missed: tuple[str, float]) -> dict[str, Any]:
    return {"name": name, "chi_squared": chi_squared, "missed": [list(m) for m in missed]}


def knockouts(*rest: dict[str, Any], whole: float = 10.0, **more: Any) -> dict[str, Any]:
    return {"knockouts": [knockout("nothing", whole, **more), *rest], "names": {"a.b": "first charge"}}


@pytest.mark.parametrize("stored", [None, 3, "text", {}, [1, "a", None]])
def test_a_list_that_is_none_has_no_objects(stored: object) -> None:
    assert listed({"x": stored}, "x") == []
    assert listed({}, "x") == []


def test_a_claim_without_a_name_keeps_its_id() -> None:
    assert words_of({"names": {"a": "one"}}, "a") == "one"
    assert words_of({"names": {"a": "one"}}, "b") == "b"
    assert words_of({"names": 5}, "b") == "b"


def test_one_seed_says_nothing_of_convergence() -> None:
    assert "nothing says how far" in convergence_text({})


@pytest.mark.parametrize(("agree", "said"), [(True, ": they agree."), (False, "do not agree within 0.3.")])
def test_two_seeds_agree_or_do_not(agree: bool, said: str) -> None:
    found = {"largest_difference": 1.449, "agree": agree, "of": "film_growth"}
    text = convergence_text({"convergence": found})
    assert text.endswith(said)
    assert "1.45 standard deviations" in text
    assert "film growth" in text


def test_without_knockouts_the_way_to_them_is_named() -> None:
    assert "--recalibrate" in words(knockout_parts({}))


def test_a_mechanism_is_needed_only_beyond_the_limit() -> None:
    """Between the limits nothing is said of it."""
    document = knockouts(
        knockout("film", 10.0 + NEEDED + 0.1, ("a.b", -2.26)),
        knockout("hysteresis", 10.0 + NEEDED - 0.1, ("a.b", 2.0)),
        knockout("diffusion", 10.0 + NOT_NEEDED),
    )
    text = words(knockout_parts(document))
    assert "Cannot be had together with what is missed beside them: film." in text
    assert "Fit as well: diffusion." in text
    assert "hysteresis" not in text


def test_a_fit_better_without_a_mechanism_does_not_need_it() -> None:
    assert "Fit as well: film." in words(knockout_parts(knockouts(knockout("film", 8.0))))


def test_what_the_whole_model_misses_is_said_first() -> None:
    document = {"knockouts": [knockout("nothing", 20.0, ("x", 2.8)), knockout("film", 40.0, ("y", 4.0))]}
    assert words(knockout_parts(document)).startswith("Even with all mechanisms these are not met: x (+2.8).")


def test_no_contradiction_is_said_in_words() -> None:
    between = 10.0 + 0.5 * (NOT_NEEDED + NEEDED)
    text = words(knockout_parts(knockouts(knockout("film", between))))
    assert text == "No statement contradicts another."


def test_every_knockout_has_its_row() -> None:
    table = the_table(knockout_parts(knockouts(knockout("film", 12.34, ("a.b", 1.0)))))
    assert table.rows == [["nothing", "10.0", "none"], ["film", "12.3", "first charge (+1.0)"]]


def test_a_budget_ends_with_what_nothing_explains() -> None:
    budget = {
        "ion": "Na",
        "stated": 641,
        "terms": {"couples": [400, 430, 460], "film": [10, 20, 30]},
        "remainder": [100, 191, 250],
        "chance": 0.012,
        "chance_claimed": 0.0004,
    }
    (table,) = budget_parts({"budgets": [budget]})
    assert isinstance(table, Table)
    assert table.caption == "First charge with Na: 641 mAh g⁻¹ stated"
    assert table.rows[0] == ["couples", "400", "430", "460"]
    assert table.rows[-1] == ["unexplained remainder", "100", "191", "250"]
    assert "0.012" in table.note
    assert "0.0004" in table.note


def test_without_a_claimed_chance_none_is_named() -> None:
    (table,) = budget_parts({"budgets": [{"ion": "Li", "stated": 1, "terms": {}, "chance": 0.5}]})
    assert isinstance(table, Table)
    assert "claimed" not in table.note
    assert table.rows == [["unexplained remainder", "–", "–", "–"]]


@pytest.mark.parametrize("budgets", [None, [], [{"terms": 3}], "x"])
def test_without_budgets_it_is_said(budgets: object) -> None:
    assert words(budget_parts({"budgets": budgets})) == "No first charge is stated."


def test_parameters_have_their_range_before_and_after() -> None:
    document = {
        "fitted_to": ["a"],
        "bounded_by": ["b"],
        "names": {"a": "one", "b": "two"},
        "parameters": [
            {"name": "film.growth_rate", "value": 2.0, "low": 1.0, "high": 3.0, "prior_low": 0.1, "unit": "1"}
        ],
        "correlations": [["film_growth", "area", -0.876]],
    }
    parts = parameter_parts(document)
    assert words(parts).startswith("Fitted to: one. Bounded by: two. Known together")
    assert "film growth and area (−0.88)" in words(parts)
    (row,) = the_table(parts).rows
    assert row[:5] == ["film, growth rate", "2.00", "1.00 to 3.00", "0.100 to –", ""]


json_values = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from(["names", "parameters", "budgets", "convergence"]), json_values))
def test_stored_documents_of_any_shape_have_lists(document: dict[str, Any]) -> None:
    for key in document:
        assert all(isinstance(entry, dict) for entry in listed(document, key))
    assert isinstance(words_of(document, "claim"), str)

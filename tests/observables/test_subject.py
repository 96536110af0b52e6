"""Subjects: text and fields say the same, and nothing that was said is lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from topotaxy.observables import Subject, observable
from topotaxy.observables.subject import parsed, reflection, reflection_text

indices = st.tuples(*[st.integers(-99, 99)] * 3)


@given(indices)
def test_indices_survive_their_text(hkl: tuple[int, int, int]) -> None:
    assert reflection(reflection_text(hkl)) == hkl
    assert parsed(reflection_text(hkl)) == Subject(reflection=hkl)


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("Ni", {"element": "Ni"}),
        ("Ni:metal", {"element": "Ni", "shell": "metal"}),
        ("(1-10)", {"reflection": (1, -1, 0)}),
        ("(10 0 0)", {"reflection": (10, 0, 0)}),
        ("D50", {"percentile": 50.0}),
        ("D97.5", {"percentile": 97.5}),
        ("charge peak 2", {"direction": "charge", "rank": 2}),
        ("falling", {"direction": "falling"}),
        ("", {}),
        ("  ", {"note": "  "}),
        ("rock salt", {"note": "rock salt"}),
        ("D0", {"note": "D0"}),
        ("(1234)", {"note": "(1234)"}),
        ("ni", {"note": "ni"}),
        ("discharge peak 0", {"note": "discharge peak 0"}),
    ],
)
def test_text_is_read_into_fields(text: str, fields: dict[str, object]) -> None:
    assert parsed(text) == Subject.model_validate(fields)


@given(st.text(max_size=60))
def test_no_text_is_refused_and_none_is_lost(text: str) -> None:
    found = parsed(text)
    assert (
        found.text.replace(" ", "") in (text.replace(" ", ""), text.strip().replace(" ", ""))
        or found.note == text
    )
    if text.strip():
        assert found


@given(
    st.builds(
        Subject,
        element=st.sampled_from(["", "Ni", "O"]),
        shell=st.sampled_from(["", "anion", "Cu"]),
        phase=st.sampled_from(["", "rock salt"]),
        reflection=st.none() | indices,
        percentile=st.none() | st.floats(1.0, 99.0),
        rank=st.none() | st.integers(1, 20),
    )
)
def test_a_subject_with_anything_said_shows_it(subject: Subject) -> None:
    assert bool(subject) == bool(subject.text)
    for word in (subject.element, subject.shell, subject.phase):
        assert word in subject.text


@pytest.mark.parametrize(
    "fields",
    [
        {"element": "nickel"},
        {"percentile": 0.0},
        {"percentile": 100.0},
        {"rank": 0},
        {"rank": True},
        {"direction": "sideways"},
        {"colour": "red"},
        {"note": "x" * 401},
    ],
)
def test_what_no_subject_can_be_is_refused(fields: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Subject.model_validate(fields)


def test_an_observable_takes_text_fields_and_a_document_alike() -> None:
    by_text = observable("bond_length", 2.08, origin="measured", subject="Ni:O")
    by_fields = observable("bond_length", 2.08, origin="measured", subject={"element": "Ni", "shell": "O"})
    by_document = observable("bond_length", 2.08, origin="measured", subject={"text": "Ni:O"})
    assert by_text == by_fields == by_document

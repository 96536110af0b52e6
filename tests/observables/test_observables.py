from __future__ import annotations

import json
import string
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from topotaxy.errors import InputError
from topotaxy.observables import (
    SCHEMA,
    VOCABULARY,
    Observable,
    from_csv,
    from_json,
    from_xarray,
    json_schema,
    observable,
    to_csv,
    to_json,
    to_xarray,
)

PUBLISHED = Path(__file__).parents[2] / "docs" / "schema" / "observables.schema.json"
REGENERATE = (
    'python -c "import json; from topotaxy.observables import json_schema; '
    'print(json.dumps(json_schema(), indent=1, ensure_ascii=False))" > docs/schema/observables.schema.json'
)

numbers = st.floats(allow_nan=False, allow_infinity=False)
words = st.text(alphabet=string.ascii_letters + string.digits + " ():,;\"'\n\rÅ⁰→", max_size=20)


@st.composite
def observables(draw: st.DrawFn) -> Observable:
    return observable(
        draw(st.sampled_from(sorted(VOCABULARY))),
        draw(numbers),
        uncertainty=draw(st.none() | st.floats(min_value=0.0, allow_nan=False, allow_infinity=False)),
        state=draw(st.sampled_from([None, "pristine", "discharged", "charged"])),
        cycle=draw(st.none() | st.integers(min_value=1, max_value=10**6)),
        subject=draw(words),
        technique=draw(words),
        origin=draw(st.sampled_from(["measured", "simulated", "stated"])),
        method=draw(words),
        source=draw(words),
        label=draw(st.sampled_from([None, "emergent", "calibrated", "held-out", "imposed"])),
    )


several = st.lists(observables(), max_size=5)


@given(several)
def test_json_keeps_everything(found: list[Observable]) -> None:
    assert from_json(to_json(found)) == found


@given(several)
def test_csv_keeps_everything(found: list[Observable]) -> None:
    assert from_csv(to_csv(found)) == found


@settings(deadline=None)
@given(several)
def test_xarray_keeps_everything(found: list[Observable]) -> None:
    assert from_xarray(to_xarray(found)) == found


@given(several)
def test_documents_follow_the_published_schema(found: list[Observable]) -> None:
    jsonschema.Draft202012Validator(json_schema()).validate(json.loads(to_json(found)))


@pytest.mark.skipif(not PUBLISHED.is_file(), reason="the documents are not beside these tests")
def test_the_published_schema_is_current_and_valid() -> None:
    published = json.loads(PUBLISHED.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(published)
    assert published == json_schema(), f"the vocabulary changed; run: {REGENERATE}"


GOOD = {"quantity": "lattice_parameter", "value": 4.2, "unit": "Å", "origin": "measured"}

BAD: list[dict[str, Any]] = [
    {**GOOD, "unit": "nm"},
    {**GOOD, "quantity": "vibes"},
    {**GOOD, "value": None},
    {**GOOD, "value": True},
    {**GOOD, "value": "four"},
    {**GOOD, "uncertainty": -0.1},
    {**GOOD, "cycle": 0},
    {**GOOD, "cycle": 1.5},
    {**GOOD, "origin": "guessed"},
    {**GOOD, "state": "tired"},
    {**GOOD, "label": "lucky"},
    {**GOOD, "colour": "red"},
    {k: v for k, v in GOOD.items() if k != "origin"},
]


@pytest.mark.parametrize("entry", BAD)
def test_schema_and_reader_refuse_the_same(entry: dict[str, Any]) -> None:
    document = {"schema": SCHEMA, "observables": [GOOD, entry]}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(json_schema()).validate(document)
    with pytest.raises(InputError, match=r"^run: observable 1, "):
        from_json(json.dumps(document), where="run")


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_a_number_that_is_not_finite_is_no_observable(value: float) -> None:
    with pytest.raises(ValidationError, match="finite"):
        observable("strain", value, origin="measured")
    with pytest.raises(ValidationError, match="finite"):
        observable("strain", 0.0, uncertainty=abs(value), origin="measured")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nonsense",
        "[]",
        "{}",
        '{"schema": "other/1", "observables": []}',
        f'{{"schema": "{SCHEMA}"}}',
        f'{{"schema": "{SCHEMA}", "observables": 3}}',
        f'{{"schema": "{SCHEMA}", "observables": [3]}}',
        f'{{"schema": "{SCHEMA}", "observables": [{{"value": NaN}}]}}',
        "[" * 100_000,
        "1" * 5_000,
    ],
)
def test_what_is_no_document_gives_one_line(text: str) -> None:
    with pytest.raises(InputError, match=r"^run: ") as refusal:
        from_json(text, where="run")
    assert str(refusal.value).isprintable()
    assert len(str(refusal.value)) < 300


@pytest.mark.parametrize(
    "text",
    [
        "",
        "quantity,value\nstrain,1\n",
        "quantity,value,unit,origin\nstrain,1\n",
        "quantity,value,unit,origin\nstrain,1,1,measured,and more\n",
        "quantity,value,unit,origin,colour\nstrain,1,1,measured,red\n",
        'quantity,value,unit,origin\n"strain,1,1,measured\n',
        "quantity,value,unit,origin\n" + "a" * 200_000 + ",1,1,measured\n",
    ],
)
def test_what_is_no_table_gives_one_line(text: str) -> None:
    with pytest.raises(InputError, match=r"^run: ") as refusal:
        from_csv(text, where="run")
    assert str(refusal.value).isprintable()
    assert len(str(refusal.value)) < 300


def test_a_dataset_without_a_field_is_refused() -> None:
    found = [observable("strain", 0.01, origin="measured")]
    with pytest.raises(InputError, match="missing variable 'method'"):
        from_xarray(to_xarray(found).drop_vars("method"))

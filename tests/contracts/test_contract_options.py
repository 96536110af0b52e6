"""Options of every technique: described, with units, of one kind under one name."""

from __future__ import annotations

from typing import Any

import pytest

from topotaxy.measurement.options import OptionField, fields_of
from topotaxy.measurement.sample import FILES, NAME, merged_fields
from topotaxy.measurement.technique import Technique, techniques
from topotaxy.units import CANONICAL

TAKEN = {
    NAME,
    FILES,
    "technique",
    "format",
    "mapping",
    "overlay",
    "out",
    "json",
    "no_report",
    "seed",
    "help",
    "state",
    "cycle",
    "replica",
}
"""Names that the command line and the sample's TOML have for themselves."""

MODELS = [
    (technique, model)
    for technique in techniques().values()
    for model in (technique.options, technique.instrument)
    if model is not None
]


@pytest.mark.parametrize(("technique", "model"), MODELS, ids=lambda value: getattr(value, "__name__", None))
def test_every_option_is_described_and_has_a_default(technique: Technique[Any], model: Any) -> None:
    assert model().model_dump() is not None
    for field in fields_of(model):
        assert field.name not in TAKEN
        assert field.description.endswith("."), (field.name, field.description)
        assert field.description[0].isupper(), field.name
        check_quantity(field)


def check_quantity(field: OptionField) -> None:
    if field.quantity is None:
        return
    assert field.quantity.dimension in CANONICAL, field.name
    # The example of the help has to be one that is taken.
    assert isinstance(field.quantity.from_text(field.quantity.example, field.flag), float)


def test_one_name_means_one_kind_of_value_in_all_techniques() -> None:
    every = tuple(techniques().values())
    merged = merged_fields(every)
    assert sum(len(fields) for fields in merged.values()) == sum(len(fields_of(t.options)) for t in every)
    for fields in merged.values():
        dimensions = {f.quantity.dimension for _, f in fields if f.quantity is not None}
        assert len(dimensions) <= 1


def test_options_and_instruments_share_no_name() -> None:
    options = {f.name for t in techniques().values() for f in fields_of(t.options)}
    for technique in techniques().values():
        if technique.instrument is not None:
            own = {f.name for f in fields_of(technique.instrument)}
            assert not own & options, "one flag of probe would set both"


def test_a_technique_without_a_probe_says_why() -> None:
    for technique in techniques().values():
        assert (technique.probe is None) == (technique.instrument is None) == bool(technique.no_probe)

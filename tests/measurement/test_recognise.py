"""Which file is of which technique, and what a refusal says."""

from __future__ import annotations

from pathlib import Path

import pytest

from topotaxy.errors import InputError
from topotaxy.measurement.recognise import format_named, headings, recognised, technique_named
from topotaxy.measurement.technique import Format, Technique, techniques


def test_a_refusal_names_columns_what_is_missing_and_the_mapping_file(tmp_path: Path) -> None:
    path = tmp_path / "cell.csv"
    path.write_text("test_time_second,voltage_volt,amperage\n0,1.5,0.1\n1,1.4,0.1\n", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        recognised(path)
    said = str(caught.value)
    assert said.startswith(
        "cell.csv: is no known export; its columns are test_time_second, voltage_volt, amperage"
    )
    assert "as Battery Data Format it lacks current_ampere" in said
    assert "--mapping" in said


def test_a_table_that_is_near_nothing_has_its_columns_named_alone(tmp_path: Path) -> None:
    path = tmp_path / "shop.csv"
    path.write_text("apples;pears\n1,5;2\n3;4\n", encoding="utf-8")
    with pytest.raises(InputError, match="its columns are apples, pears: say in a mapping file"):
        recognised(path)


def test_a_file_that_two_formats_take_is_refused_and_can_be_forced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "both.txt"
    path.write_bytes(b"BOTH 1 2 3")

    def taking(name: str) -> Technique:
        one = Format(f"{name} text", (".txt",), lambda head, path: head.startswith(b"BOTH"), lambda p, o: ())
        model = techniques()["cycling"]
        return Technique(
            name=name,
            title=name.title(),
            formats=lambda: (one,),
            options=model.options,
            observed=model.observed,
            shown=model.shown,
        )

    first, second = taking("first"), taking("second")
    with pytest.raises(InputError, match="has the headers of first text and of second text"):
        recognised(path, among=[first, second])
    assert recognised(path, among=[second]).technique is second
    assert recognised(path, among=[first, second], format="SECOND text").technique is second


def test_names_that_nothing_has_come_with_those_there_are() -> None:
    assert technique_named("cycling").name == "cycling"
    assert format_named("netzsch TEXT").technique.name == "thermogravimetry"
    with pytest.raises(InputError, match="no technique 'tga'; there are absorption, cycling, "):
        technique_named("tga")
    with pytest.raises(InputError, match="no format 'Excel'; there are "):
        format_named("Excel")


@pytest.mark.parametrize(
    ("head", "names"),
    [
        (b"# made\nT;p\n1,5;2,5\n", ["T", "p"]),
        (b"a b c\n1 2 3\n", []),
        (b"1,2\n3,4\n", []),
        (b"time,note,value,more\n1,x,2,3\n", ["time", "note", "value", "more"]),
        (b"\x00\x01\x02", []),
        (b"", []),
    ],
)
def test_headings_stand_above_numbers(head: bytes, names: list[str]) -> None:
    assert headings(head) == names

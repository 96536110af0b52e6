"""Laws of delimited text, workbooks, archives, mappings, clocks, dates and what libraries say."""

from __future__ import annotations

import datetime
import gzip
import logging
import os
import sys
import zipfile
import zlib
from pathlib import Path

import numpy as np
import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from topotaxy.errors import InputError
from topotaxy.measurement.files import archive, clock, dates, delimited, mapping, workbook
from topotaxy.measurement.files.listening import listening, panics_unprinted

NAMES = st.lists(
    st.text(alphabet="abcdefgh ()/", min_size=1, max_size=8).map(str.strip).filter(bool),
    min_size=2,
    max_size=6,
    unique=True,
)


def lines(count: int, columns: int, delimiter: str) -> list[str]:
    return [delimiter.join(str(100 * row + n) for n in range(columns)) for row in range(count)]


@given(NAMES, st.integers(1, 8), st.sampled_from(delimited.DELIMITERS), st.integers(0, 5))
def test_a_header_is_found_wherever_it_stands(
    names: list[str], rows: int, delimiter: str, above: int
) -> None:
    every = ["title"] * above + [delimiter.join(names), *lines(rows, len(names), delimiter)]
    found = delimited.find_header(every, lambda header: header == names)
    assert found == (above, delimiter)
    table = delimited.table("\n".join(every), header_line=above, delimiter=delimiter, source="a")
    assert table.header == tuple(names)
    assert table.numbers == list(range(above + 2, above + 2 + rows))
    for n, name in enumerate(names):
        wanted = [float(100 * row + n) for row in range(rows)]
        assert table.floats([name])[name].tolist() == wanted
        assert table.first(name) == str(n)
        assert table.column(name) == [str(100 * row + n) for row in range(rows)]


def test_a_header_that_nobody_accepts_is_none() -> None:
    assert delimited.find_header(["a,b", "1,2"], lambda header: False) is None


def test_columns_come_in_the_order_in_which_they_are_asked_for() -> None:
    table = delimited.table("b,a,c\n1,2,3\n4,5,6\n", header_line=0, delimiter=",", source="a")
    found = table.floats(["c", "b"])
    assert list(found) == ["c", "b"]
    assert found["b"].tolist() == [1.0, 4.0]
    assert found["c"].tolist() == [3.0, 6.0]


def test_a_wide_header_is_refused_unread() -> None:
    wide = ",".join(f"c{n}" for n in range(delimited.MOST_COLUMNS + 1))
    with pytest.raises(InputError, match="16385 columns, more than the 16384 read"):
        delimited.table(f"{wide}\n1,2\n", header_line=0, delimiter=",", source="a")


@pytest.mark.parametrize(
    ("text", "fields"),
    [("a, b ,c", ["a", "b", "c"]), ('"a","b b"', ["a", "b b"]), (",", ["", ""]), ("a", ["a"])],
)
def test_fields_are_stripped_of_blanks_and_quotes(text: str, fields: list[str]) -> None:
    assert delimited.fields(text, ",") == fields


@given(st.lists(st.text(alphabet="ab,1", max_size=6), max_size=500))
def test_a_head_has_the_first_lines_of_its_file(every: list[str]) -> None:
    head = "\n".join(every).encode()
    assert delimited.head_lines(head) == "\n".join(every).splitlines()[: delimited.HEADER_LINES]
    assert delimited.head_lines(b"\0" + head) == []


@pytest.mark.parametrize("name", ["a", "c"])
def test_a_column_has_one_place(name: str) -> None:
    assert delimited.place_of(("a", "b", "c"), name, "s") == "abc".index(name)
    with pytest.raises(InputError, match=f"names '{name}' twice"):
        delimited.place_of((name, "b", name), name, "s")


def book(path: Path, rows: list[list[object]]) -> Path:
    made = openpyxl.Workbook()
    for row in rows:
        made.active.append(row)
    made.save(path)
    return path


CELLS = st.floats(-1e9, 1e9, allow_nan=False).map(lambda value: float(f"{value:.12g}"))


@given(st.lists(st.tuples(CELLS, st.integers(-(10**6), 10**6)), min_size=1, max_size=12))
def test_numbers_of_a_sheet_read_back(rows: list[tuple[float, int]]) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = book(Path(folder) / "a.xlsx", [["x", "n"], *map(list, rows)])
        found = workbook.table(path, lambda header: header == ["x", "n"])
        assert found.floats(["x"])["x"].tolist() == pytest.approx([x for x, _ in rows], rel=1e-12)
        assert found.floats(["n"])["n"].tolist() == [float(n) for _, n in rows]
        assert list(found.numbers) == list(range(2, len(rows) + 2))


def test_a_workbook_is_known_by_its_parts(tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", [["x"], [1]])
    assert workbook.is_workbook(path.read_bytes()[:4096])
    assert not workbook.is_workbook(b"PK\x03\x04" + bytes(100))
    assert not workbook.is_workbook(b"hello")


def test_sheets_with_a_header_are_listed_with_its_row(tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", [["made by"], ["x", "y"], [1, 2]])
    assert workbook.sheets_headed(path, lambda header: header == ["x", "y"]) == [("Sheet", 1)]
    assert workbook.sheets_headed(path, lambda header: header == ["z"]) == []
    with pytest.raises(InputError, match="no sheet with the columns"):
        workbook.table(path, lambda header: header == ["z"])


def test_a_header_without_rows_is_refused(tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", [["x", "y"]])
    with pytest.raises(InputError, match="a header and no data rows"):
        workbook.table(path, lambda header: header == ["x", "y"])


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (datetime.time(1, 2, 3), "1:02:03.000000"),
        (datetime.timedelta(days=2, seconds=1.5), "48:00:01.500000"),
        (3.0, "3"),
        (2.5, "2.5"),
        ("  a ", "a"),
    ],
)
def test_cells_are_text_where_text_is_asked_for(tmp_path: Path, cell: object, text: str) -> None:
    path = book(tmp_path / "a.xlsx", [["t", "x"], [cell, 1]])
    assert workbook.table(path, lambda header: header == ["t", "x"]).first("t") == text


def test_a_workbook_that_is_damaged_is_one_line(tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", [["x"], [1]])
    data = path.read_bytes()
    for number, body in enumerate(
        (data[: len(data) // 2], data[:200] + bytes(200) + data[400:], b"PK\x03\x04")
    ):
        damaged = tmp_path / f"{number}.xlsx"
        damaged.write_bytes(body)
        with pytest.raises(InputError) as refused:
            workbook.table(damaged, lambda header: header == ["x"])
        assert "\n" not in str(refused.value)


def test_an_archive_without_sheets_is_no_workbook(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("[Content_Types].xml", "<a/>")
    with pytest.raises(InputError, match="without sheets"):
        workbook.sheets_headed(path, lambda header: True)


def test_more_parts_than_any_file_has_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as file:
        for number in range(archive.MOST_PARTS + 1):
            file.writestr(str(number), b"")
    with pytest.raises(InputError, match="holds 5001 parts, more than the 5000"):
        archive.opened(path)


@pytest.mark.parametrize("wbits", [15, 31])
@given(st.binary(max_size=500))
def test_streams_of_zlib_and_gzip_unpack(wbits: int, data: bytes) -> None:
    packed = zlib.compress(data) if wbits == 15 else gzip.compress(data)
    assert archive.inflated(packed, 1000, wbits=wbits) == (data, True, False)
    with pytest.raises(ValueError, match=r".+"):
        archive.inflated(b"\x00\x01" + packed, 1000, wbits=wbits)


def test_zips_are_known_by_their_first_bytes() -> None:
    assert archive.is_zip(b"PK\x03\x04rest")
    assert not archive.is_zip(b"PK\x05\x06")


def seconds(*texts: str) -> list[float]:
    return clock.seconds(texts, range(2, 2 + len(texts)), source="a.csv", heading="t").tolist()


@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_durations_add(a: int, b: int) -> None:
    def text(total: int) -> str:
        return f"{total // 3600}:{total // 60 % 60:02d}:{total % 60:02d}"

    first, second, both = seconds(text(a), text(b), text(a + b))
    assert first + second == both


@given(st.integers(0, 500), st.sampled_from(["2024-02-28 23:00:00", "31/12/2023 22:10:05"]))
def test_moments_count_from_the_first(hours: int, start: str) -> None:
    form = "%Y-%m-%d %H:%M:%S" if start.startswith("2024") else "%d/%m/%Y %H:%M:%S"
    first = datetime.datetime.strptime(start, form).replace(tzinfo=datetime.UTC)
    later = first + datetime.timedelta(hours=hours)
    found = dates.seconds_since_first([start, later.strftime(form)], [2, 3], source="a", heading="t")
    assert found.tolist() == [0.0, 3600.0 * hours]


def mapped(folder: Path, text: str) -> mapping.ColumnMapping:
    path = folder / "map.toml"
    path.write_text(text, encoding="utf-8")
    return mapping.load(path)


UNITS = {"time_second": {"s": 1.0, "min": 60.0}, "value": {"mv": 1e-3}}


def test_a_mapping_says_technique_sample_and_columns(tmp_path: Path) -> None:
    found = mapped(
        tmp_path,
        'technique = "cycling"\n[columns]\ntime_second = { heading = " t ", unit = "min" }\nvalue = "v"\n'
        "[sample]\nmass_gram = 0.5\n",
    )
    assert found.technique == "cycling"
    assert found.sample == {"mass_gram": 0.5}
    assert found.scales(UNITS, ("time_second",)) == {"time_second": ("t", 60.0), "value": ("v", 1.0)}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "lacks the table"),
        ("[columns]\nvalue = 3", "value has to be"),
        ('[columns]\nvalue = { heading = "v", size = 2 }', "value has to be"),
        ('decimal = "x"\n[columns]\nvalue = "v"', "decimal is 'x'; it is one of"),
        ("[columns]\nvalue = {", "is no TOML"),
    ],
)
def test_a_mapping_that_says_nothing_is_refused(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        mapped(tmp_path, text)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_a_mapping_reads_what_separates_the_columns(tmp_path: Path, delimiter: str) -> None:
    quoted = delimiter.replace("\t", "\\t")
    found = mapped(tmp_path, f'delimiter = "{quoted}"\n[columns]\ntime_second = "t"\nvalue = "v"')
    path = tmp_path / "a.csv"
    path.write_text(f"v{delimiter}t\n1{delimiter}2\n3{delimiter}4\n", encoding="utf-8")
    columns, notes = mapping.read_columns(path, found, found.scales(UNITS, ()))
    assert columns["time_second"].tolist() == [2.0, 4.0]
    assert columns["value"].tolist() == [1.0, 3.0]
    assert notes == ()


def test_a_mapping_may_leave_an_unfinished_line_out(tmp_path: Path) -> None:
    found = mapped(tmp_path, 'incomplete_last_line = "leave out"\n[columns]\ntime_second = "t"')
    path = tmp_path / "a.csv"
    path.write_text("t,v\n1,2\n3", encoding="utf-8")
    columns, notes = mapping.read_columns(path, found, found.scales(UNITS, ()))
    assert columns["time_second"].tolist() == [1.0]
    assert "left out" in notes[0]


@pytest.mark.parametrize("level", [logging.WARNING, logging.ERROR])
def test_what_is_below_a_level_is_not_heard(level: int) -> None:
    logger = logging.getLogger("made.other")
    with listening("made", level) as said:
        logger.warning("warned")
        logger.error("failed")
    assert said == (["warned", "failed"] if level == logging.WARNING else ["failed"])


def test_listening_leaves_the_logger_as_it_was() -> None:
    logger = logging.getLogger("made.kept")
    before = (logger.level, logger.propagate, list(logger.handlers))
    with pytest.raises(RuntimeError), listening("made.kept"):
        raise RuntimeError
    assert (logger.level, logger.propagate, list(logger.handlers)) == before


def test_panics_of_compiled_code_stay_off_the_terminal(capfd: pytest.CaptureFixture[str]) -> None:
    with panics_unprinted():
        os.write(2, b"thread panicked\n")
    os.write(2, b"after\n")
    sys.stderr.flush()
    assert capfd.readouterr().err == "after\n"


def test_a_csv_of_numbers_is_an_array_of_its_rows() -> None:
    table = delimited.table("a;b\n1,5;2\n2,5;3\n", header_line=0, delimiter=";", source="a")
    found = table.floats(["a", "b"])
    np.testing.assert_array_equal(np.column_stack([found["a"], found["b"]]), [[1.5, 2.0], [2.5, 3.0]])

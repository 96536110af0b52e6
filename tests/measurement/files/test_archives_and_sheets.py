"""Archives and workbooks: looked at before they are unpacked, laid out no larger than they are."""

from __future__ import annotations

import datetime
import io
import logging
import zipfile
import zlib
from pathlib import Path

import numpy as np
import openpyxl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from topotaxy.errors import InputError
from topotaxy.measurement.files import archive, workbook
from topotaxy.measurement.files.listening import listening


def zipped(path: Path, parts: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in parts.items():
            file.writestr(name, data)
    return path


def test_parts_come_out_as_they_went_in(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", {"x": b"1" * 1000, "y/z": b""})
    with archive.opened(path) as parts:
        assert archive.part(parts, "x", where="a.zip") == b"1" * 1000
        assert archive.part(parts, "y/z", where="a.zip") == b""
        with pytest.raises(InputError, match="lacks its part 'w'"):
            archive.part(parts, "w", where="a.zip")


@pytest.mark.parametrize("name", ["../out", "/etc/passwd", "a/../../b", "..\\out"])
def test_a_part_that_leaves_the_archive_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match="leaves the archive"):
        archive.opened(zipped(tmp_path / "a.zip", {name: b"x"}))


def test_a_bomb_is_refused_by_its_directory(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", {"x": bytes(archive.RATIO_FROM + 1)})
    with pytest.raises(InputError, match="refused as a zip bomb"):
        archive.opened(path)


@given(st.integers(0, 400), st.integers(1, 255))
def test_a_damaged_archive_is_refused_or_gives_what_it_held(at: int, change: int) -> None:
    buffer = io.BytesIO()
    held = bytes(range(200))
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr("x", held)
    data = bytearray(buffer.getvalue())
    data[at % len(data)] ^= change
    path = Path(io.BytesIO.__name__)  # Only its name is said.
    try:
        with zipfile.ZipFile(io.BytesIO(bytes(data))) as parts:
            found = archive.part(parts, "x", where=path.name)
    except (InputError, zipfile.BadZipFile, NotImplementedError, ValueError, OSError):
        return
    assert found == held


def test_entities_are_refused() -> None:
    archive.no_entities(b"<a>&amp;</a>", "x", where="a")
    with pytest.raises(InputError, match="declares a document type"):
        archive.no_entities(b"<!DocType a [<!ENTITY b 'c'>]>", "x", where="a")


@given(st.binary(max_size=3000), st.integers(1, 4000))
@example(b"\x00\x00", 1)
def test_no_more_is_inflated_than_is_asked_for(data: bytes, most: int) -> None:
    found, ended, more = archive.inflated(zlib.compress(data), most)
    assert data.startswith(found)
    assert len(found) <= most
    assert (found == data) == (len(data) <= most)
    assert more == (len(data) > most)
    assert ended == (not more)


@given(st.binary(max_size=3000), st.integers(1, 4000), st.data())
def test_a_stream_that_is_cut_short_never_ends(data: bytes, most: int, draw: st.DataObject) -> None:
    packed = zlib.compress(data)
    cut = draw.draw(st.integers(0, len(packed) - 1))
    found, ended, _ = archive.inflated(packed[:cut], most)
    assert data.startswith(found)
    assert not ended


def sheet(path: Path, sheets: dict[str, list[list[object]]]) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        page = book.create_sheet(name)
        for row in rows:
            page.append(row)
    book.save(path)
    return path


def is_header(header: list[str]) -> bool:
    return header == ["t", "v"]


def test_a_sheet_gives_its_numbers_texts_and_durations(tmp_path: Path) -> None:
    rows = [["t", "v"], [datetime.timedelta(hours=26, minutes=5), 1.5], [datetime.timedelta(seconds=1), 2]]
    path = sheet(tmp_path / "a.xlsx", {"info": [["made"]], "data": [["title"], *rows]})
    table = workbook.table(path, is_header)
    assert table.floats(["v"])["v"].tolist() == [1.5, 2.0]
    assert table.column("t") == ["26:05:00.000000", "0:00:01.000000"]
    assert list(table.numbers) == [3, 4]


def test_sheets_with_one_header_follow_one_another_and_others_are_refused(tmp_path: Path) -> None:
    path = sheet(tmp_path / "a.xlsx", {"1": [["t", "v"], [0, 1]], "2": [["t", "v"], [1, 2]]})
    assert workbook.table(path, is_header).floats(["v"])["v"].tolist() == [1.0, 2.0]
    path = sheet(tmp_path / "b.xlsx", {"1": [["t", "v"], [0, 1]], "2": [["v", "t"], [1, 2]]})
    with pytest.raises(InputError, match="have different columns"):
        workbook.table(path, lambda header: sorted(header) == ["t", "v"])


@pytest.mark.parametrize(
    ("cell", "said"), [("x", "is 'x', not a number"), (None, "is empty"), (True, "is 'True', not a number")]
)
def test_a_cell_that_is_no_number_is_refused_with_its_row(tmp_path: Path, cell: object, said: str) -> None:
    path = sheet(tmp_path / "a.xlsx", {"1": [["t", "v"], [0, 1], [1, cell]]})
    with pytest.raises(InputError, match=f"row 3: 'v' {said}"):
        workbook.table(path, is_header).floats(["v"])


def test_a_sheet_that_spans_more_cells_than_memory_holds_is_refused_unread(tmp_path: Path) -> None:
    path = sheet(tmp_path / "a.xlsx", {"1": [["t", "v"], [0, 1]]})
    with zipfile.ZipFile(path) as parts:
        held = {name: parts.read(name) for name in parts.namelist()}
    name = next(name for name in held if "sheet1" in name)
    held[name] = held[name].replace(b'r="B2"', b'r="XFD1048576"')
    with pytest.raises(InputError, match=r"more than the 1\.2e\+07 read"):
        workbook.table(zipped(tmp_path / "b.xlsx", held), is_header)


def test_what_a_library_says_is_heard_and_not_printed(capsys: pytest.CaptureFixture[str]) -> None:
    logger = logging.getLogger("made.library")
    with listening("made") as said:
        logger.warning("bad %d", 3)
        logger.info("fine")
    assert said == ["bad 3"]
    assert logger.getEffectiveLevel() == logging.getLogger().getEffectiveLevel()
    assert capsys.readouterr() == ("", "")
    assert np.isfinite(logging.getLogger("made").level)

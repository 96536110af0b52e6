"""Crafted files: one line and no more, in seconds and little memory; good controls are read."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from cycler_files import data_folder

from topotaxy.errors import InputError
from topotaxy.measurement.files import workbook

FOLDER = data_folder().parent / "hostile"
GOOD = {"xlsx_good.xlsx", "pq_small.parquet"}
WALK = """
import json, resource, sys, time
from pathlib import Path
from topotaxy.errors import InputError
from topotaxy.measurement.analysis import analysed_files
from topotaxy.measurement.sample import Given
import pandas, python_calamine, pyarrow.parquet, fastnda
mapped = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (mapped + int(sys.argv[2]),) * 2)
for path in sorted(Path(sys.argv[1]).glob("*.*")):
    if path.suffix == ".md":
        continue
    start = time.process_time()
    try:
        analysed_files([path], Given())
        said = ""
    except InputError as error:
        said = str(error)
    print(json.dumps([path.name, said, time.process_time() - start]), flush=True)
"""


@pytest.mark.skipif(not FOLDER.is_dir(), reason="the crafted files are not here; set TOPOTAXY_DATA")
@pytest.mark.skipif(sys.platform != "linux", reason="limits the address space")
def test_crafted_files_are_one_line_and_good_ones_are_read() -> None:
    # Libraries map memory for each core that they find.
    alone = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "POLARS_MAX_THREADS"), "1")
    done = subprocess.run(
        [sys.executable, "-c", WALK, str(FOLDER), "2000000000"],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | alone,
    )
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0, f"after {found[-1:]}: {done.stderr[-500:]}"
    assert {name for name, *_ in found} >= GOOD
    for name, said, seconds in found:
        assert (said == "") == (name in GOOD), (name, said)
        assert "\n" not in said
        assert len(said) < 500
        assert seconds < 60, name


def sheet(rows: str) -> bytes:
    return f'<?xml version="1.0"?><worksheet><sheetData>{rows}</sheetData></worksheet>'.encode()


@pytest.mark.parametrize(
    ("rows", "cells"),
    [
        ('<row r="1"><c r="A1"/><c r="C1"/></row><row r="2"><c r="B2"/></row>', 6),
        # Rows and cells that do not say where they stand follow the one before.
        ("<row><c/><c/></row><row><c/></row>", 4),
        ('<row r="1048576"><c/><c/><c/></row>', 3 * 1048576),
        ('<row spans="1:2" r="500"><c/></row>', 500),
        ('<x:row r="7"><x:c/><x:c/></x:row>', 14),
        ('<row r="3"><c r="A3"/></row><row><c r="XFD4"/></row>', 4 * 16384),
        ("", 0),
    ],
)
def test_a_sheet_is_as_large_as_its_furthest_cell(rows: str, cells: int) -> None:
    assert workbook._cells(sheet(rows)) >= cells
    assert workbook._cells(sheet(rows)) <= 2 * cells


def test_a_row_far_below_is_refused_before_anything_is_laid_out(tmp_path: Path) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as book:
        book.writestr("[Content_Types].xml", "<Types/>")
        book.writestr("xl/worksheets/sheet1.xml", sheet('<row r="1048576">' + "<c/>" * 20 + "</row>"))
    path = tmp_path / "far.xlsx"
    path.write_bytes(packed.getvalue())
    with pytest.raises(InputError, match=r"spans .* cells, more than"):
        workbook.sheets_headed(path, lambda header: True)

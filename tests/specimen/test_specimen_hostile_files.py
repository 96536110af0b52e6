"""Files that are damaged, lie or are nothing of the kind: one line, never a traceback."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from topotaxy.errors import InputError
from topotaxy.specimen import read
from topotaxy.specimen.builders import rock_salt
from topotaxy.specimen.exchange import text_of

GOOD = text_of(rock_salt("NiO", 1), "xyz")
LINES = GOOD.splitlines()


def refused(path: Path, content: bytes | str) -> str:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(InputError) as caught:
        read(path)
    message = str(caught.value)
    assert "\n" not in message
    assert path.name in message
    return message


def replaced(number: int, line: str) -> str:
    return "\n".join([*LINES[:number], line, *LINES[number + 1 :]]) + "\n"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "neither"),
        ("hello\nworld\n", "neither"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "neither"),
        ("8\n" + " " * 100, "line 2"),
        ("99999999999\n\nNi 0 0 0\n", "cannot hold"),
        (replaced(0, "9"), "ends after 8 of 9"),
        (replaced(3, LINES[3] + " 7"), "columns"),
        (replaced(3, "Ni 0 0"), "line 4: 3 columns"),
        (replaced(3, LINES[3].replace("Ni", "Qq")), "no element"),
        (replaced(3, LINES[3].replace("Ni", "Nickel")), "no element"),
        (replaced(3, LINES[3].replace("frame", "glass")), "phase"),
        (replaced(3, "Ni nan 0 0 2.0 frame 1 -1"), "finite"),
        (replaced(3, "Ni inf 0 0 2.0 frame 1 -1"), "finite"),
        (replaced(3, "Ni x 0 0 2.0 frame 1 -1"), "cannot be read"),
        (replaced(3, "Ni 1 0 0 nan frame 1 -1"), "valences"),
        (replaced(3, "Ni 1 0 0 2.0 frame 0 -1"), "identity"),
        (replaced(3, "Ni 1 0 0 2.0 frame 1 5"), "cluster"),
        (replaced(3, "Ni 1 0 0 2.0 frame 99999999999999999999999 -1"), "cannot be read"),
        (replaced(1, LINES[1].replace("state=pristine", "state=melted")), "state"),
        (replaced(1, LINES[1].replace("cycle=0", "cycle=-4")), "cycle"),
        (replaced(1, LINES[1].replace("cycle=0", "cycle=x")), "cycle"),
        (replaced(1, LINES[1].replace("species:S:1", "species:S:0")), "Properties"),
        (replaced(1, LINES[1].replace("pos:R:3", "pos:R:2")), "Properties"),
        (replaced(1, 'Lattice="1 0 0 0 1 0 0 0"' + LINES[1].split('"', 2)[2]), "Lattice"),
        (replaced(1, 'Lattice="1 0 0 0 1 0 0 0 0"' + LINES[1].split('"', 2)[2]), "volume"),
        (replaced(1, 'Lattice="1 0 0 0 1 0 0 0 nan"' + LINES[1].split('"', 2)[2]), "volume"),
        (replaced(1, LINES[1].replace('centres="[]"', 'centres="[[1,2,3]]"')), "centres"),
        (replaced(1, LINES[1].replace('notes="[]"', 'notes="[')), "line 2"),
        (replaced(1, LINES[1].replace('notes="[]"', f'notes="{"[" * 100_000}"')), "line 2"),
        ("data_x\n", "no atoms"),
        ("data_x\nloop_\n_atom_site_fract_x\n", "no CIF|no cell"),
        ("data_x\n_cell_length_a 'unterminated\n", "no CIF"),
        ("data_x\nloop_\n_atom_site_label\n_atom_site_fract_x\nNi1 0\n", "cell|atom"),
    ],
)
def test_one_line_says_what_is_wrong(tmp_path: Path, content: bytes | str, says: str) -> None:
    import re

    assert re.search(says, refused(tmp_path / "file.dat", content))


def test_missing_files_and_folders(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read(tmp_path / "nothing.xyz")
    with pytest.raises(InputError, match="folder"):
        read(tmp_path)


@pytest.mark.parametrize("kind", ["xyz", "cif"])
def test_a_file_cut_or_damaged_anywhere_is_read_or_refused_in_one_line(tmp_path: Path, kind: str) -> None:
    good = text_of(rock_salt("MgO", 1), kind).encode()
    rng = np.random.default_rng(1)
    path = tmp_path / f"file.{kind}"
    messages = []
    for _ in range(150):
        data = bytearray(good[: rng.integers(0, len(good))] if rng.random() < 0.5 else good)
        for place in rng.integers(0, max(len(data), 1), 3):
            if len(data):
                data[place] = rng.integers(0, 256)
        path.write_bytes(bytes(data))
        try:
            found = read(path)
        except InputError as error:
            messages.append(str(error))
        else:
            assert np.isfinite(found.positions).all()
    assert messages
    assert not any("\n" in message for message in messages)

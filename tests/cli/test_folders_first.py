"""A folder that cannot take the results is refused before anything is read or computed."""

from __future__ import annotations

from pathlib import Path

import pytest
from outcome import Call

VERBS = {
    "judge": ("judge", "no-such-paper"),
    "analyse": ("analyse", "no-such-file"),
    "probe": ("probe", "no-such-run", "--technique", "diffraction"),
}


@pytest.mark.parametrize("verb", VERBS)
def test_a_folder_of_others_is_refused_before_what_is_asked_is_looked_at(
    topotaxy: Call, verb: str, tmp_path: Path
) -> None:
    (tmp_path / "others").mkdir()
    (tmp_path / "others" / "notes.txt").write_text("mine", encoding="utf-8")
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    for out, said in (("others", "is not empty and holds no"), ("file", "is a file, expected a folder")):
        found = topotaxy(*VERBS[verb], "--out", out)
        assert found.status == 2
        assert f"{out}: {said}" in found.err
        assert "no-such" not in found.err
    assert (tmp_path / "others" / "notes.txt").read_text(encoding="utf-8") == "mine"
    assert (tmp_path / "file").read_text(encoding="utf-8") == "mine"
    assert topotaxy(*VERBS[verb], "--out", "free").files == {"others", "others/notes.txt", "file"}

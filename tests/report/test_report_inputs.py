from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from looking import Seen, page_of, words_of
from synthetic_run import HOSTILE, atoms_table, provenance

from topotaxy.report.html import html
from topotaxy.report.run.atoms import atoms_parts
from topotaxy.report.run.folder import RunFolder
from topotaxy.report.run.inputs import input_parts

JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


def folder_with(**changes: Any) -> RunFolder:
    document = provenance("a run") | changes
    return RunFolder(path=Path("run"), provenance=document, attrs={"ion": "Na"})


def atoms(**changes: Any) -> dict[str, Any]:
    return {"tables": [atoms_table() | changes], "absent": ""}


def test_every_input_shows_its_row() -> None:
    text = words_of(input_parts(folder_with()))
    assert "energetics/tables/assumptions.csv: cation_barrier" in text
    assert "formation gibbs NiO" in text
    assert "material/tables/phases.csv: NiO" in text


def test_what_atoms_say_has_both_errors_and_its_row() -> None:
    text = words_of(atoms_parts(folder_with()))
    assert "0.90 ± 0.06" in text
    assert "Systematic error of a voltage: 0.44 V (rms difference to another potential)" in text
    assert "heos-na-potential: displacement_voltage Ni removed" in text
    assert "K of 4.7 ± 1.2 (sites) ± 10.5 (systematic) eV" in text
    assert "none of them enters it" in text


@pytest.mark.parametrize(
    ("others", "verdict"),
    [(0.2, "no difference can be claimed"), (0.5, "favours"), (-0.3, "disfavours the claimed cations")],
)
def test_selectivity_is_claimed_beyond_two_standard_errors_only(others: float, verdict: str) -> None:
    # Means of three and of two errors of 0.06 V: the difference is known to 0.055 V.
    found = {"tables": [atoms_table(others=others)], "absent": ""}
    assert verdict in words_of(atoms_parts(folder_with(atoms=found)))


def test_a_stiffness_outside_its_range_or_absent_is_words_of() -> None:
    outside = {"value": 40.0, "standard_error": 1.0, "systematic_error": 2.0, "agrees": False}
    assert "outside the range" in words_of(atoms_parts(folder_with(atoms=atoms(stiffness=outside))))
    absent = {"value": None, "why": "the table has no energy of mixing"}
    text = words_of(atoms_parts(folder_with(atoms=atoms(stiffness=absent))))
    assert "no valence stiffness K: the table has no energy of mixing" in text


def test_without_a_table_the_reason_stands_there() -> None:
    none = {"tables": [], "absent": "no table that ships with this version holds NiO with K"}
    assert "Nothing: no table that ships" in words_of(atoms_parts(folder_with(atoms=none)))
    older = folder_with(atoms=None, handbook=None)
    assert "Absent, because provenance.json has no entry 'atoms'" in words_of(input_parts(older))
    assert "no list 'handbook'" in words_of(input_parts(older))


def test_text_from_the_run_folder_is_escaped() -> None:
    found = atoms(name=HOSTILE, potential=HOSTILE, cations=[{"element": HOSTILE, "row": HOSTILE}])
    text = html(page_of(atoms_parts(folder_with(atoms=found))), {})
    assert HOSTILE not in text
    assert HOSTILE in Seen(text).said()


@given(JSON, JSON, JSON)
def test_any_provenance_can_be_read(cations: Any, stiffness: Any, handbook: Any) -> None:
    found = {"tables": [{"cations": cations, "stiffness": stiffness}, handbook], "absent": stiffness}
    assert words_of(input_parts(folder_with(atoms=found, handbook=handbook, parameters=[handbook])))

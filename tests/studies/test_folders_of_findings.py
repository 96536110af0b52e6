"""Folders of an audit and of a judgement, and what is judged: sources in any form, refusals in one line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from topotaxy.content.section import Items, Page, Paragraph
from topotaxy.errors import InputError
from topotaxy.evidence import audit_document, load_ledger
from topotaxy.evidence import audited as audit_of
from topotaxy.observables import Conditions, Observable, observable, to_csv, to_json
from topotaxy.results import PROVENANCE_FILE
from topotaxy.studies import judging
from topotaxy.studies.auditing import AUDIT_FILE, write_audit
from topotaxy.studies.judging import JUDGEMENT_FILE, beside_the_verdict, case_of_sources, write_judgement
from topotaxy.version import __version__

CONSISTENT = Path(__file__).parents[1] / "evidence" / "consistent.toml"
LEDGER = load_ledger(str(CONSISTENT))
FOUND = audit_of(LEDGER)


def drawn(folder: Path, page: Page) -> Path:
    path = folder / "report.html"
    path.write_text(page.verdict, encoding="utf-8")
    return path


def audited(out: Path) -> Path:
    return write_audit(FOUND, LEDGER, out, draw=drawn)


def judged(out: Path) -> Path:
    return write_judgement(SimpleNamespace(), out, seed=7)  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def plain_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    """The document of a verdict is the judge's own; here it is a few words."""
    monkeypatch.setattr(judging, "document", lambda verdict: {"verdict": "undecided", "case": "ä"})


WRITERS: list[tuple[Callable[[Path], Path], str, str]] = [
    (audited, AUDIT_FILE, "holds no audit"),
    (judged, JUDGEMENT_FILE, "holds no judgement"),
]


@pytest.mark.parametrize(("write", "file", "said"), WRITERS)
def test_a_folder_that_holds_something_else_is_refused_and_left(
    write: Callable[[Path], Path], file: str, said: str, tmp_path: Path
) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.txt").write_text("precious")
    with pytest.raises(InputError, match=said):
        write(tmp_path / "full")
    assert [p.name for p in (tmp_path / "full").iterdir()] == ["thesis.txt"]
    (tmp_path / "file").write_text("precious")
    with pytest.raises(InputError, match="is a file, expected a folder"):
        write(tmp_path / "file")
    assert (tmp_path / "file").read_text() == "precious"


@pytest.mark.parametrize(("write", "file", "said"), WRITERS)
def test_a_new_an_empty_and_an_earlier_folder_are_taken(
    write: Callable[[Path], Path], file: str, said: str, tmp_path: Path
) -> None:
    (tmp_path / "empty").mkdir()
    for name in ("new", "empty", "new"):
        path = write(tmp_path / name)
        assert path.parent == tmp_path / name
        assert (tmp_path / name / file).is_file()
    first = (tmp_path / "new" / file).read_bytes()
    assert first == (tmp_path / "empty" / file).read_bytes()


def test_an_audit_is_written_with_its_page_and_its_paper(tmp_path: Path) -> None:
    path = audited(tmp_path / "out")
    document = json.loads((tmp_path / "out" / AUDIT_FILE).read_text(encoding="utf-8"))
    assert document.pop("schema") == "topotaxy/audit/1"
    assert document == json.loads(json.dumps(audit_document(FOUND)))
    assert path.read_text(encoding="utf-8")
    said = json.loads((tmp_path / "out" / PROVENANCE_FILE).read_text(encoding="utf-8"))
    assert said["paper"]["citation"] == "invented for the tests"
    assert {AUDIT_FILE, "report.html"} <= set(said["files"])


def test_a_page_that_cannot_be_drawn_leaves_the_earlier_audit(tmp_path: Path) -> None:
    audited(tmp_path / "out")
    before = {p.name: p.read_bytes() for p in (tmp_path / "out").iterdir()}

    def broken(folder: Path, page: Page) -> Path:
        raise OSError("no space left")

    with pytest.raises(OSError, match="no space"):
        write_audit(FOUND, LEDGER, tmp_path / "out", draw=broken)
    assert {p.name: p.read_bytes() for p in (tmp_path / "out").iterdir()} == before


def test_a_judgement_says_who_made_it_with_which_seed(tmp_path: Path) -> None:
    found = json.loads(judged(tmp_path / "deep" / "out").read_text(encoding="utf-8"))
    assert found["made_by"] == {"topotaxy": __version__, "seed": 7}
    assert (found["verdict"], found["case"]) == ("undecided", "ä")


# --- what is judged


def seen(sample: str = "NiO", electrode: str = "Li") -> list[Observable]:
    conditions = Conditions(sample=sample, role="half-cell-anode", electrode=electrode, cycle=1, current=0.1)
    numbers = {"specific_capacity_discharge": 900.0, "specific_capacity_charge": 690.0}
    return [
        observable(name, value, conditions=conditions, origin="measured", technique="cycling", source="x")
        for name, value in numbers.items()
    ]


@pytest.fixture
def observed(tmp_path: Path) -> Path:
    path = tmp_path / "mine.json"
    path.write_text(to_json(seen()), encoding="utf-8")
    return path


def test_formula_and_alkali_come_from_the_observables(observed: Path) -> None:
    case = case_of_sources([str(observed)])
    assert (case.reaction.formula, case.reaction.ion, case.name) == ("NiO", "Li", "mine.json")
    assert case.terms


def test_every_form_of_the_same_observables_is_the_same_case(observed: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text(to_csv(seen()), encoding="utf-8")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "observables.json").write_text(to_json(seen()), encoding="utf-8")
    cases = [case_of_sources([str(tmp_path / name)]) for name in ("mine.json", "mine.csv", "folder")]
    told = [[(t.name, t.value, t.width, t.expected) for t in case.terms] for case in cases]
    assert told[0] == told[1] == told[2]
    assert [case.name for case in cases] == ["mine.json", "mine.csv", "folder"]


def test_what_is_said_goes_before_what_the_observables_say(observed: Path) -> None:
    case = case_of_sources([str(observed)], formula="CoO", ion="Na")
    assert (case.reaction.formula, case.reaction.ion) == ("CoO", "Na")


@pytest.mark.parametrize(
    ("observables", "option", "said"),
    [
        ([*seen("NiO"), *seen("CoO")], "--formula", "say CoO, NiO"),
        (seen(""), "--formula", "do not say it"),
        ([*seen(), *seen(electrode="Na")], "--ion", "say Li, Na"),
        (seen(electrode="Na3V2(PO4)3/C"), "--ion", "do not say it"),
    ],
    ids=["two samples", "no sample", "two alkalis", "no alkali"],
)
def test_what_the_observables_do_not_settle_has_to_be_said(
    observables: list[Observable], option: str, said: str, tmp_path: Path
) -> None:
    path = tmp_path / "mine.json"
    path.write_text(to_json(observables), encoding="utf-8")
    with pytest.raises(InputError, match=f"{option} is needed") as raised:
        case_of_sources([str(path)])
    assert said in str(raised.value)


def test_samples_that_begin_with_one_formula_are_one_material(tmp_path: Path) -> None:
    path = tmp_path / "mine.json"
    path.write_text(to_json([*seen("NiO"), *seen("NiO, discharged, cycle 2, Ni")]), encoding="utf-8")
    assert case_of_sources([str(path)]).reaction.formula == "NiO"
    path.write_text(to_json([*seen("NiO"), *seen("CoO, discharged")]), encoding="utf-8")
    with pytest.raises(InputError, match="say CoO, NiO"):
        case_of_sources([str(path)])
    path.write_text(to_json(seen("powder, batch 2")), encoding="utf-8")
    assert case_of_sources([str(path)], formula="NiO").reaction.formula == "NiO"
    with pytest.raises(InputError):
        case_of_sources([str(path)])


def test_one_source_does_not_count_twice_under_two_names(observed: Path) -> None:
    (observed.parent / "x").mkdir()
    other = observed.parent / "x" / ".." / observed.name
    with pytest.raises(InputError, match="given twice"):
        case_of_sources([str(observed), str(other)])


def test_more_numbers_than_can_be_sampled_are_refused_at_once(
    observed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(judging, "MOST_OBSERVABLES", 2)
    assert case_of_sources([str(observed)]).terms
    monkeypatch.setattr(judging, "MOST_OBSERVABLES", 1)
    with pytest.raises(InputError, match=r"mine\.json: 2 numbers, expected at most 1"):
        case_of_sources([str(observed)])


def test_a_folder_without_observables_says_whose_folder_is_expected(tmp_path: Path) -> None:
    with pytest.raises(
        InputError, match=r"holds no observables\.json; expected a folder that analyse, probe"
    ):
        case_of_sources([str(tmp_path)])


def test_a_paper_is_judged_alone_or_with_observables(observed: Path) -> None:
    alone = case_of_sources([str(CONSISTENT)], material="nio")
    both = case_of_sources([str(CONSISTENT), str(observed)], material="nio")
    assert alone.origins == ("stated",)
    assert both.origins == ("measured", "stated")
    assert len(both.terms) > len(alone.terms)
    assert [t.name for t in both.terms[: len(alone.terms)]] == [t.name for t in alone.terms]
    assert both.name.endswith("with mine.json")


def test_two_papers_and_options_of_the_other_kind_are_refused(observed: Path) -> None:
    with pytest.raises(InputError, match="one paper is judged at a time"):
        case_of_sources(["fang2022", str(CONSISTENT)])
    for options in ({"formula": "NiO"}, {"ion": "Li"}):
        with pytest.raises(InputError, match="a paper has --material and --cell"):
            case_of_sources([str(CONSISTENT)], **options)
    with pytest.raises(InputError):
        case_of_sources([str(observed.with_name("none.json"))])


# --- beside the verdict


def test_inconsistencies_stand_beside_a_papers_verdict_and_nothing_beside_observables(observed: Path) -> None:
    (section,) = beside_the_verdict([str(CONSISTENT)])
    assert section.anchor == "inconsistencies"
    assert beside_the_verdict([str(observed)]) == []


def test_what_was_reproduced_stands_beside_it_with_its_misses_named(tmp_path: Path, observed: Path) -> None:
    claims = [
        {"id": "a", "agrees": True, "why": "x", "label": "held-out"},
        {"id": "b", "agrees": False, "why": "too high", "label": "imposed"},
        {"id": "c", "agrees": None},
    ]
    document = {"claims": claims, "names": {"b": "Capacity, cycle 2"}}
    (tmp_path / "reproduction.json").write_text(json.dumps(document), encoding="utf-8")
    (section,) = beside_the_verdict([str(observed)], tmp_path)
    first, _, misses = section.parts
    assert isinstance(first, Paragraph)
    assert first.text.startswith("1 of 2 claims")
    assert "1 were not compared" in first.text
    assert isinstance(misses, Items)
    assert list(misses.texts) == ["Capacity, cycle 2: too high (imposed)"]


def test_a_folder_without_a_reproduction_is_refused(tmp_path: Path, observed: Path) -> None:
    with pytest.raises(InputError, match=r"reproduction\.json"):
        beside_the_verdict([str(observed)], tmp_path)

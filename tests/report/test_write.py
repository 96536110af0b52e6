from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest
from looking import Seen, data_blocks
from synthetic_run import HOSTILE

from topotaxy.errors import InputError
from topotaxy.report import write_report

MakeRun = Callable[..., Path]


FIGURE_NAMES = (
    "voltage",
    "charge-by-element",
    "lattice-slice",
    "capacity",
    "lattice-measures",
    "coherency",
    "capacity-budget",
)


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from synthetic_run import write_run

    folder = write_run(tmp_path_factory.mktemp("run"), title=HOSTILE)
    return write_report(folder)


def test_writes_one_light_report_and_all_figures(report: Path) -> None:
    assert report.name == "report.html"
    assert report.stat().st_size < 10_000_000
    for name in FIGURE_NAMES:
        root = ElementTree.parse(report.parent / "figures" / f"{name}.svg").getroot()
        assert root.tag.endswith("svg")
        assert (report.parent / "figures" / f"{name}.png").read_bytes().startswith(b"\x89PNG")
    assert not list(report.parent.rglob(".*")), "drafts are left behind"


def test_asks_the_network_for_nothing(report: Path) -> None:
    page = Seen(report.read_text(encoding="utf-8"))
    for tag, attributes in page.elements:
        for name in ("src", "href", "action", "data", "poster", "srcset"):
            value = attributes.get(name) or ""
            assert re.match(r"(#|data:|figures/|$)", value), (tag, name, value[:80])
    policies = [a["content"] for t, a in page.elements if a.get("http-equiv") == "Content-Security-Policy"]
    assert policies[0] is not None
    assert "default-src 'none'" in policies[0]
    assert "unsafe-eval" not in policies[0]


def test_hostile_title_stays_text(report: Path) -> None:
    text = report.read_text(encoding="utf-8")
    assert HOSTILE not in text
    page = Seen(text)
    assert HOSTILE in page.said()
    scripts = [a for t, a in page.elements if t == "script"]
    blocks = data_blocks(text)
    assert len(scripts) == 2 + len(blocks)
    for _, attributes in page.elements:
        assert not any(name.startswith("on") for name in attributes)


def test_hostile_names_inside_figures(make_run: MakeRun) -> None:
    import xarray as xr

    folder = make_run(cells=2, drop=("curves", "cycles", "structure", "equilibrium"))
    with xr.open_datatree(folder / "run.nc", engine="h5netcdf") as tree:
        loaded = tree.load()
    budget = loaded["budget"].to_dataset().assign_coords(term=[HOSTILE, "$x$", "a<b>&", "%{x}", "remainder"])
    loaded["budget"] = xr.DataTree(budget)
    (folder / "run.nc").unlink()
    loaded.to_netcdf(folder / "run.nc", engine="h5netcdf")
    text = write_report(folder).read_text(encoding="utf-8")
    assert HOSTILE not in text
    assert HOSTILE not in (folder / "figures" / "capacity-budget.svg").read_text(encoding="utf-8")
    ElementTree.parse(folder / "figures" / "capacity-budget.svg")
    assert data_blocks(text)["capacity-budget-0"]


def test_a_second_call_gives_the_same_bytes(report: Path) -> None:
    files = [report, *sorted((report.parent / "figures").iterdir())]
    before = [p.read_bytes() for p in files]
    write_report(report.parent)
    assert [p.read_bytes() for p in files] == before


def test_headings_run_in_reading_order_and_tables_have_headers(report: Path) -> None:
    page = Seen(report.read_text(encoding="utf-8"))
    anchors = [a["id"] for t, a in page.elements if t == "section" and "id" in a]
    assert anchors == [
        "numbers",
        "elements",
        "cycles",
        "measures",
        "coherency",
        "budget",
        "inputs",
        "limits",
        "provenance",
        "labels",
    ]
    tables = sum(t == "table" for t, _ in page.elements)
    assert tables == sum(t == "caption" for t, _ in page.elements)
    assert all(a.get("scope") in {"col", "row"} for t, a in page.elements if t == "th")
    assert all(a.get("alt") for t, a in page.elements if t == "img")
    assert all(a.get("aria-label") for _, a in page.elements if a.get("role") == "img")
    assert dict(page.elements)["html"]["lang"] == "en"


def test_says_the_numbers_their_labels_and_limits(report: Path) -> None:
    said = Seen(report.read_text(encoding="utf-8")).said()
    for words in (
        "What this report cannot show",
        "No electrolyte film",
        "471.3 ± 1.9 mAh g⁻¹",
        "641 mAh g⁻¹",
        "90.6 % (from the two capacities)",
        "emergent",
        "held-out",
        "imposed",
        "here Zn reacts as well",
        "Zn beyond it",
        "cation barrier",
        "Nothing was fitted",
        "topotaxy simulate spec.toml --out again --seed 1",
        "alkaliated",
    ):
        assert words in said, words


@pytest.mark.usefixtures("quick_print")
@pytest.mark.parametrize(
    ("group", "title"),
    [
        ("curves", "This figure"),
        ("cycles", "What becomes of the lattice"),
        ("structure", "This figure"),
        ("budget", "Capacity budget"),
    ],
)
def test_an_absent_group_is_said_to_be_absent(make_run: MakeRun, group: str, title: str) -> None:
    folder = make_run(drop=(group,), cells=2, cycles=1, replicas=1)
    said = Seen(write_report(folder).read_text(encoding="utf-8")).said()
    assert re.search(rf"{title}[^.]*: absent, because run.nc has no group /{group}\.", said)


@pytest.mark.usefixtures("quick_print")
def test_equilibrium_may_be_absent(make_run: MakeRun) -> None:
    said = Seen(write_report(make_run(drop=("equilibrium",), cells=2)).read_text(encoding="utf-8")).said()
    assert "bulk equilibrium" not in said


@pytest.mark.usefixtures("quick_print")
def test_without_run_nc_the_numbers_remain_and_old_figures_go(make_run: MakeRun) -> None:
    folder = make_run(cells=2)
    write_report(folder)
    (folder / "run.nc").unlink()
    said = Seen(write_report(folder).read_text(encoding="utf-8")).said()
    assert "absent, because the run folder has no run.nc." in said
    assert "471.3 ± 1.9 mAh g⁻¹" in said
    assert not list((folder / "figures").iterdir())


@pytest.mark.usefixtures("quick_print")
def test_without_observables_and_provenance(make_run: MakeRun) -> None:
    folder = make_run(drop=("observables.json", "provenance.json"), cells=2)
    said = Seen(write_report(folder).read_text(encoding="utf-8")).said()
    assert "Numbers: absent, because the run folder has no observables.json." in said
    assert "The provenance is absent, because the run folder has no provenance.json." in said


def test_no_run_folder_is_an_input_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="expected the folder of a run"):
        write_report(tmp_path / "nothing")
    with pytest.raises(InputError, match=r"holds none of run\.nc"):
        write_report(tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("name", "content", "fault"),
    [
        ("run.nc", "no netCDF", "not a readable netCDF file"),
        ("observables.json", "{", "not JSON"),
        ("provenance.json", "[]", "expected a JSON object"),
    ],
)
def test_a_damaged_file_is_an_input_error(make_run: MakeRun, name: str, content: str, fault: str) -> None:
    folder = make_run(cells=2)
    (folder / name).write_text(content)
    with pytest.raises(InputError, match=fault):
        write_report(folder)
    assert not (folder / "report.html").exists()

"""Every drawer draws every kind of content, and what others wrote stays text in all of them."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import replace
from io import StringIO
from pathlib import Path
from xml.etree import ElementTree

import contents
import pytest
from contents import HOSTILE, SAID
from hypothesis import given
from hypothesis import strategies as st
from looking import Seen, data_blocks
from rich.console import Console

from topotaxy.content.figure import BarPanel, Figure, ImagePanel, Panel
from topotaxy.content.section import MARKS, KeyNumber, Page, Section, Table
from topotaxy.errors import InputError
from topotaxy.report.html import MOST_CHARACTERS, html, scrolls
from topotaxy.report.interactive import documents
from topotaxy.report.markdown import escaped, markdown
from topotaxy.report.page import write_page
from topotaxy.report.printed import drawn, print_style, printed
from topotaxy.report.terminal import Fitted, column_groups, page_lines, table_lines
from topotaxy.report.turnable import scene_document

SVG = b"<svg xmlns='http://www.w3.org/2000/svg'/>"


@pytest.fixture(scope="module")
def text() -> str:
    page = contents.everything()
    return html(page, {f.name: SVG for f in page.figures()})


def test_html_says_everything_and_escapes_all_of_it(text: str) -> None:
    assert HOSTILE not in text
    assert "<script>alert" not in text
    said = Seen(text).said()
    for word in SAID:
        assert re.search(rf"\b{word}\b", said), word
    assert said.count("alert(1)") >= len(SAID)


def test_html_is_well_formed_and_labelled(text: str) -> None:
    seen = Seen(text)
    assert not seen.open
    tags = [t for t, _ in seen.elements]
    assert tags.count("table") == tags.count("caption")
    assert all(a.get("scope") in {"col", "row"} for t, a in seen.elements if t == "th")
    assert all(a.get("alt") for t, a in seen.elements if t == "img")
    identifiers = [a["id"] for _, a in seen.elements if "id" in a]
    assert len(set(identifiers)) == len(identifiers)
    targets = {(a.get("href") or "")[1:] for t, a in seen.elements if (a.get("href") or "").startswith("#")}
    assert targets <= set(identifiers)


def test_html_asks_the_network_for_nothing_and_runs_its_own_scripts_only(text: str) -> None:
    seen = Seen(text)
    for tag, attributes in seen.elements:
        for name in ("src", "href", "action", "data", "poster", "srcset"):
            assert re.match(r"(#|data:|figures/|$)", attributes.get(name) or ""), (tag, name)
        assert not any(name.startswith("on") for name in attributes)
    scripts = [a for t, a in seen.elements if t == "script"]
    assert len(scripts) == 2 + len(data_blocks(text))
    policy = next(a["content"] for _, a in seen.elements if a.get("http-equiv"))
    assert policy is not None
    assert policy.startswith("default-src 'none'")
    assert "unsafe-eval" not in policy
    style = text.partition("<style>")[2].partition("</style>")[0]
    assert "url(" not in style
    assert "@import" not in style


def test_the_answer_comes_first_and_the_limits_below_the_results(text: str) -> None:
    said = Seen(text).said()
    words = ("verdict", "Name", "R", "remark", "section", "limit", "provenance")
    order = [said.index(f"{word} {HOSTILE}"[:20]) for word in words]
    assert order == sorted(order)


def test_every_mark_that_is_used_is_explained(text: str) -> None:
    assert MARKS["held-out"] in Seen(text).said()
    assert MARKS["emergent"] in Seen(text).said()
    assert MARKS["calibrated"] not in Seen(text).said(), "a mark that is not used"


@pytest.mark.parametrize("figure", contents.figures(), ids=lambda f: f.name)
def test_interactive_documents_follow_the_schema_of_plotly(figure: Figure) -> None:
    import plotly.graph_objects as go

    drawn = [*documents(figure), *([scene_document(figure.scene)] if figure.scene else [])]
    for document in drawn:
        json.dumps(document, allow_nan=False)
        go.Figure(document)
        shown = json.dumps(document)
        assert "<script" not in shown.replace("\\u003c", "<").replace(json.dumps(HOSTILE)[1:-1], "")


@pytest.mark.parametrize("figure", contents.figures(), ids=lambda f: f.name)
def test_print_draws_every_panel_in_three_formats(figure: Figure) -> None:
    found = printed(figure)
    assert set(found) == {"svg", "pdf", "png"}
    ElementTree.fromstring(found["svg"])
    assert HOSTILE.encode() not in found["svg"]
    assert found["pdf"].startswith(b"%PDF")
    assert found["png"].startswith(b"\x89PNG")


def test_the_terminal_says_what_is_not_folded_away() -> None:
    from rich.console import Console

    console = Console(width=100, markup=False, highlight=False, record=True, file=open_null())
    for line in page_lines(contents.everything()):
        console.print(line)
    said = console.export_text()
    for word in set(SAID) - {"kind", "inside", "detail", "provenance"}:
        assert word in said, word
    assert max(len(line.rstrip()) for line in said.splitlines()) <= 100


def open_null() -> object:
    import io

    return io.StringIO()


def test_markdown_says_everything_and_nothing_of_it_is_markup() -> None:
    said = markdown(contents.everything())
    for word in SAID:
        assert word in said, word
    outside = [line for line in said.splitlines() if not line.startswith("    ")]
    assert not re.search(r"(?<!\\)<", "\n".join(outside))
    for line in outside:
        if line.startswith("| "):
            assert len(re.findall(r"(?<!\\)\|", line)) in (4, 5), line
    assert escaped("a\n# b") == r"a \# b"


def test_a_page_is_written_whole_and_twice_the_same(tmp_path: Path) -> None:
    page = contents.everything()
    target = write_page(tmp_path, page)
    first = {p: p.read_bytes() for p in sorted(tmp_path.rglob("*")) if p.is_file()}
    assert set(first) == {
        target,
        *(tmp_path / "figures" / f"{f.name}.{k}" for f in page.figures() for k in ("svg", "pdf", "png")),
    }
    write_page(tmp_path, page)
    assert {p: p.read_bytes() for p in sorted(tmp_path.rglob("*")) if p.is_file()} == first


@pytest.mark.usefixtures("quick_print")
def test_figures_of_an_earlier_page_go_and_other_files_stay(tmp_path: Path) -> None:
    page = contents.everything()
    write_page(tmp_path, page)
    own = tmp_path / "figures" / "own.png"
    own.write_bytes(b"own")
    write_page(tmp_path, replace(page, main=None))
    left = {p.stem for p in (tmp_path / "figures").iterdir()}
    assert left == {"waterfall", "images", "bars", "own"}


@pytest.mark.usefixtures("quick_print")
def test_an_error_while_drawing_leaves_the_folder_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_page(tmp_path, contents.everything())
    before = {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}

    def fail(*given: object) -> str:
        raise RuntimeError

    monkeypatch.setattr("topotaxy.report.html.html", fail)
    with pytest.raises(RuntimeError):
        write_page(tmp_path, replace(contents.everything(), title="other"))
    assert {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()} == before


@pytest.mark.usefixtures("quick_print")
def test_figures_do_not_follow_a_link_out_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "figures").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(InputError, match="is a link"):
        write_page(tmp_path / "run", contents.everything())
    assert not list((tmp_path / "elsewhere").iterdir())
    assert not (tmp_path / "run" / "report.html").exists()


@pytest.mark.parametrize("name", ["../up", "A", "a b", "", "a/b"])
def test_names_that_could_leave_the_folder_are_refused(tmp_path: Path, name: str) -> None:
    figure = replace(contents.figures()[3], name=name)
    with pytest.raises(ValueError, match="name of a figure"):
        write_page(tmp_path, Page(kind="k", title="t", verdict="v", main=figure))
    with pytest.raises(ValueError, match="name of a figure"):
        write_page(
            tmp_path,
            Page(kind="k", title="t", verdict="v", sections=[Section(anchor=name, title="", parts=[])]),
        )
    twice = replace(figure, name="same")
    with pytest.raises(ValueError, match="share a name"):
        write_page(tmp_path, Page(kind="k", title="t", verdict="v", main=(twice, twice)))


def test_tables_fit_the_page_or_scroll() -> None:
    narrow = Table(caption="c", head=["Quantity", "Value"], rows=[["a" * 30, "1"]], numeric=frozenset({1}))
    assert not scrolls(narrow)
    head = ["Cycle", *[f"Column {i}" for i in range(14)]]
    wide = Table(caption="c", head=head, rows=[["1", *["123.45"] * 14]], numeric=frozenset(range(1, 15)))
    assert wide.least_width() > MOST_CHARACTERS
    assert scrolls(wide)
    words = Table(caption="c", head=["A", "B"], rows=[["long words " * 60, "more words " * 60]])
    assert words.least_width() < 20, "words break, so that they need no width"


def test_a_table_keeps_its_shape() -> None:
    with pytest.raises(ValueError, match="a row has not the 2 cells"):
        Table(caption="c", head=["a", "b"], rows=[["1"]])
    with pytest.raises(ValueError, match="1 details, 2 rows"):
        Table(caption="c", head=["a"], rows=[["1"], ["2"]], details=["d"])


def test_numbers_of_a_terminal_table_are_unbroken() -> None:
    table = table_lines(
        Table(caption="", head=["q", "value"], rows=[["x", "471.3 ± 1.9 mAh g⁻¹"]], numeric=frozenset({1}))
    )
    assert table.columns[1].no_wrap
    assert table.columns[1].justify == "right"


@given(
    cells=st.lists(st.text("0123456789.", min_size=1, max_size=18), min_size=1, max_size=14),
    width=st.integers(40, 160),
)
def test_no_number_of_a_terminal_table_is_broken_or_lost(cells: list[str], width: int) -> None:
    head = ["arm", *[f"head of {i}" for i in range(len(cells))]]
    numeric = frozenset(range(1, len(head)))
    content = Table(caption="", head=head, rows=[["a name", *cells]], numeric=numeric)
    console = Console(width=width, color_system=None, file=StringIO())
    with console.capture() as captured:
        console.print(Fitted(content))
    lines = captured.get().splitlines()
    assert max(map(len, lines)) <= width
    words = [word for line in lines for word in line.split()]
    assert not Counter(cells) - Counter(words)
    assert "…" not in captured.get()
    groups = column_groups(content, width)
    assert [c for group in groups for c in group[1:]] == list(range(1, len(head)))
    assert all(group[0] == 0 for group in groups)


def test_a_table_of_columns_too_wide_for_each_other_has_one_in_each() -> None:
    wide = [["a name", "1" * 18, "2" * 18, "3" * 18]]
    content = Table(caption="", head=["arm", "x", "y", "z"], rows=wide, numeric=frozenset({1, 2, 3}))
    assert column_groups(content, 30) == [[0, 1], [0, 2], [0, 3]]
    assert column_groups(content, 10) == [[0, 1], [0, 2], [0, 3]]
    assert column_groups(content, 200) == [[0, 1, 2, 3]]


@pytest.mark.parametrize(
    ("wide", "details", "kind"),
    [
        (False, (), "stack"),
        (True, (), "matrix"),
        # A line of details would be cut at the edge of a phone, however far the table scrolls.
        (True, ("of it",), "matrix stack"),
    ],
)
def test_a_row_with_details_is_a_card_on_a_phone(wide: bool, details: tuple[str, ...], kind: str) -> None:
    table = Table(caption="c", head=("a", "b"), rows=[("1", "2")], wide=wide, details=details)
    page = Page(kind="k", title="t", verdict="v", sections=[Section(anchor="s", title="s", parts=[table])])
    assert {a["class"] for tag, a in Seen(html(page, {})).elements if tag == "table"} == {kind}


def test_a_key_number_shows_its_mark() -> None:
    for mark in MARKS:
        page = Page(
            kind="k", title="t", verdict="v", key_numbers=[KeyNumber(name="n", value="1", label=mark)]
        )  # type: ignore[arg-type]
        seen = Seen(html(page, {}))
        assert any(a.get("class") == f"chip {mark}" for _, a in seen.elements)
        assert page.marks() == (mark,)


@pytest.mark.parametrize("figure", contents.figures(), ids=lambda f: f.name)
def test_nothing_is_cut_at_the_edge_of_a_printed_figure(figure: Figure) -> None:
    short = replace(figure, panels=tuple(_with_short_words(p) for p in figure.panels), swatches=())
    with print_style():
        canvas = drawn(short)
        box = canvas.get_tightbbox(canvas.canvas.get_renderer())  # type: ignore[attr-defined]
        width, height = canvas.get_size_inches()
    assert box.x0 >= -0.02
    assert box.y0 >= -0.02
    assert box.x1 <= width + 0.02
    assert box.y1 <= height + 0.02


def _with_short_words(panel: Panel | BarPanel | ImagePanel) -> Panel | BarPanel | ImagePanel:
    """The panel with words of a length that people give them; of any length nothing could hold."""
    if isinstance(panel, Panel):
        series = tuple(replace(s, name="one", key="one") for s in panel.series)
        ticks = tuple(replace(t, name="Na2O, antifluorite") for t in panel.ticks)
        markers = tuple(replace(m, text="stated: 490 mAh/g") for m in panel.markers)
        return replace(panel, title="(a) A title", series=series, ticks=ticks, markers=markers)
    if isinstance(panel, ImagePanel):
        return replace(panel, points=((5.0, 5.0, "Ni"),), colour_bar="Strain (%)", x_label="x (nm)")
    return replace(panel, bars=tuple(replace(b, name="unexplained remainder") for b in panel.bars))

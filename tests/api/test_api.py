"""The Python face gives what the command line gives, and shows itself without harm."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from pathlib import Path

import pytest

import topotaxy
from topotaxy.api import Analysed
from topotaxy.cli import main
from topotaxy.errors import InputError
from topotaxy.specimen.builders import rock_salt


@pytest.fixture(scope="module")
def probed() -> Analysed:
    return topotaxy.probe(rock_salt("NiO", 2), "thermogravimetry", seed=4, formula="NiO")


def test_a_probe_of_a_specimen_is_analysed(probed: Analysed) -> None:
    assert {o.origin for o in probed.observables} == {"simulated"}
    table = probed.table()
    assert len(table) == len(probed.observables)
    assert list(table["quantity"]) == [o.quantity for o in probed.observables]
    assert len(probed.files) == 1
    assert probed.dataset.groups


def test_its_file_analysed_again_says_the_same(probed: Analysed, tmp_path: Path) -> None:
    (name, content), *_ = probed.files.items()
    (tmp_path / name).write_bytes(content)
    again = topotaxy.analyse(tmp_path / name, formula="NiO")
    assert [o.value for o in again.observables] == [o.value for o in probed.observables]


def test_the_command_line_says_the_same(
    probed: Analysed, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (name, content), *_ = probed.files.items()
    (tmp_path / name).write_bytes(content)
    arguments = ["analyse", str(tmp_path / name), "--formula", "NiO", "--json", "--no-report"]
    assert main([*arguments, "--out", str(tmp_path / "out")]) == 0
    told = json.loads(capsys.readouterr().out)["observables"]
    assert [o["value"] for o in told] == pytest.approx([o.value for o in probed.observables])


class Frame(HTMLParser):
    """The attributes of the one element of a fragment."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[dict[str, str | None]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append({"tag": tag, **dict(attrs)})


def test_a_notebook_shows_the_report_in_a_frame_that_runs_nothing(probed: Analysed) -> None:
    (frame,) = Frame(probed._repr_html_()).found
    assert frame["tag"] == "iframe"
    assert frame["sandbox"] == ""
    assert probed.page().title in (frame["srcdoc"] or "")


def test_figures_are_drawn_by_name(probed: Analysed) -> None:
    assert probed.figures
    assert probed.plot().axes
    assert probed.plot(probed.figures[-1]).axes
    with pytest.raises(InputError, match="no figure 'none'; there are"):
        probed.plot("none")


def test_a_report_is_written(probed: Analysed, tmp_path: Path) -> None:
    assert probed.report(tmp_path / "new").is_file()
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(InputError, match="cannot be written"):
        probed.report(tmp_path / "file")


def test_a_judgement_in_python_is_that_of_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    judged = topotaxy.judge("poizot2001", seed=2)
    assert main(["judge", "poizot2001", "--seed", "2", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == json.loads(json.dumps(judged.document))
    assert judged.page().verdict in repr(judged)


def test_what_cannot_be_used_is_an_input_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="No such file"):
        topotaxy.probe(tmp_path / "nothing", "thermogravimetry")
    with pytest.raises(InputError):
        topotaxy.analyse(tmp_path / "nothing.txt")
    with pytest.raises(InputError, match="no specimen"):
        topotaxy.probe([], "thermogravimetry")
    with pytest.raises(InputError):
        topotaxy.judge("no-such-paper")

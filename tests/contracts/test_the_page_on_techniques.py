"""What docs/add-a-technique.md says, done to the letter: the toy is recognised, analysed and shown."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from topotaxy import measurement, observables
from topotaxy.cli import main
from topotaxy.measurement.technique import techniques
from topotaxy.observables.vocabulary import Quantity

PAGE = Path(__file__).parents[2] / "docs" / "add-a-technique.md"
_CODE = re.compile(r"`([\w/]+\.py)`:\n```python\n(.*?)```", re.DOTALL)
_ROW = re.compile(r"^melting_temperature,(.*)$", re.MULTILINE)


@pytest.fixture
def toy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The files of the page, in a folder beside the techniques; returns the contract's case."""
    text = PAGE.read_text(encoding="utf-8")
    folder = tmp_path / "package" / "melting"
    (folder / "formats").mkdir(parents=True)
    (folder / "formats" / "__init__.py").write_text('"""Formats."""\n', encoding="utf-8")
    written = {name: folder / name for name, _ in _CODE.findall(text)}
    case = tmp_path / "case_of_the_toy.py"
    written["tests/contracts/cases/melting.py"] = case
    for name, code in _CODE.findall(text):
        written[name].write_text(code, encoding="utf-8")
    row = _ROW.search(text)
    assert row is not None
    unit, words, meaning, sign, shown, across = row[1].split(",")
    word = Quantity(unit, meaning, words, 999, sign, shown, frozenset(across.split()))  # type: ignore[arg-type]
    monkeypatch.setitem(observables.VOCABULARY, "melting_temperature", word)
    monkeypatch.setattr(measurement, "__path__", [*measurement.__path__, str(tmp_path / "package")])
    monkeypatch.syspath_prepend(str(tmp_path))
    techniques.cache_clear()
    yield case
    techniques.cache_clear()
    for name in [name for name in sys.modules if name.startswith("topotaxy.measurement.melting")]:
        del sys.modules[name]
    sys.modules.pop("case_of_the_toy", None)


def test_the_toy_of_the_page_is_a_technique(
    toy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert "melting" in techniques()
    case = __import__("case_of_the_toy").CASE
    (good,) = case.good_files(tmp_path)
    assert main(["analyse", good.path.name, "--thermometer-error", "0.2K"]) == 0
    said = capsys.readouterr().out
    assert "plateau.csv melts at 500" in said
    report = (tmp_path / "plateau-analysis" / "report.html").read_text(encoding="utf-8")
    assert "melting temperature" in report.lower()
    assert main(["analyse", "--help"]) == 0
    assert "--thermometer-error" in capsys.readouterr().out

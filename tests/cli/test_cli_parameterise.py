from __future__ import annotations

import pytest
from outcome import Call

from topotaxy.energetics.potentials import interface


@pytest.mark.parametrize("arguments", [("NiO",), ("NiO", "--potential", "sevennet"), ("--check",)])
def test_without_the_extra_one_line_says_what_to_install(
    topotaxy: Call, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    monkeypatch.setattr(interface, "find_spec", lambda name: None)
    done = topotaxy("parameterise", *arguments)
    assert done.status == 2
    assert done.out == ""
    assert done.err.count("\n") == 1
    assert 'pip install "topotaxy[potentials]"' in done.err
    assert not done.files


@pytest.mark.parametrize(
    "arguments", [(), ("Xx",), ("NiO", "--potential", "dft"), ("NiO", "--sites", "0"), ("NiO", "--ion", "Rb")]
)
def test_bad_input_is_one_line(topotaxy: Call, arguments: tuple[str, ...]) -> None:
    done = topotaxy("parameterise", *arguments)
    assert done.status == 2
    assert done.err.count("\n") == 1
    assert not done.files

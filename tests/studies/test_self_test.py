"""The self-test passes where all is well, and tells of what is not instead of failing itself."""

from __future__ import annotations

import pytest

from topotaxy.studies import self_test as subject


def test_everything_works_here() -> None:
    checks = list(subject.self_test())
    assert [check.name for check in checks] == list(subject.CHECKS)
    assert not [check for check in checks if not check.passed]


def test_a_check_that_breaks_is_told_and_the_others_are_done(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> tuple[bool, str]:
        raise OSError("no space left")

    monkeypatch.setattr(subject, "CHECKS", {"disk": broken, "handbook": subject.CHECKS["handbook"]})
    first, second = subject.self_test()
    assert not first.passed
    assert first.found.startswith("OSError: no space left (")
    assert second.passed


def test_a_lattice_that_is_not_reproducible_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    from topotaxy import runs

    real, seeds = runs.simulate, iter([1, 2])
    monkeypatch.setattr(runs, "simulate", lambda *a, seed, **k: real(*a, seed=next(seeds), **k))
    passed, found = subject.CHECKS["reactive lattice"]()
    assert not passed
    assert "two results" in found


def test_extras_name_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [
        "numpy>=2.0",
        'numpy>=1; extra == "there"',
        'no-such-thing>=1; extra == "absent"',
        'numpy; extra == "absent"',
        'pytest; extra == "test"',
    ]
    monkeypatch.setattr(subject.importlib.metadata, "requires", lambda name: lines)
    found = {extra.name: extra for extra in subject.extras()}
    assert set(found) == {"there", "absent"}
    assert found["there"].missing == ()
    assert found["absent"].missing == ("no-such-thing",)
    assert found["absent"].install == 'pip install "topotaxy[absent]"'


def test_extras_under_a_copyleft_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = ['rosettasciio>=0.8; extra == "em"', 'numpy; extra == "plain"']
    monkeypatch.setattr(subject.importlib.metadata, "requires", lambda name: lines)
    found = {extra.name: extra for extra in subject.extras()}
    assert "rosettasciio is GPL-3.0" in found["em"].licence
    assert found["plain"].licence == ""


def test_versions_name_the_libraries() -> None:
    assert set(subject.LIBRARIES) < set(subject.versions())

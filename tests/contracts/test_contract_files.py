"""What every technique's files have to do: be known by content, read, refused in one line where damaged."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from case import Case, GoodFile, cases

from topotaxy.errors import InputError
from topotaxy.measurement.recognise import recognised
from topotaxy.measurement.technique import Observed, Technique, techniques

FOREIGN = {
    "picture.png": b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8,
    "paper.pdf": b"%PDF-1.7 " * 200,
    "letter.txt": b"Dear colleague,\nthe cell broke.\n" * 20,
    "page.html": b"<!DOCTYPE html><html><body>1,2,3</body></html>",
    "archive.zip": b"PK\x03\x04" + bytes(300),
    "zeros.dat": bytes(5000),
    "numbers.txt": b"1 2\n3 4\n5 6\n" * 50,
}


@pytest.fixture(params=sorted(techniques()))
def case(request: pytest.FixtureRequest) -> Case:
    """The case of each technique that is installed; one without a case fails here."""
    return cases()[request.param]


def technique_of(case: Case) -> Technique[Any]:
    return techniques()[case.technique]


def observed_in(case: Case, path: Path) -> Observed:
    technique = technique_of(case)
    records = recognised(path).format.read(path, case.options)
    return technique.observed(tuple(records), case.options)


def values(observed: Observed) -> dict[Any, float]:
    """Observables by all that says what they are, but not by their source."""
    return {(o.quantity, o.subject, o.state, o.bound, o.conditions): o.value for o in observed.observables}


def check(case: Case, good: GoodFile) -> None:
    found = observed_in(case, good.path).observables
    for truth in good.truth:
        mine = [o for o in found if o.quantity == truth.quantity and o.subject.text == truth.subject]
        assert mine, f"{good.path.name}: no {truth.quantity} {truth.subject}"
        for o in mine:
            if o.uncertainty is None and o.systematic is None:
                assert o.value == pytest.approx(truth.value, rel=case.exact[o.quantity]), o.quantity
            else:
                # Four standard deviations: a risk of 6e-5.
                width = 4.0 * float(np.hypot(o.uncertainty or 0.0, o.systematic or 0.0))
                assert abs(o.value - truth.value) <= width, o.quantity


def test_every_good_file_is_taken_by_its_format_alone(case: Case, tmp_path: Path) -> None:
    formats = {one.name for one in technique_of(case).formats()}
    good = case.good_files(tmp_path)
    assert {one.format for one in good} | set(case.unmade) == formats
    for one in good:
        found = recognised(one.path)
        assert (found.technique.name, found.format.name) == (case.technique, one.format), one.path.name
        for other in techniques().values():
            if other.name != case.technique:
                with pytest.raises(InputError):
                    recognised(one.path, among=[other])


def test_good_files_say_what_they_were_made_to_say(case: Case, tmp_path: Path) -> None:
    for one in case.good_files(tmp_path):
        check(case, one)


def test_one_record_in_two_formats_gives_the_same_observables(case: Case, tmp_path: Path) -> None:
    if case.same_record is None:
        pytest.skip(f"{case.technique} has one format that can be made here")
    first, *others = case.same_record(tmp_path)
    wanted = values(observed_in(case, first))
    assert wanted
    assert others
    for path in others:
        found = values(observed_in(case, path))
        common = set(found) & set(wanted)
        assert len(common) >= 0.5 * len(wanted), path.name
        for key in common:
            assert found[key] == pytest.approx(wanted[key], rel=1e-3, abs=1e-9), (path.name, key)


def test_what_a_format_writes_reads_back_with_its_axes(case: Case, tmp_path: Path) -> None:
    technique = technique_of(case)
    writers = [one for one in technique.formats() if one.write is not None]
    records = [
        (one, record)
        for one in case.good_files(tmp_path)[:3]
        for record in recognised(one.path).format.read(one.path, case.options)
    ]
    for writer in writers:
        for number, (one, record) in enumerate(records):
            path = tmp_path / f"again-{number}{writer.extensions[0]}"
            assert writer.write is not None
            writer.write(record, path)
            assert recognised(path).format.name == writer.name
            (again,) = writer.read(path, case.options)
            for name, before in arrays(record).items():
                after = arrays(again)[name]
                np.testing.assert_allclose(
                    after, before, rtol=1e-6, atol=1e-12, err_msg=f"{one.format} {name}"
                )


def arrays(record: Any) -> dict[str, Any]:
    """The numbers of a record: arrays among its fields, and columns of a table."""
    found: dict[str, Any] = {}
    for field in dataclasses.fields(record):
        value = getattr(record, field.name)
        if isinstance(value, np.ndarray):
            found[field.name] = value
        elif hasattr(value, "columns") and hasattr(value, "to_numpy"):
            found |= {f"{field.name}.{name}": value[name].to_numpy() for name in value.columns}
    assert found
    return found


def refused_or_read(case: Case, path: Path) -> str | None:
    """Return the one line of a refusal, or None where the file was read."""
    try:
        observed = observed_in(case, path)
    except InputError as error:
        said = str(error)
    else:
        assert all(np.isfinite(o.value) for o in observed.observables)
        return None
    assert "\n" not in said
    assert path.name in said
    return said


@pytest.mark.parametrize("name", sorted(FOREIGN))
def test_foreign_files_are_refused_in_one_line(case: Case, tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(FOREIGN[name])
    assert refused_or_read(case, path) is not None
    with pytest.raises(InputError):
        recognised(path, among=[technique_of(case)])


def test_empty_files_and_heads_alone_are_refused(case: Case, tmp_path: Path) -> None:
    for one in case.good_files(tmp_path):
        data = one.path.read_bytes()
        for kept in (0, 1, 16):
            path = tmp_path / f"cut-{kept}-{one.path.name}"
            path.write_bytes(data[:kept])
            assert refused_or_read(case, path) is not None, (one.path.name, kept)


def test_cut_and_damaged_files_are_refused_in_one_line_or_read_whole(case: Case, tmp_path: Path) -> None:
    """A text cut between two rows cannot be told from a whole one; anything else has to be refused."""
    refused = 0
    for one in case.good_files(tmp_path):
        data = one.path.read_bytes()
        middle = len(data) // 2
        damaged = {
            "third": data[: len(data) // 3],
            "half": data[:middle],
            "end": data[:-3],
            "zeros": data[:middle] + bytes(64) + data[middle + 64 :],
            "text": data[:middle] + b"x?x" + data[middle + 3 :],
            "twice": data + data,
        }
        for what, content in damaged.items():
            path = tmp_path / f"{what}-{one.path.name}"
            path.write_bytes(content)
            said = refused_or_read(case, path)
            refused += said is not None
            if what == "zeros":
                assert said is not None, one.path.name
    assert refused >= len(case.good_files(tmp_path))


def test_formats_never_raise_when_they_recognise(case: Case, tmp_path: Path) -> None:
    rng = np.random.default_rng(8)
    heads = [rng.bytes(n) for n in (1, 7, 300)] + [
        one.path.read_bytes()[:2000] for one in case.good_files(tmp_path)
    ]
    path = tmp_path / "head.dat"
    for head in heads:
        for kept in (len(head), len(head) // 2, 3):
            path.write_bytes(head[:kept])
            for one in technique_of(case).formats():
                assert one.recognises(head[:kept], path) in (True, False)


def test_a_missing_file_and_a_folder_are_one_line(case: Case, tmp_path: Path) -> None:
    for path in (tmp_path / "nosuch.dat", tmp_path):
        with pytest.raises(InputError) as caught:
            recognised(path, among=[technique_of(case)])
        assert "\n" not in str(caught.value)

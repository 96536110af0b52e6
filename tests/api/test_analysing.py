"""What analyse and probe take and give in Python."""

from __future__ import annotations

from pathlib import Path

import cycler_files
import pytest

import topotaxy
from topotaxy.api import Analysed
from topotaxy.errors import InputError
from topotaxy.specimen.builders import rock_salt


def probed(seed: int, **options: object) -> Analysed:
    return topotaxy.probe(rock_salt("NiO", 2), "thermogravimetry", seed=seed, formula="NiO", **options)


def test_one_seed_gives_one_file_and_another_another() -> None:
    first, same, other = (probed(seed).files for seed in (3, 3, 4))
    assert first == same
    assert first.keys() == other.keys()
    assert first != other


def test_several_specimens_are_looked_at_one_by_one() -> None:
    both = topotaxy.probe(
        [rock_salt("NiO", 2), rock_salt("NiO", 2)], "thermogravimetry", seed=1, formula="NiO"
    )
    assert len(both.files) >= 1
    assert both.observables


def test_a_table_has_a_row_for_each_observable_with_its_unit() -> None:
    found = probed(1)
    table = found.table()
    for row, entry in zip(table.itertuples(), found.observables, strict=True):
        assert row.unit == entry.unit
        assert row.value == entry.value
    assert f"{len(found.observables)}" in repr(found)


def test_an_option_that_no_technique_has_is_refused_by_name() -> None:
    with pytest.raises(InputError, match=r"no.such.option"):
        probed(1, no_such_option="1")


def test_a_sample_file_says_what_flags_would(tmp_path: Path) -> None:
    (name, content), *_ = probed(2).files.items()
    (tmp_path / name).write_bytes(content)
    (tmp_path / "sample.toml").write_text('formula = "NiO"\n', encoding="utf-8")
    by_flag = topotaxy.analyse(tmp_path / name, formula="NiO")
    by_file = topotaxy.analyse(tmp_path / name, sample=tmp_path / "sample.toml")
    assert [o.value for o in by_flag.observables] == [o.value for o in by_file.observables]


@pytest.mark.parametrize("text", ["", "formula = ", "formula = 3\n", "[[["])
def test_a_sample_file_that_is_none_is_refused(tmp_path: Path, text: str) -> None:
    (name, content), *_ = probed(2).files.items()
    (tmp_path / name).write_bytes(content)
    (tmp_path / "sample.toml").write_text(text, encoding="utf-8")
    if not text:
        assert topotaxy.analyse(tmp_path / name, sample=tmp_path / "sample.toml").observables is not None
        return
    with pytest.raises(InputError, match=r"sample\.toml"):
        topotaxy.analyse(tmp_path / name, sample=tmp_path / "sample.toml")


def test_an_option_that_may_differ_from_file_to_file_is_said_once_or_for_each(tmp_path: Path) -> None:
    """As the README has it: half the mass is twice the capacity per gram, of each file by its own."""
    paths = [tmp_path / "one.csv", tmp_path / "two.csv"]
    for path in paths:
        path.write_bytes(cycler_files.neware_csv())

    def capacities(mass: object, *files: Path) -> dict[str, float]:
        found = topotaxy.analyse(list(files), mass=mass, role="half-cell-anode", ion="Na")
        wanted = [o for o in found.observables if o.quantity == "specific_capacity_charge"]
        return {o.source: float(o.value) for o in wanted if isinstance(o.value, float)}

    (whole,) = set(capacities("2 mg", paths[0]).values())
    (half,) = set(capacities("1 mg", paths[0]).values())
    assert half == pytest.approx(2.0 * whole)
    assert set(capacities("2 mg", *paths).values()) == {whole}
    assert sorted(capacities(["2 mg", "1 mg"], *paths).values()) == pytest.approx([whole, half])
    with pytest.raises(InputError, match="once for each of 2 files, got 3"):
        capacities(("1 mg", "2 mg", "3 mg"), *paths)

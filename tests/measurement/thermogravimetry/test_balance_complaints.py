"""What users of thermobalances' files complained about elsewhere, each with a file that does it."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import balance_files
import numpy as np
import pytest
from balance_files import START, STEP, run, written

from topotaxy.errors import InputError
from topotaxy.measurement.recognise import recognised
from topotaxy.measurement.thermogravimetry import TECHNIQUE, ThermogravimetryOptions, ThermogravimetryRecord
from topotaxy.measurement.thermogravimetry.ends import mass_change_of, resolution_of


def read(path: Path) -> ThermogravimetryRecord:
    record: ThermogravimetryRecord
    (record,) = recognised(path, among=[TECHNIQUE]).format.read(path, ThermogravimetryOptions())
    return record


def rows_of(data: bytes) -> tuple[list[str], list[str]]:
    """Lines of a Netzsch file down to its headings, and its rows."""
    lines = data.decode("latin-1").split("\r\n")
    at = next(k for k, line in enumerate(lines) if line.startswith("##"))
    return lines[: at + 1], [line for line in lines[at + 1 :] if line]


@pytest.mark.parametrize("maker", [balance_files.ta_trios, balance_files.perkinelmer, balance_files.mettler])
@pytest.mark.parametrize("encoding", ["latin-1", "utf-8-sig", "utf-16"])
def test_a_degree_sign_of_another_encoding_is_read(
    tmp_path: Path, maker: Callable[[], bytes], encoding: str
) -> None:
    """datalab-org/datalab issue 1897: a balance's text in Latin-1 was read as UTF-8 and ended in an error."""
    plain = read(written(tmp_path, "plain.txt", maker()))
    other = read(written(tmp_path, "other.txt", maker().decode().encode(encoding)))
    np.testing.assert_array_equal(other.mass, plain.mass)
    np.testing.assert_array_equal(other.temperature, plain.temperature)


@pytest.mark.parametrize("order", [(1, 0, 2, 3), (2, 1, 0, 3), (3, 2, 1, 0)])
def test_columns_are_known_by_their_names_not_by_their_order(tmp_path: Path, order: tuple[int, ...]) -> None:
    """MaCFP/matl-db pull request 124: files whose columns stood in another order were misread."""
    head, rows = rows_of(balance_files.netzsch())
    turned = [";".join(row.split(";")[k] for k in order) for row in (head[-1][2:], *rows)]
    data = "\r\n".join([*head[:-1], f"##{turned[0]}", *turned[1:], ""]).encode("latin-1")
    plain = read(written(tmp_path, "plain.txt", balance_files.netzsch()))
    other = read(written(tmp_path, "other.txt", data))
    for name in ("time", "temperature", "mass"):
        np.testing.assert_array_equal(getattr(other, name), getattr(plain, name))


def test_thousands_of_rows_of_separators_at_the_end_are_no_data(tmp_path: Path) -> None:
    """MaCFP/matl-db pull request 124: a table saved by a spreadsheet had 4,000 rows of separators alone."""
    plain = read(written(tmp_path, "plain.txt", balance_files.netzsch()))
    other = read(written(tmp_path, "other.txt", balance_files.netzsch() + b";;;\r\n" * 4000))
    np.testing.assert_array_equal(other.mass, plain.mass)


def test_rows_of_zeros_at_the_end_are_refused_with_their_line(tmp_path: Path) -> None:
    """The same thread: rows of zeros would be a mass that vanished and a clock that was set back."""
    head, rows = rows_of(balance_files.netzsch())
    path = written(tmp_path, "zeros.txt", balance_files.netzsch() + b"0;0;0;0\r\n" * 4000)
    with pytest.raises(InputError, match=f"line {len(head) + len(rows) + 1}"):
        read(path)


def rounded(digits: int, noise: float, seed: int = 0) -> ThermogravimetryRecord:
    time, celsius, mass = np.array(run()).T
    scatter = noise * np.random.default_rng(seed).standard_normal(len(mass))
    return ThermogravimetryRecord(
        time=60.0 * time,
        temperature=celsius + 273.15,
        mass=np.round(mass + scatter, digits),
        source="made",
        format="made",
        absolute=True,
    )


@pytest.mark.parametrize("digits", [1, 2])
def test_a_mass_of_few_digits_is_not_known_better_than_its_last(digits: int) -> None:
    """MaCFP/matl-db issue 98: masses had lost digits, so that plateaus seemed to scatter by nothing."""
    step = 10.0**-digits
    found = mass_change_of(rounded(digits, 0.0), stretch=300.0, dry_at=None, drift=0.0)
    assert resolution_of(rounded(digits, 0.0).mass) == pytest.approx(step)
    # Two ends, each uniform within half of a step.
    assert found.uncertainty * START == pytest.approx(
        step * math.sqrt((1 + (1 + STEP) ** 2) / 12.0), rel=0.02
    )
    assert abs(found.value - STEP) < 2.0 * math.sqrt(3.0) * found.uncertainty


def test_noise_above_the_last_digit_averages_it_out() -> None:
    """Noise of a step and more dithers: what is stated is that of noise, and repeats scatter by no more."""
    records = [rounded(2, 0.02, k) for k in range(40)]
    found = [mass_change_of(one, stretch=600.0, dry_at=None, drift=0.0) for one in records]
    smooth = mass_change_of(rounded(9, 0.02), stretch=600.0, dry_at=None, drift=0.0)
    stated = float(np.mean([one.uncertainty for one in found]))
    assert stated == pytest.approx(smooth.uncertainty, rel=0.15)
    # Chi squared of 40 degrees of freedom lies within 16 and 77 but for a risk of 1e-3.
    squares = sum(((one.value - STEP) / stated) ** 2 for one in found)
    assert 12.0 < squares < 85.0


def test_few_values_or_values_of_no_grid_show_no_resolution() -> None:
    assert resolution_of(np.full(50, 3.0)) == 0.0
    assert resolution_of(np.repeat([10.0, 7.0], 25)) == 0.0
    assert resolution_of(np.random.default_rng(0).standard_normal(200)) == 0.0

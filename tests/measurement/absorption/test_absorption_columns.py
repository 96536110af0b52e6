"""Names of columns, what options say instead, and which edge a spectrum is of."""

from __future__ import annotations

import csv

import numpy as np
import pytest
import spectrum_files as made

from topotaxy.errors import InputError
from topotaxy.measurement.absorption.column_roles import has_spectrum, role_of, roles_of, ways
from topotaxy.measurement.absorption.columns import Table, spectrum
from topotaxy.measurement.absorption.headings import clock, first_numbers, heading
from topotaxy.measurement.absorption.identification import identified
from topotaxy.measurement.absorption.options import AbsorptionOptions
from topotaxy.measurement.absorption.record import AbsorptionRecord, edge_energies
from topotaxy.measurement.absorption.scattering import TABLES

PATTERNS = [
    (word, row["role"])
    for row in csv.DictReader((TABLES / "column_names.csv").read_text("utf-8").splitlines())
    for word in row["pattern"].split("|")
]


def table(**columns):
    return Table(tuple(columns), np.stack(list(columns.values()), axis=1), "made")


def counted():
    energy, before, behind, foil = made.counts()
    return {"energy eV": energy, "i0": before, "itrans": behind, "irefer": foil}


def read(columns, **options):
    fields = {"format_name": "f"} | {key: options.pop(key) for key in ("stated_unit",) if key in options}
    return spectrum(table(**columns), AbsorptionOptions(element="Ni", **options), **fields)


def test_no_name_has_two_meanings():
    words = [word for word, _ in PATTERNS]
    assert len(words) == len(set(words))


@pytest.mark.parametrize("dress", [str.upper, lambda w: f'  "{w}" ', lambda w: f"{w} || a comment"])
def test_case_quotes_and_comments_do_not_change_a_name(dress):
    for word, role in PATTERNS:
        assert role_of(dress(word)) == role, word


def test_units_do_not_change_a_name():
    for word in ("i0", "itrans", "mutrans"):
        for unit in ("counts", "a.u.", "arb. units"):
            assert role_of(f"{word} ({unit})") == role_of(word)


def test_the_first_column_of_a_role_counts_and_unknown_ones_are_passed_over():
    assert roles_of(["time", "energy", "i0", "energy"]) == {"energy": 1, "i0": 2}
    assert not has_spectrum(["energy", "i0"])
    assert has_spectrum(["energy", "i0", "it"])
    assert ways({"energy": 0, "i0": 1}) == ()


def test_transmission_is_the_logarithm_of_the_counts():
    found = read(counted())
    np.testing.assert_allclose(found.absorption, made.absorption(made.energies()), atol=1e-12)
    np.testing.assert_allclose(found.reference, made.absorption(made.energies(), valence=0.0), atol=1e-12)
    assert (found.mode, found.normalised) == ("transmission", False)


def test_gains_of_counters_move_the_absorption_by_a_constant_only():
    columns = counted()
    plain, other = read(columns), read(columns | {"i0": 3.0 * columns["i0"]})
    np.testing.assert_allclose(other.absorption - plain.absorption, np.log(3.0), atol=1e-12)


def test_channels_of_one_detector_are_added():
    energy = made.energies()
    rise = made.absorption(energy)
    parts = {f"if{n}": share * rise for n, share in enumerate((0.2, 0.5, 0.3), start=1)}
    found = read({"energy eV": energy, "i0": np.full(len(energy), 2.0)} | parts)
    np.testing.assert_allclose(found.absorption, rise / 2.0, atol=1e-12)
    assert found.mode == "fluorescence"


def test_one_channel_can_be_asked_for():
    energy = made.energies()
    rise = made.absorption(energy)
    columns = {"energy eV": energy, "i0": np.ones(len(energy)), "if1": rise, "odd": 7.0 * rise}
    np.testing.assert_allclose(read(columns, if_column=4).absorption, 7.0 * rise)


def test_the_detection_that_is_asked_for_is_taken():
    energy = made.energies()
    rise = made.absorption(energy)
    columns = counted() | {"ifluor": rise * counted()["i0"]}
    assert read(columns, mode="fluorescence").mode == "fluorescence"
    assert read(columns, mode="transmission").mode == "transmission"
    with pytest.raises(InputError, match="in fluorescence"):
        read(counted(), mode="fluorescence")


def test_what_is_said_to_be_normalised_is():
    energy = made.energies()
    found = read({"energy eV": energy, "mutrans": made.absorption(energy)}, normalised=True)
    assert found.normalised


def test_deviations_come_with_an_absorption_of_their_own():
    energy = made.energies()
    columns = {"energy eV": energy, "mutrans": made.absorption(energy), "stddev": np.full(len(energy), -0.01)}
    np.testing.assert_allclose(read(columns).deviation, 0.01)


@pytest.mark.parametrize(
    ("columns", "options", "words"),
    [
        (("energy", "one"), {}, "no columns of an absorption"),
        (("one", "mutrans"), {}, "no column is known to be the energy"),
        (("k", "chi"), {}, "χ"),
        (("energy", "mutrans"), {"mu_column": 5}, "column 5 was asked for, and there are 2"),
        (("energy", "mutrans"), {"energy_column": 0}, "column 0 was asked for"),
    ],
)
def test_columns_that_make_no_spectrum_are_refused_by_name(columns, options, words):
    energy = made.energies()
    values = dict(zip(columns, (energy, made.absorption(energy)), strict=True))
    with pytest.raises(InputError, match=words) as caught:
        read(values, **options)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("unit", "scale"), [("eV", 1.0), ("keV", 1000.0)])
def test_a_stated_unit_is_obeyed(unit, scale):
    energy = made.energies() / scale
    found = read({"energy": energy, "mutrans": made.absorption(made.energies())}, stated_unit=unit)
    np.testing.assert_allclose(found.energy_ev, made.energies(), rtol=1e-12)


def test_a_readback_goes_before_the_energy_that_was_asked_for():
    energy = made.energies()
    columns = {
        "requested energy": energy,
        "achieved energy": energy + 0.3,
        "mutrans": made.absorption(energy),
    }
    np.testing.assert_allclose(read(columns).energy_ev, energy + 0.3)


def unknown(at):
    energy = made.energies() - made.THRESHOLD + at
    return AbsorptionRecord(
        source="s", format="f", energy_ev=energy, absorption=made.absorption(made.energies())
    )


def test_an_edge_that_stands_alone_is_named_with_its_reason():
    alone = [
        (key, energy)
        for key, energy in edge_energies().items()
        if sum(abs(other - energy) < max(0.012 * energy, 30.0) for other in edge_energies().values()) == 1
        and energy > 300.0
    ]
    assert len(alone) > 10
    for (element, edge), energy in alone[:: max(1, len(alone) // 12)]:
        found = identified(unknown(energy))
        assert (found.element, found.edge) == (element, edge)
        assert "the only one near" in found.notes[-1]


def test_where_no_edge_lies_none_is_taken():
    gaps = sorted(edge_energies().values())
    widest = max(range(len(gaps) - 1), key=lambda n: gaps[n + 1] / gaps[n] if gaps[n] > 1000.0 else 0.0)
    found = identified(unknown(float(np.sqrt(gaps[widest] * gaps[widest + 1]))))
    assert (found.element, found.edge) == ("", "")
    assert "no edge lies" in found.notes[-1]


def test_a_stated_edge_outside_the_scan_says_nothing():
    record = unknown(7119.0)
    assert identified(record, 7112.0).element == "Fe"
    assert identified(record, 20000.0).element == ""


NUMBERS = ["1.0 2.0 3.0", "2.0 3.0 4.0", "3.0 4.0 5.0"]


@pytest.mark.parametrize(
    "head",
    [
        ["# energy i0 it"],
        ["energy\ti0\tit"],
        ["# energy, i0, it"],
        ["; Energy  I0  It", "# a comment below"],
        ["# column 1: energy", "# column 2: i0", "# column 3: it"],
        ["; P1 = {Energy} --> a", "; D1 = {I0} --> b", "; D2 = {It} --> c", "; P1 D1 D2"],
    ],
)
def test_names_are_found_wherever_the_header_has_them(head):
    found = heading([*head, *NUMBERS])
    assert found.labelled
    assert found.first_row == len(head)
    assert [name.lower() for name in found.names] == ["energy", "i0", "it"]


def test_of_two_lines_of_names_the_nearer_one_counts():
    found = heading(["# energy i0 it", "# energy i0 if", *NUMBERS])
    assert found.names == ("energy", "i0", "if")


def test_numbers_without_names_are_numbered():
    found = heading(["# nothing that is known here", *NUMBERS])
    assert not found.labelled
    assert found.names == ("column 1", "column 2", "column 3")
    assert heading(["# energy i0 it"]) is None


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("2022-07-27 01:07:55.910", 1658884075.91),
        ("2022-07-27T01:07:55", 1658884075.0),
        ("1970-01-02 00:00:01", 86401.0),
        ("2022-13-27 01:07:55", None),
        ("yesterday", None),
    ],
)
def test_a_clock_is_read_as_if_it_were_utc(text, seconds):
    found = clock(text)
    assert found == (None if seconds is None else pytest.approx(seconds, abs=1e-3))


def test_rows_of_numbers_begin_where_three_are_alike():
    assert first_numbers(["1 2", *NUMBERS]) == (1, 3)
    assert first_numbers(["1 2 3", "# 4", "1 2 3", "1 2 3", "1 2 3"]) == (2, 3)
    assert first_numbers(["1", "2", "3"]) is None

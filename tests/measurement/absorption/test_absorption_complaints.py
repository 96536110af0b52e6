"""What users of such files complained about, each with a file that does it."""

from __future__ import annotations

import numpy as np
import pytest
import spectrum_files as made

from topotaxy.errors import InputError
from topotaxy.measurement.absorption import TECHNIQUE
from topotaxy.measurement.absorption.merging import deglitched
from topotaxy.measurement.absorption.normalisation import normalised
from topotaxy.measurement.absorption.options import AbsorptionOptions
from topotaxy.measurement.recognise import recognised


def written(path, energy, values, head="# Element: Ni\n# Edge: K\n# energy  xmu"):
    path.write_text(
        head
        + "\n"
        + "\n".join(f"{e!r}  {v!r}" for e, v in zip(energy.tolist(), values.tolist(), strict=True))
        + "\n"
    )
    return path


def read(path, **options):
    return recognised(path, among=[TECHNIQUE]).format.read(path, AbsorptionOptions(**options))


def test_an_absorption_of_zeros_is_refused(tmp_path):
    path = written(tmp_path / "zero.dat", made.energies(), np.zeros(len(made.energies())))
    with pytest.raises(InputError, match="same at every energy"):
        read(path)


def test_a_count_of_zero_leaves_its_point_out_and_says_so(tmp_path):
    path = tmp_path / "zero-count.xdi"
    lines = made.xdi().splitlines()
    first = lines[40].split()
    lines[40] = " ".join([first[0], first[1], "0.0", first[3]])
    path.write_text("\n".join(lines))
    (record,) = read(path)
    assert len(record) == len(made.energies()) - 1
    assert any("1 of" in note for note in record.notes)


def test_points_measured_twice_where_regions_meet_are_averaged(tmp_path):
    energy = made.energies()
    values = made.absorption(energy)
    doubled = np.insert(energy, 60, energy[60] - 2e-4)
    path = written(tmp_path / "joint.dat", doubled, np.insert(values, 60, values[60] + 0.02))
    (record,) = read(path)
    assert len(record) == len(energy)
    assert record.absorption[60] == pytest.approx(values[60] + 0.01)
    assert any("averaged" in note for note in record.notes)


def test_energies_in_kev_are_obeyed_where_stated_and_asked_for_where_not(tmp_path):
    energy, values = made.energies() / 1000.0, made.absorption(made.energies())
    stated = written(tmp_path / "kev.dat", energy, values, "# Element: Ni\n# Edge: K\n# energy (keV)  xmu")
    assert read(stated)[0].energy_ev[0] == pytest.approx(made.energies()[0])
    silent = written(tmp_path / "silent.dat", energy, values)
    with pytest.raises(InputError, match="energy_unit"):
        read(silent)
    assert read(silent, energy_unit="keV")[0].energy_ev[0] == pytest.approx(made.energies()[0])


def test_a_scan_downwards_is_turned_round(tmp_path):
    energy, values = made.energies(), made.absorption(made.energies())
    (record,) = read(written(tmp_path / "down.dat", energy[::-1], values[::-1]))
    np.testing.assert_allclose(record.energy_ev, energy)
    assert not record.notes[1:]


def test_old_mac_line_ends_are_lines(tmp_path):
    path = tmp_path / "mac.dat"
    path.write_bytes(made.columns().replace("\n", "\r").encode())
    assert len(read(path)[0]) == len(made.energies())


def test_an_edge_that_two_elements_share_is_not_guessed(tmp_path):
    energy = made.energies() - made.THRESHOLD + 7119.0
    path = written(tmp_path / "fe.dat", energy, made.absorption(made.energies()), "# energy  xmu")
    (record,) = read(path)
    assert record.element == ""
    assert any("Fe K" in note and "Nd L1" in note for note in record.notes)
    path = written(
        tmp_path / "fe2.dat", energy, made.absorption(made.energies()), "# E0= 7112.0\n# energy  xmu"
    )
    assert read(path)[0].element == "Fe"


def test_a_short_pre_edge_still_gives_the_step(tmp_path):
    record = made.record()
    near = (record.energy_ev > made.THRESHOLD - 25.0) & (record.energy_ev < made.THRESHOLD + 75.0)
    short = record.updated(energy_ev=record.energy_ev[near], absorption=record.absorption[near])
    step = normalised(short)
    assert abs(step.step - 0.8) < 4.0 * step.step_uncertainty
    assert step.step_uncertainty < 0.3


def test_glitches_go_and_oscillations_stay():
    record = made.record(noise=2e-4)
    e0 = made.THRESHOLD
    assert len(deglitched(record, e0)) == len(record)
    spoilt = record.absorption.copy()
    far = int(np.searchsorted(record.energy_ev, e0 + 300.0))
    spoilt[far] -= 0.2
    clean = deglitched(record.updated(absorption=spoilt), e0)
    assert len(clean) == len(record) - 1
    assert record.energy_ev[far] not in clean.energy_ev
    assert any("glitches" in note for note in clean.notes)


def test_a_flat_file_and_a_falling_one_have_no_edge(tmp_path):
    energy = made.energies()
    falling = written(tmp_path / "falling.dat", energy, 2.0 - made.absorption(energy))
    with pytest.raises(InputError, match=r"does not rise|too few"):
        normalised(read(falling)[0])


def test_a_damaged_row_is_named_by_its_line(tmp_path):
    lines = made.columns().splitlines()
    lines[50] = lines[50].replace(".", ";x", 1)
    path = tmp_path / "bad.dat"
    path.write_text("\n".join(lines))
    with pytest.raises(InputError, match="line 51"):
        read(path)


def test_a_cut_last_row_is_left_out_with_a_note(tmp_path):
    text = made.columns().rstrip("\n")
    path = tmp_path / "cut.dat"
    path.write_text(text[: text.rindex("  ")])
    (record,) = read(path)
    assert len(record) == len(made.energies()) - 1
    assert any("incomplete" in note for note in record.notes)


def test_a_cut_project_is_refused(tmp_path):
    data = made.EVERY["Athena project"]["plain.prj"]
    path = tmp_path / "cut.prj"
    path.write_bytes(data[: len(data) // 2])
    with pytest.raises(InputError, match="cut short"):
        read(path)
    text = made.athena_plain()
    path.write_text(text[: text.index("[record]")])
    with pytest.raises(InputError):
        read(path)


def test_a_project_that_calls_a_program_is_refused_and_nothing_runs(tmp_path):
    witness = tmp_path / "witness"
    text = made.athena_plain().replace("@args = (", f"@args = (system('touch {witness}'),", 1)
    path = tmp_path / "evil.prj"
    path.write_text(text)
    with pytest.raises(InputError):
        read(path)
    assert not witness.exists()

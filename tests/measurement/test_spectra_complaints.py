"""What users of other programs for electron and X-ray spectra complained about."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent / "photoemission"))
sys.path.insert(0, str(Path(__file__).parent / "energy_loss"))
sys.path.insert(0, str(Path(__file__).parent / "energy_dispersive"))

import loss_files
import spectrometer_files
import spectrum_image_files as made
import x_ray_files

from topotaxy.measurement.energy_dispersive import EnergyDispersiveOptions, XRayRecord
from topotaxy.measurement.energy_dispersive.formats import velox_emd
from topotaxy.measurement.energy_dispersive.observed import observed as x_rays_observed
from topotaxy.measurement.energy_loss.background import extrapolated
from topotaxy.measurement.photoemission.formats import vamas
from topotaxy.observables import Observable

BLOCK_COMMENTS, PHOTONS, WORK_FUNCTION, LABEL, FIRST = 24, 27, 36, 46, 61
"""Lines of a VAMAS file as it is written here."""


def vamas_lines(folder: Path) -> list[str]:
    path = spectrometer_files.vamas(folder, spectrometer_files.record())
    return path.read_text(encoding="utf-8").splitlines()


def kinetic(lines: list[str]) -> list[str]:
    """The same file on a kinetic axis."""
    changed = list(lines)
    changed[LABEL] = "Kinetic Energy"
    photons = float(lines[PHOTONS])
    for place in range(FIRST, len(lines) - 1, 2):
        changed[place] = repr(photons - float(lines[place]))
    return changed


def maximum(folder: Path, lines: list[str]) -> float:
    path = folder / "changed.vms"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    (one,) = vamas.read(path, None)
    return float(one.binding_energy[np.argmax(one.intensity)])


@pytest.mark.parametrize("work_function", ["-4.5", "4.5", "0", "1E37"])
def test_a_work_function_in_a_file_moves_no_line(tmp_path: Path, work_function: str) -> None:
    """LG4X-V2 56: graphite at 288 eV, as the analyser's work function was taken off a second time."""
    lines = vamas_lines(tmp_path)
    true = maximum(tmp_path, lines)
    lines[WORK_FUNCTION] = work_function
    assert maximum(tmp_path, kinetic(lines)) == pytest.approx(true, abs=1e-6)


@pytest.mark.parametrize(
    "comment", ["Calib M = 280,281 A = 285 BE ADD", "Calib M = 281.6 A = 285 BE ADD", "CASA region (*Ni 2p*)"]
)
def test_what_a_program_noted_in_a_block_is_no_reason_to_refuse_it(tmp_path: Path, comment: str) -> None:
    """pynxtools-xps 62: a calibration by a range ended the import. What it says is not applied either."""
    lines = vamas_lines(tmp_path)
    true = maximum(tmp_path, lines)
    lines[BLOCK_COMMENTS : BLOCK_COMMENTS + 1] = ["1", comment]
    assert maximum(tmp_path, lines) == pytest.approx(true)


def test_blank_lines_before_the_first_are_passed_over(tmp_path: Path) -> None:
    """xylib 2: example files of the standard's own authors begin with an empty line."""
    lines = vamas_lines(tmp_path)
    assert maximum(tmp_path, ["", "", *lines]) == pytest.approx(maximum(tmp_path, lines))


def test_a_background_of_losses_with_counts_below_zero_is_finite() -> None:
    """exspy 50: a dark reference that was taken off leaves values below zero, and no power law fits them."""
    one = loss_files.record()
    lowered = one.counts - 1.02 * float(np.median(one.counts[one.energy < 840.0]))
    assert (lowered < 0.0).any()
    under = extrapolated(one.energy, lowered, 790.0, 840.0)
    assert np.isfinite(under).all()


def test_the_background_of_a_pixel_is_its_own() -> None:
    """hyperspy 2129: in a map the backgrounds of pixels were exchanged."""
    one = loss_files.record()
    scales = np.array([1.0, 7.0, 0.2, 3.0])
    each = [extrapolated(one.energy, one.counts * s, 790.0, 840.0) for s in scales]
    together = extrapolated(one.energy, one.counts[None, :] * scales[:, None], 790.0, 840.0)
    np.testing.assert_allclose(together, np.array(each), rtol=1e-9)


def test_detectors_of_a_stream_are_added_once_each(tmp_path: Path) -> None:
    """hyperspy 3395: the sum of four detectors was the first one, or four times the first one."""
    end = 65535
    streams = ([10, end, end, 20, end, end], [11, 11, end, end, end, 30, end])
    path = made.velox_stream(tmp_path / "two.emd", streams[0], 2, 2, 100)
    other = made.velox_stream(tmp_path / "other.emd", streams[1], 2, 2, 100)
    with h5py.File(path, "a") as file, h5py.File(other) as source:
        source.copy("Data/SpectrumStream/0123", file["Data/SpectrumStream"], name="4567")
    records = velox_emd.FORMAT.read(path, None)
    assert sum(float(one.counts.sum()) for one in records) == 5.0
    (one,) = records
    assert (one.counts[0, 0, 10], one.counts[0, 0, 11], one.counts[1, 0, 20]) == (1.0, 2.0, 1.0)


def test_a_spike_at_zero_energy_is_no_element() -> None:
    """hyperspy 2899: the strobe of the electronics, which the maker's program hides, dwarfs all lines."""
    one = x_ray_files.record()
    counts = one.counts.copy()
    counts[..., np.abs(one.energy) < 30.0] += 50.0 * float(counts.max())
    options = EnergyDispersiveOptions(x_ray_elements=x_ray_files.CATIONS)

    def shares(record: XRayRecord) -> dict[str | None, Observable]:
        found = x_rays_observed([record], options).observables
        return {o.subject.element: o for o in found if o.quantity == "site_fraction"}

    plain, spiked = shares(one), shares(replace(one, counts=counts))
    assert set(plain) == set(x_ray_files.CATIONS)
    for element, share in plain.items():
        near = 2.0 * (share.uncertainty or 0.0)
        assert spiked[element].value == pytest.approx(share.value, abs=near), element


def test_without_a_beam_energy_lines_are_found_all_the_same() -> None:
    """exspy 29: a file without its voltage had all K lines 'out of range'."""
    one = replace(x_ray_files.record(), beam_energy=None)
    found = x_rays_observed([one], EnergyDispersiveOptions(x_ray_elements=x_ray_files.CATIONS))
    assert {line.family.element for line in found.details[0].lines} >= set(x_ray_files.CATIONS)

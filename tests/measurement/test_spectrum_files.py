"""Spectra as microscopes' files hold them: units, directions, axes and what users stumbled over."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

import h5py
import numpy as np
import pytest
import spectrum_image_files as made

from topotaxy.errors import InputError
from topotaxy.measurement.files.spectra import berkeley, bruker, digital_micrograph, hyperspy, msa, velox
from topotaxy.measurement.files.spectra.stored import StoredSpectrum, energy_unit, length_of, lost_run, stored
from topotaxy.measurement.recognise import recognised

COUNTS = np.random.default_rng(1).poisson(500.0, 64)


def written(folder: Path, **axes: Any) -> Path:
    """A HyperSpy map of two rows and three columns whose axes are as given."""
    path = folder / "map.hspy"
    with h5py.File(path, "w") as file:
        file.attrs["file_format"] = "HyperSpy"
        group = file.create_group("Experiments/map")
        group.create_dataset("data", data=np.random.default_rng(2).poisson(30.0, (2, 3, 64)))
        plain = {"scale": 1.0, "offset": 0.0, "units": "nm", "navigate": True}
        energy = {"scale": 0.01, "offset": -0.2, "units": "keV", "navigate": False}
        for name, about in (("axis-0", plain), ("axis-1", plain), ("axis-2", energy)):
            group.create_group(name).attrs.update(about | axes.get(name.replace("-", "_"), {}))
        group.create_group("metadata/Signal").attrs["signal_type"] = "EDS_TEM"
    return path


def test_offsets_and_kilovolts_are_obeyed(tmp_path: Path) -> None:
    """hyperspy#2339: an axis that does not begin at zero."""
    (one,) = hyperspy.read(written(tmp_path), "x-ray")
    assert one.energy[0] == pytest.approx(-200.0)
    assert one.energy[1] - one.energy[0] == pytest.approx(10.0)
    assert one.counts.shape == (2, 3, 64)


def test_each_axis_has_its_own_unit(tmp_path: Path) -> None:
    """hyperspy#3341: y in µm, x in nm."""
    path = written(tmp_path, axis_0={"units": "µm", "scale": 0.002}, axis_1={"units": "nm", "scale": 3.0})
    (one,) = hyperspy.read(path, "x-ray")
    assert one.pixel == pytest.approx((2.0, 3.0))


def test_an_axis_without_a_length_gives_no_scale(tmp_path: Path) -> None:
    (one,) = hyperspy.read(written(tmp_path, axis_0={"units": "<undefined>"}), "x-ray")
    assert one.pixel is None


def test_energies_may_stand_on_any_axis(tmp_path: Path) -> None:
    """rosettasciio#331: axes in another order than a reader expects."""
    about = {"scale": 0.01, "offset": 0.0, "units": "keV", "navigate": False}
    path = written(tmp_path, axis_0=about, axis_2={"scale": 2.0, "units": "nm", "navigate": True})
    with h5py.File(path, "a") as file:
        group = file["Experiments/map"]
        del group["data"]
        group.create_dataset("data", data=np.random.default_rng(2).poisson(30.0, (64, 2, 3)))
        group["axis-0"].attrs.update(about)
    (one,) = hyperspy.read(path, "x-ray")
    assert one.counts.shape == (2, 3, 64)


@pytest.mark.parametrize("unit", ["", "nm", "channels", "1/nm"])
def test_an_energy_without_a_unit_of_energy_is_refused(unit: str) -> None:
    assert energy_unit(unit) is None
    with pytest.raises(InputError, match="not in eV or keV"):
        stored(COUNTS, offset=0.0, step=1.0, unit=unit, source="made")


def test_a_backward_axis_is_turned_and_said() -> None:
    forward = stored(COUNTS, offset=100.0, step=2.0, unit="eV", source="made")
    back = stored(COUNTS[::-1], offset=226.0, step=-2.0, unit="eV", source="made")
    np.testing.assert_allclose(back.energy, forward.energy)
    np.testing.assert_array_equal(back.counts, forward.counts)
    assert any("backwards" in note for note in back.notes)


@pytest.mark.parametrize(
    ("counts", "step", "why"),
    [
        (np.ones(5), 1.0, "no spectrum"),
        (np.ones((4, 64)), 1.0, "no spectrum"),
        (np.full(64, np.nan), 1.0, "no number"),
        (np.zeros(64), 1.0, "no counts"),
        (np.ones(64), 0.0, "no number"),
        (np.ones(64), 1e9, "beyond all sense"),
        (np.ones(64, dtype=complex), 1.0, "no real numbers"),
    ],
)
def test_what_no_spectrum_can_be_is_refused(counts: Any, step: float, why: str) -> None:
    with pytest.raises(InputError, match=why):
        stored(counts, offset=0.0, step=step, unit="eV", source="made")


def test_a_lost_block_is_told_from_empty_channels() -> None:
    lost = COUNTS.copy()
    lost[20:28] = 0
    assert lost_run(lost)
    assert not lost_run(COUNTS)
    # Below the lines of a detector there is nothing, and at the ends of a range.
    quiet = np.concatenate([np.zeros(20), COUNTS, np.zeros(20)])
    assert not lost_run(quiet)
    assert not lost_run(np.random.default_rng(3).poisson(0.2, 500))


@pytest.mark.parametrize(
    ("step", "unit", "nanometres"), [(2.0, "Å", 0.2), (3.0, "µm", 3000.0), (-1.0, "nm", 1.0)]
)
def test_lengths_are_in_nanometres(step: float, unit: str, nanometres: float) -> None:
    assert length_of(step, unit) == pytest.approx(nanometres)


def test_a_text_cut_between_numbers_is_refused(tmp_path: Path) -> None:
    path = made.msa(tmp_path / "one.msa", COUNTS, 100.0, 0.5)
    text = path.read_text(encoding="utf-8")
    path.write_text(text[: len(text) * 2 // 3].rsplit("\n", 1)[0], encoding="utf-8")
    with pytest.raises(InputError, match="cut short"):
        msa.read(path)


def test_a_text_that_does_not_say_its_signal_is_taken_by_nobody(tmp_path: Path) -> None:
    path = made.msa(tmp_path / "one.msa", COUNTS, 100.0, 0.5, signal="XXX")
    assert msa.signal(path.read_bytes()) == ""
    with pytest.raises(InputError):
        recognised(path)


def test_a_map_does_not_fit_into_a_text() -> None:
    image = StoredSpectrum(energy=np.arange(64.0), counts=np.ones((2, 2, 64)), source="made")
    with pytest.raises(InputError, match="one spectrum"):
        msa.write(image, "loss", Path("never.msa"))


@pytest.mark.parametrize("kind", ["loss", "x-ray"])
def test_text_and_hyperspy_read_back_what_they_wrote(tmp_path: Path, kind: Any) -> None:
    one = stored(
        COUNTS, offset=100.0, step=0.3, unit="eV", source="made", beam_energy=2e5, instrument="virtual thing"
    )
    for module, name in ((msa, "one.msa"), (hyperspy, "one.hspy")):
        path = tmp_path / name
        module.write(one, kind, path)
        (again,) = msa.read(path) if module is msa else hyperspy.read(path, kind)
        np.testing.assert_array_equal(again.counts, one.counts)
        np.testing.assert_allclose(again.energy, one.energy)
        assert again.beam_energy == pytest.approx(2e5)
        assert again.origin == "simulated"


@pytest.mark.parametrize("version", [3, 4])
def test_spectra_of_a_filter_say_so_or_have_their_axis_in_electronvolts(tmp_path: Path, version: int) -> None:
    for signal in ("EELS", ""):
        path = made.digital_micrograph(
            tmp_path / f"one{version}{signal}.dm{version}", COUNTS, 100.0, 0.5, version=version, signal=signal
        )
        assert digital_micrograph.signals(path.read_bytes(), path) == {"loss"}
        (one,) = digital_micrograph.read(path, "loss")
        assert one.energy[0] == pytest.approx(100.0)
        np.testing.assert_array_equal(one.counts, COUNTS)


def test_the_wrong_signal_is_refused(tmp_path: Path) -> None:
    dm3 = made.digital_micrograph(tmp_path / "one.dm3", COUNTS, 100.0, 0.5)
    emd = made.berkeley(tmp_path / "one.emd", COUNTS, 100.0, 0.5)
    for read, path in (
        (digital_micrograph.read, dm3),
        (berkeley.read, emd),
        (hyperspy.read, written(tmp_path)),
    ):
        with pytest.raises(InputError, match="no such spectrum"):
            read(path, "loss" if path.suffix == ".hspy" else "x-ray")


def test_velox_spectra_need_a_detector_with_an_axis(tmp_path: Path) -> None:
    path = made.velox_x_rays(tmp_path / "one.emd", COUNTS, -100.0, 10.0)
    (one,) = velox.x_rays(path)
    assert one.energy[0] == pytest.approx(-100.0)
    with h5py.File(path, "a") as file:
        group = file["Data/Spectrum/0123"]
        del group["Metadata"]
    with pytest.raises(InputError, match="no energy axis"):
        velox.x_rays(path)


def test_a_bruker_file_is_known_by_its_beginning() -> None:
    assert bruker.is_composite(b"AAMVHFSS" + bytes(20))
    assert not bruker.is_composite(b"something else")


@pytest.mark.parametrize("shape", [(64,), (2, 3, 64)])
def test_rosettasciio_reads_what_is_written(tmp_path: Path, shape: tuple[int, ...]) -> None:
    reader = pytest.importorskip("rsciio.hspy", reason="RosettaSciIO, of the extra em, is not installed")
    counts = np.random.default_rng(4).poisson(80.0, shape).astype(float)
    one = stored(counts, offset=-20.0, step=0.5, unit="eV", source="made", pixel=(2.0, 3.0))
    path = tmp_path / "one.hspy"
    hyperspy.write(one, "loss", path)
    (signal,) = reader.file_reader(str(path))
    np.testing.assert_array_equal(signal["data"], counts)
    energy = signal["axes"][-1]
    assert (energy["offset"], energy["scale"], energy["units"]) == (-20.0, 0.5, "eV")
    assert signal["metadata"]["Signal"]["signal_type"] == "EELS"

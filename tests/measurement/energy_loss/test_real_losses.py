"""Real energy-loss files beside what is known of them; skipped where they are absent."""

from __future__ import annotations

import os
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from topotaxy.errors import InputError
from topotaxy.measurement.energy_loss import EnergyLossOptions, LossRecord
from topotaxy.measurement.energy_loss.combination import combined, reference_of
from topotaxy.measurement.energy_loss.edges import Edge
from topotaxy.measurement.energy_loss.observed import observed
from topotaxy.measurement.recognise import recognised
from topotaxy.measurement.technique import techniques

ROOT = Path(os.environ.get("TOPOTAXY_DATA", Path(__file__).parents[4] / "shared" / "data"))
DATA = ROOT / "eels"

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the spectra are not beside the project")


def read(path: Path) -> tuple[LossRecord, ...]:
    return tuple(recognised(path, among=[techniques()["energy_loss"]]).format.read(path, None))


@pytest.mark.parametrize(
    ("name", "channels", "step", "first"),
    [
        ("sto_ti_l_o_k.dm4", 2048, 0.25, 350.0),
        ("sto_ti_l_o_k.dm3", 2048, 0.25, 350.0),
        ("sto_interface_si.dm3", 1024, 0.5, 350.0),
        ("carbon_k.dm3", 2048, 0.1, 240.0),
        ("o_k_mn_l.msa", 2048, 0.2, 360.0),
        ("al_lowloss.dm3", 2048, 0.020126, -3.609),
    ],
)
def test_axes_are_those_that_two_readers_have(name: str, channels: int, step: float, first: float) -> None:
    (one,) = read(DATA / name)
    assert len(one.energy) == channels
    assert one.energy[1] - one.energy[0] == pytest.approx(step, rel=1e-4)
    assert one.energy[0] == pytest.approx(first, abs=1e-3)


def test_one_spectrum_in_two_formats_is_the_same() -> None:
    (three,), (four,) = (read(DATA / f"sto_ti_l_o_k.dm{version}") for version in (3, 4))
    np.testing.assert_array_equal(three.counts, four.counts)
    np.testing.assert_allclose(three.energy, four.energy)


def test_a_spectrum_image_has_its_rows_and_columns() -> None:
    (one,) = read(DATA / "sto_interface_si.dm3")
    assert one.counts.shape == (49, 6, 1024)
    found = observed([one], EnergyLossOptions(loss_elements=("Ti", "O")))
    titanium = found.details[0].edges[0].map.intensity
    # Titanium stands on both sides of the interface and not in it.
    assert titanium[:8].mean() > 2.0 * titanium[20:26].mean()


@pytest.mark.parametrize(
    ("name", "element", "energy"),
    [
        ("sto_ti_l_o_k.dm3", "Ti", 451.0),
        ("sto_ti_l_o_k.dm3", "O", 525.5),
        ("carbon_k.dm3", "C", 284.0),
        ("o_k_mn_l.msa", "O", 537.0),
    ],
)
def test_edges_lie_where_they_should(name: str, element: str, energy: float) -> None:
    found = observed(read(DATA / name), EnergyLossOptions(loss_elements=(element,))).observables
    (onset,) = [o for o in found if o.quantity == "edge_energy"]
    # Half rises of two definitions: a few eV of edges that rise slowly.
    assert onset.value == pytest.approx(energy, abs=3.0)


def test_aluminium_shows_its_zero_loss_peak_and_plasmon() -> None:
    from topotaxy.measurement.energy_loss.zero_loss import single_scattering, zero_loss

    (one,) = read(DATA / "al_lowloss.dm3")
    peak = zero_loss(one.energy, one.total)
    assert peak is not None
    assert abs(peak.position) < 0.2
    single = single_scattering(one.energy, one.total, peak)
    plasmon = (one.energy > 10.0) & (one.energy < 20.0)
    # 15.0 eV: Egerton (2011), table 3.2.
    assert one.energy[plasmon][np.argmax(np.convolve(single, np.ones(25), "same")[plasmon])] == pytest.approx(
        15.0, abs=0.4
    )


def _two_edges() -> tuple[LossRecord, LossRecord, Edge]:
    """Two real L edges on one axis: manganese, and titanium moved onto it."""
    (manganese,), (titanium,) = read(DATA / "o_k_mn_l.msa"), read(DATA / "sto_ti_l_o_k.dm3")
    energy = np.arange(600.0, 700.0, 0.2)
    first = np.interp(energy, manganese.energy, manganese.counts)
    second = np.interp(energy, titanium.energy + 192.0, titanium.counts)
    records = [replace(manganese, energy=energy, counts=counts, counted=False) for counts in (first, second)]
    return records[0], records[1], Edge(element="Mn", name="L3", energy=646.0, partner=658.0)


@pytest.mark.parametrize("share", [0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 1.0])
def test_mixtures_of_real_edges_come_back(share: float) -> None:
    """Fraction within 0.02 and offset within 0.02 eV, with fresh counting noise and an unknown offset."""
    first, second, edge = _two_edges()
    metal, oxide = (reference_of(one, edge, 40.0) for one in (first, second))
    behind = (first.energy > edge.end) & (first.energy < edge.end + 12.0)

    def height(one: LossRecord) -> float:
        from topotaxy.measurement.energy_loss.background import extrapolated

        under = extrapolated(one.energy, one.counts, 600.0, 640.0)
        return float((one.counts - under)[behind].mean())

    rng = np.random.default_rng(int(100 * share) + 1)
    offset = float(rng.uniform(-1.0, 1.0))
    mean = share * first.counts / height(first) + (1.0 - share) * second.counts / height(second)
    counted = rng.poisson(1e5 * np.interp(first.energy - offset, first.energy, mean) / mean[0]).astype(float)
    found = combined(first.energy, counted, np.maximum(counted, 1.0), edge, metal, oxide, width=40.0)
    assert found.share == pytest.approx(share, abs=0.02)
    assert found.offset == pytest.approx(offset, abs=0.02)


@pytest.mark.parametrize("name", ["example1.msa", "example1_wrong_date.msa"])
def test_the_standards_own_example_is_read_with_what_is_odd_about_it(name: str) -> None:
    (one,) = read(ROOT / "awkward" / name)
    assert len(one.counts) == 21
    assert any("uneven" in note for note in one.notes)
    assert any("states 20 points" in note for note in one.notes)
    assert not one.counted


def test_velox_ranges_are_all_read(tmp_path: Path) -> None:
    with zipfile.ZipFile(ROOT / "awkward" / "velox_eels_eds_noise.emd.zip") as archive:
        path = Path(archive.extract(archive.namelist()[0], tmp_path))
    records = read(path)
    starts = [float(one.energy[0]) for one in records]
    assert starts == pytest.approx([-21.5, 480.0, 800.0], abs=0.01)
    assert all(one.counts.shape == (16, 20, 2048) for one in records)
    # Noise: nothing is found, and the reason stands there.
    found = observed(records, EnergyLossOptions())
    assert not found.observables
    assert all("no edge" in why["edge_energy"] for why in found.absent.values())


def test_a_truncated_file_is_one_line(tmp_path: Path) -> None:
    whole: Any = (DATA / "sto_ti_l_o_k.dm3").read_bytes()
    path = tmp_path / "cut.dm3"
    path.write_bytes(whole[: len(whole) // 3])
    with pytest.raises(InputError) as refused:
        read(path)
    assert "\n" not in str(refused.value)

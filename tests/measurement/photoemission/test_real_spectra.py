"""Real spectrometer files beside what is known of them; skipped where they are absent."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from topotaxy.measurement.photoemission.background import shirley, tougaard_fitted
from topotaxy.measurement.photoemission.combination import combined
from topotaxy.measurement.photoemission.components import Component, fitted_components
from topotaxy.measurement.photoemission.formats import casaxps_text, vamas
from topotaxy.measurement.photoemission.observed import observed
from topotaxy.measurement.photoemission.options import PhotoemissionOptions
from topotaxy.measurement.photoemission.record import PhotoemissionRecord, checked
from topotaxy.measurement.technique import formats_in

DATA = Path(os.environ.get("TOPOTAXY_DATA", Path(__file__).parents[4] / "shared" / "data")) / "xps"

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the spectra are not beside the project")


def read(name: str) -> tuple[PhotoemissionRecord, ...]:
    path = DATA / name
    head = path.read_bytes()[:8192]
    (one,) = [f for f in formats_in("topotaxy.measurement.photoemission.formats") if f.recognises(head, path)]
    return tuple(one.read(path, None))


@pytest.fixture(scope="module")
def nickel() -> dict[str, PhotoemissionRecord]:
    path = DATA / "ni_metal_nio_ni2p_casaxps.txt"
    return {r.source.split(": ")[1]: r for r in casaxps_text.read(path, None)}


def test_nickel_and_its_oxide_lie_apart_as_they_should(nickel: dict[str, PhotoemissionRecord]) -> None:
    found = observed([nickel["Ni:Ni2p"], nickel["NiO:Ni2p"]], PhotoemissionOptions()).observables
    metal, oxide = (o.value for o in found)
    assert oxide - metal == pytest.approx(1.10, abs=0.05)


@pytest.mark.parametrize("share", [0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 1.0])
def test_mixtures_of_real_spectra_come_back(nickel: dict[str, PhotoemissionRecord], share: float) -> None:
    """Within 0.03 with the charge free (counting noise of 5,000 counts at the maximum)."""
    metal, oxide = nickel["Ni:Ni2p"], nickel["NiO:Ni2p"]
    energy = metal.binding_energy
    inside = (energy > 847.0) & (energy < 888.0)

    def area(one: PhotoemissionRecord) -> float:
        y = one.intensity[inside]
        return float(np.trapezoid(y - shirley(energy[inside], y), energy[inside]))

    rng = np.random.default_rng(int(100 * share))
    charge = float(rng.uniform(-0.8, 0.8))
    mixed = share * metal.intensity / area(metal) + (1.0 - share) * oxide.intensity / area(oxide)
    mixed = np.interp(energy - charge, energy, mixed)
    made = checked(
        energy,
        rng.poisson(5000.0 * mixed / mixed.max()),
        kinetic=False,
        source="mixture",
        format="made",
        counted=True,
    )
    found = combined(made, metal, oxide, low=847.0, high=888.0)
    assert found.share == pytest.approx(share, abs=0.03)
    assert found.shift == pytest.approx(charge, abs=0.05)


def test_the_background_of_feo_is_that_of_casaxps() -> None:
    """CasaXPS's region: Tougaard of three parameters (C 551, D 436 eV², gap 3 eV) from 699.85 to 749.09 eV,
    B 335.4; its four components hold 152,062 counts a second and eV, of two sweeps of one second."""
    (one,) = read("feo_fe2p_irregular.vms")
    inside = (one.binding_energy >= 699.85) & (one.binding_energy <= 749.09)
    energy, counts = one.binding_energy[inside], one.intensity[inside]
    under, amplitude = tougaard_fitted(energy, counts, c=551.0, d=436.0, gap=3.0)
    assert amplitude == pytest.approx(335.446, rel=0.01)
    area = float(np.trapezoid(counts - under, energy)) / 2.0
    # Components leave a part of the envelope to the residual.
    assert 152_062.0 < area < 1.1 * 152_062.0


CASAXPS = {
    # Centre (eV), area (counts a second and eV): of the exported result, and of the model kept in the VAMAS
    # file, LF(0.54,10,80,100,6) for the lines and SGL(30) for the satellites.
    "2p3/2": ((709.03, 63_401.0), (709.05, 63_507.0)),
    "satellite of 2p3/2": ((715.73, 29_867.0), (716.00, 35_837.0)),
    "2p1/2": ((722.18, 42_840.0), (722.13, 49_042.0)),
    "satellite of 2p1/2": ((730.22, 15_955.0), (729.89, 17_705.0)),
}
LF = (0.54, 10.0, 10.37, 1.622)
"""LF(0.54,10,80,100,6) as read off the curves that CasaXPS exported of this fit (damped_lorentz)."""
LINE = 0.501
"""Its width over the one that CasaXPS states."""


def test_components_of_feo_are_those_of_casaxps() -> None:
    """From a start elsewhere, with its bounds; its two fits differ by 0.3 eV and 4 points of the area."""
    (one,) = read("feo_fe2p_irregular.vms")
    inside = (one.binding_energy >= 699.85) & (one.binding_energy <= 749.09)
    energy, counts = one.binding_energy[inside], one.intensity[inside]
    under, _ = tougaard_fitted(energy, counts, c=551.0, d=436.0, gap=3.0)

    def line(start: float) -> Component:
        wide = (4.0 * LINE, 1.07 * LINE, 26.75 * LINE)
        return Component(kind="LF", shape=LF, centre=(start, 704.0, 748.6), width=wide)

    def satellite(*centre: float) -> Component:
        return Component(kind="SGL", shape=(0.3,), centre=centre, width=(6.0, 1.07, 8.0))  # type: ignore[arg-type]

    model = [line(708.5), satellite(715.0, 714.0, 716.0), line(721.8), satellite(729.0, 727.0, 730.5)]
    found = fitted_components(energy, counts - under, np.sqrt(np.maximum(counts, 1.0)), model)
    total = sum(part.area for part in found.components)
    for part, (name, stated) in zip(found.components, CASAXPS.items(), strict=True):
        centres = [centre for centre, _ in stated]
        assert min(centres) - 0.1 < part.centre < max(centres) + 0.1, name
        shares = [area / sum(areas[k][1] for areas in CASAXPS.values()) for k, (_, area) in enumerate(stated)]
        assert min(abs(part.area / total - share) for share in shares) < 0.025, name
    # The model that the file keeps holds 166,091; its own curves leave a χ² of 5.2.
    assert total / 2.0 == pytest.approx(166_091.0, rel=0.02)
    assert found.chi_square < 5.2
    assert np.abs(found.residual).max() < 0.05 * (counts - under).max()


def test_one_survey_in_two_scan_modes_agrees_after_the_dwell_time() -> None:
    (regular,), (irregular,) = read("survey_regular.vms"), read("survey_irregular.vms")
    assert regular.counted
    assert not irregular.counted
    np.testing.assert_allclose(irregular.intensity * 0.1, regular.intensity, rtol=1e-3, atol=0.1)


@pytest.mark.parametrize(
    ("name", "region", "maximum"),
    [
        ("mo_s2p_multipak.npl", 0, 284.85),
        ("mo_s2p_multipak.npl", 1, 531.60),
        ("mo_s2p_multipak.npl", 2, 161.40),
        ("mo_s2p_multipak.npl", 4, 228.45),
        ("ni_metal_nio_ni2p_casaxps.txt", 1, 852.7),
        ("survey_regular.vms", 0, 306.0),
        ("mgfe2o4_specs.xy", 0, 306.0),
    ],
)
def test_maxima_lie_where_two_readers_have_them(name: str, region: int, maximum: float) -> None:
    one = read(name)[region]
    assert one.binding_energy[np.argmax(one.intensity)] == pytest.approx(maximum, abs=0.06)


@pytest.mark.parametrize(
    ("name", "points"), [("cu_hhtp_o1s_scienta.txt", 301), ("cu_hhtp_cu3p_scienta.txt", 321)]
)
def test_scienta_regions_are_whole(name: str, points: int) -> None:
    assert len(read(name)[0].intensity) == points


def test_a_kinetic_axis_becomes_binding_energies() -> None:
    (one,) = read("survey_kinetic_energy.csv")
    assert one.photon_energy == 600.0
    assert one.binding_energy.max() == pytest.approx(600.0 - 26.0)


def test_a_truncated_vamas_is_one_line() -> None:
    from topotaxy.errors import InputError

    path = DATA.parent / "awkward" / "truncated.vms"
    if not path.is_file():
        pytest.skip("the truncated file is not beside the project")
    with pytest.raises(InputError) as refused:
        vamas.read(path, None)
    assert "\n" not in str(refused.value)

"""Auger lines under photoelectron lines: where they stand, what they do to a share, and what is said."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import numpy as np
import pytest
import spectrometer_files

from topotaxy.errors import InputError
from topotaxy.measurement.photoemission.auger import (
    AugerLine,
    auger_shapes,
    auger_under,
    elements_in,
    known_auger_lines,
    unheld,
)
from topotaxy.measurement.photoemission.combination import Combination, combined
from topotaxy.measurement.photoemission.lines import known_lines
from topotaxy.measurement.photoemission.observed import observed
from topotaxy.measurement.photoemission.options import PhotoemissionOptions
from topotaxy.measurement.photoemission.probe import Spectrometer, references
from topotaxy.measurement.photoemission.record import PhotoemissionRecord
from topotaxy.measurement.photoemission.shown import shown

AL, MG = 1486.6, 1253.6
LINES = {line.name: line for line in known_lines()}
IRON = LINES["Fe 2p3/2"]
COBALT = next(one for one in known_auger_lines() if one.name == "Co L3VV")


def with_hump(
    share: float = 0.5, *, height: float = 0.5, off: float = 1.5, seed: int = 1
) -> PhotoemissionRecord:
    """Fe 2p with L3VV of cobalt: off the table's place, half Lorentzian and wider, so not as it is fitted."""
    plain = spectrometer_files.record("Fe", share=share, seed=seed)
    z = (plain.binding_energy - COBALT.binding(AL) - off) / (0.6 * COBALT.width)
    hump = 0.5 * np.exp(-np.log(2.0) * z**2) + 0.5 / (1.0 + z**2)
    counts = np.random.default_rng(seed + 100).poisson(height * plain.intensity.max() * hump)
    return replace(plain, intensity=plain.intensity + counts)


def fitted(record: PhotoemissionRecord, *lines: AugerLine) -> Combination:
    metal, oxide = references("Fe", Spectrometer())
    return combined(record, metal, oxide, low=IRON.low, high=IRON.high, auger=lines)


def total(found: Combination) -> float:
    """Of counting, of the choice of background and of the widths of Auger lines."""
    return float(np.hypot(found.share_uncertainty, np.hypot(found.background_spread, found.auger_spread)))


def test_lines_stand_where_photons_less_their_energy_do() -> None:
    """With the other source Auger lines move on the axis by the difference of the photons, and no other."""
    for line in known_auger_lines():
        assert line.binding(AL) + line.energy == pytest.approx(AL)
        assert line.binding(AL) - line.binding(MG) == pytest.approx(233.0)


@pytest.mark.parametrize(
    ("name", "photons", "under"),
    [
        ("Fe 2p3/2", AL, {"Co L3VV", "Ni L3M23V", "Cu L3M23M23"}),
        ("Mn 2p3/2", AL, {"Ni L3VV", "Cu L3M23V"}),
        ("Co 2p3/2", AL, {"Fe L3VV", "Ni L3M23M23"}),
        ("Ni 2p3/2", AL, {"F KL1L23", "F KL1L1"}),
        ("Ni 2p3/2", MG, set()),
        ("Co 2p3/2", MG, {"O KL1L1"}),
    ],
)
def test_overlaps_that_spectroscopists_know_are_found(name: str, photons: float, under: set[str]) -> None:
    line = LINES[name]
    found = {one.name for one in auger_under(photons, line.low, line.high)}
    assert under <= found
    if not under:
        assert not {one for one in found if one.split()[0] in ("F", "Co", "Mn", "O")}


def test_without_photons_no_line_is_placed() -> None:
    assert auger_under(None, 0.0, 1500.0) == ()


def test_a_reference_of_the_same_element_and_photons_holds_its_own_auger_lines() -> None:
    record = spectrometer_files.record("Co")
    both = frozenset({"Co", "Ni"})
    window = (LINES["Co 2p3/2"].low, LINES["Co 2p3/2"].high)
    pair = references("Co", Spectrometer())
    others = [replace(one, photon_energy=MG) for one in pair]
    held = {one.element for one in unheld(record, LINES["Co 2p3/2"], both, pair, window)}
    assert held == {"Ni"}
    assert {one.element for one in unheld(record, LINES["Co 2p3/2"], both, others, window)} == both
    assert unheld(record, LINES["Co 2p3/2"], frozenset(), pair, window) == ()


def test_shapes_have_unit_area_and_lie_within_the_spread() -> None:
    x = np.linspace(600.0, 830.0, 4001)
    columns = auger_shapes(x, [COBALT], AL)
    assert np.trapezoid(columns, x, axis=0) == pytest.approx(np.ones(3), rel=1e-6)
    middles = (columns * x[:, None]).sum(axis=0) / columns.sum(axis=0)
    assert middles == pytest.approx(COBALT.binding(AL) + COBALT.spread * np.array([-1.0, 0.0, 1.0]))
    assert auger_shapes(x, [], AL).shape == (len(x), 0)


@pytest.mark.parametrize("share", [0.2, 0.6])
def test_a_hump_biases_a_share_and_no_longer_where_it_is_fitted(share: float) -> None:
    """Without the line the bias is far beyond what counting states; with it none of 6 is beyond
    4.5 deviations (a risk of 4e-5 in all)."""
    truth = fitted(spectrometer_files.record("Fe", share=share)).share
    for seed in range(3):
        record = with_hump(share, seed=seed)
        without, with_it = fitted(record), fitted(record, COBALT)
        stated = total(with_it)
        assert abs(without.share - truth) > 5.0 * without.share_uncertainty
        assert abs(with_it.share - truth) < 4.5 * stated
        assert with_it.auger_spread > 0.005
        assert with_it.chi_square < without.chi_square
        assert with_it.auger_share > 0.1
        assert with_it.lines == (COBALT,)
        assert without.auger_share == 0.0


def test_a_line_that_is_not_there_brings_no_bias() -> None:
    plain = spectrometer_files.record("Fe", share=0.5)
    without, with_it = fitted(plain), fitted(plain, COBALT)
    assert with_it.auger_share < 0.05
    assert abs(with_it.share - without.share) < 4.5 * with_it.share_uncertainty


def files(folder: Path) -> dict[str, tuple[Path, ...]]:
    paths = []
    for name, one in zip(("metal", "oxide"), references("Fe", Spectrometer()), strict=True):
        (folder / name).mkdir()
        paths.append((spectrometer_files.vamas(folder / name, one),))
    return {"reduced_reference": paths[0], "oxidised_reference": paths[1]}


def test_elements_of_the_sample_are_looked_for_and_said(tmp_path: Path) -> None:
    """Named by the user or with a region of their own: the share is fitted with them, as the page says."""
    given = files(tmp_path)
    record, cobalt = with_hump(), replace(spectrometer_files.record("Co"), source="cobalt")
    named = observed([record], PhotoemissionOptions(sample_elements=("CoFe2O4",), **given))
    beside = observed([record, cobalt], PhotoemissionOptions(**given))
    silent = observed([record], PhotoemissionOptions(**given))
    shares = [
        next(o for o in found.observables if o.quantity == "reduced_fraction")
        for found in (named, beside, silent)
    ]
    assert shares[0].value == shares[1].value
    assert shares[0].value > shares[2].value + 0.1
    assert "Co L3VV" in shares[0].method
    assert "Auger" not in shares[2].method
    assert "Auger lines of the sample reach into it, Co L2VV (698 eV), Co L3VV (713 eV)" in " ".join(
        named.remarks
    )
    assert "Co" in next(text for text in silent.remarks if "--sample-elements" in text)
    text = shown([record], named)[0].parts[0].text  # type: ignore[union-attr]
    assert "Under Fe 2p3/2 lie Auger lines of the sample (Co L2VV, Co L3VV)" in text
    drawn = shown([record], named)[0].parts[1].panels[0].series  # type: ignore[union-attr]
    assert "Auger lines" in [series.name for series in drawn]


def test_a_region_of_auger_lines_names_its_element() -> None:
    zinc = replace(spectrometer_files.record("Zn"), line="Zn LMM", source="auger")
    found = observed([spectrometer_files.record("Mn"), zinc], PhotoemissionOptions())
    assert any("Auger lines of the sample reach into it, Zn L3M23M23" in text for text in found.remarks)


def test_without_photons_it_is_said_that_auger_lines_cannot_be_told() -> None:
    record = replace(spectrometer_files.record("Fe"), photon_energy=None)
    found = observed([record], PhotoemissionOptions(sample_elements=("Co",)))
    assert any("no photon energy" in text for text in found.remarks)


@pytest.mark.parametrize("text", ["Xx", "co", "", "Co-Fe", "12"])
def test_what_names_no_element_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="no element and no formula"):
        elements_in([text])


def test_formulas_and_symbols_name_elements() -> None:
    assert elements_in(["Mg0.2(Co0.5Ni0.5)0.8O", "F"]) == {"Mg", "Co", "Ni", "O", "F"}

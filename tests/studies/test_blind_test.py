"""Library and blind test: from specimens through files to residuals and answers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from topotaxy.evidence.regions import REGIONS
from topotaxy.observables import from_json
from topotaxy.studies import virtual_laboratory
from topotaxy.studies.blind_test import Answer, answer, confusion, coverage, interval, told
from topotaxy.studies.electrodes import by_hand, truth
from topotaxy.studies.known_electrodes import Known, Made, made_by_hand
from topotaxy.studies.mechanism_library import Residual, residuals, summed_up

NIO = Made(formula="NiO", ion="Li", reacted=0.6)
CHEAP = ("cycling", "photoemission", "imaging")


@pytest.fixture
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Instruments that take well below a second each."""
    kept = {name: virtual_laboratory.INSTRUMENTS[name] for name in CHEAP}
    monkeypatch.setattr(virtual_laboratory, "INSTRUMENTS", kept)


def test_observables_come_from_files_and_are_taken_up(cheap: None, tmp_path: Path) -> None:
    made = by_hand("vanished", "NiO", "Li", seed=1)
    found = virtual_laboratory.measured(made, tmp_path / "seen", seed=3)
    assert {o.origin for o in found} == {"simulated"}
    endings = {path.suffix for path in (tmp_path / "seen").iterdir()}
    assert {".csv", ".vms", ".emd", ".json"} <= endings
    for path in (tmp_path / "seen").glob("*.vms"):
        path.unlink()
    assert virtual_laboratory.measured(made, tmp_path / "seen", seed=3) == found
    text = (tmp_path / "seen" / "observables.json").read_text()
    assert from_json(text) == found


def test_the_cycler_counts_what_was_reduced(cheap: None, tmp_path: Path) -> None:
    """Discharge = couples and film; the film of the prior is at most 250 mAh/g twice, the mass off by 1 %."""
    made = by_hand("lattice-confined", "NiO", "Li", seed=1)
    taken, left = virtual_laboratory.couples(made)
    assert taken == pytest.approx(0.7 * 717.7, rel=0.01)
    assert left == pytest.approx(0.0, abs=1e-6)
    (discharge,) = (
        o
        for o in virtual_laboratory.measured(made, tmp_path, seed=2)
        if o.quantity == "specific_capacity_discharge"
    )
    assert 0.95 * taken < discharge.value < 1.05 * (taken + 500.0)


def test_lines_of_the_frame_are_found_where_they_are() -> None:
    from types import SimpleNamespace

    angle = np.arange(8.0, 36.0, 0.03)
    edge, wavelength = 4.72, 0.62
    counts = np.full(len(angle), 50.0)
    for squares, height in ((3, 300.0), (4, 900.0), (8, 500.0)):
        centre = 2 * np.degrees(np.arcsin(wavelength * np.sqrt(squares) / 2 / edge))
        counts += height * np.exp(-(((angle - centre) / 0.1) ** 2))
    pattern = SimpleNamespace(x=angle, intensity=counts, wavelength=wavelength)
    assert virtual_laboratory.frame_edge(pattern, 4.18) == pytest.approx(edge, rel=0.003)


def test_photoemission_returns_the_share_that_was_counted(cheap: None, tmp_path: Path) -> None:
    """Instruments beside the map on a frame that is metal to 0.7 throughout: within what they state."""
    made = by_hand("lattice-confined", "NiO", "Li", seed=1)
    known = Known(electrode=made, observables=tuple(virtual_laboratory.measured(made, tmp_path, seed=2)))
    found = [one for one in residuals([known]) if one.expected == "reduced_surface.Ni"]
    assert len(found) == 1
    assert found[0].by_map == pytest.approx(truth(made)["reduced_surface.Ni"][0])
    # Scatter of 0.03 and a systematic part of 0.04: 4 of both together.
    assert abs(found[0].error) < 4 * 0.065
    assert not [one for one in residuals([known]) if one.expected in ("discharge_capacity", "loss")]


def residual(error: float, electrode: str = "made") -> Residual:
    return Residual(
        electrode=electrode,
        material="NiO Li",
        expected="strain",
        term="strain",
        technique="diffraction",
        seen=error,
        by_map=0.0,
        width=0.1,
    )


def test_residuals_are_summed_up() -> None:
    (row,) = summed_up([residual(0.1), residual(-0.3, "far"), residual(0.0)])
    assert row.count == 3
    assert row.bias == pytest.approx(-0.2 / 3)
    assert row.scatter == pytest.approx(np.sqrt(0.1 / 3))
    assert row.within == pytest.approx(2 / 3)
    assert row.worst == "far, NiO Li"
    assert row.worst_error == -0.3


def test_an_answer_compares_and_does_not_see_the_truth(cheap: None, tmp_path: Path) -> None:
    """Of the electrode formula and ion are used: another truth with the same observables is judged alike."""
    known = next(made_by_hand(tmp_path, materials=(NIO,), names=("intercalation",)))
    other = Known(electrode=by_hand("vanished", "NiO", "Li", seed=1), observables=known.observables)
    one, two = (answer(k, particles=200, perturbed=True) for k in (known, other))
    assert (one.said, one.probability) == (two.said, two.probability)
    assert one.truth == "intercalation"
    assert two.truth == "vanished and recovered"


def test_a_truth_at_the_end_of_its_range_is_held_against_one_tail() -> None:
    shares = np.linspace(0.0, 1.0, 1001)
    assert interval(shares, 0.5) == (pytest.approx(0.05), pytest.approx(0.95))
    assert interval(shares, 0.0) == (0.0, pytest.approx(0.9))
    assert interval(shares, 1.0) == (pytest.approx(0.1), 1.0)


def made_answer(truth_: str, said: str, inside: bool) -> Answer:
    return Answer(
        electrode="e",
        material="NiO | Li",
        map="as listed",
        truth=truth_,
        said=said,
        decided="undecided",
        pooled=0.9,
        probability=0.9,
        of_truth=0.95 if truth_ == said else 0.02,
        inside={"core": inside, "frame_share": True},
        actual={},
        low={},
        high={},
    )


def test_confusion_and_coverage_are_counted() -> None:
    answers = [
        made_answer("collapse", "collapse", True),
        made_answer("collapse", "metal network", False),
        made_answer("intercalation", "intercalation", True),
    ]
    assert confusion(answers) == {
        "collapse": {"collapse": 1, "metal network": 1},
        "intercalation": {"intercalation": 1},
    }
    assert coverage(answers) == pytest.approx(5 / 6)
    text = told(answers)
    assert "most probable in 2 of 3" in text
    assert "0 verdicts, 0 right; 0 wrong" in text
    assert "83 % of the counted latents" in text


@pytest.mark.slow
@pytest.mark.study
def test_every_mechanism_is_judged_through_files(tmp_path: Path) -> None:
    """NiO with Li by hand: every mechanism once, all instruments; the bounds are those set for the tool."""
    answers = [answer(known) for known in made_by_hand(tmp_path, materials=(NIO,))]
    assert {one.truth for one in answers} == set(REGIONS) - {"mixture"}
    assert coverage(answers) >= 0.85
    assert min(one.of_truth for one in answers) >= 0.05

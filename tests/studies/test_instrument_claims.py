"""Claims of instruments beside virtual instruments: every rule on made observables, and the page."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from topotaxy.content.figure import Absent
from topotaxy.evidence import load_ledger
from topotaxy.observables import Observable, observable
from topotaxy.studies import paper_figures
from topotaxy.studies.instrument_claims import claim_rows, instrument_claim, stated_text
from topotaxy.studies.instruments_seen import Computed, Seen
from topotaxy.studies.paper_page import figures_page, short_parts

LEDGER = load_ledger("fang2022")
CLAIMS = {claim.id: claim for claim in LEDGER.claims}


def made(quantity: str, value: float, state: str, subject: object, **fields: object) -> Observable:
    known = {"uncertainty": 0.01, "technique": "diffraction", **fields}
    return observable(quantity, value, state=state, subject=subject, origin="simulated", **known)


def seen(*observables: Observable, **fields: object) -> Seen:
    known = {"spots": {}, "others": {}, "missing": {}, "folder": Path(), **fields}
    return Seen(observables=observables, **known)


def say(claim: str, *observables: Observable, **fields: object) -> Computed:
    return instrument_claim(CLAIMS[claim], seen(*observables, **fields))


@pytest.mark.parametrize(("edge", "agrees"), [(4.348, True), (4.80, False)])
def test_a_spacing_follows_from_the_edge_of_the_image(edge: float, agrees: bool) -> None:
    """d(111) = a/√3; 2.51 Å is stated for an edge of 4.348 Å."""
    spot = made(
        "interplanar_spacing",
        edge / 2,
        "pristine",
        {"phase": "rock salt", "reflection": (2, 0, 0)},
        technique="imaging",
    )
    found = say("d111.pristine", spot)
    assert found.value == pytest.approx(edge / math.sqrt(3))
    assert found.agrees is agrees
    assert found.label == "handbook"


def test_without_spots_the_pattern_gives_the_spacing_and_without_both_nothing() -> None:
    found = say("d111.discharged", made("lattice_parameter", 4.50, "discharged", {"phase": "rock salt"}))
    assert found.value == pytest.approx(4.50 / math.sqrt(3))
    assert "pattern" in found.why
    assert say("d111.discharged").agrees is None


@pytest.mark.parametrize(("size", "low", "high"), [(1.5, True, True), (0.5, False, True), (3.0, True, False)])
def test_a_domain_lies_between_its_bounds(size: float, low: bool, high: bool) -> None:
    domain = made("domain_size", size, "discharged", {"phase": "metal"}, uncertainty=0.1)
    assert say("domains.low", domain).agrees is low
    assert say("domains.high", domain).agrees is high


def test_contents_are_returned_and_called_imposed() -> None:
    sulfur = made("anion_fraction", 0.112, "pristine", "S", technique="thermogravimetry")
    for claim in ("anion.sulfur", "anion.oxygen"):
        found = say(claim, sulfur)
        assert found.agrees
        assert found.label == "imposed"
    assert say("anion.oxygen", sulfur).value == pytest.approx(0.888)
    most = made("anion_fraction", 0.05, "pristine", "S", technique="thermogravimetry", bound="upper")
    assert say("anion.sulfur", most).agrees is False
    assert say("anion.oxygen", most).computed == "at least 0.950"
    assert say("anion.sulfur").agrees is None


@pytest.mark.parametrize(("share", "unchanged", "falls"), [(0.0, True, False), (0.8, False, True)])
def test_lines_are_judged_by_the_share_of_metal(share: float, unchanged: bool, falls: bool) -> None:
    for element, claim, wanted in (("Zn", "xps.zn", unchanged), ("Ni", "xps.ni", falls)):
        entry = made(
            "reduced_fraction",
            share,
            "discharged",
            element,
            method="combination of two references",
            technique="photoemission",
        )
        assert say(claim, entry).agrees is wanted


def test_white_lines_fall_and_edges_move_by_energy_loss() -> None:
    weaker = made("white_line_intensity", 0.4, "discharged", "Ni", technique="energy_loss")
    assert say("eels.ni.intensity", weaker).agrees
    same = made("white_line_intensity", 0.99, "discharged", "Ni", technique="energy_loss")
    assert not say("eels.ni.intensity", same).agrees
    edges = [
        made("edge_energy", at, state, "Cu", technique="energy_loss")
        for state, at in (("pristine", 930.6), ("discharged", 933.3))
    ]
    found = say("eels.cu.shift", *edges)
    assert found.agrees
    assert found.value == pytest.approx(2.7)
    assert say("eels.cu.shift").agrees is None


def shell(count: float, state: str, kind: str, element: str = "Ni") -> Observable:
    return made(
        "coordination_number",
        count,
        state,
        {"element": element, "shell": kind},
        technique="absorption",
        uncertainty=0.2,
    )


def test_shells_are_held_against_the_pristine_ones() -> None:
    anions = shell(6.0, "pristine", "anion")
    cations = shell(12.0, "pristine", "cation")
    assert say("exafs.first_shell", anions, shell(5.0, "discharged", "anion")).agrees
    assert not say("exafs.first_shell", anions, shell(1.0, "discharged", "anion")).agrees
    assert say("exafs.second_shell", cations, shell(5.0, "discharged", "cation")).agrees
    assert not say("exafs.second_shell", cations, shell(11.5, "discharged", "cation")).agrees
    # A shell that the fit does not find any more is none.
    assert say("exafs.second_shell", cations).agrees
    assert say("exafs.return", cations, shell(11.9, "charged", "cation")).agrees
    assert not say("exafs.return", cations, shell(8.0, "charged", "cation")).agrees
    assert say("exafs.first_shell").agrees is None


def test_copper_is_at_the_distance_of_a_metal_or_not() -> None:
    bond = made(
        "bond_length", 2.56, "discharged", {"element": "Cu", "shell": "metal"}, technique="absorption"
    )
    assert say("exafs.copper", bond).agrees is True
    other = made(
        "bond_length", 2.1, "discharged", {"element": "Cu", "shell": "anion"}, technique="absorption"
    )
    assert say("exafs.copper", other).agrees is False
    assert say("exafs.copper").agrees is None


def test_spread_of_strain_stands_for_stress_and_says_so() -> None:
    maps = [
        made("microstrain", value, state, {"note": "along x"}, technique="imaging", bound="upper")
        for state, value in (("pristine", 0.001), ("discharged", 0.04), ("charged", 0.002))
    ]
    for claim in ("stress.discharged", "stress.charged", "spacing.spread"):
        assert say(claim, *maps).agrees
    assert "not stress" in say("stress.discharged", *maps).why
    assert say("stress.charged", *maps[:2]).agrees is None


def phase(share: float, state: str, **fields: object) -> Observable:
    return made(
        "phase_fraction", share, state, {"phase": "rock salt", "note": "of the metal atoms"}, **fields
    )


def test_rock_salt_persists_or_vanishes() -> None:
    back = phase(0.95, "charged")
    assert say("insitu.persist", phase(0.5, "discharged"), back).agrees
    assert not say("insitu.persist", phase(0.05, "discharged"), back).agrees
    assert not say("insitu.persist", phase(0.3, "discharged", bound="upper", uncertainty=None), back).agrees
    assert say("phase.pristine", phase(0.99, "pristine")).agrees
    assert say("insitu.persist", back).agrees is None


def test_spots_name_their_phases() -> None:
    spots = {
        "discharged": {("rock salt", "200"), ("metal", "200")},
        "charged": {("rock salt", "200")},
    }
    rows = {row["id"]: row for row in claim_rows(LEDGER, seen(spots=spots), done=set())}
    assert rows["spots.frame"]["agrees"] is True
    assert rows["spots.alloy"]["agrees"] is True
    assert rows["spots.na2o"]["agrees"] is False
    assert rows["spots.charged"]["agrees"] is True
    mixed = {"charged": {("rock salt", "200"), ("metal", "200")}}
    rows = {row["id"]: row for row in claim_rows(LEDGER, seen(spots=mixed), done=set())}
    assert rows["spots.charged"]["agrees"] is False
    assert rows["spots.frame"]["agrees"] is None


def test_materials_are_ordered_from_two_deviations_on() -> None:
    def efficiency(value: float) -> Observable:
        return made("initial_coulombic_efficiency", value, "charged", "", technique="reactive lattice")

    clear = {"heos": [efficiency(0.95)], "heo": [efficiency(0.85)]}
    close = {"heos": [efficiency(0.95)], "heo": [efficiency(0.94)]}
    assert say("order.ice.heos_heo", others=clear).agrees
    assert not say("order.ice.heos_heo", others=close).agrees
    absent = say("order.ice.heos_heo", others={"heos": [efficiency(0.9)]}, missing={"heo": "left out"})
    assert absent.agrees is None
    assert absent.why == "left out"


def test_a_larger_cell_is_larger_beyond_its_error() -> None:
    own = made("lattice_parameter", 4.33, "pristine", {"phase": "rock salt"}, uncertainty=0.001)
    other = made("lattice_parameter", 4.23, "pristine", {"phase": "rock salt"}, uncertainty=0.001)
    assert say("lattice.above_heo", own, others={"heo": [other]}).agrees
    assert not say("lattice.above_heo", other, others={"heo": [own]}).agrees


def test_every_claim_that_is_no_number_of_a_cell_has_a_row_with_a_reason() -> None:
    rows = claim_rows(LEDGER, seen(), done={"li.discharge"})
    assert {row["id"] for row in rows} == set(CLAIMS) - {"li.discharge"}
    assert all(row["why"] for row in rows)
    assert all(row["stated"] for row in rows)
    assert not [row for row in rows if row["agrees"] and not row["computed_text"]]


@pytest.mark.parametrize(
    ("claim", "text"),
    [
        ("d111.pristine", "0.251 nm"),
        ("domains.low", "at least 1 nm"),
        ("exafs.first_shell", "discharged: slightly less than pristine"),
        ("order.ice.heos_heo", "heos: more than heo"),
        ("twins", "seen"),
    ],
)
def test_claims_are_told_in_words(claim: str, text: str) -> None:
    assert stated_text(CLAIMS[claim]) == text


def test_a_page_without_files_says_what_is_not_there(tmp_path: Path) -> None:
    rows = claim_rows(LEDGER, seen(), done=set())
    page = figures_page("A paper", tmp_path, rows)
    # The valence alone follows from the formula.
    assert page.verdict.startswith("1 of 1 claims")
    assert isinstance(page.main, Absent)
    assert any("Figure 3h" in text for part in page.sections[-1].parts for text in part.texts)
    absent = [str(part) for section in page.sections for part in section.parts if isinstance(part, Absent)]
    assert any("Figure 4l" in text for text in absent)
    assert "agree" in short_parts(rows)[0].text


def test_figures_are_drawn_from_the_instruments_files(tmp_path: Path) -> None:
    for state in ("pristine", "discharged"):
        angle = np.arange(10.0, 30.0, 0.1)
        text = "\n".join(f"{a:.2f} {100 + 50 * (a > 20):.1f}" for a in angle)
        (tmp_path / f"e-{state}-diffraction.xy").write_text(
            f"# 2theta (deg) intensity\n# lambda1 = 0.62\n{text}\n", encoding="utf-8"
        )
    figure = paper_figures.states_figure(tmp_path)
    assert [series.name for series in figure.panels[0].series] == ["pristine", "discharged"]
    assert "differs" in figure.caption
    (line,) = paper_figures.pattern_figure(tmp_path).panels[0].series
    assert line.y.max() == pytest.approx(150.0)
    assert isinstance(paper_figures.images_figure(tmp_path), Absent)


def test_claims_of_one_quantity_are_told_apart_by_their_technique_and_others_by_what_they_state() -> None:
    names = {row["id"]: str(row["name"]) for row in claim_rows(LEDGER, seen(), done=set())}
    edges = [c.id for c in LEDGER.claims if c.quantity == "edge_energy" and c.subject == "Cu"]
    assert len(edges) > 1
    assert len({names[one] for one in edges}) == len(edges)
    assert names["heof.li"].lower() == CLAIMS["heof.li"].states.lower()


def test_what_something_else_than_an_instrument_says_stands_in_the_row_of_its_claim() -> None:
    other = Computed(computed="so", agrees=True, label="bounded", why="cells")
    rows = {r["id"]: r for r in claim_rows(LEDGER, seen(), done=set(), known={"na.micro.capacity": other})}
    assert rows["na.micro.capacity"]["computed_text"] == "so"
    assert rows["na.micro.ice_order"]["agrees"] is None

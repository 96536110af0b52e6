"""Laws of the judgement: nothing favours a mechanism but data."""

from __future__ import annotations

import json

import numpy as np
import pytest

from topotaxy.evidence.cases import case_of_ledger, case_of_observables
from topotaxy.evidence.consequences import candidates
from topotaxy.evidence.judgement import Assumptions, Case, posterior, weights_before
from topotaxy.evidence.latents import coordinates
from topotaxy.evidence.ledger import load_ledger
from topotaxy.evidence.likelihood import bound, log_likelihood, number
from topotaxy.evidence.mechanisms import Map
from topotaxy.evidence.reaction import reaction_of
from topotaxy.evidence.readings import read_observables
from topotaxy.evidence.regions import REGIONS, region_of
from topotaxy.evidence.shown import judgement_page
from topotaxy.evidence.verdict import document, judge
from topotaxy.observables import observable

NIO = reaction_of("NiO", "Li")
MECHANISMS = tuple(name for name in REGIONS if name != "mixture")


def case_of(*terms) -> Case:
    return Case(name="made", reaction=NIO, terms=tuple(terms))


@pytest.fixture(scope="module")
def paper() -> Case:
    return case_of_ledger(load_ledger("fang2022"))


@pytest.fixture(scope="module")
def verdict(paper: Case):
    return judge(paper, particles=600)


def test_without_data_all_mechanisms_are_equal() -> None:
    """What a mixture leaves is shared evenly, within 4.5 binomial errors; and no evidence either way."""
    found = posterior(case_of(), Assumptions(), particles=2000, seed=3)
    before = weights_before(region_of(found.drawn))
    named = [before[REGIONS.index(name)] for name in MECHANISMS]
    assert named == pytest.approx([named[0]] * 7)
    error = np.sqrt(before * (1 - before) / 1000)
    assert (np.abs(found.shares - before) < 4.5 * error).all()
    assert abs(found.total) < 0.1
    ratios = [found.log_ratio(REGIONS.index(name), REGIONS.index("mixture")) for name in MECHANISMS]
    assert np.abs(ratios).max() < 0.6


def test_weights_before_are_even_over_mechanisms_and_natural_for_a_mixture() -> None:
    mixture = REGIONS.index("mixture")
    pooled = np.repeat(np.arange(len(REGIONS)), [200, 300, 400, 500, 150, 250, 350, 2000])
    found = weights_before(pooled)
    assert found.sum() == pytest.approx(1.0)
    assert found[mixture] == pytest.approx(2000 / 4150)
    assert np.delete(found, mixture) == pytest.approx(np.full(7, (1 - 2000 / 4150) / 7))


def test_a_region_that_the_prior_hardly_reaches_has_no_weight() -> None:
    pooled = np.repeat(np.arange(len(REGIONS)), [300, 300, 300, 300, 3, 300, 300, 300])
    found = weights_before(pooled)
    assert found[4] == 0.0
    assert found.sum() == pytest.approx(1.0)


def test_the_order_of_the_names_moves_with_the_answer() -> None:
    """Swapping which draws belong to two mechanisms swaps their weights, and those of no others."""
    rng = np.random.default_rng(2)
    pooled = rng.integers(0, len(REGIONS), 8000)
    swapped = np.where(pooled == 1, 2, np.where(pooled == 2, 1, pooled))
    assert weights_before(swapped)[[1, 2]] == pytest.approx(weights_before(pooled)[[2, 1]])
    others = [weights_before(regions)[3:] for regions in (swapped, pooled)]
    assert others[0] == pytest.approx(others[1])


def test_a_truth_just_beyond_a_border_is_not_drawn_into_the_mechanism_next_to_it() -> None:
    """Everything measured as a frame of 0.35 to 0.05 says it: that the frame is lost is no certainty."""
    found = posterior(
        case_of(
            number("a", "phase_fraction", 0.35, 0.05, technique="diffraction"),
            number("b", "reduced_seen.Ni", 0.65, 0.05, technique="absorption"),
            number("c", "phase_fraction_charged", 1.0, 0.05, technique="diffraction"),
            number("d", "loss", 50.0, 10.0, technique="electrochemistry"),
        ),
        Assumptions(),
        particles=1000,
        seed=2,
        rare=False,
    )
    lost = [REGIONS.index(name) for name in ("vanished and recovered", "collapse", "metal network")]
    assert found.shares[lost].sum() < 0.9


def test_restating_a_fact_adds_nothing() -> None:
    once = number("a", "phase_fraction", 0.7, 0.05, technique="diffraction", fact="x")
    other = number("b", "phase_fraction", 0.7, 0.05, technique="diffraction", fact="x")
    o = Map(reaction=NIO).expected(np.random.default_rng(0).normal(size=(50, len(coordinates(NIO)))))
    assert log_likelihood(o, [once, other]) == pytest.approx(log_likelihood(o, [once]))


def test_leaving_out_a_technique_leaves_out_its_terms_only() -> None:
    a = number("a", "phase_fraction", 0.7, 0.05, technique="diffraction")
    b = number("b", "loss", 50.0, 10.0, technique="electrochemistry")
    o = Map(reaction=NIO).expected(np.random.default_rng(0).normal(size=(50, len(coordinates(NIO)))))
    assert log_likelihood(o, [a, b], without=("diffraction",)) == pytest.approx(log_likelihood(o, [b]))


def test_a_technique_left_out_never_sharpens_on_average() -> None:
    """Entropy of the mechanisms without a datum is at least that with it, on average over truths."""
    rng = np.random.default_rng(11)
    model = Map(reaction=NIO)
    gained = []
    for truth in range(6):
        o = model.expected(rng.normal(size=(1, len(coordinates(NIO)))))
        terms = [
            number(name, name, float(o[name][0] + width * rng.normal()), width, technique=name)
            for name, width in (("phase_fraction", 0.05), ("phase_fraction_charged", 0.05), ("loss", 10.0))
        ]
        both = [
            posterior(case_of(*used), Assumptions(), particles=500, seed=truth, rare=False).shares
            for used in (terms[1:], terms)
        ]
        entropy = [-(s[s > 0] * np.log(s[s > 0])).sum() for s in both]
        gained.append(entropy[0] - entropy[1])
    assert np.mean(gained) > -0.1


@pytest.mark.parametrize("faulty", ["frame", "domain_imaged"])
def test_a_fault_of_the_map_stops_the_judgement(faulty: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """One draw in thirty thousand is not a number; no datum asks for it, and it would be called a mixture."""
    sound = Map.expected

    def broken(self: Map, normals: np.ndarray) -> dict[str, np.ndarray]:
        found = sound(self, normals)
        found[faulty] = np.append(found[faulty][:-1], np.nan)
        return found

    monkeypatch.setattr(Map, "expected", broken)
    with pytest.raises(FloatingPointError, match=f"the map's {faulty} is not a number"):
        posterior(case_of(), Assumptions(), particles=100, seed=1)


@pytest.mark.parametrize(
    ("fraction", "wanted"),
    [
        (0.97, {"unreacted core", "intercalation"}),
        (0.02, {"vanished and recovered", "collapse", "metal network"}),
    ],
)
def test_a_clear_phase_fraction_names_the_right_side(fraction: float, wanted: set[str]) -> None:
    """Full capacity with hardly any rock salt left is a lost frame; hardly any charge with all of it, not."""
    capacity = 700.0 if fraction < 0.5 else 60.0
    found = posterior(
        case_of(
            number("rock salt", "phase_fraction", fraction, 0.03, technique="diffraction"),
            number("capacity", "discharge_capacity", capacity, 20.0, technique="electrochemistry"),
        ),
        Assumptions(),
        particles=1000,
        seed=2,
    )
    named = 1.0 - found.shares[REGIONS.index("mixture")]
    assert sum(found.shares[REGIONS.index(name)] for name in wanted) > 0.7 * named


def test_a_detection_limit_works_from_one_side_only() -> None:
    limit = bound("no rock salt", "phase_fraction", 0.1, 0.02, upper=True, technique="diffraction")
    o = {"core": np.zeros(3), "phase_fraction": np.array([0.0, 0.05, 0.6])}
    level = log_likelihood(o, [limit])
    assert level[0] == pytest.approx(level[1], abs=0.05)
    assert level[2] < level[0] - 3


def test_lattice_only_quantities_are_set_aside() -> None:
    read = read_observables(
        [
            observable("coherent_fraction", 0.9, origin="simulated", state="discharged"),
            observable(
                "phase_fraction", 0.5, origin="simulated", state="discharged", subject={"phase": "rock salt"}
            ),
        ],
        NIO,
    )
    assert [why for _, why in read.aside] == ["no instrument sees it"]
    assert len(read.terms) == 1


def test_a_simulation_enters_through_instruments_only() -> None:
    """What the lattice counts of its own atoms is no evidence; what a cycler would record of it is."""
    common = {"origin": "simulated", "state": "discharged", "technique": "reactive lattice"}
    read = read_observables(
        [
            observable("strain", 0.2, **common),
            observable("reduced_fraction", 0.9, subject="Ni", **common),
            observable("specific_capacity_discharge", 700.0, cycle=1, **common),
        ],
        NIO,
    )
    assert [term.name for term in read.terms] == ["first discharge"]
    assert {why for _, why in read.aside} == {"no instrument sees it"}


def test_ends_of_a_distribution_are_set_aside() -> None:
    sizes = [
        observable("domain_size", d, subject=f"D{p}", state="discharged", origin="measured", technique="TEM")
        for p, d in ((10, 1.0), (50, 2.0), (90, 4.0))
    ]
    assert [term.value for term in read_observables(sizes, NIO).terms] == [pytest.approx(np.log(2.0))]


def test_a_spacing_is_held_against_the_pristine_one() -> None:
    made = [
        observable(
            "interplanar_spacing",
            2.51,
            uncertainty=0.01,
            state="pristine",
            subject="(111)",
            origin="measured",
        ),
        observable(
            "interplanar_spacing",
            2.60,
            uncertainty=0.01,
            state="discharged",
            subject="(111)",
            origin="measured",
        ),
    ]
    (term,) = read_observables(made, NIO).terms
    assert term.value == pytest.approx(2.60 / 2.51 - 1)
    assert read_observables(made[1:], NIO).terms == []


def test_the_paper_is_undecided_and_says_between_what(verdict) -> None:
    assert verdict.decided == "undecided"
    assert {"inlaid domains", "vanished and recovered"} <= set(verdict.between)


def test_confinement_is_disfavoured_only_if_a_coherent_product_swells(verdict) -> None:
    """The trial: ln B −7.8, and −0.8 where it need not swell; 600 particles scatter by about 0.5."""
    confined = next(m for m in verdict.mechanisms if m.name == "lattice-confined")
    assert confined.log_ratio < -4
    eased = next(p for p in verdict.variants if "need not swell" in p.assumptions.name)
    assert eased.log_ratio(REGIONS.index("lattice-confined"), REGIONS.index("inlaid domains")) > -2.5


def test_without_spacings_confined_and_inlaid_tie(paper: Case) -> None:
    found = posterior(
        paper, Assumptions(), particles=800, seed=4, rare=False, without=("microscopy, spacings",)
    )
    ratio = found.log_ratio(REGIONS.index("lattice-confined"), REGIONS.index("inlaid domains"))
    assert abs(ratio) < 1.5


def test_the_document_has_the_published_shape(verdict) -> None:
    whole = json.loads(json.dumps(document(verdict), allow_nan=False))
    assert {
        "verdict",
        "between",
        "latents",
        "mechanisms",
        "checks",
        "influence",
        "next_measurements",
        "lnZ_error",
        "assumptions",
    } <= set(whole)
    assert sum(m["p"] for m in whole["mechanisms"]) == pytest.approx(1.0, abs=1e-6)
    assert all(m["lnB_low"] <= m["lnB"] <= m["lnB_high"] for m in whole["mechanisms"])


def test_the_page_answers_first_and_names_its_borders(verdict) -> None:
    page = judgement_page(verdict)
    assert page.verdict.startswith("Undecided between")
    assert 4 <= len(page.key_numbers) <= 6
    assert page.limits
    assert any("Borders" in table.caption for table in page.provenance)


def test_information_of_a_measurement_is_never_negative(verdict) -> None:
    found = candidates(verdict.base)
    assert all(c.nats >= 0 for c in found)
    assert any("rock-salt fraction, discharged" in c.measurement for c in found[:2])


def test_the_same_seed_gives_the_same_answer(paper: Case) -> None:
    both = [posterior(paper, Assumptions(), particles=300, seed=9, rare=False) for _ in range(2)]
    assert np.array_equal(both[0].shares, both[1].shares)


def test_observables_alone_make_a_case() -> None:
    made = [
        observable(
            "phase_fraction",
            0.4,
            uncertainty=0.05,
            state="discharged",
            subject={"phase": "rock salt"},
            origin="measured",
            technique="diffraction",
        ),
        observable(
            "reduced_fraction",
            0.9,
            uncertainty=0.05,
            state="discharged",
            subject="Ni",
            origin="measured",
            technique="absorption",
        ),
    ]
    case = case_of_observables(made, formula="NiO", ion="Li")
    assert {t.technique for t in case.terms} == {"diffraction", "absorption"}


def test_region_names_carry_no_weight(paper: Case) -> None:
    """Evidence of a region follows from its particles: swapping two borders' names swaps the answer."""
    o = Map(reaction=paper.reaction).expected(
        np.random.default_rng(0).normal(size=(4000, len(coordinates(paper.reaction))))
    )
    swapped = dict(o)
    swapped["coherent"] = 1.0 - o["coherent"]
    mirrored = region_of(swapped, {"coherent_low": 1 - 0.67, "coherent_high": 1 - 0.33})
    direct = region_of(o, {"coherent_low": 0.33, "coherent_high": 0.67})
    confined, inlaid = REGIONS.index("lattice-confined"), REGIONS.index("inlaid domains")
    assert np.array_equal(direct == confined, mirrored == inlaid)

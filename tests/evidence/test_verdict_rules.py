"""The rules of a verdict and the page that tells it, on posteriors made by hand."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from topotaxy.content.figure import BarPanel, Figure
from topotaxy.content.numbers import number_text
from topotaxy.content.section import Items, Paragraph, Section, Table
from topotaxy.evidence import verdict as rules
from topotaxy.evidence.consequences import Influence
from topotaxy.evidence.inference import Sample
from topotaxy.evidence.judgement import Assumptions, Case, Posterior, variants
from topotaxy.evidence.latents import coordinates
from topotaxy.evidence.likelihood import number
from topotaxy.evidence.mechanisms import Map
from topotaxy.evidence.reaction import reaction_of
from topotaxy.evidence.regions import MEANING, REGIONS, borders
from topotaxy.evidence.reliability import classes, reliability
from topotaxy.evidence.shown import judgement_page, short_parts
from topotaxy.evidence.shown_checks import budget_table, reliability_parts
from topotaxy.evidence.shown_figures import map_figure, mechanisms_figure
from topotaxy.evidence.verdict import BETWEEN, CERTAIN, IMPROBABLE, TOLD, TOO_FEW, Verdict, document

NIO = reaction_of("NiO", "Li")
COUNT = 400
EXPECTED = Map(reaction=NIO).expected(np.random.default_rng(1).normal(size=(COUNT, len(coordinates(NIO)))))
TERMS = (
    number("rock salt", "phase_fraction", 0.5, 0.3, technique="diffraction", source="a"),
    number("loss", "loss", 150.0, 200.0, technique="electrochemistry", source="b"),
    number("strain", "strain", 0.02, 0.03, technique="diffraction", source="c"),
)
CASE = Case(
    name="made by hand", reaction=NIO, terms=TERMS, aside=(("x", "no reading"),), origins=("measured",)
)
Shares = dict[str, float]
Others = dict[int, Shares]


def posterior(shares: Shares, total: float = -10.0) -> Posterior:
    """Particles in these shares, and evidence in proportion."""
    given = np.array([shares.get(name, 0.0) for name in REGIONS])
    regions = np.repeat(np.arange(len(REGIONS)), np.round(COUNT * given / given.sum()).astype(int))
    regions = np.resize(regions, COUNT)
    with np.errstate(divide="ignore"):
        evidence = total + np.log(given)
    return Posterior(
        assumptions=Assumptions(),
        shares=given,
        log_evidence=evidence,
        total=total,
        expected=EXPECTED,
        regions=regions,
        sample=Sample(total, np.zeros((COUNT, 1)), np.zeros(COUNT), COUNT, 1),
        evaluations=COUNT,
        drawn=EXPECTED,
    )


def judged(base: Shares, others: Others | None = None, again: float = -10.0, **more: Any) -> Verdict:
    """The verdict where ``base`` is believed, ``others`` under some of the other assumptions."""
    seeds: list[int] = []

    def sampled(case: Case, assumptions: Assumptions, *, seed: int, **_: Any) -> Posterior:
        seeds.append(seed)
        first = len(seeds) == 1
        return replace(posterior(base, -10.0 if first else again), assumptions=assumptions)

    def varied(case: Case, of: Posterior, assumptions: Assumptions, *, seed: int, **_: Any) -> Posterior:
        seeds.append(seed)
        number = variants().index(assumptions)
        return replace(posterior((others or {}).get(number, base)), assumptions=assumptions)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rules, "posterior", sampled)
        patch.setattr(rules, "varied", varied)
        verdict = rules.judge(CASE, **more)
    # Two of the main answer, one for each other assumption, and those without a technique.
    sampled_anew = sum(one.sampled for one in verdict.influences)
    assert len(seeds) == len(set(seeds)) == 2 + len(variants()) + sampled_anew
    return verdict


CONFINED = {"lattice-confined": 0.95, "inlaid domains": 0.03, "mixture": 0.02}
SPLIT = {"inlaid domains": 0.40, "vanished and recovered": 0.35, "collapse": 0.12, "mixture": 0.13}


@pytest.fixture(scope="module")
def certain() -> Verdict:
    return judged(CONFINED)


@pytest.fixture(scope="module")
def split() -> Verdict:
    one = {**SPLIT, "inlaid domains": 0.30, "vanished and recovered": 0.45}
    return judged(SPLIT, {0: one, 2: {**SPLIT, "lattice-confined": 0.3}}, again=-10.5)


@pytest.mark.parametrize("worst", [0, 5, len(variants()) - 1])
@pytest.mark.parametrize(
    ("p", "decided"), [(0.95, True), (CERTAIN, True), (CERTAIN - 0.01, False), (0.2, False)]
)
def test_a_mechanism_is_named_where_it_is_certain_under_every_assumption(
    worst: int, p: float, decided: bool
) -> None:
    found = judged(CONFINED, {worst: {"lattice-confined": p, "inlaid domains": 1 - p}})
    assert found.decided == ("lattice-confined" if decided else "undecided")
    assert document(found)["between"] == ([] if decided else ["lattice-confined"])


def test_what_the_main_answer_doubts_is_not_named_for_the_others() -> None:
    doubted = {"lattice-confined": CERTAIN - 0.01, "mixture": 0.11}
    assert judged(doubted, dict.fromkeys(range(len(variants())), CONFINED)).decided == "undecided"


def test_a_mixture_is_never_the_verdict() -> None:
    found = judged({"mixture": 0.97, "collapse": 0.02, "metal network": 0.01})
    assert found.decided == "undecided"
    assert found.between == ("collapse",)
    assert found.sentence == "undecided between a mixture of mechanisms (p = 0.97) and collapse (0.02)"


def test_one_that_leads_without_being_certain_is_no_list_of_one() -> None:
    found = judged({"collapse": 0.96, "inlaid domains": 0.04}, {0: {"collapse": 0.5, "inlaid domains": 0.5}})
    assert found.decided == "undecided"
    assert found.sentence == (
        "undecided: collapse (p = 0.96) is in front, but not certain under every assumption"
    )


def test_undecided_lies_between_what_is_probable_the_most_probable_first(split: Verdict) -> None:
    assert split.between == ("inlaid domains", "vanished and recovered", "collapse")
    few = judged({"collapse": BETWEEN, "metal network": BETWEEN - 0.01, "inlaid domains": 0.5})
    assert few.between == ("inlaid domains", "collapse")


def test_a_name_carries_no_weight() -> None:
    """Another name for the same shares: the same verdict of that name."""
    for name in REGIONS:
        if name != "mixture":
            assert judged({name: 0.95, "mixture": 0.05}).decided == name


def test_mechanisms_are_listed_with_ranges_over_all_assumptions(split: Verdict) -> None:
    listed = [m.probability for m in split.mechanisms]
    assert listed == sorted(listed, reverse=True)
    assert {m.name for m in split.mechanisms} == set(REGIONS)
    of = {m.name: m for m in split.mechanisms}
    vanished = of["vanished and recovered"]
    assert vanished.log_ratio == pytest.approx(np.log(0.35 / 0.40))
    assert vanished.high == pytest.approx(np.log(0.45 / 0.30))
    assert vanished.sign_changes
    assert of["collapse"].high == pytest.approx(np.log(0.12 / 0.30))
    assert not of["collapse"].sign_changes
    answers = (split.base, *split.variants)
    mean = np.mean([p.shares[REGIONS.index("inlaid domains")] for p in answers])
    assert of["inlaid domains"].pooled == pytest.approx(mean)
    assert of["inlaid domains"].log_ratio == of["inlaid domains"].low == of["inlaid domains"].high == 0.0


def test_without_a_particle_only_one_particles_worth_is_claimed(split: Verdict) -> None:
    confined = next(m for m in split.mechanisms if m.name == "lattice-confined")
    assert confined.log_ratio == confined.low == pytest.approx(-np.log(COUNT))
    assert confined.high == pytest.approx(np.log(0.3 / 0.4))
    network = next(m for m in split.mechanisms if m.name == "metal network")
    assert network.low == network.high == pytest.approx(-np.log(COUNT))
    # And in favour of what the reference has none of.
    found = judged({"collapse": 0.95, "mixture": 0.05})
    assert found.mechanisms[0].log_ratio == pytest.approx(np.log(COUNT))


def test_the_error_of_the_evidence_is_that_of_one_of_two_runs(split: Verdict, certain: Verdict) -> None:
    assert split.evidence_error == pytest.approx(0.5 / np.sqrt(2))
    assert certain.evidence_error == 0.0


def test_what_is_told_has_its_interval_after_and_before(certain: Verdict) -> None:
    assert [(t.name, t.words) for t in certain.told] == list(TOLD)
    for told in certain.told:
        values = certain.base.expected[told.name]
        low, high = (values < told.low).mean(), (values > told.high).mean()
        assert low == pytest.approx(0.05, abs=2 / COUNT)
        assert high == pytest.approx(0.05, abs=2 / COUNT)
        assert told.low <= told.median <= told.high
        assert told.prior_low < told.prior_high
        assert set(told.driven_by) <= {"diffraction", "electrochemistry"}


def test_what_drives_a_latent_moves_its_median_by_a_twentieth_of_what_was_open(certain: Verdict) -> None:
    driven = 0
    for told in certain.told:
        span = told.prior_high - told.prior_low
        moved = {i.technique: abs(i.medians[told.name] - told.median) / span for i in certain.influences}
        assert set(told.driven_by) == {technique for technique, by in moved.items() if by > 0.05}, told.name
        assert [moved[t] for t in told.driven_by] == sorted((moved[t] for t in told.driven_by), reverse=True)
        driven += len(told.driven_by)
    assert driven > 0


def test_drawn_from_the_prior_a_latent_has_the_interval_that_it_had(certain: Verdict) -> None:
    """These particles are draws of the prior: ends of 90 % within 5 errors of a quantile of 400 draws."""
    coherent = next(t for t in certain.told if t.name == "coherent")
    error = 5 * np.sqrt(0.05 * 0.95 / COUNT)
    assert (coherent.prior_low, coherent.prior_high) == pytest.approx((0.05, 0.95), abs=0.01)
    assert (coherent.low, coherent.high) == pytest.approx((0.05, 0.95), abs=error)


def test_thorough_answers_sample_every_assumption(certain: Verdict) -> None:
    found = judged(CONFINED, {0: SPLIT}, thorough=True)
    assert found.decided == "lattice-confined"
    assert [p.assumptions for p in found.variants] == list(variants())
    assert [p.assumptions for p in certain.variants] == list(variants())


def test_the_document_is_json_and_says_what_the_verdict_says(split: Verdict, certain: Verdict) -> None:
    for verdict in (split, certain):
        whole = json.loads(json.dumps(document(verdict), allow_nan=False))
        assert whole["verdict"] == verdict.decided
        assert whole["sentence"] == verdict.sentence
        assert whole["set_aside"] == [{"what": "x", "why": "no reading"}]
        assert [c["observable"] for c in whole["checks"]] == [c.term.name for c in verdict.checks]
        assert {c["observable"] for c in whole["checks"]} == {term.name for term in TERMS}
        assert [c["pleased"] for c in whole["checks"]] == [
            c["p_best_mechanism"] >= IMPROBABLE for c in whole["checks"]
        ]
        assert [i["technique"] for i in whole["influence"]] == ["diffraction", "electrochemistry"]
        assert whole["assumptions"] == ["as listed", *(a.name for a in variants())]
        assert [s["assumptions"] for s in whole["sensitivity"]] == [a.name for a in variants()]
        assert whole["borders"] == borders()
        for entry in (*whole["influence"], *whole["sensitivity"]):
            assert set(entry["p"]) == set(REGIONS)
        nats = [c["nats"] for c in whole["next_measurements"]]
        assert nats == sorted(nats, reverse=True)


def sections(verdict: Verdict, *beside: Section) -> dict[str, Section]:
    return {section.anchor: section for section in judgement_page(verdict, beside).sections}


def table(section: Section) -> Table:
    (found,) = [part for part in section.parts if isinstance(part, Table)]
    return found


def test_the_page_tells_the_answer_first_and_what_would_decide_last(split: Verdict) -> None:
    extra = Section(anchor="extra", title="Beside", parts=(Paragraph("more"),))
    assert list(sections(split, extra)) == [
        "mechanisms",
        "latents",
        "unpleased",
        "without",
        "assumptions",
        "charge",
        "reliability",
        "next",
        "extra",
    ]
    page = judgement_page(split)
    assert page.title == "NiO with Li: made by hand"
    assert page.verdict.startswith(
        "Undecided between inlaid domains (p = 0.40), vanished and recovered (0.35), a mixture of mechanisms "
        "(0.13) and collapse (0.12)."
    )
    assert [k.name for k in page.key_numbers] == [words for _, words in TOLD[:6]]
    assert page.limits[0] == reliability(CASE).sentence


def test_the_tables_have_a_row_for_each_thing(split: Verdict) -> None:
    found = sections(split)
    mechanisms = table(found["mechanisms"])
    assert [row[0] for row in mechanisms.rows] == [m.name for m in split.mechanisms]
    assert [row[1] for row in mechanisms.rows] == [MEANING[m.name] for m in split.mechanisms]
    by_name = {row[0]: row for row in mechanisms.rows}
    assert by_name["inlaid domains"][2:] == ("0.40", "0", "")
    assert by_name["vanished and recovered"][4] == "yes"
    assert by_name["metal network"][4] == "no"
    assert by_name["metal network"][2] == "< 0.01"
    assert [row[0] for row in table(found["latents"]).rows] == [words for _, words in TOLD]
    assert [row[0] for row in table(found["without"]).rows] == ["diffraction", "electrochemistry"]
    assumed = table(found["assumptions"])
    assert len(assumed.rows) == 1 + len(variants())
    assert assumed.head[1] == "inlaid domains"
    assert "lattice-confined" in assumed.head
    assert len(table(found["next"]).rows) <= 8


def test_where_too_little_is_left_without_a_technique_it_is_sampled_without_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[tuple[str, ...]] = []

    def sampled(case: Case, of: Assumptions, *, without: tuple[str, ...] = (), **_: Any) -> Posterior:
        asked.append(without)
        return posterior(CONFINED if without else SPLIT)

    def weighed(case: Case, base: Posterior, names: list[str]) -> list[Influence]:
        return [
            Influence(technique=name, shares=base.shares, medians=dict.fromkeys(names, 0.5), effective=left)
            for name, left in (("one", TOO_FEW + 1.0), ("two", TOO_FEW - 1.0))
        ]

    monkeypatch.setattr(rules, "posterior", sampled)
    monkeypatch.setattr(rules, "varied", lambda case, base, assumptions, **_: base)
    monkeypatch.setattr(rules, "influences", weighed)
    verdict = rules.judge(CASE)
    assert asked == [(), (), ("two",)]
    one, two = verdict.influences
    assert (one.sampled, two.sampled) == (False, True)
    assert two.shares[REGIONS.index("lattice-confined")] == 0.95
    assert two.medians["size"] == pytest.approx(float(np.median(EXPECTED["size"])))
    assert [row[-1] for row in table(sections(verdict)["without"]).rows] == [
        "11 (rough)",
        f"{COUNT} (sampled)",
    ]


def test_rough_numbers_are_called_rough(split: Verdict) -> None:
    one, other = split.influences
    changed = replace(split, influences=(replace(one, effective=49.0), replace(other, effective=51.0)))
    assert [row[-1] for row in table(sections(changed)["without"]).rows] == ["49 (rough)", "51"]


def test_what_no_mechanism_pleases_is_listed_or_said_to_be_nothing(split: Verdict) -> None:
    pleased = tuple(replace(c, best=0.9) for c in split.checks)
    lead = sections(replace(split, checks=pleased))["unpleased"].parts[0]
    assert isinstance(lead, Paragraph)
    one = (replace(pleased[0], best=0.05), *pleased[1:])
    lead = sections(replace(split, checks=one))["unpleased"].parts[0]
    assert isinstance(lead, Items)
    assert lead.texts == [f"{one[0].term.name} (p = 0.05 at best)"]


@pytest.mark.parametrize(
    ("ratio", "high", "said", "eased"),
    [
        (-0.5, 0.0, False, ""),
        (-5.0, -3.0, True, ""),
        (-5.0, -0.4, True, "only 1 to 1"),
        (-5.0, -1.1, True, "only 3 to 1"),
        (-5.0, 0.3, True, "but not"),
    ],
)
def test_disfavoured_confinement_is_told_with_its_condition(
    split: Verdict, ratio: float, high: float, said: bool, eased: str
) -> None:
    changed = [
        replace(m, log_ratio=ratio, high=high) if m.name == "lattice-confined" else m
        for m in split.mechanisms
    ]
    text = judgement_page(replace(split, mechanisms=tuple(changed))).verdict
    assert ("Lattice confinement is disfavoured" in text) == said
    # The one other assumption under which it has a share is named.
    assert (f" if {variants()[2].name}" in text) == bool(eased)
    assert f"{eased} if {variants()[2].name}" in text or not eased


def test_a_named_confinement_is_not_called_disfavoured(certain: Verdict) -> None:
    page = judgement_page(certain)
    assert page.verdict.startswith(
        "Lattice-confined: metal forms coherent with a frame that persists (p = 0.95"
    )
    assert "disfavoured" not in page.verdict


def test_numbers_stand_beside_what_is_expected_of_them(split: Verdict) -> None:
    rows = {row[0]: row for row in table(sections(split)["unpleased"]).rows}
    low, high = np.quantile(EXPECTED["loss"], (0.05, 0.95))
    assert rows["loss"][2:4] == ("150 ± 200", f"{number_text(low, 3)} to {number_text(high, 3)}")


def test_the_parts_of_the_charge_are_those_that_the_map_discharges(split: Verdict) -> None:
    """With one particle, and no error of the mass, the parts add up to the map's discharge."""
    one = {name: values[:1] for name, values in EXPECTED.items()}
    off = 0.03 * one["offset.electrochemistry"][0]
    alone = replace(split, base=replace(split.base, expected=one, regions=split.base.regions[:1]))
    *parts, whole = (float(row[1].replace(",", "")) for row in budget_table(alone).rows)
    assert sum(parts) == pytest.approx(whole, abs=0.5 * len(parts))
    assert whole == pytest.approx(one["discharge_capacity"][0] / (1 + off), abs=0.5)


def test_how_often_answers_were_right_is_drawn_against_what_they_stated() -> None:
    told = reliability(CASE)
    text, figure = reliability_parts(CASE)
    assert isinstance(text, Paragraph)
    assert text.text == told.sentence
    assert isinstance(figure, Figure)
    drawn, even = figure.panels[0].series
    found = classes(told.design)
    assert list(zip(drawn.x, drawn.y, strict=True)) == [(stated, right) for stated, right, _ in found]
    assert sum(count for *_, count in found) == told.truths
    assert even.x.tolist() == even.y.tolist()


def test_the_figures_show_every_mechanism_but_the_reference_with_its_whiskers(split: Verdict) -> None:
    (panel,) = mechanisms_figure(split).panels
    assert isinstance(panel, BarPanel)
    assert {bar.name for bar in panel.bars} == set(REGIONS) - {split.reference}
    assert len({bar.colour for bar in panel.bars}) == len(panel.bars)
    for bar in panel.bars:
        assert bar.low is not None
        assert bar.high is not None
        assert bar.low <= bar.value <= bar.high


def test_the_map_shows_each_particle_in_its_region(split: Verdict) -> None:
    figure = map_figure(split)
    assert isinstance(figure, Figure)
    drawn = {s.name: len(s.x) for s in figure.panels[0].series if s.name != "border"}
    counts = np.bincount(split.base.regions, minlength=len(REGIONS))
    assert drawn == {name: n for name, n in zip(REGIONS, counts, strict=True) if n}
    lines = [s for s in figure.panels[0].series if s.name == "border"]
    at = borders()
    assert {float(s.y[0]) for s in lines if s.y[0] == s.y[1]} == {at["frame_kept"], at["frame_lost"]}
    assert {float(s.x[0]) for s in lines if s.x[0] == s.x[1]} == {at["coherent_low"], at["coherent_high"]}


@pytest.mark.parametrize(("best", "told"), [(0.009, True), (0.011, False)])
def test_what_no_mechanism_explains_is_told_with_the_answer(split: Verdict, best: float, told: bool) -> None:
    worst = replace(split.checks[0], probability=0.001, best=best)
    page = judgement_page(replace(split, checks=(worst, *split.checks[1:])))
    assert ("No mechanism explains" in page.verdict) is told
    assert (worst.term.technique in page.verdict) is told


def test_a_judgement_says_how_far_it_is() -> None:
    seen: list[tuple[int, int, str]] = []
    judged(CONFINED, progress=lambda *told: seen.append(told))
    assert [done for done, _, _ in seen] == list(range(len(variants()) + 2))
    assert {total for _, total, _ in seen} == {len(variants()) + 2}
    assert variants()[0].name in seen[2][2]


def test_a_terminal_shows_the_answer_the_weakest_and_what_is_next(split: Verdict) -> None:
    parts = short_parts(split)
    texts = [part.text for part in parts if isinstance(part, Paragraph)]
    assert texts[0] == "made by hand: NiO | Li"
    assert texts[1] == "3 statements and numbers, 2 techniques, origin measured; 1 set aside."
    assert texts[2].startswith("Undecided between")
    weakest = next(part for part in parts if isinstance(part, Items))
    assert weakest.texts[0].startswith(split.checks[0].term.name)
    assert len([part for part in parts if isinstance(part, Table)]) == 3


def test_of_many_that_disagree_a_page_lists_ten_and_a_terminal_four(split: Verdict) -> None:
    many = replace(split, checks=5 * split.checks)
    assert len(table(sections(many)["unpleased"]).rows) == 10
    weakest = next(part for part in short_parts(many) if isinstance(part, Items))
    assert len(weakest.texts) == 4

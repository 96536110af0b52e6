"""Inference of the cell: likelihood, a posterior that finds its truth, resuming, summaries in words."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from tests.cell.drawn import draw_table

from topotaxy.cell.posterior import Posterior
from topotaxy.cell.priors import DRAW, Prior, names_of, of_ion, priors, values_at
from topotaxy.errors import InputError
from topotaxy.runs.paper import load_paper
from topotaxy.studies.cell_budget import budgets
from topotaxy.studies.cell_posterior import infer
from topotaxy.studies.cell_problem import CellProblem, Datum, Evaluator, log_likelihood, misfit, problem_of
from topotaxy.studies.fast_paper import FastPaper, Numerics, read_number
from topotaxy.studies.knockouts import Variant, knocked_out, without_early_loss, without_zinc
from topotaxy.studies.paper_cells import PaperCells, value_of
from topotaxy.studies.posterior_summary import (
    correlations,
    left_out,
    parameter_summaries,
    seeds_compared,
)

QUICK = Numerics(steps=10, shells=5, growth=2.0)


def problem(*claims: str) -> CellProblem:
    """A paper of a few numbers on made-up draws."""
    whole = problem_of("fang2022", load_paper("fang2022"), draw_table())
    model = replace(whole.model, numerics=QUICK)
    return replace(whole, model=model, data=tuple(d for d in whole.data if d.claim in claims))


def posterior(column: Any, predicted: Any, **changes: Any) -> Posterior:
    n = len(column)
    whole = Posterior(
        paper="p",
        draws="d",
        names=("a", DRAW),
        points=np.column_stack([column, np.zeros(n)]),
        claims=("x",),
        predicted=np.asarray(predicted, dtype=float)[:, None],
        log_likelihood=np.zeros(n),
        prior_predicted=np.zeros((3, 1)),
        log_evidence=0.0,
        facts={"seed": 1},
    )
    return replace(whole, **changes)


PRIOR = Prior(name="a", ion="", low=0.0, high=10.0, scale="linear", unit="1", meaning="", source="")


def test_priors_have_ranges_and_sources_and_shares_invert() -> None:
    for p in priors():
        assert p.low < p.high
        assert len(p.source) > 20
        assert p.low > 0.0 or p.scale == "linear"
        for share in (0.1, 0.5, 0.9):
            assert p.share(float(p.at(np.array(share)))) == pytest.approx(share)
    assert len(set(names_of(priors()))) == len(priors()) + 1


def test_parameters_of_one_alkali() -> None:
    values = values_at(priors(), np.full(len(priors()) + 1, 0.999), 7)
    assert values[DRAW] == 6.0
    sodium, lithium = of_ion(values, "Na"), of_ion(values, "Li")
    assert sodium.keys() == lithium.keys()
    assert sodium["film_store"] != lithium["film_store"]


def test_a_bound_counts_on_one_side_only() -> None:
    datum = Datum(claim="x", value=1.0, sigma=0.5, use="bound", bound="lower")
    assert_allclose(misfit(datum, np.array([0.5, 1.0, 9.0])), [-1.0, 0.0, 0.0])
    assert_allclose(misfit(replace(datum, bound="upper"), np.array([0.5, 2.0])), [0.0, 2.0])
    two = [datum, Datum(claim="y", value=0.0, sigma=1.0, use="fit")]
    assert_allclose(log_likelihood(two, np.array([[0.5, 2.0]])), [-0.5 - 2.0])


def test_targets_are_read_with_the_bounds_of_the_ledger() -> None:
    data = {d.claim: d for d in problem_of("fang2022", load_paper("fang2022"), draw_table()).data}
    assert data["na.micro.efficiency"].bound == "lower"
    assert data["na.micro.capacity"].value == pytest.approx(0.85)
    assert data["na.discharge"].value == pytest.approx(641.0)
    assert {d.use for d in data.values()} == {"fit", "bound", "held-out"}


def test_the_posterior_finds_a_made_up_cell_and_resumes(tmp_path: Path) -> None:
    """Fitted to a first discharge and its efficiency it predicts both; stopped, it goes on alike."""
    own = problem("na.discharge", "na.ice")
    truth = own.model.numbers(own.values(np.zeros(own.dimensions)), [d.claim for d in own.data])
    own = replace(own, data=tuple(replace(d, value=truth[d.claim]) for d in own.data))
    whole = infer(own, particles=48, moves=10, seed=3, folder=tmp_path / "a")
    for d in own.data:
        found, before = whole.of(d.claim), whole.prior_predicted[:, whole.claims.index(d.claim)]
        assert abs(np.median(found) - d.value) < 1.5 * d.sigma
        assert found.std() < before.std()
    journal = tmp_path / "a" / "journal-3-48.bin"
    torn = tmp_path / "b"
    torn.mkdir()
    (torn / journal.name).write_bytes(journal.read_bytes()[: journal.stat().st_size // 2])
    again = infer(own, particles=48, moves=10, seed=3, folder=torn)
    assert_array_equal(again.points, whole.points)
    assert again.log_evidence == whole.log_evidence


def test_threads_give_the_same(tmp_path: Path) -> None:
    own = problem("na.discharge")
    one, two = (infer(own, particles=24, moves=10, seed=1, workers=n) for n in (1, 2))
    assert_array_equal(one.points, two.points)


def test_a_point_is_given_up_only_where_its_likelihood_is_too_low() -> None:
    own = problem("na.discharge", "na.ice", "na.rate")
    claims = [d.claim for d in own.used]
    z = np.random.default_rng(3).normal(size=(12, own.dimensions))
    whole = Evaluator(own, claims)(z)
    level = log_likelihood(own.used, whole)
    for slack in (-1e-6, 1e-6):
        found = Evaluator(own, claims).as_far_as_needed(z, own.used, level + slack)
        assert np.isnan(found).all(axis=1).tolist() == [slack > 0.0] * len(z)
        assert_array_equal(log_likelihood(own.used, found), level if slack < 0.0 else np.full(12, -np.inf))
    kept = Evaluator(own, claims).as_far_as_needed(z, own.used, np.full(12, -np.inf))
    assert_array_equal(kept, whole)


def test_a_number_that_the_model_does_not_give_is_a_fault_and_not_improbable(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    own = problem("na.discharge", "na.ice")
    claims, z = [d.claim for d in own.used], np.zeros((1, own.dimensions))
    monkeypatch.setattr(FastPaper, "_read", lambda self, number, simulated: float("nan"))
    with pytest.raises(FloatingPointError, match=r"the model's na\.\w+ is not a number"):
        Evaluator(own, claims)(z)
    with pytest.raises(FloatingPointError, match=r"the model's na\.\w+ is not a number"):
        Evaluator(own, claims).as_far_as_needed(z, own.used, np.full(1, -np.inf))


def test_what_cannot_suffice_is_not_simulated_to_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """The shortest run comes first, and where it rules a point out no other is simulated."""
    own = problem("na.discharge", "na.rate", "na.retention_0.5")
    simulated: list[str] = []
    cycles = FastPaper.cycles
    monkeypatch.setattr(
        FastPaper, "cycles", lambda self, name, values: simulated.append(name) or cycles(self, name, values)
    )
    claims = [d.claim for d in own.used]
    z = np.zeros((1, own.dimensions))
    Evaluator(own, claims).as_far_as_needed(z, own.used, np.full(1, -np.inf))
    assert sorted(simulated) == ["rate", "slow_ageing", "sodium"]
    assert simulated[0] == "sodium"
    simulated.clear()
    Evaluator(own, claims).as_far_as_needed(z, own.used, np.full(1, 1.0))
    assert simulated == ["sodium"]


def test_a_journal_of_other_needs_is_not_taken_for_this_one(tmp_path: Path) -> None:
    """Where a point was given up before its numbers are computed when more is asked of it."""
    own = problem("na.discharge", "na.ice")
    claims, z = [d.claim for d in own.used], np.zeros((1, own.dimensions))
    journal = tmp_path / "journal.bin"
    lost = Evaluator(own, claims, journal=journal).as_far_as_needed(z, own.used, np.full(1, 1.0))
    assert np.isnan(lost).all()
    found = Evaluator(own, claims, journal=journal).as_far_as_needed(z, own.used, np.full(1, -np.inf))
    assert np.isfinite(found).all()


def test_a_claim_in_words_needs_a_value() -> None:
    paper = load_paper("fang2022")
    without = [t.model_copy(update={"value": None}) for t in paper.target]
    with pytest.raises(InputError, match="needs a value"):
        problem_of("fang2022", paper.model_copy(update={"target": tuple(without)}), draw_table())
    with pytest.raises(InputError, match="names no target"):
        problem_of("fang2022", paper.model_copy(update={"target": ()}), draw_table())


def test_words_of_a_parameter() -> None:
    rng = np.random.default_rng(2)
    cases = {
        "not determined": rng.uniform(0.0, 10.0, 4000),
        "determined": rng.normal(5.0, 0.5, 4000),
        "at its lower bound": rng.exponential(0.3, 4000),
        "at its upper bound": 10.0 - rng.exponential(0.3, 4000),
    }
    for words, points in cases.items():
        assert parameter_summaries(posterior(points, points), [PRIOR])[0].words == words


def test_leaving_out_by_weights_is_the_posterior_without_the_number() -> None:
    """Gaussians: prior N(0, 1) and a number N(1, 1) give N(0.5, 0.5); without it the prior comes back."""
    rng = np.random.default_rng(4)
    samples = rng.normal(0.5, math.sqrt(0.5), 40_000)
    datum = Datum(claim="x", value=1.0, sigma=1.0, use="fit")
    found = left_out(posterior(samples, samples), [datum])[0]
    assert found.mean == pytest.approx(0.0, abs=0.1)
    assert found.spread == pytest.approx(1.0, abs=0.1)
    assert found.z == pytest.approx(-1.0 / math.sqrt(2.0), abs=0.1)
    held = left_out(posterior(samples, samples), [replace(datum, use="held-out")])[0]
    assert held.mean == pytest.approx(0.5, abs=0.02)
    far = Datum(claim="x", value=30.0, sigma=1.0, use="fit")
    assert left_out(posterior(samples[:200], samples[:200]), [far])[0].z is None


def test_correlated_parameters_are_named() -> None:
    rng = np.random.default_rng(5)
    a = rng.uniform(0.0, 10.0, 2000)
    both = posterior(a, a, names=("a", "b", DRAW), points=np.column_stack([a, 10.0 - a, 0.0 * a]))
    pairs = correlations(both, [PRIOR, replace(PRIOR, name="b")])
    assert pairs == [("a", "b", pytest.approx(-1.0))]


def test_seeds_that_differ_are_said_to() -> None:
    rng = np.random.default_rng(6)
    a, b = rng.normal(size=(2, 3000))
    assert seeds_compared(posterior(a, a), posterior(b, b))["agree"]
    found = seeds_compared(posterior(a, a), posterior(b + 2.0, b))
    assert not found["agree"]
    assert found["of"] == "a"


def test_draws_with_a_mechanism_gone() -> None:
    table = draw_table()
    inert = without_zinc(table)
    assert_allclose(inert.capacity, table.capacity - 2.0 * 0.5 * 74.5)
    assert inert.draw(0, "Na").zinc == 0.0
    # What is left has the voltages that it had.
    kept = inert.capacity[0, 0] / table.capacity[0, 0]
    assert inert.branches[0, 0, 0, -1] == pytest.approx(1.2 - 1.2 * kept)
    assert without_early_loss(table).draw(0, "Na").later_loss == 0.0


def test_a_knockout_fits_no_better_than_the_whole() -> None:
    own = problem("na.discharge", "na.ice")
    whole = infer(own, particles=24, moves=10, seed=1)
    nothing, without = knocked_out(
        own,
        whole,
        variants=[
            Variant(name="all", fixed={}),
            Variant(
                name="none",
                fixed={
                    "interface_charge": 0.0,
                    "film_store.Na": 0.0,
                    "carbon_store.Na": 0.0,
                    "alloy_share.Na": 0.0,
                    "film_rate": 1e-30,
                },
            ),
        ],
    )
    assert nothing.chi_squared < 1.0
    # Without store and film nothing is above the couples: 440 to 460 where 641 are stated.
    assert without.chi_squared > 50.0
    assert without.missed[0][0] == "na.discharge"


def test_a_budget_adds_up() -> None:
    table = draw_table()
    values = {p.key: p.middle for p in priors()}
    point = np.array([[*values.values(), 1.0]])
    made = posterior([0.0], [0.0], names=tuple(names_of(priors())), points=np.repeat(point, 3, axis=0))
    made = replace(made, predicted=np.zeros((3, 1)), log_likelihood=np.zeros(3))
    found = budgets(made, table, priors(), {"Na": 600.0}, claimed=("Ni",))[0]
    total = sum(levels[1] for levels in found.terms.values())
    assert found.remainder[1] == pytest.approx(600.0 - total)
    assert found.terms["couples of the lattice"][1] == pytest.approx(450.0 * 0.95)
    assert 0.0 <= found.chance <= 1.0
    assert budgets(made, table, priors(), {"Na": 5000.0})[0].chance == 0.0


def test_numbers_read_quickly_are_those_of_the_record() -> None:
    """One definition of each metric: the fast path reads what the path of measured cells does."""
    paper, table = load_paper("fang2022"), draw_table()
    values = {p.key: p.middle for p in priors()}
    point = np.array([[*values.values(), 0.0]])
    made = posterior([0.0], [0.0], names=tuple(names_of(priors())), points=np.repeat(point, 2, axis=0))
    cells = PaperCells(paper, made, table)
    model = FastPaper(protocol=paper, table=table, numerics=Numerics(steps=40, shells=12, growth=0.5))
    for claim in ("na.discharge", "na.ice", "na.retention_0.5", "full.voltage", "full.capacity"):
        number = paper.computed()[claim]
        run = paper.runs[number.run]
        fast = read_number(number, model.cycles(number.run, cells.values), run)
        assert value_of(number, cells.cell(number.run)) == pytest.approx(fast, rel=1e-6), claim


def test_mean_efficiency_by_the_balance_is_that_of_every_cycle() -> None:
    """Also where cycles are skipped: what is not given back is held."""
    paper = load_paper("fang2022")
    number = paper.computed()["na.micro.efficiency"]
    values = {**{p.key: p.middle for p in priors()}, DRAW: 0.0}
    found = {}
    for growth in (0.0, 1.0):
        numerics = Numerics(steps=16, shells=8, growth=growth)
        model = FastPaper(protocol=paper, table=draw_table(), numerics=numerics)
        found[growth] = model.cycles(number.run, values)
    every = found[0.0].column("charge")[1:] / found[0.0].column("discharge")[1:]
    for cycles in found.values():
        assert read_number(number, cycles, paper.runs[number.run]) == pytest.approx(every.mean(), abs=3e-4)

"""Inference with a stub in the cell's place: posteriors that are known, journals and their binding."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest
from tests.cell.drawn import draw_table

from topotaxy.cell.draws import DrawTable
from topotaxy.cell.priors import DRAW, Prior
from topotaxy.errors import InputError
from topotaxy.runs.paper import PaperProtocol, load_paper
from topotaxy.studies import cell_coverage
from topotaxy.studies.cell_coverage import coverage, covered, synthetic
from topotaxy.studies.cell_posterior import infer
from topotaxy.studies.cell_problem import CellProblem, Datum, Evaluator, binding, problem_of
from topotaxy.studies.fast_paper import QUICK, Numerics
from topotaxy.studies.knockouts import Variant, knocked_out
from topotaxy.studies.posterior_summary import correlations

PAPER = load_paper("fang2022")


@dataclass(frozen=True, kw_only=True)
class Stub:
    """A cell whose numbers are sums of parameters: x is a, y is a + b, w is a - 3 b; none is no number."""

    protocol: PaperProtocol = PAPER
    table: DrawTable = field(default_factory=draw_table)
    numerics: Numerics = QUICK

    def numbers(self, values: Mapping[str, float], claims: Sequence[str]) -> dict[str, float]:
        a, b = values.get("a", 0.0), values.get("b", 0.0)
        known = {
            "x": a,
            "y": a + b,
            "draw": values.get(DRAW, 0.0),
            "none": math.nan,
            "const": 3.0,
            "w": a - 3.0 * b,
        }
        return {claim: known[claim] for claim in claims}

    def in_turn(self, values: Mapping[str, float], claims: Sequence[str]) -> Iterator[tuple[str, float]]:
        yield from self.numbers(values, claims).items()


def prior(name: str, low: float = 0.0, high: float = 10.0) -> Prior:
    return Prior(name=name, ion="", low=low, high=high, scale="linear", unit="1", meaning="", source="")


def datum(claim: str, value: float, sigma: float = 0.5, use: str = "fit", bound: str = "") -> Datum:
    return Datum(claim=claim, value=value, sigma=sigma, use=use, bound=bound)


def problem(*data: Datum, names: Sequence[str] = ("a",)) -> CellProblem:
    return CellProblem(
        paper="made-up",
        draws="made-up",
        model=Stub(),  # type: ignore[arg-type]
        priors=tuple(prior(name) for name in names),
        data=data,
    )


# --- posteriors that are known


def test_a_number_measured_directly_has_its_own_scatter() -> None:
    """A flat prior from 0 to 10 and 5 ± 0.5: the posterior is that normal, log Z = log(σ √(2π) / 10)."""
    found = infer(problem(datum("x", 5.0)), particles=400, moves=12, seed=1)
    # Six standard errors of 400 independent particles, doubled as a third of them are.
    assert found.of("x").mean() == pytest.approx(5.0, abs=2 * 6 * 0.5 / math.sqrt(400))
    assert found.of("x").std() == pytest.approx(0.5, abs=2 * 6 * 0.5 / math.sqrt(800))
    assert found.log_evidence == pytest.approx(math.log(0.5 * math.sqrt(2 * math.pi) / 10.0), abs=0.5)
    assert found.points[:, 0] == pytest.approx(found.of("x"))


def test_only_the_sum_is_known_where_only_the_sum_is_measured() -> None:
    own = problem(datum("y", 8.0, sigma=0.3), names=("a", "b"))
    found = infer(own, particles=400, moves=12, seed=2)
    assert found.of("y").std() < 0.6
    assert found.points[:, 0].std() > 1.0
    assert correlations(found, own.priors)[0][2] < -0.9


def test_what_is_held_out_is_predicted_and_moves_nothing() -> None:
    one, other = (
        infer(problem(datum("x", 4.0), datum("y", value, use="held-out")), particles=32, seed=3)
        for value in (1.0, 9.0)
    )
    assert one.points.tobytes() == other.points.tobytes()
    assert one.claims == ("x", "y")
    assert one.of("y") == pytest.approx(one.of("x"))


def test_a_bound_leaves_its_allowed_side_to_the_prior() -> None:
    """At least 4 of a flat prior to 10: even between them, but for the scatter at the edge."""
    found = infer(problem(datum("x", 4.0, sigma=0.1, bound="lower")), particles=400, moves=12, seed=4)
    assert found.of("x").min() > 4.0 - 6 * 0.1
    # Mean and spread of an even distribution from 4 to 10 within six standard errors, doubled.
    assert found.of("x").mean() == pytest.approx(7.0, abs=2 * 6 * math.sqrt(3.0) / 20.0)
    assert found.log_evidence == pytest.approx(math.log(0.6), abs=0.3)


def test_the_prior_is_even_and_its_predictions_are_those_of_its_points() -> None:
    found = infer(problem(datum("const", 3.0)), particles=300, seed=5)
    # A number that no parameter moves says nothing: its likelihood is one.
    assert found.log_evidence == pytest.approx(0.0, abs=1e-9)
    own = problem(datum("x", 5.0, sigma=100.0), datum("draw", 1.0, use="held-out"))
    before = infer(own, particles=300, seed=5).prior_predicted
    assert before[:, 0].min() >= 0.0
    assert before[:, 0].max() <= 10.0
    # Kolmogorov's distance of 300 even points is above 0.115 once in a thousand; this is twice that.
    ranks = np.sort(before[:, 0]) / 10.0
    assert np.abs(ranks - (np.arange(300) + 0.5) / 300).max() < 0.23
    assert set(before[:, 1]) == {0.0, 1.0, 2.0}


def test_a_seed_goes_the_same_way_and_another_another() -> None:
    one, same, other = (infer(problem(datum("x", 5.0)), particles=24, seed=s) for s in (6, 6, 7))
    assert one.points.tobytes() == same.points.tobytes()
    assert one.points.tobytes() != other.points.tobytes()
    assert (one.facts["seed"], other.facts["seed"]) == (6, 7)


def test_what_is_not_a_number_is_a_fault_of_the_model_and_no_evidence() -> None:
    with pytest.raises(FloatingPointError, match="none is not a number: a fault of the model"):
        infer(problem(datum("none", 1.0)), particles=16)


def test_facts_tell_what_was_used() -> None:
    own = problem(datum("x", 5.0), datum("y", 6.0, use="held-out"))
    found = infer(own, particles=16, seed=8)
    assert [(d["claim"], d["use"]) for d in found.facts["data"]] == [("x", "fit"), ("y", "held-out")]
    assert found.facts["number_of_draws"] == len(own.model.table)
    assert json.loads(json.dumps(found.facts)) == found.facts
    assert found.names == ("a", DRAW)


def test_stopped_in_any_batch_it_comes_to_the_same_journal(tmp_path: Path) -> None:
    own = problem(datum("x", 5.0))
    whole = infer(own, particles=16, seed=9, folder=tmp_path / "whole")
    journal = tmp_path / "whole" / "journal-9-16.bin"
    for share in (0.0, 0.3, 0.8):
        folder = tmp_path / f"{share}"
        folder.mkdir()
        size = round(share * journal.stat().st_size)
        (folder / journal.name).write_bytes(journal.read_bytes()[:size])
        again = infer(own, particles=16, seed=9, folder=folder)
        assert again.points.tobytes() == whole.points.tobytes()
        assert (folder / journal.name).read_bytes() == journal.read_bytes()


# --- the evaluator


class Counting:
    """Counts the points that are computed; everything else is the stub's."""

    def __init__(self) -> None:
        self.stub, self.asked = Stub(), 0
        self.protocol, self.table, self.numerics = self.stub.protocol, self.stub.table, self.stub.numerics

    def numbers(self, values: Mapping[str, float], claims: Sequence[str]) -> dict[str, float]:
        self.asked += 1
        return self.stub.numbers(values, claims)


POINTS = np.random.default_rng(1).normal(size=(5, 2))


def test_threads_and_the_journal_change_no_number(tmp_path: Path) -> None:
    own = problem(datum("x", 5.0))
    plain = Evaluator(own, ["x", "draw"])(POINTS)
    assert plain.shape == (5, 2)
    assert Evaluator(own, ["x", "draw"], workers=3)(POINTS).tobytes() == plain.tobytes()
    for _ in range(2):
        kept = Evaluator(own, ["x", "draw"], journal=tmp_path / "j")
        assert kept(POINTS).tobytes() == plain.tobytes()


def test_what_the_journal_holds_is_not_computed_again(tmp_path: Path) -> None:
    model = Counting()
    own = replace(problem(datum("x", 5.0)), model=model)  # type: ignore[arg-type]
    told: list[str] = []
    for expected in (5, 5):
        again = Evaluator(own, ["x"], journal=tmp_path / "j", progress=told.append)
        again(POINTS)
        assert (model.asked, again.count) == (expected, 5)
    assert told == ["5 cells computed", "5 cells computed"]


def test_a_point_in_the_middle_is_the_median_of_every_prior() -> None:
    own = problem(names=("a", "b"))
    assert own.dimensions == 3
    assert own.values(np.zeros(3)) == {"a": 5.0, "b": 5.0, DRAW: 1.0}
    low, high = own.values(np.full(3, -9.0)), own.values(np.full(3, 9.0))
    assert (low[DRAW], high[DRAW]) == (0.0, 2.0)
    assert 0.0 <= low["a"] < 1e-6
    assert 10.0 - 1e-6 < high["a"] <= 10.0


def test_a_journal_is_bound_to_all_that_its_numbers_follow_from() -> None:
    own = problem(datum("x", 5.0), names=("a", "b"))
    table = own.model.table
    moved = replace(table, branches=table.branches + 1e-9)
    others = [
        binding(own, ["x", "y"]),
        binding(own, ["y"]),
        binding(replace(own, priors=(prior("a"), prior("b", high=11.0))), ["x"]),
        binding(replace(own, model=replace(own.model, table=moved)), ["x"]),
        binding(replace(own, model=replace(own.model, numerics=Numerics(steps=13))), ["x"]),
        binding(
            replace(own, model=replace(own.model, protocol=PAPER.model_copy(update={"draws": "z"}))), ["x"]
        ),
    ]
    assert len({binding(own, ["x"]), *others}) == 7
    # What is stated, and with what scatter, enters the likelihood alone: its numbers stay what they are.
    assert binding(replace(own, data=(datum("x", 7.0, 9.0),)), ["x"]) == binding(own, ["x"])


def test_targets_may_be_used_otherwise() -> None:
    plain = problem_of("fang2022", PAPER, draw_table())
    name = plain.used[0].claim
    other = problem_of("fang2022", PAPER, draw_table(), use={name: "held-out"})
    assert name not in {d.claim for d in other.used}
    assert len(other.used) == len(plain.used) - 1
    assert [d.value for d in other.data] == [d.value for d in plain.data]


def test_a_target_that_no_ledger_knows_is_refused() -> None:
    number = PAPER.number[0].model_copy(update={"claim": "made.up"})
    target = PAPER.target[0].model_copy(update={"claim": "made.up"})
    own = PAPER.model_copy(update={"number": (number, *PAPER.number), "target": (target,)})
    with pytest.raises(InputError, match=r"no claim 'made\.up' in the ledger"):
        problem_of("fang2022", own, draw_table())


# --- mechanisms gone


def test_a_best_fit_without_a_parameter_is_the_one_by_hand() -> None:
    """x = 2 and y = 6 with b gone: the best a is 4, each of the two numbers two off, four deviations."""
    own = problem(datum("x", 2.0), datum("y", 6.0), names=("a", "b"))
    found = infer(own, particles=48, seed=1)
    told: list[str] = []
    whole, without = knocked_out(
        own,
        found,
        variants=[Variant(name="all", fixed={}), Variant(name="no b", fixed={"b": 0.0})],
        progress=told.append,
    )
    assert whole.chi_squared < 1e-3
    assert whole.missed == ()
    assert without.chi_squared == pytest.approx(2 * (2.0 / 0.5) ** 2, rel=1e-3)
    assert {name for name, _ in without.missed} == {"x", "y"}
    assert {round(z, 1) for _, z in without.missed} == {4.0, -4.0}
    assert told == ["without: all", "without: no b"]


def test_the_worst_miss_stands_first_and_small_ones_not_at_all() -> None:
    """With b gone and a held to two, y is four deviations short, w eight over, the constant one short."""
    own = problem(
        datum("x", 2.0, sigma=1e-3),
        datum("y", 4.0, sigma=0.5),
        datum("w", -2.0, sigma=0.5),
        datum("const", 3.5, sigma=0.5),
        names=("a", "b"),
    )
    found = infer(own, particles=32, seed=2)
    (without,) = knocked_out(own, found, variants=[Variant(name="no b", fixed={"b": 0.0})])
    assert [name for name, _ in without.missed] == ["w", "y"]
    assert [z for _, z in without.missed] == pytest.approx([8.0, -4.0], abs=0.05)
    assert without.chi_squared == pytest.approx(8.0**2 + 4.0**2 + 1.0, rel=0.02)


# --- coverage


def test_made_up_cells_are_those_of_their_seed() -> None:
    own = problem(datum("x", 5.0), datum("y", 6.0, use="held-out"), names=("a", "b"))
    one, same, other = (synthetic(own, seed) for seed in (1, 1, 2))
    assert one == same
    assert one[1] != other[1]
    assert [d.claim for d in one[0].data] == ["x", "y"]
    assert one[2]["y"] == pytest.approx(one[1]["a"] + one[1]["b"])
    assert [(d.sigma, d.use) for d in one[0].data] == [(d.sigma, d.use) for d in own.data]


def test_each_parameter_and_each_held_out_number_is_counted_once() -> None:
    own = problem(datum("x", 5.0), datum("y", 6.0, use="held-out"), names=("a", "b"))
    found = covered(own, 3, particles=48)
    assert {name: len(held) for name, held in found.items()} == {"parameters": 2, "numbers": 1}
    # The truth of what is measured directly, to a twentieth of its range, lies inside in nine of ten.
    inside = [covered(problem(datum("x", 5.0)), seed, particles=48)["parameters"][0] for seed in range(12)]
    # Binomial: fewer than seven of twelve at 0.9 happens once in 2,000.
    assert sum(inside) >= 7


def test_shares_are_means_over_cells_with_their_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = [[True, True], [True, False], [False, False]]
    asked: list[int] = []

    def stub(own: CellProblem, seed: int, **options: int) -> dict[str, list[bool]]:
        asked.append(seed)
        return {"parameters": held[seed - 1], "numbers": [seed == 1]}

    monkeypatch.setattr(cell_coverage, "covered", stub)
    told: list[tuple[int, int]] = []
    own = problem(datum("x", 5.0))
    found = coverage(own, cells=3, particles=16, work=tmp_path, progress=lambda *n: told.append(n))
    assert (found.cells, found.parameters, found.numbers) == (3, pytest.approx(0.5), pytest.approx(1 / 3))
    assert found.parameters_error == pytest.approx(0.5 / math.sqrt(3.0))
    assert told == [(1, 3), (2, 3), (3, 3)]
    (second,) = tmp_path.glob("cell-002-*")
    second.unlink()
    assert coverage(own, cells=3, particles=16, work=tmp_path) == found
    assert asked == [1, 2, 3, 2]
    # Other particles are other cells.
    coverage(own, cells=1, particles=32, work=tmp_path)
    assert asked == [1, 2, 3, 2, 1]


def test_of_a_problem_without_held_out_numbers_their_share_is_none(tmp_path: Path) -> None:
    found = coverage(problem(datum("x", 5.0)), cells=2, particles=16, work=tmp_path)
    assert 0.0 <= found.parameters <= 1.0
    assert math.isnan(found.numbers)
    assert math.isnan(found.numbers_error)


def test_one_cell_has_no_error(tmp_path: Path) -> None:
    own = problem(datum("x", 5.0), datum("y", 6.0, use="held-out"))
    found = coverage(own, cells=1, particles=16, work=tmp_path)
    assert math.isnan(found.parameters_error)
    assert math.isnan(found.numbers_error)

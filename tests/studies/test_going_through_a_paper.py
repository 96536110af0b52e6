"""What is asked of lattice, instruments and cells for a paper, with stubs in their places."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from tests.cell.drawn import draw_table

from topotaxy.cell.cycled import COLUMNS
from topotaxy.cell.fast import Cycles
from topotaxy.cell.posterior import Posterior
from topotaxy.cell.priors import DRAW, assumed, names_of, priors
from topotaxy.errors import InputError
from topotaxy.evidence import load_ledger
from topotaxy.observables import Observable, from_json, observable
from topotaxy.runs.paper import PaperProtocol
from topotaxy.specimen import kept
from topotaxy.studies import electrodes, paper_curves, paper_instruments, virtual_laboratory
from topotaxy.studies.electrodes import by_hand, of_run, reducible_by
from topotaxy.studies.fast_paper import FastPaper
from topotaxy.studies.paper_cells import PaperCells
from topotaxy.studies.paper_curves import curves_of_run
from topotaxy.studies.paper_instruments import (
    ELECTRODES,
    MATERIALS,
    rows_of_instruments,
    seen_folder,
    seen_of,
)
from topotaxy.studies.virtual_laboratory import measured

PAPER = "fang2022"


def number(quantity: str, value: float, state: str = "pristine", subject: str = "") -> Observable:
    return observable(quantity, value, state=state, subject=subject, origin="measured", technique="x")  # type: ignore[arg-type]


# --- instruments of a paper


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """Every run and look that is asked for, answered at once."""
    seen: list[tuple[Any, ...]] = []

    def answer(name: str, result: Callable[..., Any]) -> None:
        def stub(*given: Any, **options: Any) -> Any:
            seen.append((name, *given, *options.values()))
            return result(*given)

        monkeypatch.setattr(paper_instruments, name, stub)

    electrode = SimpleNamespace(name="an electrode")
    answer("simulated", lambda *_: electrode)
    answer("measured", lambda *_: [number("lattice_parameter", 4.2)])
    for place, name in enumerate(("balance", "energy_loss", "mapped"), start=1):
        answer(name, lambda *_, n=place: [number("domain_size", float(n))])
    for name in ("resolved", "twinned"):
        answer(name, lambda *_: {})
    answer("spots_seen", lambda *_: {"charged": {("rock salt", "(200)")}})
    answer("counted", lambda *_: {"Ni": 0.5})
    answer("ran", lambda spec, folder: [number("capacity_retention", 0.9)])
    answer("pristine_cell", lambda formula, folder: [number("lattice_parameter", 4.1)])
    return seen


def test_every_instrument_looks_at_the_same_electrode_into_one_folder(
    asked: list[tuple[Any, ...]], tmp_path: Path
) -> None:
    found = seen_of(PAPER, tmp_path, materials=False)
    place = seen_folder(PAPER, tmp_path)
    assert place.parent == tmp_path
    looks = {one[0]: one for one in asked}
    assert looks["simulated"][1] == ELECTRODES[PAPER]
    for name in ("measured", "balance", "energy_loss", "mapped", "resolved", "twinned", "spots_seen"):
        assert looks[name][1].name == "an electrode"
        assert looks[name][2] == place
    assert [o.value for o in found.observables] == [4.2, 1.0, 2.0, 3.0]
    assert (found.folder, found.counted) == (place, {"Ni": 0.5})
    assert found.spots == {"charged": {("rock salt", "(200)")}}


def test_other_materials_are_run_or_said_to_be_left_out(asked: list[tuple[Any, ...]], tmp_path: Path) -> None:
    without = seen_of(PAPER, tmp_path, materials=False)
    assert without.others == {}
    assert set(MATERIALS[PAPER]) <= set(without.missing)
    assert {one[0] for one in asked} & {"ran", "pristine_cell"} == set()
    told: list[str] = []
    with_them = seen_of(PAPER, tmp_path, progress=told.append)
    assert with_them.missing == {}
    assert set(with_them.others) == set(without.missing)
    assert all([o.value for o in one] == [0.9, 4.1] for one in with_them.others.values())
    runs = [one for one in asked if one[0] == "ran"]
    # Every material has a folder of its own.
    assert len({one[2] for one in runs}) == len(runs) == len(with_them.others)
    for spec in MATERIALS[PAPER].values():
        assert any(spec in text for text in told)


def test_materials_are_those_of_the_papers_ledger() -> None:
    for paper, materials in MATERIALS.items():
        assert set(materials) <= set(load_ledger(paper).material)
        assert paper in ELECTRODES


def test_claims_that_are_done_have_no_row_again(asked: list[tuple[Any, ...]], tmp_path: Path) -> None:
    claims = [claim.id for claim in load_ledger(PAPER).claims]
    rows = rows_of_instruments(PAPER, tmp_path, done=set(claims[:50]), materials=False)
    assert [row["id"] for row in rows] == claims[50:]


# --- the virtual laboratory


@pytest.fixture
def instruments(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Two instruments that draw one random number each; what was drawn."""
    drawn: list[float] = []

    def look(quantity: str) -> Callable[[Any], list[Observable]]:
        def stub(bench: Any) -> list[Observable]:
            drawn.append(float(bench.rng.random()))
            assert bench.folder.is_dir()
            return [number(quantity, 1.0 + drawn[-1])]

        return stub

    known = {"one": look("lattice_parameter"), "two": look("domain_size")}
    monkeypatch.setattr(virtual_laboratory, "INSTRUMENTS", known)
    return drawn


NOTHING: Any = SimpleNamespace(name="an electrode", states={})


def test_what_every_instrument_says_is_simulated_and_kept(instruments: list[float], tmp_path: Path) -> None:
    found = measured(NOTHING, tmp_path / "a", seed=1)
    assert [o.quantity for o in found] == ["lattice_parameter", "domain_size"]
    assert {o.origin for o in found} == {"simulated"}
    stored = from_json((tmp_path / "a" / "observables.json").read_text(encoding="utf-8"), where="a")
    assert stored == found


def test_what_is_there_already_is_read_and_not_looked_at_again(
    instruments: list[float], tmp_path: Path
) -> None:
    first = measured(NOTHING, tmp_path, seed=1)
    assert measured(NOTHING, tmp_path, seed=2) == first
    assert len(instruments) == 2


def test_all_noise_is_of_the_seed_one_instrument_after_the_other(
    instruments: list[float], tmp_path: Path
) -> None:
    one, same, other = (measured(NOTHING, tmp_path / f"{n}", seed=seed) for n, seed in enumerate((1, 1, 2)))
    assert one == same
    assert one != other
    assert instruments[:2] == list(np.random.default_rng(1).random(2))


def test_a_look_that_fails_keeps_nothing_that_could_be_taken_for_a_whole(
    instruments: list[float], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(bench: Any) -> list[Observable]:
        raise InputError("does not suit the instrument")

    monkeypatch.setattr(
        virtual_laboratory, "INSTRUMENTS", {**virtual_laboratory.INSTRUMENTS, "three": broken}
    )
    with pytest.raises(InputError, match="does not suit"):
        measured(NOTHING, tmp_path, seed=1)
    assert not (tmp_path / "observables.json").exists()


# --- electrodes


def test_an_electrode_needs_all_three_states_of_its_first_cycle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = {"pristine": [0], "discharged": [1, 5], "charged": [1, 5]}

    def specimens_of(folder: Path, *, state: str) -> list[Any]:
        return [SimpleNamespace(state=state, cycle=cycle) for cycle in known[state]]

    monkeypatch.setattr(electrodes, "specimens_of", specimens_of)
    found = of_run(tmp_path, formula="NiO", ion="Li")
    assert {state: [s.cycle for s in own] for state, own in found.states.items()} == {
        "pristine": [0],
        "discharged": [1],
        "charged": [1],
    }
    known["charged"] = [5]
    with pytest.raises(InputError, match="keeps no charged specimen of its first cycle"):
        of_run(tmp_path, formula="NiO", ion="Li")
    assert kept.STATES == ("pristine", "discharged", "charged")


@pytest.mark.parametrize("ion", ["Li", "Na"])
def test_magnesium_is_never_reduced_and_nickel_always(ion: str) -> None:
    assert reducible_by("Mg0.5Ni0.5O", ion) == ("Ni",)
    made = by_hand("lattice-confined", "Mg0.5Ni0.5O", ion, seed=1, cells=3, reacted=1.0)
    assert paper_instruments.counted(made) == {"Mg": 0.0, "Ni": pytest.approx(1.0)}


# --- cells


PROTOCOL = PaperProtocol.model_validate(
    {
        "schema": "topotaxy/paper/1",
        "claims": "made-up",
        "draws": "made",
        "runs": {
            "half": {
                "title": "half",
                "table": "made-li",
                "material": "m",
                "legs": [{"cycles": 3, "current": 0.1}, {"cycles": 10, "current": 1.0}],
                "curves": [1, 5],
            },
            "full": {
                "title": "full",
                "table": "made-na",
                "material": "m",
                "cathode": "Na3V2(PO4)3/C",
                "legs": [{"cycles": 10, "current": 0.5}],
                "curves": [2],
            },
        },
        "number": [],
        "rate_map": {"table": "made-na", "first": 0.1, "currents": [], "diameters": []},
    }
)


def central(draw: float = 1.0) -> Posterior:
    """A posterior of two particles that are the same point, with draw one and stores of either alkali."""
    values = {p.key: p.middle for p in priors()} | {"film_store.Na": 11.0, "film_store.Li": 22.0, DRAW: draw}
    names = tuple(names_of(priors()))
    return Posterior(
        paper="p",
        draws="made",
        names=names,
        points=np.array([[values[name] for name in names]] * 2),
        claims=("x",),
        predicted=np.zeros((2, 1)),
        log_likelihood=np.zeros(2),
        prior_predicted=np.zeros((2, 1)),
        log_evidence=0.0,
        facts={"seed": 1},
    )


@pytest.fixture
def cells(monkeypatch: pytest.MonkeyPatch) -> tuple[PaperCells, list[str]]:
    """Cells whose cycles are made up; which runs were simulated."""
    simulated: list[str] = []

    def cycles(self: FastPaper, name: str, values: Any) -> Cycles:
        simulated.append(name)
        rows = np.zeros((3, len(COLUMNS)))
        known = {"cycle": (1, 2, 3), "current": 0.1, "discharge": (200, 150, 120), "charge": (150, 140, 100)}
        known |= {"discharge_energy": (180, 130, 100), "charge_energy": (300, 280, 200), "hours": (1, 2, 3)}
        for name_of, values_of in known.items():
            rows[:, COLUMNS.index(name_of)] = values_of
        return Cycles(rows=rows)

    monkeypatch.setattr(FastPaper, "cycles", cycles)
    return PaperCells(PROTOCOL, central(), draw_table()), simulated


def test_each_run_is_simulated_once(cells: tuple[PaperCells, list[str]]) -> None:
    own, simulated = cells
    first = own.history("half")
    assert own.history("half") is first
    assert first.discharge == [200.0, 150.0, 120.0]
    own.cell("half")
    own.history("full")
    assert simulated == ["half", "full"]


def test_an_anode_and_a_full_cell_are_read_from_their_own_side(cells: tuple[PaperCells, list[str]]) -> None:
    own, _ = cells
    half, full = own.cell("half"), own.cell("full")
    assert half.efficiency[0] == pytest.approx(150.0 / 200.0)
    assert full.efficiency[0] == pytest.approx(200.0 / 150.0)
    assert (half.role, full.role) == ("half-cell-anode", "full-cell")


def test_conditions_are_those_of_the_draws_and_of_the_counter_electrode(
    cells: tuple[PaperCells, list[str]],
) -> None:
    own, _ = cells
    half, full = (own.conditions(PROTOCOL.runs[name]) for name in ("half", "full"))
    assert (half.electrode, full.electrode) == ("Li", "Na3V2(PO4)3/C")
    assert (half.lower_cutoff, half.upper_cutoff) == (0.01, 3.0)
    assert full.lower_cutoff != half.lower_cutoff
    assert half.sample == full.sample == "NiO"
    assert half.temperature == pytest.approx(298.15)
    assert own.fast("half").draw.ion == "Li"
    assert own.fast("half").draw.capacity == draw_table().capacity[1, 1]


@pytest.fixture
def pybamm(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Stubs of the model and of its cycler; what they were given."""
    given: list[dict[str, Any]] = []

    class StubCycler:
        def __init__(self, model: str, parameters: Any, *, first_step: str, compiled: bool) -> None:
            given.append({"model": model, "parameters": parameters, "first": first_step})

        def run(self, legs: Any, *, keep_curves: Any) -> Any:
            given[-1] |= {"legs": [(leg.cycles, leg.current) for leg in legs], "kept": keep_curves}
            return SimpleNamespace(curves={cycle: ["a curve"] for cycle in keep_curves})

    class Material:
        def __init__(self, ion: str, name: str) -> None:
            self.told: dict[str, Any] = {"ion": ion, "name": name}

        def with_draw(self, draw: Any, index: int, values: Any) -> dict[str, Any]:
            own = {"film": values["film_store"], "diameter": values["particle_diameter"]}
            return {**self.told, "draw": draw.capacity, "index": index, **own}

    models = SimpleNamespace(ConversionHalfCell=lambda: "half", ConversionFullCell=lambda: "full")
    makers = SimpleNamespace(
        half_cell_parameters=lambda material: ("half", material),
        full_cell_parameters_of=lambda material: ("full", material),
    )
    materials = SimpleNamespace(material_of=lambda table, draws, ion, *, name: Material(ion, name))
    monkeypatch.setitem(sys.modules, "topotaxy.cell.model", models)
    monkeypatch.setitem(sys.modules, "topotaxy.cell.parameters", makers)
    monkeypatch.setitem(sys.modules, "topotaxy.cell.material", materials)
    monkeypatch.setattr(paper_curves, "Cycler", StubCycler)
    return given


def test_a_half_cell_begins_with_discharge_and_stops_at_its_last_kept_cycle(
    cells: tuple[PaperCells, list[str]], pybamm: list[dict[str, Any]]
) -> None:
    """Curves of cycles 1 and 5 take three cycles of the first leg and two of the second."""
    own, _ = cells
    assert curves_of_run(own, "half") == {1: ["a curve"], 5: ["a curve"]}
    (given,) = pybamm
    assert (given["model"], given["first"]) == ("half", "discharge")
    assert given["legs"] == [(3, 0.1), (2, 1.0)]
    kind, material = given["parameters"]
    assert kind == "half"
    assert material == {
        "ion": "Li",
        "name": "made-li",
        "draw": draw_table().capacity[1, 1],
        "index": 1,
        "film": pytest.approx(22.0),
        "diameter": own.values["particle_diameter"],
    }


def test_a_coarse_powder_has_curves_of_its_own_size_and_only_those_asked_for(
    cells: tuple[PaperCells, list[str]], pybamm: list[dict[str, Any]]
) -> None:
    own, _ = cells
    coarse = PROTOCOL.runs["half"].model_copy(update={"diameter": "micrometre_diameter"})
    own.paper = PROTOCOL.model_copy(update={"runs": {"coarse": coarse}})
    assert curves_of_run(own, "coarse", (2,)) == {2: ["a curve"]}
    (given,) = pybamm
    assert given["legs"] == [(2, 0.1)]
    _, material = given["parameters"]
    assert material["diameter"] == assumed()["micrometre_diameter"] != own.values["particle_diameter"]


def test_a_full_cell_begins_with_charge_and_has_the_parameters_of_its_alkali(
    cells: tuple[PaperCells, list[str]], pybamm: list[dict[str, Any]]
) -> None:
    curves_of_run(cells[0], "full")
    (given,) = pybamm
    assert (given["model"], given["first"], given["legs"]) == ("full", "charge", [(2, 0.5)])
    kind, material = given["parameters"]
    assert (kind, material["ion"], material["film"]) == ("full", "Na", pytest.approx(11.0))

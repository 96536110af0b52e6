"""Counterparts of a paper's figures of cells: what is drawn is what the cells and the runs gave."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from topotaxy.content.figure import Absent, Figure, Panel
from topotaxy.evidence import load_ledger
from topotaxy.observables import Conditions, observable, to_json
from topotaxy.runs.paper import load_paper
from topotaxy.studies import paper_cycles
from topotaxy.studies.paper_cycles import cycling_figures
from topotaxy.studies.powder_orders import CERTAIN, powder_orders

LEDGER, PAPER = load_ledger("fang2022"), load_paper("fang2022")
MATERIALS = {"one material": "one", "another": "two", "never run": "three"}
HOUR = 3600.0


@pytest.fixture
def cells(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Cells whose first cycle takes ten hours at 0.1 A/g and gives nine back; coarse ones give eight."""

    def curves(cells: Any, name: str, kept: tuple[int, ...]) -> dict[int, list[Any]]:
        assert kept == (1,)
        back = 8.0 if PAPER.runs[name].diameter else 9.0
        return {
            1: [
                (HOUR * np.array([0.0, 10.0]), np.array([2.0, 0.01]), np.array([0.1, 0.1])),
                (HOUR * np.array([0.0, back]), np.array([0.01, 3.0]), np.array([-0.1, -0.1])),
            ]
        }

    def history(name: str) -> Any:
        back = 800.0 if PAPER.runs[name].diameter else 900.0
        return SimpleNamespace(
            cycle=[1, 2, 1500], charge=[back, 500.0, 400.0], discharge=[1000.0, 500.0, 400.0]
        )

    monkeypatch.setattr(paper_cycles, "curves_of_run", curves)
    return SimpleNamespace(paper=PAPER, history=history)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two of three materials ran: efficiencies of 0.9 and 0.8, three cycles."""
    for name, efficiency in (("one", 0.9), ("two", 0.8)):
        place = tmp_path / f"{name}-cycled"
        place.mkdir()
        (place / "curves.csv").write_text(
            "cycle,direction,charge_mAh_per_g,voltage_V,voltage_spread_V,replicas\n"
            "1,discharge,0.0,1.5,0.1,4\n1,discharge,500.0,0.01,0.1,4\n"
            f"1,charge,0.0,0.1,0.1,4\n1,charge,{500 * efficiency},3.0,0.1,4\n"
            "2,discharge,0.0,1.4,0.1,4\n2,discharge,900.0,0.01,0.1,4\n"
        )
        found = [
            observable(
                "initial_coulombic_efficiency",
                efficiency,
                uncertainty=0.01,
                origin="simulated",
                label="held-out",
                conditions=Conditions(cycle=1),
            )
        ]
        found += [
            observable(
                "specific_capacity_charge",
                400.0 - n,
                uncertainty=2.0,
                origin="simulated",
                label="held-out",
                conditions=Conditions(cycle=n),
            )
            for n in (1, 2, 3)
        ]
        (place / "observables.json").write_text(to_json(found))
    return tmp_path


def figures(cells: Any, folder: Path) -> dict[str, Figure]:
    found = cycling_figures(cells, LEDGER, folder, MATERIALS)
    assert not [one for one in found if isinstance(one, Absent)]
    return {one.name: one for one in found if isinstance(one, Figure)}


def lines(figure: Figure) -> dict[str, Any]:
    return {s.name: s for panel in figure.panels if isinstance(panel, Panel) for s in panel.series}


def test_every_figure_of_the_cells_has_a_counterpart_that_says_what_differs(cells: Any, folder: Path) -> None:
    found = figures(cells, folder)
    assert list(found) == ["figure-2a-b", "figure-2c", "figure-2d", "figure-2e", "figure-2e-materials"]
    assert all(one.caption.startswith("What differs from the paper's: ") for one in found.values())


def test_capacity_is_current_times_time_beside_what_is_stated_of_that_alkali(
    cells: Any, folder: Path
) -> None:
    """0.1 A/g for ten hours are 1,000 mAh/g."""
    figure = figures(cells, folder)["figure-2a-b"]
    sodium, lithium = figure.panels
    assert isinstance(sodium, Panel)
    assert isinstance(lithium, Panel)
    assert sorted(m.at for m in sodium.markers) == [581.0, 641.0]
    assert sorted(m.at for m in lithium.markers) == [753.0, 830.0]
    for panel in (sodium, lithium):
        down, up = panel.series
        assert (down.x[-1], up.x[-1]) == (pytest.approx(1000.0), pytest.approx(900.0))
        assert (down.dash, up.dash) == ("solid", "dash")


def test_the_coarse_powder_is_drawn_beside_the_fine_one_with_both_efficiencies(
    cells: Any, folder: Path
) -> None:
    figure = figures(cells, folder)["figure-2c"]
    drawn = lines(figure)
    assert drawn["fine powder, charge"].x[-1] == pytest.approx(900.0)
    assert drawn["coarse powder, charge"].x[-1] == pytest.approx(800.0)
    assert "fine powder 90.0 %, coarse powder 80.0 %; stated for the coarse one: 92.5 %" in figure.caption


def test_materials_are_their_own_first_cycles_and_one_that_never_ran_is_not_drawn(
    cells: Any, folder: Path
) -> None:
    found = figures(cells, folder)
    drawn = lines(found["figure-2d"])
    assert set(drawn) == {f"{m}, {d}" for m in ("one material", "another") for d in ("discharge", "charge")}
    assert drawn["another, charge"].x[-1] == pytest.approx(400.0)
    assert drawn["one material, discharge"].x[-1] == pytest.approx(500.0)
    assert "one material 90.0 ± 1.0 %; another 80.0 ± 1.0 %" in found["figure-2d"].caption
    over = lines(found["figure-2e-materials"])
    assert over["another"].y.tolist() == [399.0, 398.0, 397.0]
    assert over["another"].x.tolist() == [1.0, 2.0, 3.0]


def test_long_tests_end_where_the_cell_does_with_the_stated_end_beside_them(cells: Any, folder: Path) -> None:
    drawn = lines(figures(cells, folder)["figure-2e"])
    assert {"0.5 A/g", "1 A/g", "0.5 A/g, 2 µm", "stated"} == set(drawn)
    assert (drawn["0.5 A/g"].x[-1], drawn["0.5 A/g"].y[-1]) == (1500.0, 400.0)
    assert (drawn["stated"].x.tolist(), drawn["stated"].y.tolist()) == ([1500.0], [375.0])


def test_what_was_not_run_is_said(cells: Any, tmp_path: Path) -> None:
    *_, materials, _, order = cycling_figures(cells, LEDGER, tmp_path, MATERIALS)
    assert isinstance(materials, Absent)
    assert isinstance(order, Absent)
    assert "Figure 2e" in str(order)


# --- what the posterior says of two powders


def posterior(fine: float, coarse: float, quotient: float, *, spread: float = 0.001) -> Any:
    """A hundred points of three numbers, evenly spread about their means."""
    away = spread * np.linspace(-1.0, 1.0, 100)
    claims = ("na.ice", "na.micro.ice", "na.micro.capacity")
    predicted = np.column_stack([fine + 0.0 * away, coarse + away, quotient + away])
    data = [SimpleNamespace(claim="na.micro.capacity", use="bound")]
    return SimpleNamespace(
        posterior=SimpleNamespace(claims=claims, predicted=predicted), problem=SimpleNamespace(data=data)
    )


def test_an_order_of_powders_holds_where_nearly_all_of_the_posterior_has_it() -> None:
    """Stated: the coarse powder loses less and gives less."""
    rows = powder_orders(posterior(0.90, 0.92, 0.95), LEDGER)
    assert set(rows) == {"na.micro.ice_order", "na.micro.capacity"}
    assert all(one.agrees for one in rows.values())
    assert rows["na.micro.capacity"].computed == "0.95 (0.95 to 0.95) of the fine powder's"
    assert rows["na.micro.ice_order"].computed == "92.0 against 90.0 %, apart by +2.0 (+1.9 to +2.1)"
    # A number that was a bound is no evidence, nor is one that was fitted.
    assert rows["na.micro.capacity"].label == "bounded"
    assert rows["na.micro.ice_order"].label == "calibrated"
    other = powder_orders(posterior(0.92, 0.90, 1.05), LEDGER)
    assert not any(one.agrees for one in other.values())


@pytest.mark.parametrize("share", [CERTAIN - 0.02, CERTAIN + 0.02])
def test_an_order_counts_from_a_share_of_the_posterior(share: float) -> None:
    """Points run evenly by 0.001 either way about a mean that has this share of them above nought."""
    found = posterior(0.90, 0.90 + 0.001 * (2.0 * share - 1.0), 0.9)
    assert powder_orders(found, LEDGER)["na.micro.ice_order"].agrees == (share > CERTAIN)


def test_without_the_numbers_nothing_is_said_of_the_powders() -> None:
    found = posterior(0.9, 0.92, 0.95)
    found.posterior.claims = ("a", "b", "c")
    assert powder_orders(found, LEDGER) == {}

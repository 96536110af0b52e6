from __future__ import annotations

import pytest

from topotaxy.cell.experiment import CellRun, run_cell
from topotaxy.cell.protocol import cell_spec_from_text
from topotaxy.observables import Direction, Observable, Role, state_after
from topotaxy.runs.cell_observed import observables_of_cell_run

HEAD = 'name = "a"\n[cell]\nmaterial = "heos-na"\n'


def ran(text: str) -> CellRun:
    return run_cell(cell_spec_from_text(HEAD + text))


def labels(run: CellRun) -> dict[tuple[str, int | None], str | None]:
    found: list[Observable] = observables_of_cell_run(run)
    return {(o.quantity, o.cycle): o.label for o in found}


FITTED = {
    "specific_capacity_discharge",
    "specific_capacity_charge",
    "initial_coulombic_efficiency",
    "coulombic_efficiency",
    "capacity_retention",
    "rate_capacity",
}


@pytest.mark.parametrize("text", ["[[step]]\ncurrent = 0.1\ncycles = 2\n", "[[step]]\ncurrent = 0.2\n"])
def test_quantities_that_were_fitted_of_this_sample_are_calibrated_and_no_others(text: str) -> None:
    found = labels(ran(text))
    assert {key[0] for key, label in found.items() if label == "calibrated"} == FITTED & {q for q, _ in found}
    assert set(found.values()) == {"calibrated", "held-out"}


def test_another_kind_of_cell_is_held_out() -> None:
    text = 'counter = "Na3V2(PO4)3"\n[[step]]\ncurrent = 0.1\n'
    assert set(labels(ran(text)).values()) == {"held-out"}


def test_parameters_put_in_by_hand_impose_every_number() -> None:
    found = labels(ran("[cell.parameters]\nparticle_diameter = 80\n[[step]]\ncurrent = 0.1\n"))
    assert set(found.values()) == {"imposed"}


@pytest.mark.parametrize(
    ("direction", "role", "state"),
    [
        ("discharge", "half-cell-anode", "discharged"),
        ("charge", "half-cell-anode", "charged"),
        ("discharge", "half-cell-cathode", "discharged"),
        ("discharge", "full-cell", "charged"),
        ("charge", "full-cell", "discharged"),
    ],
)
def test_states_follow_the_material_and_directions_the_cell(
    direction: Direction, role: Role, state: str
) -> None:
    assert state_after(direction, role) == state


def test_charge_is_conserved_between_what_passed_and_what_is_held() -> None:
    """In a half cell, what does not come back is in trapped metal and film (and little else)."""
    run = ran("[[step]]\ncurrent = 0.2\ncycles = 4\n")
    values = {(o.quantity, o.cycle): o.value for o in observables_of_cell_run(run)}
    lost = sum(
        values["specific_capacity_discharge", n] - values["specific_capacity_charge", n] for n in range(1, 5)
    )
    held = values["trapped_capacity", 4] + values["film_capacity", 4]
    assert lost == pytest.approx(held, rel=0.05)

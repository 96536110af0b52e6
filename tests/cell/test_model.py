from __future__ import annotations

import os
import warnings
from importlib.metadata import entry_points
from typing import Any

import numpy as np
import pytest

ALL_OFF = dict.fromkeys(("first discharge", "early loss", "film", "stores", "loss of active material"), False)


def experiment(pybamm: Any, parameters: dict[str, Any], current: float, cycles: int = 1) -> Any:
    milliamperes = current * parameters["Active mass [g]"] * 1e3
    return pybamm.Experiment(
        [(f"Discharge at {milliamperes} mA until 0.01 V", f"Charge at {milliamperes} mA until 3 V")] * cycles
    )


def solved(pybamm: Any, model: Any, steps: Any, parameters: Any, **how: Any) -> Any:
    if isinstance(parameters, dict):
        parameters = pybamm.ParameterValues(parameters)
    return pybamm.Simulation(model, experiment=steps, parameter_values=parameters, **how).solve(
        calc_esoh=False
    )


def test_telemetry_is_off(pybamm: Any) -> None:
    assert os.environ["PYBAMM_DISABLE_TELEMETRY"] == "true"


def test_pybamm_finds_models_and_parameter_sets(pybamm: Any) -> None:
    models = {e.name: e for e in entry_points(group="pybamm_models")}
    assert models["TopotaxyConversionHalfCell"].load()().name == "Conversion half cell"
    sets = {e.name for e in entry_points(group="pybamm_parameter_sets")}
    assert {"TopotaxyHEOSNa", "TopotaxyHEOSLi", "TopotaxyHEOSNVP"} <= sets
    assert pybamm.ParameterValues("TopotaxyHEOSLi")["Active mass [g]"] > 0.0


def test_with_all_options_off_it_is_pybamms_own_half_cell(pybamm: Any, sodium: dict[str, Any]) -> None:
    """SPM with one-state hysteresis and a differential surface form; same parameters, mesh, steps."""
    from topotaxy.cell.model import ConversionHalfCell

    maximum = sodium["Maximum concentration in positive electrode [mol.m-3]"]
    sodium["Initial concentration in positive electrode [mol.m-3]"] = 0.3 * maximum
    start = pybamm.ParameterValues(sodium).evaluate(
        sodium["Positive electrode lithiation OCP [V]"](pybamm.Scalar(0.3))
    )
    sodium["Positive electrode initial potential [V]"] = float(np.ravel(start)[0])
    milliamperes = 0.5 * sodium["Active mass [g]"] * 1e3
    found = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        stock = pybamm.lithium_ion.SPM(
            {
                "working electrode": "positive",
                "open-circuit potential": ("single", "one-state hysteresis"),
                "surface form": "differential",
                "contact resistance": "true",
            }
        )
        for name, model in (("stock", stock), ("ours", ConversionHalfCell(ALL_OFF))):
            steps = pybamm.Experiment(
                [
                    (
                        f"Discharge at {milliamperes} mA for 30 minutes",
                        f"Charge at {milliamperes} mA for 40 minutes",
                        "Rest for 10 minutes",
                    )
                ]
            )
            found[name] = solved(
                pybamm,
                model,
                steps,
                sodium,
                solver=pybamm.IDAKLUSolver(rtol=1e-8, atol=1e-10),
                var_pts={"x_n": 5, "x_s": 5, "x_p": 5, "r_n": 20, "r_p": 20},
            )
    # The first second is that of the double layer, which starts a little elsewhere.
    times = np.linspace(1.0, 4799.0, 3000)
    difference = found["ours"]["Voltage [V]"](times) - found["stock"]["Voltage [V]"](times)
    assert found["ours"].t[-1] == pytest.approx(4800.0)
    assert np.abs(difference).max() < 1e-4
    assert np.ptp(found["ours"]["Voltage [V]"](times)) > 0.2


@pytest.mark.parametrize("current", [0.1, 5.0])
@pytest.mark.parametrize(("ageing", "tolerance"), [(False, 1e-6), (True, 2e-5)])
def test_charge_is_conserved(
    pybamm: Any, sodium: dict[str, Any], current: float, ageing: bool, tolerance: float
) -> None:
    """To the last bits, but for what dies with alkali in it: a product, known to the solver's tolerance."""
    from topotaxy.cell.model import ConversionHalfCell

    model = ConversionHalfCell({"loss of active material": ageing})
    found = solved(pybamm, model, experiment(pybamm, sodium, current, 2), sodium)
    kinds = ("reaction", "stored", "film", "lost")
    held = sum(found[f"Positive electrode {kind} charge [A.h]"].entries for kind in kinds)
    passed = found["Discharge capacity [A.h]"].entries
    assert np.abs((held - held[0]) - (passed - passed[0])).max() < tolerance * np.ptp(passed)


def test_charge_is_conserved_in_the_full_cell(pybamm: Any) -> None:
    from topotaxy.cell.model import ConversionFullCell
    from topotaxy.cell.parameters import full_cell_parameters

    parameters = full_cell_parameters("heos-na")
    milliamperes = 0.5 * parameters["Active mass [g]"] * 1e3
    steps = pybamm.Experiment(
        [(f"Charge at {milliamperes} mA until 3.4 V", f"Discharge at {milliamperes} mA until 0.5 V")] * 2
    )
    model = ConversionFullCell({"loss of active material": False})
    found = solved(pybamm, model, steps, parameters)
    kinds = ("reaction", "stored", "film", "lost")
    held = sum(found[f"Negative electrode {kind} charge [A.h]"].entries for kind in kinds)
    both = held + found["Positive electrode reaction charge [A.h]"].entries
    assert np.ptp(both) < 1e-6 * both[0]
    assert found["Positive electrode potential [V]"].entries.mean() == pytest.approx(3.37, abs=0.05)


def test_all_of_the_parts_show_in_the_first_cycle(pybamm: Any, sodium: dict[str, Any]) -> None:
    """What is switched off is missing from the first discharge, and nothing else is."""
    from topotaxy.cell.cycling import Cycler, Leg
    from topotaxy.cell.model import ConversionHalfCell

    def first(options: dict[str, bool]) -> tuple[float, float, float, float]:
        r = Cycler(ConversionHalfCell(options), sodium, compiled=False).run([Leg(cycles=1, current=0.1)])
        return r.discharge[0], r.charge[0], r.trapped[0], r.film[0]

    whole = first({})
    assert first({"early loss": False})[2] == 0.0
    assert first({"film": False})[3] == 0.0
    assert first({"stores": False})[0] < whole[0] - 50.0
    bare = first(ALL_OFF)
    assert bare[0] - bare[1] == pytest.approx(0.0, abs=1.5)
    # A fresh electrode holds some charge in its stores, and dead material keeps some: without both, what is
    # not given back is trapped or in the film.
    alive = first({"loss of active material": False, "stores": False})
    assert alive[0] - alive[1] == pytest.approx(alive[2] + alive[3], rel=0.05)


def test_the_film_alone_costs_efficiency_by_surface_area(pybamm: Any) -> None:
    """Without trapping the loss of the first cycle goes with 1/diameter where kinetics allow it."""
    from topotaxy.cell.cycling import Cycler, Leg
    from topotaxy.cell.model import ConversionHalfCell
    from topotaxy.cell.parameters import shipped_parameters

    film = {"film_diffusivity": 1e-20, "film_rate": 1e-11, "carbon_mass_ratio": 0.0}
    losses = []
    for diameter in (100.0, 200.0, 400.0):
        parameters = shipped_parameters("heos-na", {**film, "particle_diameter": diameter})
        cell = Cycler(ConversionHalfCell({"early loss": False}), parameters, compiled=False)
        losses.append(cell.run([Leg(cycles=1, current=0.1)]).film[0])
    assert losses[0] > 10.0
    assert losses[0] / losses[1] == pytest.approx(2.0, rel=0.1)
    assert losses[1] / losses[2] == pytest.approx(2.0, rel=0.1)


@pytest.mark.parametrize(
    ("kind", "overrides", "current"),
    [
        ("heos-na", {}, 0.1),
        ("heos-na", {}, 5.0),
        ("heos-li", {}, 0.1),
        ("heos-na", {"particle_diameter": 2000.0}, 0.5),
        ("full", {}, 0.5),
    ],
)
def test_tolerance_and_mesh_hardly_move_capacities(
    pybamm: Any, kind: str, overrides: dict[str, float], current: float
) -> None:
    from topotaxy.cell.cycling import Cycler, Leg
    from topotaxy.cell.model import ConversionFullCell, ConversionHalfCell
    from topotaxy.cell.parameters import full_cell_parameters, shipped_parameters

    def second(**numerics: Any) -> np.ndarray:
        if kind == "full":
            parameters = full_cell_parameters("heos-na")
            cell = Cycler(ConversionFullCell(), parameters, first_step="charge", compiled=False, **numerics)
        else:
            cell = Cycler(
                ConversionHalfCell(), shipped_parameters(kind, overrides), compiled=False, **numerics
            )
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            r = cell.run([Leg(cycles=2, current=current)])
        return np.array([r.discharge[1], r.charge[1]])

    usual = second()
    finer = second(rtol=5e-5, atol=5e-7, mesh_points=12)
    assert np.abs(finer / usual - 1.0).max() < 5e-3


def test_unknown_options_are_refused(pybamm: Any) -> None:
    from topotaxy.cell.model import ConversionHalfCell

    with pytest.raises(ValueError, match="unknown option 'SEI'"):
        ConversionHalfCell({"SEI": False})


def test_a_held_voltage_takes_more_charge(pybamm: Any, sodium: dict[str, Any]) -> None:
    from topotaxy.cell.model import ConversionHalfCell

    milliamperes = 2.0 * sodium["Active mass [g]"] * 1e3
    steps = pybamm.Experiment(
        [
            (
                f"Discharge at {milliamperes} mA until 0.01 V",
                f"Hold at 0.01 V until {milliamperes / 40} mA",
                "Rest for 1 hour",
            )
        ]
    )
    found = solved(pybamm, ConversionHalfCell(), steps, sodium)
    at_end = [step["Discharge capacity [A.h]"].entries[-1] for step in found.cycles[0].steps]
    assert at_end[1] > 1.02 * at_end[0]
    assert at_end[2] == pytest.approx(at_end[1])
    assert found.cycles[0].steps[2]["Voltage [V]"].entries[-1] > 0.01

"""1,500 cycles at 0.5 A/g: topotaxy's cell beside PyBaMM's own SPM, in the same run.

    python benchmarks/cell.py            # 1,500 cycles
    python benchmarks/cell.py 200        # fewer
    python benchmarks/cell.py 1500 150   # PyBaMM on 150 of them, its time extrapolated and marked so

The peer is PyBaMM's SPM half cell with film (EC reaction limited), reaction-driven loss of active
material and one-state hysteresis, on the same branches, particle and cut-offs, with PyBaMM's default
mesh, driven as its users drive it (an Experiment, one cycle saved in a hundred); solver IDAKLU for
both. Times are processor seconds of the second run each: neither building the model, nor compiling, nor what
else the machine does is counted.
"""

from __future__ import annotations

import resource
import sys
import time
import warnings
from collections.abc import Callable
from typing import Any

warnings.simplefilter("ignore")

from topotaxy.cell.cycling import Cycler, Leg, has_compiler  # noqa: E402
from topotaxy.cell.environment import load_pybamm  # noqa: E402
from topotaxy.cell.fast import FastCell  # noqa: E402
from topotaxy.cell.material import cell_material  # noqa: E402
from topotaxy.cell.model import ConversionHalfCell  # noqa: E402
from topotaxy.cell.parameters import shipped_parameters  # noqa: E402

pybamm = load_pybamm()
CURRENT = 0.5


def seconds_of(run: Callable[[], Any]) -> tuple[float, Any]:
    run()
    start = time.process_time()
    found = run()
    return time.process_time() - start, found


def peer(cycles: int, *, compiled: bool) -> Callable[[], Any]:
    parameters = shipped_parameters("heos-na")
    parameters["Positive electrode reaction-driven LAM factor [m3.mol-1]"] = 1e-5
    maximum = parameters["Maximum concentration in positive electrode [mol.m-3]"]
    parameters["Initial concentration in positive electrode [mol.m-3]"] = 2e-3 * maximum
    milliamperes = CURRENT * parameters["Active mass [g]"] * 1e3
    model = pybamm.lithium_ion.SPM(
        {
            "working electrode": "positive",
            "SEI": "ec reaction limited",
            "loss of active material": "reaction-driven",
            "open-circuit potential": ("single", "one-state hysteresis"),
        }
    )
    steps = (f"Discharge at {milliamperes} mA until 0.01 V", f"Charge at {milliamperes} mA until 3 V")
    simulation = pybamm.Simulation(
        model,
        experiment=pybamm.Experiment([steps] * cycles),
        parameter_values=pybamm.ParameterValues(parameters),
        solver=pybamm.IDAKLUSolver(options={"compile": compiled}),
    )
    return lambda: simulation.solve(calc_esoh=False, save_at_cycles=100)


def ours(cycles: int, *, compiled: bool) -> Callable[[], Any]:
    cell = Cycler(ConversionHalfCell(), shipped_parameters("heos-na"), compiled=compiled)
    return lambda: cell.run([Leg(cycles=cycles, current=CURRENT)]).charge[-1]


def fast(cycles: int, *, growth: float) -> Callable[[], Any]:
    material = cell_material("heos-na")
    cell = FastCell(draw=material.draw, values=material.values())
    legs = [Leg(cycles=cycles, current=CURRENT)]
    return lambda: cell.cycle(legs, growth=growth).column("charge")[-1]


def scaled(make: Callable[[int], Callable[[], Any]], cycles: int, run: int) -> float:
    """Seconds for ``cycles``, from a third of ``run`` and the whole of it where fewer are run."""
    if run >= cycles:
        return seconds_of(make(cycles))[0]
    part, whole = (seconds_of(make(n))[0] for n in (run // 3, run))
    return whole + (whole - part) / (run - run // 3) * (cycles - run)


def main() -> None:
    cycles = int(sys.argv[1]) if len(sys.argv) > 1 else 1500
    run = int(sys.argv[2]) if len(sys.argv) > 2 else cycles
    words = "" if run >= cycles else f"extrapolated from {run // 3} and {run} cycles"
    reference = scaled(lambda n: peer(n, compiled=False), cycles, run)
    rows = [("PyBaMM SPM + film + LAM, as it comes", reference, words)]
    if has_compiler():
        compiled = scaled(lambda n: peer(n, compiled=True), cycles, run)
        rows.append(("the same, functions compiled", compiled, words))
    seconds = scaled(lambda n: ours(n, compiled=has_compiler()), cycles, run)
    rows.append(("topotaxy's model in PyBaMM", seconds, words))
    kinds = [
        ("topotaxy, compiled cell", fast(cycles, growth=0.0)),
        ("topotaxy, compiled cell, cycles skipped", fast(cycles, growth=0.5)),
    ]
    for name, run in kinds:
        seconds, charge = seconds_of(run)
        rows.append((name, seconds, f"{charge:.2f} mAh/g in the last cycle"))
    print(f"{cycles} cycles at {CURRENT} A/g")
    for name, seconds, words in rows:
        print(f"{name:40s} {seconds:8.3f} s  ratio {seconds / reference:6.3f}  {words}")
    print(f"largest memory of this process {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.2f} GB")


if __name__ == "__main__":
    main()

"""What the headline of a run hangs on: one assumption at a time at the ends of its range.

    python examples/sensitivity.py heos-na

Prints a Markdown table, in about five minutes; heos-na where no specification is named.
"""

import sys

import topotaxy
from topotaxy.energetics import assumptions_with
from topotaxy.spec import Spec
from topotaxy.statistics import mean_and_error

COLUMNS = (
    "charge, mAh/g",
    "hysteresis, V",
    "Zn reduced",
    "Co+Ni+Cu reduced",
    "home",
    "metal next to metal / random",
)


def headline(spec: Spec) -> list[str]:
    """First-cycle numbers and the home fraction at the end, as text with standard errors."""
    cycles = topotaxy.simulate(spec)["cycles"].to_dataset()
    first = cycles.sel(cycle=1)
    discharged = first.sel(state="discharged")
    elements = list(cycles.element.values)
    active = [e for e in elements if e not in ("Mg", "Zn")]
    metal = discharged.metal_coordination.sel(element=active).mean("element")
    columns = [
        first.charge_capacity,
        first.mean_voltage_charge - first.mean_voltage_discharge,
        discharged.reduced_fraction.sel(element="Zn") if "Zn" in elements else None,
        discharged.reduced_fraction.sel(element=active).mean("element"),
        cycles.home_fraction.isel(cycle=-1).sel(state="charged"),
        metal / discharged.metal_coordination_random,
    ]
    return ["-" if c is None else text(*mean_and_error(c.values)) for c in columns]


def text(value: float, error: float | None) -> str:
    """Value and error with as many digits as a table needs."""
    digits = 0 if value > 100 else 2
    return f"{value:.{digits}f}" + ("" if error is None else f" ± {error:.{digits}f}")


def main() -> None:
    """Print the table."""
    spec = topotaxy.load_spec(sys.argv[1] if len(sys.argv) > 1 else "heos-na")
    print("| assumption | value | " + " | ".join(COLUMNS) + " |")
    print("|---" * (len(COLUMNS) + 2) + "|")
    cases: list[tuple[str, dict[str, float]]] = [("as shipped", {})]
    for row in assumptions_with().values():
        cases += [(row.name, {row.name: row.low}), (row.name, {row.name: row.high})]
    for name, parameters in cases:
        lattice = spec.lattice.model_copy(update={"parameters": parameters})
        cells = headline(spec.model_copy(update={"lattice": lattice}))
        value = f"{next(iter(parameters.values())):g}" if parameters else ""
        print(f"| {name} | {value} | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()

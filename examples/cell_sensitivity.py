"""What the numbers of the cell hang on: one assumption at a time, calibrated parameters as shipped.

Prints the table of docs/cell.md; two minutes.
"""

from topotaxy.cell.cycling import Leg
from topotaxy.cell.predictions import Cells, retention

CHANGES = [
    {},
    {"particle_diameter": 50},
    {"particle_diameter": 300},
    {"exchange_current": 0.01},
    {"exchange_current": 1.0},
    {"solid_diffusivity": 1e-17},
    {"solid_diffusivity": 1e-14},
    {"hysteresis_decay": 10},
    {"hysteresis_decay": 200},
    {"carbon_mass_ratio": 0.0},
    {"carbon_mass_ratio": 0.3},
    {"film_potential": 0.8},
    {"capacity_ratio": 1.0},
    {"capacity_ratio": 1.3},
]

for change in CHANGES:
    cells = Cells(rtol=1e-4, atol=1e-6, assumptions=change)
    first, aged = cells.first_cycle(), cells.ageing(0.5, 1500)
    coarse, coarse_aged = cells.first_cycle(micrometre=True), cells.ageing(0.5, 1000, micrometre=True)
    full = cells.full().run([Leg(cycles=150, current=0.5)])
    numbers = [
        f"{first.discharge[0]:.0f}",
        f"{first.charge[0]:.0f}",
        f"{cells.rate(5.0):.0f}",
        f"{aged.charge[-1]:.0f}",
        f"{100 * retention(aged):.1f}",
        f"{100 * coarse.charge[0] / coarse.discharge[0]:.1f}",
        f"{coarse_aged.at('charge', 2):.0f}",
        f"{full.discharge[1]:.0f}",
        f"{full.discharge_voltage[1]:.2f}",
        f"{100 * retention(full, of='discharge'):.0f}",
    ]
    name = ", ".join(f"{key} {value:g}" for key, value in change.items()) or "as shipped"
    print(f"| {name} | {' | '.join(numbers)} |", flush=True)

"""What the numbers of the cell depend on: one assumption at a time, calibrated parameters as shipped.

Prints the table of docs/cell.md; two minutes.
"""

from topotaxy.cell.inputs import calibration
from topotaxy.runs.paper import load_paper
from topotaxy.studies.paper_cells import PaperCells

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

paper = load_paper(calibration().paper)

for change in CHANGES:
    cells = PaperCells(paper, rtol=1e-4, atol=1e-6, assumptions=change)
    computed = {claim: cells.number(claim) for claim in paper.computed()}
    numbers = [
        f"{computed['na.discharge']:.0f}",
        f"{computed['na.charge']:.0f}",
        f"{computed['na.rate']:.0f}",
        f"{computed['na.left_0.5']:.0f}",
        f"{100 * computed['na.retention_0.5']:.1f}",
        f"{100 * computed['na.micro.ice']:.1f}",
        f"{cells.history('coarse_ageing').at('charge', 2):.0f}",
        f"{computed['full.capacity']:.0f}",
        f"{computed['full.voltage']:.2f}",
        f"{100 * computed['full.retention']:.0f}",
    ]
    name = ", ".join(f"{key} {value:g}" for key, value in change.items()) or "as shipped"
    print(f"| {name} | {' | '.join(numbers)} |", flush=True)

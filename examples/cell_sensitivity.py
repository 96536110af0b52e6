"""What the numbers of the cell depend on: one parameter at a time, the others as at the central point.

    python examples/cell_sensitivity.py

Prints a table in seconds: numbers of the paper by the compiled cell.
"""

from topotaxy.cell.draws import load_draws
from topotaxy.cell.posterior import load_posterior
from topotaxy.runs.paper import load_paper
from topotaxy.studies.fast_paper import FastPaper, Numerics

CHANGES = [
    {},
    {"particle_diameter": 50},
    {"particle_diameter": 300},
    {"exchange_current": 0.01},
    {"exchange_current": 1.0},
    {"reaction_at_interfaces": 1},
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
CLAIMS = {
    "na.discharge": 1,
    "na.ice": 100,
    "na.rate": 1,
    "na.left_0.5": 1,
    "na.retention_0.5": 100,
    "na.micro.ice": 100,
    "na.micro.capacity": 100,
    "full.capacity": 1,
    "full.voltage": 1,
    "full.retention": 100,
}

protocol = load_paper("fang2022")
posterior = load_posterior("fang2022")
central = posterior.values(posterior.central)
model = FastPaper(
    protocol=protocol,
    table=load_draws(posterior.draws),
    numerics=Numerics(steps=40, shells=12, growth=0.5),
)
print("| change | " + " | ".join(CLAIMS) + " |")
for change in CHANGES:
    numbers = model.numbers({**central, **change}, list(CLAIMS))
    shown = [f"{scale * numbers[claim]:.4g}" for claim, scale in CLAIMS.items()]
    name = ", ".join(f"{key} {value:g}" for key, value in change.items()) or "as it is"
    print(f"| {name} | {' | '.join(shown)} |", flush=True)

"""Simulate a composition of your own, and plot its voltage curve.

    python examples/own_composition.py

Any rock salt of the lattice's cations will do; sizes and currents stand in the specification below.
"""

import matplotlib.pyplot as plt

import topotaxy

spec = topotaxy.Spec.model_validate(
    {
        "name": "mg-diluted-nio",
        "electrode": {"formula": "Ni0.7Mg0.3O"},
        "cell": {"ion": "Na"},
        "protocol": {"current": "50 mA/g", "cycles": 3},
        "lattice": {"cells": 6, "replicas": 2},
    }
)
tree = topotaxy.simulate(spec)  # an xarray.DataTree, units in the attributes

cycles = tree["cycles"].to_dataset()
print(cycles[["discharge_capacity", "charge_capacity"]].mean("replica").to_dataframe())
print("still at home:", float(cycles.home_fraction.sel(cycle=3, state="charged").mean()))

curves = tree["curves"].to_dataset().isel(replica=0)
for half in range(curves.sizes["half_cycle"]):
    plt.plot(curves.charge[half], curves.voltage[half])
plt.xlabel("Capacity (mAh g⁻¹)")
plt.ylabel("Voltage (V vs Na⁺/Na)")
plt.savefig("own_composition.png", dpi=150)

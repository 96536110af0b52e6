"""The run in words, every number taken from the run folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from topotaxy.content.figure import Absent
from topotaxy.content.numbers import observable_text, percent, plain_number, quantity_text
from topotaxy.report.run.folder import RunFolder
from topotaxy.report.run.replicas import over_replicas
from topotaxy.statistics import mean_and_error

if TYPE_CHECKING:
    import xarray as xr

MOSTLY = 0.5
HARDLY = 0.05


def and_list(words: list[str]) -> str:
    """Return ``a, b and c``.

    Parameters
    ----------
    words : list[str]
        Words in their order.
    """
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def sentences(folder: RunFolder) -> list[str]:
    """Return the run in sentences; one whose numbers are absent is left out.

    Parameters
    ----------
    folder : RunFolder
        The run's folder as :func:`~topotaxy.report.run.folder.read_run_folder` read it.
    """
    found = (
        setting(folder),
        _capacity(folder),
        _voltage(folder),
        _reacted(folder),
        _lattice(folder),
        _coherency(folder),
        _fade(folder),
    )
    return [s for s in found if s] or ["The run folder holds too little for a summary."]


def setting(folder: RunFolder) -> str:
    """Say what was simulated, and under which conditions; empty where the formula is not known.

    Parameters
    ----------
    folder : RunFolder
        The run's folder as :func:`~topotaxy.report.run.folder.read_run_folder` read it.
    """
    a = folder.attrs
    formula = str(a.get("formula") or folder.spec_section("electrode").get("formula") or "")
    if not formula:
        return ""
    text = f"This run simulates {formula} as the active material"
    if a.get("grains"):
        text += f", a mixture of {and_list(str(a['grains']).split())}"
    text += f" of a half cell against {folder.ion} metal"
    if "cycles" in a:
        text += f", cycled {_times(int(a['cycles']))}"
    if {"lower_cutoff", "upper_cutoff"} <= a.keys():
        text += f" between {float(a['lower_cutoff']):g} and {float(a['upper_cutoff']):g} V"
    if "current" in a:
        text += f" at {_currents(float(a['current']), a.get('charge_current'))}"
    if "temperature" in a:
        text += f" and {float(a['temperature']):.0f} K"
    if {"cells", "replicas"} <= a.keys():
        cells, replicas = int(a["cells"]), int(a["replicas"])
        boxes = "one periodic box" if replicas == 1 else f"{replicas} independent periodic boxes"
        text += (
            f", in {boxes} of {cells} × {cells} × {cells} conventional cells ({4 * cells**3:,} cation sites"
        )
        text += ")" if replicas == 1 else " each)"
    return f"{text}."


def _currents(current: float, charge: object) -> str:
    """The current of both directions, or of each."""
    if not isinstance(charge, int | float):
        return f"{plain_number(current)} A g⁻¹"
    return f"{plain_number(current)} A g⁻¹ (charged at {plain_number(float(charge))} A g⁻¹)"


def _times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count:,} times")


def _per_cycle(folder: RunFolder, variable: str, cycle: int) -> xr.DataArray | None:
    group = folder.group("cycles", **{variable: ("replica", "cycle")})
    return None if isinstance(group, Absent) else group[variable].isel(cycle=cycle).transpose("replica")


def _pm(values: xr.DataArray, quantity: str, unit: str) -> str:
    mean = float(over_replicas(values.values).mean)
    return quantity_text(quantity, mean, mean_and_error(values.values)[1], unit)


def _capacity(folder: RunFolder) -> str:
    discharge = folder.observed("specific_capacity_discharge")
    charge = folder.observed("specific_capacity_charge")
    if discharge is None or charge is None:
        return ""
    text = (
        f"The first discharge takes up {observable_text(discharge)}, of which the first "
        f"charge gives back {observable_text(charge)}"
    )
    efficiency = folder.observed("initial_coulombic_efficiency")
    if efficiency is not None:
        text += f": an initial coulombic efficiency of {observable_text(efficiency)}"
    measured = folder.spec_section("measured")
    pair = [measured.get("discharge_capacity"), measured.get("charge_capacity")]
    if all(isinstance(v, (int, float)) for v in pair):
        text += f" (measured: {pair[0]:.0f} and {pair[1]:.0f} mAh g⁻¹)"
    return text + "."


def _voltage(folder: RunFolder) -> str:
    down = folder.observed("mean_voltage_discharge")
    up = folder.observed("mean_voltage_charge")
    if down is None or up is None:
        return ""
    text = (
        f"The mean voltage is {observable_text(down)} on the first discharge and "
        f"{observable_text(up)} on the first charge"
    )
    hysteresis = folder.observed("voltage_hysteresis")
    if hysteresis is not None:
        text += f", a hysteresis of {observable_text(hysteresis)}"
    return text + "."


def shares_reduced(folder: RunFolder) -> dict[str, float]:
    """Return how far each element is reduced at the end of the first discharge; empty where unknown.

    Parameters
    ----------
    folder : RunFolder
        The run's folder as :func:`~topotaxy.report.run.folder.read_run_folder` read it.
    """
    group = folder.group(
        "cycles",
        reduced_fraction=("replica", "cycle", "state", "element"),
        state=("state",),
        element=("element",),
    )
    if isinstance(group, Absent) or "discharged" not in group["state"].values:
        return {}
    at = group["reduced_fraction"].isel(cycle=0).sel(state="discharged").transpose("replica", "element")
    mean = over_replicas(at.values).mean
    return {str(e): float(v) for e, v in zip(group["element"].values, mean, strict=True) if np.isfinite(v)}


def _reacted(folder: RunFolder) -> str:
    share = shares_reduced(folder)
    ranked = sorted(share, key=lambda e: -share[e])
    classes = (
        ("is reduced for the most part", "are reduced for the most part", MOSTLY, np.inf),
        ("in part", "in part", HARDLY, MOSTLY),
        ("hardly", "hardly", -np.inf, HARDLY),
    )
    parts: list[str] = []
    for one, many, low, high in classes:
        inside = [e for e in ranked if low <= share[e] < high]
        if inside:
            named = and_list([f"{e} ({percent(share[e], 2)})" for e in inside])
            verb = one if len(inside) == 1 else many
            if not parts and "reduced" not in verb:
                verb = f"{'is' if len(inside) == 1 else 'are'} reduced {verb}"
            parts.append(f"{named} {verb}")
    if not parts:
        return ""
    return f"At the end of that discharge, {', '.join(parts)}.{_against_claim(folder, share)}"


def _against_claim(folder: RunFolder, share: dict[str, float]) -> str:
    claimed = folder.claimed_active
    if not claimed:
        return ""
    beyond = [e for e, v in share.items() if e not in claimed and v >= HARDLY]
    short = [e for e, v in share.items() if e in claimed and v < MOSTLY]
    named = and_list(list(claimed))
    if not beyond and not short:
        return f" This agrees with the claim in the specification that {named} react and the others do not."
    parts = []
    if beyond:
        parts.append(f"{and_list(beyond)} {'reacts' if len(beyond) == 1 else 'react'} as well")
    if short:
        parts.append(f"{and_list(short)} {'falls' if len(short) == 1 else 'fall'} short")
    return f" The specification records the claim that only {named} react; here {' and '.join(parts)}."


def _lattice(folder: RunFolder) -> str:
    group = folder.group(
        "cycles", home_fraction=("replica", "cycle", "state"), state=("state",), cycle=("cycle",)
    )
    if isinstance(group, Absent) or "charged" not in group["state"].values:
        return ""
    last = group["home_fraction"].isel(cycle=-1).sel(state="charged").transpose("replica")
    if not np.isfinite(last).any():
        return ""
    number = int(group["cycle"].values[-1])
    share = _pm(last, "home_fraction", "1")
    return f"After cycle {number}, charged, {share} of the cations sit where they started."


def _coherency(folder: RunFolder) -> str:
    """Say how much of the frame is in registry, and how large the domains of metal are."""
    dims = ("replica", "cycle", "state")
    group = folder.group("cycles", coherent_fraction=dims, state=("state",), cycle=("cycle",))
    if isinstance(group, Absent) or "discharged" not in group["state"].values:
        return ""
    at = group.isel(cycle=-1).sel(state="discharged")
    share = at["coherent_fraction"].transpose("replica")
    number = int(group["cycle"].values[-1])
    kept = _pm(share, "coherent_fraction", "1")
    text = f"Discharged in cycle {number}, {kept} of the frame is in registry with its host"
    if "domain_size" in at and np.isfinite(at["domain_size"]).any():
        size = _pm(at["domain_size"].transpose("replica"), "domain_size", "nm")
        text += f"; metal lies in domains of {size}"
    return f"{text}.{_stress(at)}"


def _stress(at: xr.Dataset) -> str:
    """Say how near the stress of the coherent part comes to what would cleave or twin it.

    Of a stress the same in all directions of a plane, at most half is shear.
    """
    if "frame_stress" not in at or not np.isfinite(at["frame_stress"]).any():
        return ""
    cleavage = float(at["frame_stress"].attrs.get("cleavage_strength", 0.0))
    twinning = float(at["frame_stress"].attrs.get("twinning_strength", 0.0))
    if not (cleavage and twinning):
        return ""
    stress = _pm(at["frame_stress"].transpose("replica"), "stress", "GPa")
    mean = float(at["frame_stress"].mean())
    return (
        f" The registered part is under a root-mean-square stress of {stress}, "
        f"{100 * mean / cleavage:.0f} % of the ideal cleavage strength ({cleavage:.0f} GPa); its shear is "
        f"at most {50 * mean / twinning:.0f} % of the ideal strength against twinning ({twinning:.0f} GPa)."
    )


def _fade(folder: RunFolder) -> str:
    kept = [o for o in folder.observables if o.quantity == "capacity_retention" and o.label]
    if not kept:
        return ""
    text = observable_text(kept[0])
    return f"It retains {text} of its capacity ({kept[0].method})."

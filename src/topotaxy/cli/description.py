"""The tables of ``topotaxy describe``, from the dictionary that its JSON holds whole."""

from __future__ import annotations

from typing import Any

from rich import box
from rich.console import Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

VOLTAGES = (
    "Gibbs: from Gibbs energies at this temperature, the equilibrium value. Enthalpy: without the "
    "entropy of reaction, as many papers tabulate it. Both are of bulk phases, in V."
)
ABSENT = "-"


def sections(document: dict[str, Any]) -> list[Any]:
    """Return what to print, in order; whatever the formula has no data for is left to the end.

    Parameters
    ----------
    document : dict[str, Any]
        The description, as its JSON has it.
    """
    parts = [
        _composition(document),
        _voltages(document),
        _capacities(document),
        _equilibrium(document),
        _structure(document),
        _mixing(document),
        _percolation(document),
        _sentences("Notes", document["notes"]),
        _sentences("Not available", [f"{key}: {reason}" for key, reason in document["absent"].items()]),
    ]
    return [part for part in parts if part is not None]


def _table(*columns: str) -> Table:
    """A table whose first column names and whose other columns hold numbers."""
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for index, column in enumerate(columns):
        table.add_column(column, justify="left" if index == 0 else "right")
    return table


def _section(title: str, *parts: Any) -> Group:
    """A heading, then what stands under it, indented, then an empty line."""
    shown = [part for part in parts if part]
    return Group(Text(title, style="bold"), *(Padding(part, (0, 0, 0, 2)) for part in shown), Text())


def _number(value: float | None, digits: int, unit: str = "") -> str:
    if value is None:
        return ABSENT
    return f"{value:.{digits}f} {unit}".rstrip()


def _shares(shares: dict[str, float]) -> str:
    return "  ".join(f"{element} {100 * share:.4g} %" for element, share in shares.items())


def _composition(document: dict[str, Any]) -> Group:
    valences = "  ".join(
        f"{element} {' and '.join(f'{z}+' for z in states)}"
        for element, states in document["valences"].items()
    )
    facts = Table.grid(padding=(0, 2))
    facts.add_row("molar mass", f"{document['molar_mass']:.3f} g/mol")
    facts.add_row("cations", _shares(document["cations"]))
    facts.add_row("anions", _shares(document["anions"]))
    facts.add_row("oxidation states", valences)
    facts.add_row("temperature", f"{document['temperature']:g} K")
    return _section(document["formula"], facts)


def _voltages(document: dict[str, Any]) -> Group | None:
    gibbs, enthalpy = document["conversion_voltage"], document["conversion_voltage_enthalpy"]
    ions = [ion for ion in gibbs if gibbs[ion] or enthalpy.get(ion)]
    if not ions:
        return None
    names = [f"{ion}, {method}" for ion in ions for method in ("Gibbs", "enthalpy")]
    table = _table("cation", *names)
    for cation in document["cations"]:
        cells = [_number(source.get(ion, {}).get(cation), 2) for ion in ions for source in (gibbs, enthalpy)]
        if set(cells) != {ABSENT}:
            table.add_row(cation, *cells)
    return _section("Conversion voltage to the metal, V", table, VOLTAGES)


def _capacities(document: dict[str, Any]) -> Group | None:
    """Cumulative capacities, the cation of the highest voltage first."""
    by_set = {frozenset(entry["redox"]): entry for entry in document["capacity"]}
    voltages: dict[str, float] = next((v for v in document["conversion_voltage"].values() if v), {})
    order = sorted(document["cations"], key=lambda cation: -voltages.get(cation, float("-inf")))
    reached = [frozenset(order[: count + 1]) for count in range(len(order))]
    entries = [by_set[reduced] for reduced in reached if reduced in by_set]
    if not entries:
        return None
    table = _table("reduced to the metal", "electrons", "mAh/g")
    for entry in entries:
        table.add_row(" ".join(entry["redox"]), f"{entry['electrons']:.3g}", f"{entry['value']:.0f}")
    more = f"All {len(by_set)} sets of cations: --json" if len(by_set) > len(entries) else None
    return _section("Capacity, cation by cation from the highest voltage down", table, more)


def _equilibrium(document: dict[str, Any]) -> Group | None:
    found = document["equilibrium"]
    if not found:
        return None
    low, high = next(iter(found.values()))["window"]
    table = _table("against", "mAh/g", "mean V", "volume ratio", "charge by cation, mAh/g")
    for ion, profile in found.items():
        charges = "  ".join(f"{el} {q:.0f}" for el, q in profile["charge_by_cation"].items() if q >= 0.5)
        ratio = document["conversion_volume_ratio"].get(ion)
        voltage = _number(profile["mean_voltage"], 2)
        table.add_row(ion, f"{profile['capacity']:.0f}", voltage, _number(ratio, 2), charges or ABSENT)
    return _section(
        f"Equilibrium between bulk phases, {low:g} to {high:g} V",
        table,
        "Volume ratio: products over host, for each cation that reacts.",
    )


def _structure(document: dict[str, Any]) -> Group | None:
    if "lattice_parameter" not in document:
        return None
    spacings = document.get("d_spacing", {})
    table = _table("a", *(f"d{reflection}" for reflection in spacings))
    table.add_row(_number(document["lattice_parameter"], 3), *(_number(d, 3) for d in spacings.values()))
    return _section("Rock-salt lattice, Å", table)


def _mixing(document: dict[str, Any]) -> Group:
    parts = document["configurational_entropy_by_sublattice"]
    facts = Table.grid(padding=(0, 2))
    facts.add_row(
        "configurational entropy",
        f"{document['configurational_entropy']:.2f} J/mol/K "
        f"(cations {parts['cations']:.2f}, anions {parts['anions']:.2f})",
    )
    for key in ("size_mismatch", "modulus_mismatch"):
        if key in document:
            facts.add_row(key.replace("_", " "), f"{100 * document[key]:.1f} %")
    stability = document.get("stability")
    if stability is None:
        return _section("Mixing", facts)
    facts.add_row(
        "enthalpy from the binaries",
        f"{stability['enthalpy'] / 1000:.1f} kJ/mol "
        f"({stability['enthalpy_low'] / 1000:.1f} to {stability['enthalpy_high'] / 1000:.1f})",
    )
    facts.add_row(
        "entropy outweighs it above",
        f"{stability['temperature']:.0f} K "
        f"({stability['temperature_low']:.0f} to {stability['temperature_high']:.0f})",
    )
    return _section("Mixing", facts, "This estimate leaves out:", _bullets(stability["leaves_out"]))


def _percolation(document: dict[str, Any]) -> Group | None:
    found = document["percolation"]
    if not found:
        return None
    threshold = next(iter(found.values()))["threshold"]
    table = _table("against", "inert", "share", "largest cluster", "spans the lattice")
    for ion, entry in found.items():
        inert = " ".join(entry["inert"]) or "none"
        shares = (f"{entry['inert_fraction']:.3g}", f"{entry['largest_cluster_share']:.2f}")
        table.add_row(ion, inert, *shares, "yes" if entry["percolates"] else "no")
    return _section(
        "Cations that stay oxidised in the bulk",
        table,
        f"They span the fcc cation lattice from a share of {threshold:.4g}, if spread at random; largest "
        "cluster: the share of them that is in it, in a box of finite size.",
    )


def _sentences(title: str, texts: list[str]) -> Group | None:
    return _section(title, _bullets(texts)) if texts else None


def _bullets(texts: list[str]) -> Table:
    rows = Table.grid(padding=(0, 1))
    rows.add_column(width=1)
    rows.add_column(overflow="fold")
    for text in texts:
        rows.add_row("-", text)
    return rows

"""The numbers of the cell that the lattice does not give: assumptions and calibrated parameters."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from topotaxy.errors import InputError, choices
from topotaxy.tables import read_table


@dataclass(frozen=True, kw_only=True)
class Fitted:
    """One calibrated parameter: shipped value, start and bounds of the fit, and what bounds it."""

    name: str
    value: float
    start: float
    low: float
    high: float
    scale: str
    unit: str
    meaning: str
    source: str


@dataclass(frozen=True, kw_only=True)
class Target:
    """One number that was fitted to: its claim in the ledger, and its relative tolerance."""

    claim: str
    sigma: float


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """What was fitted to what, as ``calibration.toml`` has it."""

    paper: str
    parameters: tuple[Fitted, ...]
    targets: tuple[Target, ...]


@cache
def calibration() -> Calibration:
    """Read the list of what was fitted to what."""
    text = (resources.files("topotaxy.cell") / "calibration.toml").read_text(encoding="utf-8")
    document = tomllib.loads(text)
    return Calibration(
        paper=document["paper"],
        parameters=tuple(Fitted(**entry) for entry in document["parameter"]),
        targets=tuple(Target(**entry) for entry in document["target"]),
    )


def with_values(text: str, values: Mapping[str, float]) -> str:
    """Return the text of ``calibration.toml`` with other fitted values, to four digits, all else kept.

    Raises
    ------
    InputError
        Where a parameter is not in the text.
    """
    for name, value in values.items():
        pattern = re.compile(rf'(name = "{re.escape(name)}"\nvalue = )\S+')
        text, count = pattern.subn(rf"\g<1>{value:.4g}", text)
        if count != 1:
            raise InputError(f"no parameter {name!r:.60} in the list of what was fitted")
    return text


@cache
def _tabulated() -> dict[str, float]:
    return {row["name"]: float(row["value"]) for row in read_table("topotaxy.cell", "assumptions")}


def cell_inputs(overrides: Mapping[str, float] | None = None) -> dict[str, float]:
    """Return every assumption and calibrated parameter by name, ``overrides`` put in.

    Raises
    ------
    InputError
        For an override of no such name.
    """
    values = _tabulated() | {p.name: p.value for p in calibration().parameters}
    for name, value in (overrides or {}).items():
        if name not in values:
            raise InputError(f"unknown cell parameter {name!r:.60}; {choices(name, sorted(values))}")
        values[name] = float(value)
    return values

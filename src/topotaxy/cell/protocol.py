"""The TOML of a cell and its protocol, and that protocol as an experiment of PyBaMM."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from topotaxy.cell.section import FOLDER_OF_THE_DOCUMENT, CellSection
from topotaxy.errors import InputError
from topotaxy.material import Composition, parse_formula
from topotaxy.material.capacity import current_of_rate, is_rate
from topotaxy.spec import Count, Hours, Number, SpecificCurrent, validated
from topotaxy.toml_documents import bundled_names, read_text
from topotaxy.toml_faults import first_error

FOLDER = "cells"
"""Of the bundled cells."""

MOST_CYCLES = 2_000
"""A protocol keeps every step, half a megabyte a cycle; longer ageing is for :mod:`topotaxy.cell.cycling`."""
LONGEST_HOURS = 400.0
"""Hours for which one half-cycle is followed; a current too low to meet a cut-off by then is refused."""


def _listed(given: Any) -> Any:
    return given if isinstance(given, (list, tuple)) else [given]


CURRENTS = ("current", "charge_current")


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Block(_Section):
    """Cycles at one current, or so many at each of several (A per gram of conversion material).

    A current may be a rate, such as ``C/10``: of the capacity of all cations of the material's formula.
    Where ``hold`` is given, each cut-off is held until the current has fallen to that fraction,
    for at most ``hold_time`` hours; then ``rest`` hours without current.
    """

    current: Annotated[
        tuple[SpecificCurrent, ...], BeforeValidator(_listed), Field(min_length=1, max_length=50)
    ]
    cycles: Count = Field(default=1, ge=1, le=MOST_CYCLES)
    charge_current: SpecificCurrent | None = None
    hold: Number | None = Field(default=None, gt=0.0, lt=1.0)
    hold_time: Hours = Field(default=10.0, gt=0.0, le=1000.0)
    rest: Hours = Field(default=0.0, ge=0.0, le=1000.0)


def _with_rates(block: Any, formula: Composition | None) -> Any:
    """A block of a protocol with rates as A/g: 1 where there is no formula, which is the fault then."""
    if not isinstance(block, dict):
        return block

    def current(given: Any) -> Any:
        if isinstance(given, (list, tuple)):
            return [current(one) for one in given]
        if not is_rate(given):
            return given
        return 1.0 if formula is None else current_of_rate(given, formula)[0]

    return {key: current(value) if key in CURRENTS else value for key, value in block.items()}


def _has_rates(block: Any) -> bool:
    given = [block.get(key) for key in CURRENTS] if isinstance(block, dict) else []
    return any(is_rate(one) for value in given for one in _listed(value))


class CellSpec(_Section):
    """One cell and what is done with it."""

    name: str
    title: str = Field(default="", max_length=200)
    cell: CellSection
    step: tuple[Block, ...] = Field(min_length=1, max_length=200)

    @model_validator(mode="before")
    @classmethod
    def _rates(cls, given: Any, info: ValidationInfo) -> Any:
        """A current may be a rate such as C/10, of the capacity of all cations of the material."""
        blocks = given.get("step") if isinstance(given, dict) else None
        if not isinstance(blocks, (list, tuple)) or not any(map(_has_rates, blocks)):
            return given
        section, formula = given.get("cell"), None
        with suppress(ValidationError):  # which the section says again, in its place
            section = CellSection.model_validate(section, context=info.context)
            formula = parse_formula(section.formula)
        return {**given, "cell": section, "step": [_with_rates(block, formula) for block in blocks]}

    @field_validator("name")
    @classmethod
    def _names_a_folder(cls, name: str) -> str:
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", name):
            raise ValueError("expected at most 64 letters, digits, '.', '_' or '-', a letter or digit first")
        return name

    @property
    def cycles(self) -> int:
        """Cycles of the whole protocol."""
        return sum(block.cycles * len(block.current) for block in self.step)

    def currents(self) -> Iterator[tuple[Block, float]]:
        """Block and current (A/g) of each cycle in order."""
        for block in self.step:
            for current in block.current:
                for _ in range(block.cycles):
                    yield block, current


def is_cell(document: Any) -> bool:
    """Whether a parsed TOML document is a cell rather than a run of the lattice.

    Parameters
    ----------
    document : any
        As a TOML parser gives it.
    """
    return isinstance(document, dict) and "step" in document


def cell_spec_from_text(text: str, *, where: str = "cell", folder: Path | None = None) -> CellSpec:
    """Validate TOML text as a cell; errors as in :func:`~topotaxy.spec.validated`.

    Parameters
    ----------
    text : str
        Text of the TOML file.
    where : str
        Name of the file in messages.
    folder : Path, optional
        Of the document, from which the path of a material counts; by default that of the process.
    """
    spec = validated(CellSpec, text, where=where, context={FOLDER_OF_THE_DOCUMENT: folder})
    return _of_cycles(spec, where)


def cell_spec_from_document(document: Mapping[str, Any]) -> CellSpec:
    """Validate a document of a cell, as a TOML parser would give it; errors as for a file.

    Parameters
    ----------
    document : mapping
        Sections and keys.
    """
    try:
        return _of_cycles(CellSpec.model_validate(dict(document)), "cell")
    except ValidationError as error:
        raise InputError(first_error(error, model=CellSpec), where="cell") from None


def folder_of(name_or_path: str | Path) -> Path | None:
    """Return the folder of a cell's document; None of one that ships.

    Parameters
    ----------
    name_or_path : str or Path
        As :func:`load_cell_spec` takes it.
    """
    return None if str(name_or_path) in bundled_names(FOLDER) else Path(name_or_path).parent


def _of_cycles(spec: CellSpec, where: str) -> CellSpec:
    if spec.cycles > MOST_CYCLES:
        raise InputError(f"{spec.cycles} cycles in all; expected at most {MOST_CYCLES}", where=where)
    return spec


def load_cell_spec(name_or_path: str | Path) -> CellSpec:
    """Load a bundled cell by name, or a TOML file.

    Parameters
    ----------
    name_or_path : str or Path
        Name of a bundled cell, as ``heos-na-coin``, or a TOML file.

    Raises
    ------
    InputError
        Where there is neither, or a key is wrong.
    """
    text, where = read_text(str(name_or_path), folder=FOLDER)
    return cell_spec_from_text(text, where=where, folder=folder_of(name_or_path))


def experiment_from_spec(spec: CellSpec, parameters: dict[str, Any]) -> Any:
    """Return the protocol as a ``pybamm.Experiment``; one of its cycles for each of the specification.

    A half cell begins with discharge. A full cell is assembled discharged and begins with charge.

    Parameters
    ----------
    spec : CellSpec
        Cell, material and protocol that are to be run.
    parameters : dict
        The parameter set that goes with it: active mass and cut-offs are taken from it.
    """
    from topotaxy.cell.environment import load_pybamm

    pybamm = load_pybamm()
    mass = float(parameters["Active mass [g]"])
    low, high = (float(parameters[f"{end} voltage cut-off [V]"]) for end in ("Lower", "Upper"))
    cycles = []
    for block, current in spec.currents():
        charge = current if block.charge_current is None else block.charge_current
        down = _half(pybamm, "Discharge", current * mass, low, block)
        up = _half(pybamm, "Charge", charge * mass, high, block)
        cycles.append((*down, *up) if spec.cell.counter == "metal" else (*up, *down))
    return pybamm.Experiment(cycles)


def _half(pybamm: Any, word: str, amperes: float, voltage: float, block: Block) -> list[Any]:
    sign = 1.0 if word == "Discharge" else -1.0
    steps = [
        pybamm.step.current(sign * amperes, termination=f"{voltage} V", duration=f"{LONGEST_HOURS:g} hours")
    ]
    if block.hold is not None:
        seconds = block.hold_time * 3600.0
        steps.append(pybamm.step.voltage(voltage, termination=f"{block.hold * amperes} A", duration=seconds))
    if block.rest > 0.0:
        steps.append(pybamm.step.rest(duration=block.rest * 3600.0))
    return steps

"""One paper as data: the protocols behind the numbers it states of cells, and what is read from each.

The files stand in ``bundled/papers``; the claims themselves in ``bundled/claims``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from topotaxy.observables import Role
from topotaxy.spec import Count, Number, SpecificCurrent, validated
from topotaxy.toml_documents import bundled_names, read_text

FOLDER = "papers"

Read = Literal["discharge", "charge", "efficiency", "mean efficiency", "retention", "discharge voltage"]
"""What is read from a run, of the cell: capacities (mAh/g), coulombic efficiency, its mean from the second
cycle on, retention against the reference cycle, mean voltage of the discharge (V)."""


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class LegSection(_Section):
    """So many cycles at one current (A/g)."""

    cycles: Count = Field(ge=1, le=100_000)
    current: SpecificCurrent


class PaperRun(_Section):
    """One protocol: table of branches, material of the ledger, counter electrode, legs.

    ``cathode`` is the counter electrode as the ledger calls it; empty for the alkali metal. ``diameter``
    names the assumption of the cell that is the size of the particles, where it is not the usual one.
    ``curves`` lists cycles whose curves are kept.
    """

    title: str
    table: str
    material: str
    cathode: str = ""
    diameter: str = ""
    legs: tuple[LegSection, ...] = Field(min_length=1)
    curves: tuple[Annotated[int, Field(ge=1)], ...] = ()

    @property
    def role(self) -> Role:
        """What the cell is."""
        return "full-cell" if self.cathode else "half-cell-anode"

    def currents(self) -> Iterator[float]:
        """Current (A/g) of each cycle in order."""
        for leg in self.legs:
            for _ in range(leg.cycles):
                yield leg.current


class PaperNumber(_Section):
    """One computed claim; ``quotient_of`` names the claims whose quotient it is.

    ``over`` names another number that this one is divided by.
    """

    claim: str
    run: str
    read: Read
    cycle: Count = Field(ge=1)
    how: str
    quotient_of: tuple[str, ...] = ()
    over: str = ""


class Target(_Section):
    """What a posterior of the cell does with one claim.

    ``use``: ``fit`` (its likelihood counts), ``bound`` (only on one side of it), ``held-out`` (predicted).
    ``sigma`` is the scatter that stated numbers and the model's own shortcomings are given, in the
    claim's unit;
    ``value`` reads a claim in words as a number; ``condition`` says what the prediction hangs on besides.
    """

    claim: str
    use: Literal["fit", "bound", "held-out"]
    sigma: Number = Field(gt=0.0)
    value: Number | None = None
    why: str
    condition: str = ""


class Imposed(_Section):
    """A claim that is a parameter of the cell, put in."""

    claim: str
    parameter: str
    how: str


class RateMap(_Section):
    """Capacity against current (A/g) by diameter (nm), after one cycle at ``first`` (A/g)."""

    table: str
    first: SpecificCurrent
    currents: tuple[SpecificCurrent, ...]
    diameters: tuple[Number, ...]


class PaperProtocol(_Section):
    """All runs and numbers of one paper.

    ``draws`` is the table of draws of the lattice that its posterior is made on, ``target`` what that is
    fitted to.
    """

    schema_: Literal["topotaxy/paper/1"] = Field(alias="schema")
    claims: str
    runs: dict[str, PaperRun]
    number: tuple[PaperNumber, ...]
    imposed: tuple[Imposed, ...] = ()
    draws: str = ""
    target: tuple[Target, ...] = ()
    rate_map: RateMap

    @model_validator(mode="after")
    def _complete(self) -> PaperProtocol:
        for number in self.number:
            if number.run not in self.runs:
                raise ValueError(f"number {number.claim}: there is no run {number.run!r:.60}")
            if number.cycle > sum(leg.cycles for leg in self.runs[number.run].legs):
                raise ValueError(f"number {number.claim}: its run has no cycle {number.cycle}")
        computed = self.computed()
        for name in (*(t.claim for t in self.target), *(n.over for n in self.number if n.over)):
            if name not in computed:
                raise ValueError(f"there is no number {name!r:.60}")
        return self

    def computed(self) -> dict[str, PaperNumber]:
        """Return the computed numbers by claim."""
        return {number.claim: number for number in self.number}


def paper_names() -> list[str]:
    """Names of the bundled papers."""
    return bundled_names(FOLDER)


def load_paper(name_or_path: str) -> PaperProtocol:
    """Load a bundled paper by name, or a TOML file.

    Parameters
    ----------
    name_or_path : str
        Such as ``fang2022``.

    Raises
    ------
    InputError
        Where there is neither, or a key is wrong.
    """
    text, where = read_text(name_or_path, folder=FOLDER)
    return validated(PaperProtocol, text, where=where)

"""The claims ledger: what a publication states, as data.

A ledger is a TOML file with one ``[paper]``, the materials and cells that it speaks of,
and a list of ``[[claim]]``. It records facts in the words of whoever wrote the ledger,
never the sentences of the publication.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any, Literal

from pydantic import Field, model_validator

from topotaxy.errors import InputError, choices
from topotaxy.evidence.claim_fields import Current, Cycle, Name, Number, Size, Text, reflection
from topotaxy.evidence.claim_sections import Cell, Material, Paper, Role, Section, Side
from topotaxy.evidence.stated import Stated, read_stated
from topotaxy.evidence.written import read_written
from topotaxy.observables import VOCABULARY, Bound, Conditions, Observable, State, observable

__all__ = ["Cell", "Claim", "Ledger", "Material", "Paper", "Role", "Side"]

Kind = Literal["value", "order", "presence"]

_BOUND: dict[str, Bound] = {"at least": "lower", "at most": "upper"}

RATIOS = ("coulombic_efficiency", "initial_coulombic_efficiency", "capacity_retention")
"""Dimensionless quantities that are quotients of capacities, and so positive."""


class Claim(Section):
    """One claim.

    Attributes
    ----------
    id, kind:
        Unique name; ``value`` (a number), ``order`` (an inequality or an equality),
        ``presence`` (something is or is not seen).
    material, cell, phase:
        Ids of the ledger's own ``[material.*]`` and ``[cell.*]``; ``phase`` is the material
        whose symmetry governs a reflection where that is not ``material``.
    quantity, value, resolution, uncertainty, bound, mean:
        See :func:`topotaxy.evidence.stated.read_stated`; ``mean`` marks an average over the
        cycles up to ``cycle``.
    state, subject, technique, method:
        As in :class:`topotaxy.observables.Observable`.
    current, cycle, reference_cycle, particle_size:
        A/g; the cycle of the number; for a retention the cycle it refers to, where stated;
        nm.
    reflections, zone_axis, seen:
        Of a presence claim on diffraction; ``seen = false`` where something is said to be absent.
    relation, left, right, extent:
        Of an order claim: ``left`` is greater than, less than or equal to ``right``, and by how much where
        the paper says so in words.
    where, states:
        Section or figure; the claim in our own words.
    """

    id: Name
    kind: Kind
    material: str = ""
    cell: str = ""
    phase: str = ""
    quantity: str = ""
    value: Number | None = None
    resolution: Number | None = None
    uncertainty: Number | None = None
    bound: Literal["at least", "at most", "about"] | None = None
    mean: bool = False
    state: State | None = None
    subject: str = Field(default="", max_length=60)
    technique: str = Field(default="", max_length=80)
    method: Text = ""
    current: Current | None = None
    cycle: Cycle | None = None
    reference_cycle: Cycle | None = None
    particle_size: Size | None = None
    reflections: tuple[str, ...] = ()
    zone_axis: tuple[int, int, int] | None = None
    seen: bool = True
    relation: Literal["greater", "less", "equal"] | None = None
    extent: Literal["slightly", "strongly"] | None = None
    left: Side | None = None
    right: Side | None = None
    where: str = Field(default="", max_length=120)
    states: Text = ""

    @model_validator(mode="before")
    @classmethod
    def _as_written(cls, given: Any) -> Any:
        """A value as publications write it: its sign of a bound, its range or error in their own keys."""
        value = given.get("value") if isinstance(given, dict) else None
        if not isinstance(value, str):
            return given
        try:
            written = read_written(value)
        except InputError as error:
            raise ValueError(f"value: {error}") from None
        said = {
            key: getattr(written, key)
            for key in ("bound", "uncertainty", "resolution")
            if getattr(written, key) is not None
        }
        for key, found in said.items():
            if key in given and given[key] != found:
                raise ValueError(
                    f"{key}: the value {value!r:.60} says {found!r:.40} and {key} {given[key]!r:.40}"
                )
        return {**given, "value": written.value, **said}

    @model_validator(mode="after")
    def _complete(self) -> Claim:
        if self.quantity and self.quantity not in VOCABULARY:
            hint = choices(self.quantity, VOCABULARY)
            raise ValueError(
                f"quantity: there is no {self.quantity!r:.60} ('topotaxy list quantities'); {hint}"
            )
        if self.kind == "value":
            if not self.quantity or self.value is None:
                raise ValueError("a value claim needs quantity and value")
            _ = self.stated
        elif self.value is not None:
            raise ValueError(f"value: a claim of kind {self.kind!r} carries none")
        if self.kind == "order" and (self.left is None) != (self.right is None):
            raise ValueError("an order claim gives both left and right, or neither")
        if self.left is not None and self.relation is None:
            raise ValueError("relation: is missing beside left and right")
        for text in self.reflections:
            if reflection(text) is None:
                raise ValueError(f"reflections: expected Miller indices such as '(111)', got {text!r:.40}")
        return self

    @cached_property
    def stated(self) -> Stated:
        """The number of a value claim; other kinds have none (ValueError)."""
        if self.value is None:
            raise ValueError("value: is missing")
        try:
            number = read_stated(
                self.value,
                unit=VOCABULARY[self.quantity].unit,
                resolution=self.resolution,
                uncertainty=self.uncertainty,
                bound=self.bound,
            )
        except InputError as error:
            text = str(error)
            raise ValueError(
                text if text.startswith(("resolution", "uncert")) else f"value: {text}"
            ) from None
        positive = VOCABULARY[self.quantity].unit in {"mAh/g", "Å", "nm"} or self.quantity in RATIOS
        if positive and number.value <= 0.0:
            raise ValueError(f"value: expected a positive {self.quantity}, got {self.value!r:.40}")
        return number

    @property
    def reflection(self) -> tuple[int, int, int] | None:
        """Miller indices of the subject, or ``None`` where the subject is no reflection."""
        return reflection(self.subject)


class Ledger(Section):
    """All claims of one publication."""

    schema_: Literal["topotaxy/claims/1"] = Field(default="topotaxy/claims/1", alias="schema")
    paper: Paper
    material: dict[str, Material] = Field(default_factory=dict)
    cell: dict[str, Cell] = Field(default_factory=dict)
    claim: tuple[Claim, ...] = Field(min_length=1)

    @property
    def claims(self) -> tuple[Claim, ...]:
        """The claims, in the order of the file."""
        return self.claim

    def values(self, *quantities: str, where: Callable[[Claim], bool] | None = None) -> list[Claim]:
        """Value claims of any of these quantities, in the order of the file.

        Parameters
        ----------
        *quantities : str
            Words of the vocabulary.
        where : callable, optional
            Claims for which it is false are left out.
        """
        return [
            c
            for c in self.claim
            if c.kind == "value" and c.quantity in quantities and (where is None or where(c))
        ]

    def role(self, claim: Claim) -> Role | None:
        """Role of the claim's cell, or ``None`` where it names none.

        Parameters
        ----------
        claim : Claim
            One claim of the ledger.
        """
        return self.cell[claim.cell].role if claim.cell else None

    def ion(self, claim: Claim) -> str | None:
        """Alkali ion of the claim's cell, or ``None`` where it names none.

        Parameters
        ----------
        claim : Claim
            One claim of the ledger.
        """
        return self.cell[claim.cell].ion if claim.cell else None

    def cells_of(self, material: str, *roles: Role) -> list[str]:
        """Cells of these roles in which some claim is made on the material.

        Parameters
        ----------
        material : str
            Name of a material of the ledger.
        """
        named = {c.cell for c in self.claim if c.material == material and c.cell}
        return [name for name, cell in self.cell.items() if name in named and cell.role in roles]

    def observables(self) -> list[Observable]:
        """Value claims as observables of origin ``stated``.

        The uncertainty is that of rounding (or the paper's own); "at least" and "at most" become bounds.
        """
        return [self.observable(c) for c in self.claim if c.kind == "value"]

    def observable(self, claim: Claim) -> Observable:
        """Return a value claim as an observable of origin ``stated``, with all conditions that it names.

        Parameters
        ----------
        claim : Claim
            One claim of the ledger.
        """
        words = [
            claim.method,
            "about" if claim.bound == "about" else "",
            "mean over the cycles" if claim.mean else "",
        ]
        return observable(
            claim.quantity,
            claim.stated.value,
            uncertainty=claim.stated.sigma,
            bound=_BOUND.get(claim.bound or ""),
            state=claim.state,
            subject=claim.subject,
            conditions=self.conditions(claim),
            technique=claim.technique,
            origin="stated",
            method="; ".join(w for w in words if w),
            source=f"{self.paper.doi or self.paper.citation}#{claim.id}",
        )

    def conditions(self, claim: Claim) -> Conditions:
        """Return the conditions that a claim names; a material without a formula goes by its id.

        Parameters
        ----------
        claim : Claim
            One claim of the ledger.
        """
        material = self.material.get(claim.material)
        cell = self.cell.get(claim.cell)
        return Conditions(
            sample=(material.formula if material is not None else "") or claim.material,
            role=None if cell is None else cell.role,
            cycle=claim.cycle,
            reference_cycle=claim.reference_cycle,
            current=claim.current,
            particle_size=claim.particle_size,
            electrode="" if cell is None else (cell.cathode or cell.ion),
            lower_cutoff=None if cell is None else cell.lower_cutoff,
            upper_cutoff=None if cell is None else cell.upper_cutoff,
        )

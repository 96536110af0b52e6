"""``topotaxy new``: a commented file to begin with."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from topotaxy.cli.output import message

NEXT = {
    "electrode": "topotaxy simulate {file}",
    "cell": "topotaxy simulate {file}",
    "claims": "topotaxy audit {file}",
    "sample": "topotaxy analyse FILE --sample {file}",
    "mapping": "topotaxy analyse FILE.csv --mapping {file}",
}

SIMULATED = ("electrode", "cell")
"""Kinds whose formula the lattice has to hold."""


def new(
    kind: Annotated[str, typer.Argument(help="electrode, cell, claims, sample or mapping.", metavar="KIND")],
    file: Annotated[Path, typer.Argument(help="The file to write, as mine.toml.", metavar="FILE")],
    formula: Annotated[str | None, typer.Option(help="Formula to put in.", metavar="FORMULA")] = None,
    ion: Annotated[str | None, typer.Option(help="Li, Na or K.", metavar="ION")] = None,
) -> None:
    """Write a commented file to begin with: an electrode, a cell, claims of a paper, a sample, a mapping.

    Every key is there with what it means; a file that exists is never replaced.

    Examples:

    topotaxy new electrode mine.toml --formula Ni0.8Mg0.2O --ion Na

    topotaxy new cell coin.toml --formula Ni0.8Mg0.2O --ion Na

    topotaxy new claims paper.toml
    """
    from topotaxy.templates import begun_file

    if formula is not None:
        formula = _held(formula, ion) if kind in SIMULATED else _written(formula)
    path = begun_file(kind, file, formula=formula, ion=ion)
    message(f"written: {path}")
    message(f"next:    {NEXT[kind].format(file=path)}")


def _written(formula: str) -> str:
    """A formula as it is to be written; refused where it is none."""
    from topotaxy.material import parse_formula

    return parse_formula(formula).formula


def _held(formula: str, ion: str | None) -> str:
    """A formula that the reactive lattice holds; of others the file would be refused when it is simulated."""
    from topotaxy.energetics import lattice_energies
    from topotaxy.material import IONS, parse_formula
    from topotaxy.material.phases import T_STANDARD
    from topotaxy.templates import EXAMPLE

    found = parse_formula(formula)
    lattice_energies(found, ion if ion in IONS else EXAMPLE[1], T_STANDARD)
    return found.formula

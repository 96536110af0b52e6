"""``topotaxy describe``: what a formula alone says about a conversion electrode."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

import typer

from topotaxy.cli.output import write_json, write_tables
from topotaxy.errors import InputError


class Ion(StrEnum):
    """The alkali metals that an electrode may be cycled against."""

    LI = "Li"
    NA = "Na"
    K = "K"


def describe(
    formula: Annotated[
        str,
        typer.Argument(help="Cations and anions with amounts, as in NiO or Ni0.9Mg0.1O.", metavar="FORMULA"),
    ],
    ion: Annotated[Ion | None, typer.Option(help="Show the voltages against this metal only.")] = None,
    temperature: Annotated[
        str, typer.Option(help="Kelvin, or text with a unit such as '25 degC'.", metavar="T")
    ] = "298.15",
    json: Annotated[bool, typer.Option("--json", help="Write everything as JSON.")] = False,
) -> None:
    """Tell what a formula alone implies: voltages, capacities, lattice, entropy, stability.

    Examples:

    topotaxy describe NiO

    topotaxy describe Mg0.2Co0.2Ni0.2Cu0.2Zn0.2O0.89S0.11 --ion Na

    topotaxy describe "(MgCoNiCuZn)0.2O" --temperature "60 degC" --json
    """
    from topotaxy.material import describe as description_of

    document = description_of(formula, temperature=_kelvin(temperature))
    if json:
        write_json(_for_ion(document, ion))
    else:
        from topotaxy.cli.description import sections

        write_tables(*sections(_for_ion(document, ion)))


def _kelvin(text: str) -> float:
    from pydantic import TypeAdapter, ValidationError

    from topotaxy.spec import Temperature
    from topotaxy.toml_faults import first_error

    try:
        return float(TypeAdapter(Temperature).validate_python(text))
    except ValidationError as error:
        raise InputError(first_error(error), where="--temperature") from None


def _for_ion(document: dict[str, Any], ion: Ion | None) -> dict[str, Any]:
    """Keep of what is given for each alkali metal the one asked for."""
    if ion is None:
        return document
    others = {other.value for other in Ion} - {ion.value}
    kept = {
        key: {k: v for k, v in value.items() if k not in others} if isinstance(value, dict) else value
        for key, value in document.items()
    }
    # Cations carry the names of ions too: a host may hold Li, and its share stays.
    kept |= {key: document[key] for key in ("cations", "anions", "valences")}
    kept["notes"] = [n for n in document["notes"] if not n.startswith(tuple(f"against {o}" for o in others))]
    kept["absent"] = {
        key: reason for key, reason in document["absent"].items() if not others & {*key.split(".")[1:2]}
    }
    return kept

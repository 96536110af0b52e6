"""What is asked for: a specification or a cell, by name, file or formula, with options put in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from topotaxy.errors import InputError, choices
from topotaxy.material.capacity import current_of_rate, is_rate
from topotaxy.material.composition import Composition, in_capitals, parse_formula
from topotaxy.spec import SHORTHAND, Spec
from topotaxy.toml_documents import bundled_names, in_line, parse_toml, read_text
from topotaxy.toml_faults import first_error

if TYPE_CHECKING:
    from topotaxy.cell.protocol import CellSpec


_LIKE_A_FORMULA = re.compile(r"[A-Z(][A-Za-z0-9.,()]{0,199}")
"""What begins like a formula and has nothing in it that a formula has not."""

_EXPONENT = re.compile(r"^[A-Z(][A-Za-z0-9.,()]*\d[eE][+-]?\d[A-Za-z0-9.,()+-]{0,150}$")
"""A formula one of whose amounts is written as 1e-9 is."""


def specification_or_cell(
    asked: Spec | str | Path | Mapping[str, Any], options: Mapping[str, Any] | None = None
) -> Spec | CellSpec:
    """Return what a name, a file, a document or a formula means: a run of the lattice, or a cell.

    What cannot be read at all is left to the lattice's loader, which says why.

    Parameters
    ----------
    asked : Spec, str, Path or mapping
        A specification, a bundled name, the path of a TOML file, the content of one, or a formula.
    options : mapping, optional
        As for :func:`asked_specification`; a cell has none of them.

    Raises
    ------
    InputError
        Where it is none of them, or an option does not fit.
    """
    options = {key: value for key, value in (options or {}).items() if value is not None}
    cell = None if isinstance(asked, Spec) else _cell(asked)
    if cell is None:
        return asked_specification(asked, **options)
    for name in options:
        flag = f"--{name.replace('_', '-')}"
        raise InputError(f"{flag} is an option of lattice runs; a cell has none", where="command line")
    return cell


def _cell(asked: str | Path | Mapping[str, Any]) -> CellSpec | None:
    """The cell that a bundled name, a file or a document is; None of anything else."""
    from topotaxy.cell.protocol import cell_spec_from_document, cell_spec_from_text, folder_of, is_cell

    if isinstance(asked, Mapping):
        return cell_spec_from_document(asked) if is_cell(dict(asked)) else None
    if str(asked) in bundled_names("specs"):
        return None
    try:
        text, where = read_text(str(asked), folder="cells")
        document = parse_toml(text, where=where)
    except InputError:
        return None
    return cell_spec_from_text(text, where=where, folder=folder_of(asked)) if is_cell(document) else None


def asked_specification(asked: Spec | str | Path | Mapping[str, Any], **options: Any) -> Spec:
    """Return a specification, with options in place of what it says.

    Parameters
    ----------
    asked : Spec, str, Path or mapping
        A specification, a bundled name, the path of a TOML file, the content of one, or a formula.
    **options
        Keys of :data:`topotaxy.spec.SHORTHAND`; a formula needs ``ion``. ``current`` and
        ``charge_current`` may be rates, such as ``"C/10"``, of the capacity of all reducible cations.

    Raises
    ------
    InputError
        Where it is none of these, or an option breaks a rule.
    """
    for name in options:
        if name not in SHORTHAND:
            raise InputError(f"no option {name!r:.40}; expected one of {', '.join(SHORTHAND)}")
    given = {key: value for key, value in options.items() if value is not None}
    if isinstance(asked, Spec):
        return _replaced(asked, given)
    if isinstance(asked, Mapping):
        return _replaced(_validated(dict(asked), where="specification"), given)
    composition = _formula(str(asked))
    if composition is None:
        text, where = read_text(str(asked), folder="specs")
        return _replaced(_validated(parse_toml(text, where=where), where=where, text=text), given)
    if "ion" not in given:
        example = f"topotaxy simulate {composition.formula} --ion Na"
        raise InputError(f"a formula needs its alkali: {example}", where=f"{asked!s:.80}")
    return _validated({"formula": composition.formula, **given}, where="command line")


def _replaced(spec: Spec, given: Mapping[str, Any]) -> Spec:
    """The specification with options in the place of what it says, under the same rules."""
    if not given:
        return spec
    document = spec.model_dump()
    for name, value in given.items():
        document[SHORTHAND[name]][name] = value
    return _validated(document, where="command line")


def _formula(text: str) -> Composition | None:
    """The composition, where a text is a formula and neither a bundled name nor a file."""
    if text in bundled_names("specs") or Path(text).suffix == ".toml" or _is_there(text):
        return None
    try:
        return parse_formula(text)
    except InputError as error:
        if _EXPONENT.search(text) is not None:
            told = "amounts are plain decimals, such as 0.001, without an exponent"
            raise InputError(f"neither a file nor a bundled name; as a formula: {told}", where=text) from None
        if _LIKE_A_FORMULA.fullmatch(text) is None:
            right = in_capitals(text)
            if right is None:
                return None
            near = choices(text, bundled_names("specs"))
            said = f"no such file, and not a bundled name; as a formula it would be {right}; {near}"
            raise InputError(said, where=text) from None
        raise InputError(f"neither a file nor a bundled name; as a formula: {error}") from None


def _is_there(text: str) -> bool:
    try:
        return Path(text).exists()
    except (OSError, ValueError):
        return False


def _validated(document: dict[str, Any], *, where: str, text: str = "") -> Spec:
    from pydantic import ValidationError

    try:
        return Spec.model_validate(_with_current(Spec.in_sections(document)))
    except ValidationError as error:
        said = first_error(error, model=Spec, known=tuple(SHORTHAND))
        raise InputError(said, where=in_line(text, error, where=where)) from None
    except InputError:
        raise
    except ValueError as error:
        raise InputError(str(error), where=where) from None


def _with_current(document: dict[str, Any]) -> dict[str, Any]:
    """The document with rates in the place of its currents turned into A/g."""
    protocol, electrode = document.get("protocol"), document.get("electrode")
    if not isinstance(protocol, dict) or not isinstance(electrode, dict):
        return document
    rates = [key for key in ("current", "charge_current") if is_rate(protocol.get(key))]
    if not rates:
        return document
    formula = parse_formula(str(electrode.get("formula")))
    currents = {key: current_of_rate(protocol[key], formula)[0] for key in rates}
    return {**document, "protocol": {**protocol, **currents}}


def with_options(spec: Spec, options: Mapping[str, Mapping[str, int | None]]) -> Spec:
    """Return the specification with the options in place, under the same rules.

    Parameters
    ----------
    spec : Spec
        The specification.
    options : mapping
        For each section the keys to replace; None leaves a key as it is.

    Raises
    ------
    InputError
        Where an option breaks one of them.
    """
    document = spec.model_dump()
    for section, keys in options.items():
        document[section].update({key: value for key, value in keys.items() if value is not None})
    return _validated(document, where="command line")


def check_material(spec: Spec, *, where: str) -> None:
    """Refuse a formula that cannot be used before the kernel loads, which takes seconds.

    Parameters
    ----------
    spec : Spec
        Electrode, cell, protocol and lattice that are asked for.
    where : str
        What to call it in the error.

    Raises
    ------
    InputError
        Where a formula or its grains cannot be used.
    """
    from topotaxy.material.grains import electrode_grains

    try:
        electrode_grains(spec.electrode)
    except InputError as error:
        raise InputError(str(error), where=where) from None

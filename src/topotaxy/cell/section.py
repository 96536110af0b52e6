"""What is in a cell: its material by name, file or formula, the counter electrode, parameters by hand.

A material is draws of the lattice that are there, or a specification of the lattice of which they are to be
made. The specification becomes part of the cell when the document is read, so that a cell that was run stands
on nothing else.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, model_validator

from topotaxy.cell.material import alkali_of, cell_material, names_draws, shipped_material
from topotaxy.errors import InputError
from topotaxy.material import Composition, parse_formula
from topotaxy.spec import Number, Spec, load_spec, spec_from_text
from topotaxy.toml_documents import bundled_names, parse_toml, read_text

FOLDER_OF_THE_DOCUMENT = "folder"
"""Key of a validation's context: from where the path of a material counts."""

IONS = ("Li", "Na", "K")

_LIKE_A_FORMULA = re.compile(r"[A-Z(][A-Za-z0-9.,()]*")


class CellSection(BaseModel):
    """Conversion material, its alkali, counter electrode, parameters put in by hand.

    ``material`` names draws that ship (``heos-na``) or lie in a file (``mine-na`` for ``mine.npz``), a
    specification of the lattice that ships (``ni06mg04o-na``), the file of one within the folder of the
    document, or it is a formula, which needs ``ion``. ``specification`` is what the last three come to; a
    formula of which draws ship becomes their name.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    material: Annotated[str, Field(min_length=1, max_length=400)]
    ion: Literal["Li", "Na", "K"] | None = None
    specification: Spec | None = None
    counter: Literal["metal", "Na3V2(PO4)3"] = "metal"
    parameters: dict[str, Number] = {}

    @model_validator(mode="before")
    @classmethod
    def _specified(cls, given: Any, info: ValidationInfo) -> Any:
        if not isinstance(given, dict) or given.get("specification") is not None:
            return given
        material, ion = given.get("material"), given.get("ion")
        if not isinstance(material, str) or ion not in (None, *IONS):
            return given
        folder = (info.context or {}).get(FOLDER_OF_THE_DOCUMENT)
        specification = specification_of(material, ion, folder=folder)
        if specification is not None and not _is_name_or_file(material):
            shipped = shipped_material(parse_formula(material), specification.cell)
            if shipped is not None:
                return {**given, "material": shipped}
        return {**given, "specification": specification}

    @model_validator(mode="after")
    def _one_alkali(self) -> CellSection:
        said = alkali_of(self.material) if self.specification is None else self.specification.cell.ion
        if None not in (self.ion, said) and self.ion != said:
            raise ValueError(f"ion: {self.material!r:.60} is with {said}, got {self.ion}; leave ion out")
        return self

    @property
    def formula(self) -> str:
        """Of the material, as it is written where it stands."""
        if self.specification is not None:
            return self.specification.electrode.formula
        return cell_material(self.material).formula


def specification_of(material: str, ion: str | None = None, *, folder: Path | None = None) -> Spec | None:
    """Return the specification of the lattice that a material names; None where it names no such thing.

    Parameters
    ----------
    material : str
        As :class:`CellSection` takes it.
    ion : str, optional
        The alkali metal, for a formula: Li, Na or K.
    folder : Path, optional
        From which a path counts, and out of which none leads; by default that of the process.

    Raises
    ------
    InputError
        Where a file is no specification or lies elsewhere, or a formula cannot be used or has no alkali.
    """
    if names_draws(material):
        return None
    if material in bundled_names("specs"):
        return load_spec(material)
    if _is_name_or_file(material):
        return _specification_in(folder or Path(), material)
    composition = _composition(material, (folder or Path()) / f"{material}.toml")
    if composition is None:
        return None
    if ion is None:
        raise InputError(f'material {material!r:.80} is a formula and needs its alkali beside it: ion = "Na"')
    return Spec.model_validate({"formula": composition.formula, "ion": ion})


def _is_name_or_file(material: str) -> bool:
    return material.endswith(".toml") or material in bundled_names("specs")


def _is_there(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # no name that a file can have
        return False


def _specification_in(folder: Path, name: str) -> Spec:
    """The specification of a file within a folder: neither a path nor a link leads out of it."""
    try:
        inside = (folder / name).resolve().is_relative_to(folder.resolve())
    except (OSError, ValueError, RuntimeError):
        inside = False
    if not inside or Path(name).is_absolute():
        raise InputError(
            f"material {name!r:.80} is no file within the folder of the cell; expected a path from there"
        )
    text, where = read_text(str(folder / name), folder="specs")
    said = parse_toml(text, where=where).get("cell")
    if isinstance(said, dict) and "material" in said:
        raise InputError(
            "is a cell's file; expected an electrode's, with [electrode] and its formula", where=where
        )
    return spec_from_text(text, where=where)


def _composition(text: str, file: Path) -> Composition | None:
    """The composition of a formula; None of what does not look like one, nor lacks a file's ending only."""
    try:
        return parse_formula(text)
    except InputError as error:
        if _is_there(file):
            said = f"material {text!r:.80}: expected its file's whole name, {text:.80}.toml"
            raise InputError(said) from None
        if _LIKE_A_FORMULA.fullmatch(text) is None:
            return None
        raise InputError(f"material: neither a name nor a file; as a formula: {error}") from None

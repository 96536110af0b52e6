"""Every number that enters the lattice, with its range, its label and the row it stands in.

Three kinds: what no handbook gives (``tables/assumptions.csv``), handbook values of end members,
and what interatomic potentials say (:mod:`topotaxy.energetics.confinement`), which at present
stands beside a run as a check and enters none.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass

from topotaxy.energetics.assumptions import assumptions_with
from topotaxy.energetics.confinement import (
    ConfinedCation,
    Confinement,
    stiffness_inside,
    what_atoms_say,
)
from topotaxy.energetics.potential_tables import PotentialNumber
from topotaxy.errors import InputError
from topotaxy.material import FARADAY, IONS, Composition, compound, formation_gibbs, salt
from topotaxy.material.mixing import assumption as material_assumption
from topotaxy.material.phases import phases
from topotaxy.tables import read_table

LABELS = ("handbook", "imposed", "calibrated", "check")
"""handbook: measured and tabulated; imposed: an estimate or a choice; calibrated: fitted (see
``calibration.csv``); check: computed from atoms and printed beside the run, without effect on it."""


@dataclass(frozen=True, kw_only=True)
class LatticeInput:
    """One number with what it rests on.

    ``subject`` is what the number belongs to (a phase, a metal); empty for a parameter of the
    model. ``low`` and ``high`` bound what is defensible, None where the source gives no range.
    ``row`` names the table and the row in it.
    """

    name: str
    subject: str
    value: float
    unit: str
    low: float | None
    high: float | None
    label: str
    meaning: str
    source: str
    row: str

    def document(self) -> dict[str, str | float | None]:
        """Return the input as plain data, for the provenance of a run."""
        return asdict(self)


def lattice_inputs(
    composition: Composition,
    ion: str,
    temperature: float,
    *,
    overrides: Mapping[str, float] | None = None,
) -> tuple[LatticeInput, ...]:
    """Return every input of a lattice of ``composition`` against ``ion`` at ``temperature`` (K).

    First the parameters of the model, then the handbook values, then what atoms say.

    Parameters
    ----------
    composition : Composition
        Cations and anions with their amounts and valences.
    ion : str
        The alkali metal: Li, Na or K.
    temperature : float
        Temperature of the cell, K.
    overrides : mapping of str to float, optional
        Values in place of those of ``tables/assumptions.csv``, by name.

    Raises
    ------
    InputError
        For an unknown override, and for a handbook value that is not tabulated.
    """
    return (
        *_parameters(overrides),
        *_formation_energies(composition, ion, temperature),
        *_transformations(composition),
        *_metals(composition),
        *_volumes(composition, ion),
        *_lattice_parameters(composition),
        *_moduli(composition),
        *_interface_storage(),
        *_from_atoms(composition, ion),
    )


def atoms_document(
    compositions: Sequence[Composition], ion: str, stiffness_range: tuple[float, float]
) -> dict[str, object]:
    """Return what atoms say of the phases of an electrode, as plain data for its provenance.

    ``stiffness_range`` (eV) is the range of the assumption that K is set beside. Under ``tables``
    one entry for each shipped table that matches; where there is none, ``absent`` says so.

    Parameters
    ----------
    compositions : sequence of Composition
        Compositions of the phases of the electrode; one where it is a single phase.
    ion : str
        The alkali metal: Li, Na or K.
    stiffness_range : tuple of float
        Lower and upper end of the range of the assumption, eV.
    """
    found = [said for composition in compositions for said in what_atoms_say(composition, ion)]
    formulas = ", ".join(composition.formula for composition in compositions)
    return {
        "tables": [_confinement_document(said, stiffness_range) for said in found],
        "absent": "" if found else f"no table that ships with this version holds {formulas} with {ion}",
    }


def _confinement_document(found: Confinement, stiffness_range: tuple[float, float]) -> dict[str, object]:
    low, high = stiffness_range
    return {
        "name": found.name,
        "potential": found.table.version,
        "cations": [_cation_document(found.name, c) for c in found.cations],
        "stiffness": asdict(found.stiffness)
        | {"unit": "eV", "agrees": stiffness_inside(found.stiffness, low=low, high=high)},
    }


def _cation_document(name: str, cation: ConfinedCation) -> dict[str, object]:
    displacement = cation.displacement
    return {
        "element": cation.element,
        "displacement_voltage": displacement.value,
        "standard_error": displacement.standard_error,
        "sites": displacement.sites,
        "systematic_error": displacement.systematic_error,
        "systematic_basis": displacement.systematic_basis,
        "bulk": None if cation.bulk is None else cation.bulk.subject,
        "bulk_voltage": None if cation.bulk is None else cation.bulk.value,
        "cost": cation.cost,
        "swelling_volume": None if cation.swelling is None else cation.swelling.value,
        "row": row_of(name, displacement),
    }


def row_of(name: str, number: PotentialNumber) -> str:
    """Name a row of a potential's table, such as ``heo-na-chgnet: displacement_voltage Ni removed``.

    Parameters
    ----------
    name : str
        Name of the table, as ``heo-na-chgnet``.
    number : PotentialNumber
        A row of the table.
    """
    words = " ".join(word for word in (number.quantity, number.subject, number.condition) if word)
    return f"{name}: {words}"


def _parameters(overrides: Mapping[str, float] | None) -> Iterator[LatticeInput]:
    for row in assumptions_with(overrides).values():
        given = overrides is not None and row.name in overrides
        place = "lattice.parameters." if given else "energetics/tables/assumptions.csv: "
        yield LatticeInput(
            **row.document(),  # type: ignore[arg-type]
            subject="",
            row=place + row.name,
        )


def _handbook(
    package: str, table: str, key: Mapping[str, str], columns: Mapping[str, tuple[str, str, str]]
) -> Iterator[LatticeInput]:
    """Yield the columns, column: (name, unit, meaning), of the one row whose cells equal ``key``."""
    subject = "-".join(key.values())
    found = [r for r in read_table(f"topotaxy.{package}", table) if all(r[k] == v for k, v in key.items())]
    if not found:
        raise InputError(f"no row {subject} in {package}/tables/{table}.csv")
    row = found[0]
    estimated = row.get("kind") in ("estimate", "calculated") or row["source"].startswith("estimate")
    for column, (name, unit, meaning) in columns.items():
        yield LatticeInput(
            name=name,
            subject="" if subject == name else subject,
            value=float(row[column]),
            unit=unit,
            low=float(row["low"]) if row.get("low") else None,
            high=float(row["high"]) if row.get("high") else None,
            label="imposed" if estimated else "handbook",
            meaning=meaning,
            source=row["source"],
            row=f"{package}/tables/{table}.csv: {subject}",
        )


def _formation_energies(composition: Composition, ion: str, temperature: float) -> Iterator[LatticeInput]:
    """Yield the phases that contacts of cations and alkali take their energies from.

    The range of a host's phase is the uncertainty of two-electron voltages, as an energy.
    """
    spread = 2.0 * FARADAY * material_assumption("voltage_uncertainty")
    hosts, salts = [], [salt(ion, anion) for anion in composition.anions]
    for element in composition.cations:
        for anion in composition.anions:
            if element in IONS:
                salts.append(salt(element, anion))
                continue
            hosts.append(compound(element, anion, 2))
            if compound(element, anion, 1) in phases():
                hosts.append(compound(element, anion, 1))
    for phase in dict.fromkeys((*hosts, *salts)):
        value = formation_gibbs(phase, temperature)
        yield LatticeInput(
            name="formation_gibbs",
            subject=phase,
            value=value,
            unit="J/mol",
            low=value - spread if phase in hosts else None,
            high=value + spread if phase in hosts else None,
            label="handbook",
            meaning="formation Gibbs energy at the temperature of the run",
            source=phases()[phase].source,
            row=f"material/tables/phases.csv: {phase}",
        )


def _reducible(composition: Composition) -> list[str]:
    return [element for element in composition.cations if element not in IONS]


def _metals(composition: Composition) -> Iterator[LatticeInput]:
    surface = "surface energy of the metal; what metal objects cost scales with it"
    migration = "barrier of a single metal atom that moves between octahedral holes of the salt"
    for element in _reducible(composition):
        key = {"element": element}
        yield from _handbook(
            "energetics", "metals", key, {"surface_energy": ("surface_energy", "J/m^2", surface)}
        )
        yield from _handbook(
            "energetics", "migration_barriers", key, {"barrier": ("migration_barrier", "eV", migration)}
        )


def _transformations(composition: Composition) -> Iterator[LatticeInput]:
    if "O" not in composition.anions:
        return
    meaning = "from the stable structure of the monoxide to rock salt; part of the energy of its contacts"
    columns = {"enthalpy": ("transformation_enthalpy", "J/mol", meaning)}
    known = {row["cation"] for row in read_table("topotaxy.material", "transformation_enthalpies")}
    for element in _reducible(composition):
        if element in known:
            yield from _handbook("material", "transformation_enthalpies", {"cation": element}, columns)


def _volumes(composition: Composition, ion: str) -> Iterator[LatticeInput]:
    products = [*_reducible(composition), *(salt(ion, anion) for anion in composition.anions)]
    columns = {"volume": ("product_volume", "Å^3", "volume of one formula unit of the product")}
    for product in products:
        yield from _handbook("material", "product_volumes", {"formula": product}, columns)


def _lattice_parameters(composition: Composition) -> Iterator[LatticeInput]:
    columns = {"a": ("lattice_parameter", "Å", "lattice parameter of the rock salt")}
    for cation in composition.cations:
        for anion in composition.anions:
            key = {"cation": cation, "anion": anion}
            yield from _handbook("material", "lattice_parameters", key, columns)


def _moduli(composition: Composition) -> Iterator[LatticeInput]:
    """Yield what the modulus of the frame rests on; see :func:`.coherency.frame_moduli`."""
    measured = {row["cation"] for row in read_table("topotaxy.energetics", "elastic_constants")}
    meaning = "elastic constant of the rock-salt oxide"
    elastic = {c: (f"elastic_constant_{c}", "GPa", meaning) for c in ("c11", "c12", "c44")}
    bulk = {"bulk_modulus": ("bulk_modulus", "GPa", "bulk modulus of the oxide, for want of the former")}
    for element in _reducible(composition):
        key = {"cation": element}
        if element in measured:
            yield from _handbook("energetics", "elastic_constants", key, elastic)
        else:
            yield from _handbook("material", "bulk_moduli", key, bulk)
    if not measured.issuperset(_reducible(composition)):
        ratio = {"value": ("poisson_ratio", "1", "Poisson's ratio of oxides without elastic constants")}
        yield from _handbook("material", "assumptions", {"name": "poisson_ratio"}, ratio)


def _interface_storage() -> Iterator[LatticeInput]:
    meaning = "charge stored at metal/salt interfaces; for the capacity budget only"
    columns = {"value": ("interface_charge", "C/m^2", meaning)}
    yield from _handbook("material", "storage_terms", {"term": "interface_charge"}, columns)


def _from_atoms(composition: Composition, ion: str) -> Iterator[LatticeInput]:
    for found in what_atoms_say(composition, ion):
        for cation in found.cations:
            number = cation.displacement
            parts = (number.standard_error or 0.0, number.systematic_error or 0.0)
            error = sum(part * part for part in parts) ** 0.5
            yield LatticeInput(
                name=number.quantity,
                subject=number.subject,
                value=number.value,
                unit=number.unit,
                low=number.value - error if error else None,
                high=number.value + error if error else None,
                label="check",
                meaning="voltage at which the cation leaves the frame for bulk metal and 2 A+ take its place",
                source=number.origin,
                row=row_of(found.name, number),
            )

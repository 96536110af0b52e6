"""The declared schema of a dataset: groups, dimensions, types, units and meaning, as a table.

Writer, reader, tests and documentation share the tables beside this module (``tables/run.csv``, ...).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, get_args

from topotaxy.tables import read_table

if TYPE_CHECKING:
    import xarray as xr

Kind = Literal["variable", "coordinate", "attribute"]

_TYPES = {"float": "f", "int": "iu", "bool": "b", "text": "OUST"}
"""Kinds of numpy for each declared type."""


@dataclass(frozen=True, kw_only=True)
class Variable:
    """One line of a schema.

    ``group`` without its slash, empty for the root; ``dims`` in order; ``units`` empty for text and
    truth values; ``optional`` where a dataset need not have it (a group, where all of it is).
    """

    kind: Kind
    group: str
    name: str
    dims: tuple[str, ...]
    type: str
    units: str
    meaning: str
    optional: bool

    def described(self, data: Any) -> tuple[tuple[str, ...], Any, dict[str, str]]:
        """Return data with dimensions, units and meaning, as xarray takes it.

        Parameters
        ----------
        data : array
            Of the declared dimensions and unit.
        """
        units = {"units": self.units} if self.units else {}
        return self.dims, data, {**units, "long_name": self.meaning}

    def faults(self, found: xr.DataArray) -> Iterator[str]:
        """Yield what an array has other than declared.

        Parameters
        ----------
        found : DataArray
            What a dataset has of this name.
        """
        where = f"/{self.group}/{self.name}"
        if tuple(map(str, found.dims)) != self.dims:
            has = ", ".join(map(str, found.dims)) or "no dimension"
            yield f"{where} has {has} where {', '.join(self.dims)} belong"
        yield from self.other_type(found)
        if self.units and found.attrs.get("units") != self.units:
            yield f"{where} is in {found.attrs.get('units')!r}, expected {self.units!r}"

    def other_type(self, found: xr.DataArray | xr.Variable) -> Iterator[str]:
        """Yield what is said where an array is of another type than declared.

        Parameters
        ----------
        found : DataArray or Variable
            What a dataset has of this name.
        """
        if found.dtype.kind not in _TYPES[self.type]:
            yield f"/{self.group}/{self.name} is {found.dtype}, expected {self.type}"


@dataclass(frozen=True, kw_only=True)
class Schema:
    """All lines of one kind of dataset; ``name`` as in ``topotaxy/run/1``."""

    name: str
    entries: tuple[Variable, ...]

    @property
    def groups(self) -> tuple[str, ...]:
        """The groups, in order."""
        return tuple(dict.fromkeys(entry.group for entry in self.entries if entry.group))

    def of(self, group: str, *kinds: Kind) -> dict[str, Variable]:
        """Return the lines of a group by name; of some kinds only, where they are given.

        Parameters
        ----------
        group : str
            Name of the group; empty for the root.
        *kinds : {"variable", "coordinate", "attribute"}
            None for all.
        """
        return {e.name: e for e in self.entries if e.group == group and (not kinds or e.kind in kinds)}

    def dataset(
        self, group: str, data: Mapping[str, Any], *, attrs: Mapping[str, Any] | None = None
    ) -> xr.Dataset:
        """Return a group from the arrays of its variables and coordinates, each described.

        A name that is not declared is a fault of the caller (KeyError).

        Parameters
        ----------
        group : str
            Name of the group.
        data : mapping of str to array
            Variables and coordinates by name, in the declared dimensions and units.
        attrs : mapping, optional
            Attributes of the group.
        """
        import xarray as xr

        declared = self.of(group, "variable", "coordinate")
        made = {name: declared[name].described(values) for name, values in data.items()}
        variables = {name: made[name] for name in made if declared[name].kind == "variable"}
        coordinates = {name: made[name] for name in made if declared[name].kind == "coordinate"}
        return xr.Dataset(variables, coords=coordinates, attrs=dict(attrs or {}))

    def other_types(self, tree: xr.DataTree) -> list[str]:
        """Return which of the arrays that are there are of another type than declared.

        A number that is counted with has to be one, whatever else of a dataset is missing.

        Parameters
        ----------
        tree : DataTree
            As read, whole or in part.
        """
        found: list[str] = []
        for entry in self.entries:
            group = tree if not entry.group else tree.children.get(entry.group)
            if entry.kind != "attribute" and group is not None and entry.name in group.variables:
                found += entry.other_type(group.variables[entry.name])
        return found

    def faults(self, tree: xr.DataTree) -> list[str]:
        """Return what a dataset has other than declared: missing, undeclared, of other shape or unit.

        Parameters
        ----------
        tree : DataTree
            A whole dataset with its groups.
        """
        found = []
        for group in ("", *self.groups):
            declared = self.of(group)
            if group and group not in tree.children:
                if not all(entry.optional for entry in declared.values()):
                    found.append(f"there is no group /{group}")
                continue
            dataset = tree[group].to_dataset() if group else tree.to_dataset()
            for name, entry in declared.items():
                if entry.kind == "attribute":
                    present = name in dataset.attrs
                else:
                    present = name in dataset.variables
                    if present:
                        found += entry.faults(dataset[name])
                if not present and not entry.optional:
                    found.append(f"/{group} has no {entry.kind} {name}")
            names = [*map(str, dataset.variables), *map(str, dataset.attrs)]
            found += [f"/{group}/{name} is not declared" for name in names if name not in declared]
        return found


@cache
def schema_of(kind: str) -> Schema:
    """Return the schema of a kind of results: ``run`` or ``cell``.

    Parameters
    ----------
    kind : {"run", "cell"}
        Of the results.
    """
    entries = tuple(
        Variable(
            kind=_kind(row["kind"]),
            group=row["group"],
            name=row["name"],
            dims=tuple(row["dims"].split()),
            type=row["type"],
            units=row["units"],
            meaning=row["meaning"],
            optional=row["optional"] == "yes",
        )
        for row in read_table("topotaxy.results", kind)
    )
    return Schema(name=f"topotaxy/{kind}/1", entries=entries)


def _kind(text: str) -> Kind:
    kinds: tuple[Kind, ...] = get_args(Kind)
    return next(kind for kind in kinds if kind == text)


def schema_table(schema: Schema) -> str:
    """Return a schema as Markdown, for the documentation.

    Parameters
    ----------
    schema : Schema
        Of one kind of results.
    """
    lines = ["| group | name | | dimensions | type | unit | meaning |", "|---|---|---|---|---|---|---|"]
    for e in schema.entries:
        name = f"{e.name} (may be missing)" if e.optional else e.name
        cells = (f"/{e.group}", name, e.kind, " ".join(e.dims), e.type, e.units, e.meaning)
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"

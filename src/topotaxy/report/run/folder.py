"""Reading a run folder, and saying of each part that is not there why it is not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from topotaxy.content.figure import Absent
from topotaxy.errors import InputError
from topotaxy.observables import Observable, from_json
from topotaxy.results import read_dataset, schema_of
from topotaxy.results.reading import stored_object, stored_text

if TYPE_CHECKING:
    import xarray as xr


GROUPS = schema_of("run").groups


@dataclass(frozen=True, kw_only=True)
class RunFolder:
    """The parts of a run folder that a report draws on.

    ``missing`` gives, for each file that is not there, the reason to print.
    """

    path: Path
    attrs: dict[str, Any] = field(default_factory=dict)
    groups: dict[str, xr.Dataset] = field(default_factory=dict)
    observables: list[Observable] = field(default_factory=list)
    provenance: dict[str, Any] = field(default_factory=dict)
    labels: dict[str, Any] = field(default_factory=dict)
    spec_text: str = ""
    missing: dict[str, str] = field(default_factory=dict)

    def group(self, name: str, **needed: tuple[str, ...]) -> xr.Dataset | Absent:
        """Return a group of ``run.nc`` in which the needed variables have those dimensions.

        Parameters
        ----------
        name : str
            Name of the group of the dataset.
        """
        if "run.nc" in self.missing:
            return Absent(self.missing["run.nc"])
        if name not in self.groups:
            return Absent(f"run.nc has no group /{name}")
        dataset = self.groups[name]
        for variable, dimensions in needed.items():
            if variable not in dataset:
                return Absent(f"/{name} of run.nc has no variable {variable}")
            if set(dataset[variable].dims) != set(dimensions):
                found = ", ".join(map(str, dataset[variable].dims)) or "no dimension"
                return Absent(
                    f"/{name}/{variable} of run.nc has {found} where {', '.join(dimensions)} belong"
                )
            if 0 in dataset[variable].shape:
                return Absent(f"/{name}/{variable} of run.nc is empty")
        return dataset

    @property
    def spec(self) -> dict[str, Any]:
        """The specification as recorded in the provenance; empty where it was not."""
        found = self.provenance.get("spec")
        return found if isinstance(found, dict) else {}

    def spec_section(self, name: str) -> dict[str, Any]:
        """Return one section of the specification; empty where it is not there.

        Parameters
        ----------
        name : str
            Name of the section of ``spec.toml``.
        """
        found = self.spec.get(name)
        return found if isinstance(found, dict) else {}

    def observed(self, quantity: str, *, cycle: int = 1) -> Observable | None:
        """Return the simulated observable of the whole for a quantity and cycle; None where there is none.

        Parameters
        ----------
        quantity : str
            Name of the quantity in the vocabulary.
        cycle : int
            Cycle from 1, or 0 for the pristine state.
        """
        return next(
            (
                o
                for o in self.observables
                if o.quantity == quantity
                and o.origin == "simulated"
                and not o.subject
                and o.cycle in (cycle, None)
            ),
            None,
        )

    @property
    def ion(self) -> str:
        """Symbol of the alkali metal, or ``A`` where the run does not say."""
        return str(self.attrs.get("ion") or self.spec_section("cell").get("ion") or "A")

    def in_order(self, elements: Iterable[str]) -> list[str]:
        """Sort element symbols as the run lists them (as in the formula), others after them.

        Parameters
        ----------
        elements : Iterable[str]
            Chemical symbols in any order.
        """
        known: list[str] = []
        for name in ("cycles", "curves"):
            if name in self.groups and "element" in self.groups[name]:
                known = [str(e) for e in self.groups[name]["element"].values]
                break
        return sorted(set(elements), key=lambda e: (known.index(e) if e in known else len(known), e))

    @property
    def claimed_active(self) -> tuple[str, ...]:
        """Cations that the specification says a publication calls redox-active."""
        found = self.spec_section("electrode").get("claimed_active")
        return tuple(str(e) for e in found) if isinstance(found, (list, tuple)) else ()


def read_run_folder(path: Path) -> RunFolder:
    """Read what is in the folder.

    Parameters
    ----------
    path : Path
        Folder to read.

    Raises
    ------
    InputError
        Where there is no such folder, it holds none of the files of a run, or one of them
        cannot be read.
    """
    if not path.is_dir():
        raise InputError("not a folder; expected the folder of a run", where=str(path))
    names = ("run.nc", "observables.json", "provenance.json")
    missing = {name: f"the run folder has no {name}" for name in names if not (path / name).is_file()}
    if len(missing) == len(names):
        raise InputError(f"holds none of {', '.join(names)}; expected the folder of a run", where=str(path))
    attrs, groups = ({}, {}) if "run.nc" in missing else _tree(path / "run.nc")
    return RunFolder(
        path=path,
        attrs=attrs,
        groups=groups,
        observables=[] if "observables.json" in missing else _observables(path / "observables.json"),
        provenance={} if "provenance.json" in missing else stored_object(path / "provenance.json"),
        labels=stored_object(path / "labels.json") if (path / "labels.json").is_file() else {},
        spec_text=stored_text(path / "spec.toml") if (path / "spec.toml").is_file() else "",
        missing=missing,
    )


def _tree(path: Path) -> tuple[dict[str, Any], dict[str, xr.Dataset]]:
    tree = read_dataset(path)
    groups = {name: tree[name].to_dataset() for name in GROUPS if name in tree.children}
    return {str(k): v for k, v in tree.attrs.items()}, groups


def _observables(path: Path) -> list[Observable]:
    return from_json(stored_text(path), where=str(path))

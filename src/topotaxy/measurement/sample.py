"""What a sample's TOML says, and flags beside it: options for each technique and file.

sample = "HEOS, batch 3"          # name of the sample, a condition of every observable
state = "pristine"                # state of the sample in records of one state: pristine, discharged, charged
cycle = 1                         # and the cycle
mass = "1.23 mg"                  # an option of every technique that has it

[cycling]                         # options of one technique
role = "half-cell-anode"
ion = "Na"

[files."second.ndax"]             # options of one file that may differ from file to file
mass = "1.31 mg"
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, get_args

from topotaxy.errors import InputError, choices
from topotaxy.files import regular_file
from topotaxy.measurement import options as options_of
from topotaxy.measurement.options import OptionField, fields_of
from topotaxy.measurement.technique import Technique, techniques
from topotaxy.observables import State

LARGEST = 100_000
NAME = "sample"
FILES = "files"
STATES: tuple[State, ...] = get_args(State)


@dataclass(frozen=True, kw_only=True)
class Sample:
    """The sample of all files: its name, and in records of one state its state and cycle."""

    name: str = ""
    state: State | None = None
    cycle: int | None = None


@dataclass(frozen=True, kw_only=True)
class Given:
    """What the user says of files and sample.

    Attributes
    ----------
    sample:
        The sample; what nobody says is empty.
    shared:
        Option to value, for every technique that has it; from flags, which go before all else.
    toml_shared, toml_techniques, toml_files:
        The same from a TOML: for all techniques, by technique, and by name of a file.
    where:
        The TOML's name.
    """

    sample: Sample = Sample()
    shared: Mapping[str, Any] = field(default_factory=dict)
    toml_shared: Mapping[str, Any] = field(default_factory=dict)
    toml_techniques: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    toml_files: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    where: str | None = None

    def check(self, files: Sequence[tuple[Path, Technique[Any]]], others: Sequence[Technique[Any]]) -> None:
        """Refuse what is given and no technique at hand takes, or counts that do not fit the files.

        Parameters
        ----------
        files : sequence of (path, technique)
            The files, recognised.
        others : sequence of Technique
            Techniques that have records from elsewhere.

        Raises
        ------
        InputError
            With the option, and what would be right.
        """
        present = {technique.name: technique for _, technique in files}
        present |= {technique.name: technique for technique in others}
        for name, value in self.shared.items():
            takers = {key: f for key, t in present.items() for f in fields_of(t.options) if f.name == name}
            flag = f"--{name.replace('_', '-')}"
            if not takers:
                raise InputError(
                    f"{flag} is no option of {' or '.join(t.title.lower() for t in present.values())}"
                )
            count = sum(technique.name in takers for _, technique in files)
            if next(iter(takers.values())).per_file and (given := len(_one_a_file(value))) not in (1, count):
                raise InputError(f"{flag} is given once, or once for each of {count} files, got {given}")
        known = {path.name for path, _ in files}
        for name in self.toml_files:
            if name not in known:
                raise InputError(
                    f"[files] names {name!r:.60}, which is not among the files {', '.join(sorted(known))}",
                    where=self.where,
                )

    def names(self, technique: str) -> frozenset[str]:
        """Return the names of the options that are said of a technique, or of all.

        Parameters
        ----------
        technique : str
            Its name.
        """
        layers = (self.shared, self.toml_shared, self.toml_techniques.get(technique, {}))
        return frozenset(name for layer in (*layers, *self.toml_files.values()) for name in layer)

    def completed(self, technique: str, options: Mapping[str, Any]) -> Given:
        """Return the same with further options of a technique, where these are not said.

        Parameters
        ----------
        technique : str
            Its name.
        options : mapping
            Name to value, as a TOML would have it.
        """
        own = {**options, **self.toml_techniques.get(technique, {})}
        return replace(self, toml_techniques={**self.toml_techniques, technique: own})

    def options(
        self,
        technique: Technique[Any],
        *,
        path: Path | None = None,
        place: Callable[[str], int] = lambda name: 0,
    ) -> Any:
        """Return the options of a technique, or of one of its files.

        Parameters
        ----------
        technique : Technique
            Whose options.
        path : path, optional
            The file; without one, options that may differ from file to file are those of the TOML alone.
        place : callable
            From an option to the place of the file among those that take it, for flags given once a file.

        Raises
        ------
        InputError
            Where a value is not what the option takes.
        """
        fields = {f.name: f for f in fields_of(technique.options)}
        layers: list[tuple[Mapping[str, Any], bool]] = [
            ({k: v for k, v in self.toml_shared.items() if k in fields}, False),
            (self.toml_techniques.get(technique.name, {}), False),
            (self.toml_files.get("" if path is None else path.name, {}), False),
            ({k: v for k, v in self.shared.items() if k in fields}, True),
        ]
        values: dict[str, Any] = {}
        named: dict[str, str] = {}
        for layer, from_flags in layers:
            for name, value in layer.items():
                described = fields.get(name)
                if described is None:
                    raise InputError(
                        _unknown(name, tuple(fields), f"option of {technique.name}"), where=self.where
                    )
                named[name] = described.flag if from_flags else name
                where = None if from_flags else self.where
                if from_flags and described.per_file:
                    if path is None:
                        continue
                    each = _one_a_file(value)
                    value = each[place(name) if len(each) > 1 else 0]
                try:
                    values[name] = described.value(value, named[name])
                except InputError as error:
                    raise InputError(str(error), where=where) from None
        where = None if any(name.startswith("--") for name in named.values()) else self.where
        return options_of.made(
            technique.options, values, name_of=lambda field: named.get(field, field), where=where
        )


def _one_a_file(value: Any) -> Sequence[Any]:
    """Values in the order of the files; what is no list is said once, as in Python ``mass="1.23mg"``."""
    return value if isinstance(value, (list, tuple)) else (value,)


def load(path: Path) -> Given:
    """Return what a sample's TOML says.

    Parameters
    ----------
    path : path
        The TOML file.

    Raises
    ------
    InputError
        Where it cannot be read, or has a key that no technique knows; the message names the nearest one.
    """
    where = path.name
    regular_file(path, most=LARGEST, links=True)
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", where=str(path)) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InputError(f"is no TOML ({error!s:.120})", where=where) from error
    known = techniques()
    every = {f.name for technique in known.values() for f in fields_of(technique.options)}
    sample = _sample(document, where)
    files = _tables(document.pop(FILES, {}), "files", where)
    by_technique = {
        key: _tables({key: document.pop(key)}, "", where)[key] for key in list(document) if key in known
    }
    for key in document:
        if key not in every:
            words = (*every, *known, NAME, "state", "cycle", FILES)
            raise InputError(_unknown(key, words, "option or technique"), where=where)
    for entry in files.values():
        for key in entry:
            if key not in every:
                raise InputError(_unknown(key, tuple(every), "option"), where=where)
    return Given(
        sample=sample, toml_shared=document, toml_techniques=by_technique, toml_files=files, where=where
    )


def _sample(document: dict[str, Any], where: str) -> Sample:
    """Take what is said of the sample out of a document."""
    name, state, cycle = (document.pop(key, None) for key in (NAME, "state", "cycle"))
    if not isinstance(name, str | None):
        raise InputError("sample has to be text, the name of the sample", where=where)
    if state is not None and state not in STATES:
        raise InputError(f"state is one of {', '.join(STATES)}, got {state!r:.40}", where=where)
    if cycle is not None and (isinstance(cycle, bool) or not isinstance(cycle, int) or cycle < 1):
        raise InputError(f"cycle has to be a whole number from 1, got {cycle!r:.40}", where=where)
    return Sample(name=name or "", state=state, cycle=cycle)


def _tables(given: Any, what: str, where: str) -> dict[str, dict[str, Any]]:
    if not isinstance(given, dict):
        raise InputError(f"{what} has to be a table", where=where)
    for key, value in given.items():
        if not isinstance(value, dict):
            raise InputError(f"{f'{what}.' if what else ''}{key:.40} has to be a table", where=where)
    return given


def _unknown(name: str, known: Sequence[str], what: str) -> str:
    return f"{name!r:.40} is no {what}; {choices(name, sorted(known))}"


def merged_fields(every: Sequence[Technique[Any]]) -> dict[str, list[tuple[Technique[Any], OptionField]]]:
    """Return the options of several techniques by name; shared names stand together.

    Parameters
    ----------
    every : sequence of Technique
        The techniques.

    Raises
    ------
    TypeError
        Where two techniques mean different kinds of value by one name: a fault of one of them.
    """
    found: dict[str, list[tuple[Technique[Any], OptionField]]] = {}
    for technique in every:
        for described in fields_of(technique.options):
            shared = found.setdefault(described.name, [])
            if shared:
                first = shared[0][1]
                if (first.kind, first.many, first.per_file) != (
                    described.kind,
                    described.many,
                    described.per_file,
                ):
                    raise TypeError(
                        f"option {described.name} of {technique.name} is of another kind than that of "
                        f"{shared[0][0].name}"
                    )
            shared.append((technique, described))
    return found

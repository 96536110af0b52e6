"""The page of an analysis: what its techniques show, the answer first, as content that any drawer takes."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from topotaxy.content.figure import Figure
from topotaxy.content.numbers import observable_text
from topotaxy.content.section import Group, Items, KeyNumber, Page, Paragraph, Part, Section, Table, mark_of
from topotaxy.measurement.analysis import Analysis
from topotaxy.measurement.analysis import Part as Analysed
from topotaxy.observables import VOCABULARY, Observable
from topotaxy.results import PROVENANCE_FILE
from topotaxy.results.reading import stored_object

MOST_KEY_NUMBERS = 6
MOST_OF_A_KIND = 12
"""Numbers of one quantity up to which the strip tells more than the first of them."""
SHARES = ("atomic_fraction", "site_fraction")
SIGNS = {"upper": "≤ ", "lower": "≥ "}
MOST_FILES = 3
"""Files that a title names; of four all are named."""
_DEFINITION = re.compile(r"[,;:(]|\.\s")
"""Where the name of a definition ends in a method's text."""
MOST_ROWS = 24
"""Rows of observables in a terminal; more stand in observables.csv."""


def page_of(analysis: Analysis, folder: Path | None = None) -> Page:
    """Return the page of an analysis.

    Parameters
    ----------
    analysis : Analysis
        Parts of one or more techniques.
    folder : path, optional
        Its results folder, written but for the report: for a technique that makes its own page of it, and for
        the provenance.
    """
    if folder is not None and len(analysis.parts) == 1:
        (alone,) = analysis.parts
        if alone.technique.page is not None:
            provenance = stored_object(folder / PROVENANCE_FILE)
            return alone.technique.page(alone.records, alone.observed, provenance)
    verdicts: list[str] = []
    main: list[Figure] = []
    sections: list[Section] = []
    for part in analysis.parts:
        prefix = f"{part.technique.name}-" if len(analysis.parts) > 1 else ""
        shown = [_named(section, prefix) for section in part.technique.shown(part.records, part.observed)]
        verdict, shown = _taken_verdict(_said_once(shown, part.observed.remarks))
        verdicts += [verdict] if verdict else []
        figure, shown = _taken_figure(shown)
        main += [figure] if figure is not None else []
        sections += [section for section in shown if section.parts]
    titles = " and ".join(part.technique.title for part in analysis.parts)
    return Page(
        kind=titles,
        title=_specimen_title(analysis, folder)
        or files_title([record.source for part in analysis.parts for record in part.records]),
        verdict=" ".join(verdicts),
        key_numbers=tuple(key_numbers(analysis.observables)),
        main=tuple(main),
        remarks=tuple(remark for part in analysis.parts for remark in _gathered(part)),
        sections=(*sections, *_absences(analysis)),
        limits=tuple(limit for part in analysis.parts for limit in part.technique.limits),
        provenance=tuple(_provenance(analysis, folder)),
    )


def files_title(sources: Sequence[str]) -> str:
    """Return the files of the records, each once, three by name and the others counted.

    Parameters
    ----------
    sources : sequence of str
        Of the records: a file's name, after it perhaps a colon and which record of the file.
    """
    files = list(dict.fromkeys(source.split(": ")[0] for source in sources))
    left = len(files) - MOST_FILES
    if left < 2:
        return ", ".join(files)
    return f"{', '.join(files[:MOST_FILES])} and {left} more files"


def _specimen_title(analysis: Analysis, folder: Path | None) -> str:
    """Which specimen a virtual instrument looked at, by the options in the provenance; empty for files."""
    if folder is None or not (folder / PROVENANCE_FILE).is_file():
        return ""
    options = json.loads((folder / PROVENANCE_FILE).read_text(encoding="utf-8"))["options"]
    if "specimen" not in options:
        return ""
    specimen, state, cycle = (options.get(name) for name in ("specimen", "state", "cycle"))
    words = [Path(str(specimen)).name, *([str(state)] if state else [])]
    if cycle and state != "pristine":
        words[-1] += f" in cycle {cycle}"
    instruments = dict.fromkeys(r.instrument for part in analysis.parts for r in part.records if r.instrument)
    by = f" through a {' and a '.join(instruments)}" if instruments else ""
    return f"{', '.join(words)}{by}"


def _said_once(shown: Sequence[Section], remarks: Sequence[str]) -> list[Section]:
    """Return sections without lists of remarks: these stand at the top of the page."""
    known = set(remarks)
    return [
        replace(
            section,
            parts=tuple(p for p in section.parts if not (isinstance(p, Items) and known.issuperset(p.texts))),
        )
        for section in shown
    ]


def _named(section: Section, prefix: str) -> Section:
    """Return a section whose anchor and figures begin with the technique, so that none is there twice."""
    parts = [
        replace(part, name=f"{prefix}{part.name}") if isinstance(part, Figure) else part
        for part in section.parts
    ]
    return Section(anchor=f"{prefix}{section.anchor}", title=section.title, parts=parts)


def _taken_verdict(shown: list[Section]) -> tuple[str, list[Section]]:
    """Take the first paragraph out of the first section: by the mould's rule it is the answer."""
    if not shown or not shown[0].parts:
        return "", shown
    first, *parts = shown[0].parts
    if not isinstance(first, Paragraph):
        return "", shown
    return first.text, [Section(anchor=shown[0].anchor, title=shown[0].title, parts=parts), *shown[1:]]


def _taken_figure(shown: Sequence[Section]) -> tuple[Figure | None, list[Section]]:
    """Take the first figure out of the sections."""
    taken: Figure | None = None
    left = []
    for section in shown:
        parts = []
        for part in section.parts:
            if taken is None and isinstance(part, Figure):
                taken = part
            else:
                parts.append(part)
        left.append(Section(anchor=section.anchor, title=section.title, parts=parts))
    return taken, left


def key_numbers(observables: Sequence[Observable]) -> Iterator[KeyNumber]:
    """Yield one number for each quantity and bound, in the vocabulary's order, six at most.

    Where these are fewer than six, more of the quantities that are few enough to be told one by one; of
    shares the largest go first.

    Parameters
    ----------
    observables : sequence of Observable
        Of one analysis.
    """
    kinds: dict[tuple[str, str | None], list[Observable]] = {}
    for entry in observables:
        kinds.setdefault((entry.quantity, entry.bound), []).append(entry)
    ordered = sorted(kinds.values(), key=lambda found: VOCABULARY[found[0].quantity].order)
    for found in ordered:
        if found[0].quantity in SHARES and found[0].bound is None:
            found.sort(key=lambda entry: -entry.value)
    chosen = [found[:1] for found in ordered[:MOST_KEY_NUMBERS]]
    several = len({entry.source for entry in observables}) > 1
    for own, found in zip(chosen, ordered, strict=False):
        room = MOST_KEY_NUMBERS - sum(map(len, chosen))
        if len(found) <= MOST_OF_A_KIND:
            own += found[1 : 1 + room]
    shown = [entry for own in chosen for entry in own]
    for entry in shown:
        apart = _told_apart(entry, [other for other in shown if _name(other) == _name(entry)])
        yield KeyNumber(
            name=_name(entry),
            value=SIGNS.get(entry.bound or "", "") + observable_text(entry),
            label=mark_of(entry),
            note="; ".join(filter(None, [apart, entry.source[:80] if several else ""])),
        )


def _name(entry: Observable) -> str:
    return ", ".join(text for text in (VOCABULARY[entry.quantity].words, entry.subject.text) if text)


def _told_apart(entry: Observable, alike: Sequence[Observable]) -> str:
    """What tells a number from others of its name in the strip: its state, cycle and definition, in brief."""
    kinds: list[Callable[[Observable], str]] = [
        lambda one: one.state or "",
        lambda one: "" if one.cycle is None else f"cycle {one.cycle}",
        lambda one: _DEFINITION.split(one.method, maxsplit=1)[0].strip(),
    ]
    differing = [
        kind for kind in kinds if len({kind(one) for one in alike if one.source == entry.source}) > 1
    ]
    return ", ".join(filter(None, (kind(entry) for kind in differing)))


def short_parts(analysis: Analysis) -> list[Part]:
    """Return what a terminal shows: for each technique its own short form, or else its observables.

    Parameters
    ----------
    analysis : Analysis
        Records and observables by technique.
    """
    parts: list[Part] = []
    for part in analysis.parts:
        if part.technique.short is not None:
            parts += part.technique.short(part.records, part.observed)
            continue
        sources = ", ".join(record.source for record in part.records)
        parts.append(Group(title=f"{part.technique.title}: {sources}", parts=_short(part)))
    return parts


def _short(part: Analysed) -> list[Part]:
    verdict, _ = _taken_verdict(list(part.technique.shown(part.records, part.observed)))
    found = part.observed.observables
    left = len(found) - MOST_ROWS
    parts: list[Part] = [Paragraph(verdict)] if verdict else []
    if found:
        parts.append(
            Table(
                caption="",
                head=("Quantity", "Of", "Value", "Record"),
                rows=[(_words(o), o.subject.text, observable_text(o), o.source) for o in found[:MOST_ROWS]],
                numeric=frozenset({2}),
                note=f"and {left} more in observables.csv" if left > 0 else "",
            )
        )
    if part.observed.remarks:
        parts.append(Items(_gathered(part), note=True))
    missing = [
        f"{sources}: no {quantity}: {why}" for sources, quantity, why in _reasons(part.observed.absent)
    ]
    return [*parts, *([Items(missing, note=True)] if missing else [])]


def _words(entry: Observable) -> str:
    words = VOCABULARY[entry.quantity].words
    return f"{words}, {entry.bound} bound" if entry.bound else words


def _gathered(part: Analysed) -> list[str]:
    """Return the remarks, one that several records have once, with all of them before it."""
    names = sorted((record.source for record in part.records), key=len, reverse=True)
    groups: dict[str, list[str]] = {}
    for remark in part.observed.remarks:
        source = next((name for name in names if remark.startswith(f"{name}: ")), "")
        groups.setdefault(remark[len(source) + 2 :] if source else remark, []).append(source)
    return [f"{_listed(own)}: {text}" if any(own) else text for text, own in groups.items()]


def _reasons(absent: Mapping[str, Mapping[str, str]]) -> list[tuple[str, str, str]]:
    """Return records, quantity and reason, each reason for a quantity once."""
    groups: dict[tuple[str, str], list[str]] = {}
    for source, reasons in absent.items():
        for quantity, why in reasons.items():
            # A reason may name its own record.
            groups.setdefault((quantity, why.removeprefix(f"{source}: ")), []).append(source)
    return [(_listed(own), quantity.replace("_", " "), why) for (quantity, why), own in groups.items()]


def _listed(sources: Sequence[str]) -> str:
    """Return records by name, up to three of them and how many more."""
    own = [source for source in dict.fromkeys(sources) if source]
    left = len(own) - MOST_FILES
    return ", ".join(own) if left < 2 else f"{', '.join(own[:MOST_FILES])} and {left} more"


def _absences(analysis: Analysis) -> Iterator[Section]:
    rows = _reasons(analysis.absent)
    if rows:
        table = Table(caption="Reasons", head=("Record", "Quantity", "Why"), rows=rows)
        yield Section(anchor="not-computed", title="What could not be computed", parts=[table])


def _provenance(analysis: Analysis, folder: Path | None) -> Iterator[Part]:
    yield Table(
        caption="Records",
        head=("Record", "Technique", "Format", "Instrument", "Origin"),
        rows=[
            (record.source, part.technique.title, record.format, record.instrument or "", record.origin)
            for part in analysis.parts
            for record in part.records
        ],
    )
    if folder is None:
        return
    known = json.loads((folder / PROVENANCE_FILE).read_text(encoding="utf-8"))
    said = {name: value for name, value in known["options"].items() if value not in (None, [], False)}
    options = [
        f"{name}: {', '.join(map(str, value)) if isinstance(value, list) else value}"
        for name, value in said.items()
    ]
    yield Table(
        caption="Provenance",
        head=("Item", "Value"),
        rows=[
            ("topotaxy", known["topotaxy"]),
            ("Python", known["python"]),
            ("Packages", ", ".join(f"{name} {number}" for name, number in known["versions"].items())),
            ("Options", "; ".join(options) or "none"),
        ],
    )

"""Options of techniques on the command line, made from the fields of their models when they are needed.

Importing the techniques takes longer than the help of another verb may, so that a command with such options
asks for them only when it is parsed or its own help is shown.
"""

from __future__ import annotations

import inspect
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any

import typer

from topotaxy.cli.verb import Verb

if TYPE_CHECKING:
    from collections.abc import Sequence

    from topotaxy.measurement.options import OptionField
    from topotaxy.measurement.technique import Technique

KEY = "topotaxy.technique_options"
"""Where a command's context keeps what was given, by name of the option."""
SHARED_PANEL = "Options of several techniques"


class AnalysisCommand(Verb):
    """A command with the options of every technique besides its own."""

    def get_params(self, ctx: Any) -> list[Any]:
        """Return the command's own parameters and the techniques' options.

        Parameters
        ----------
        ctx : Any
            The context in which the command is parsed or its help is shown.
        """
        own = super().get_params(ctx)
        taken = {parameter.name for parameter in own}
        return [*own[:-1], *(p for p in _options(for_probe=False) if p.name not in taken), own[-1]]


class ProbeCommand(Verb):
    """A command with the options of every technique and of every virtual instrument besides its own."""

    def get_params(self, ctx: Any) -> list[Any]:
        """Return the command's own parameters, the techniques' options and their instruments'.

        Parameters
        ----------
        ctx : Any
            The context in which the command is parsed or its help is shown.
        """
        own = super().get_params(ctx)
        taken = {parameter.name for parameter in own}
        return [*own[:-1], *(p for p in _options(for_probe=True) if p.name not in taken), own[-1]]


def given_options(context: typer.Context) -> dict[str, Any]:
    """Return what was given: option to text, list of texts, or true."""
    return dict(context.meta.get(KEY, {}))


def _options(*, for_probe: bool) -> tuple[Any, ...]:
    """Return parameters made from the fields, each of which puts its value into the context."""
    from topotaxy.measurement.technique import techniques

    return _made(tuple(techniques()), for_probe)


@cache
def _made(names: tuple[str, ...], for_probe: bool) -> tuple[Any, ...]:
    """The parameters of the techniques of these names, made once."""
    from topotaxy.measurement.technique import techniques

    every = tuple(techniques()[name] for name in names)
    described: dict[str, list[tuple[Technique[Any], OptionField]]] = {}
    _add(described, every, instrument=False)
    if for_probe:
        _add(described, every, instrument=True)

    def nothing(**values: Any) -> None:
        """Carry the parameters."""

    parameters = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=_annotation(fields))
        for name, fields in described.items()
    ]
    signature = inspect.Signature(parameters)
    nothing.__signature__ = signature  # type: ignore[attr-defined]
    nothing.__annotations__ = {p.name: p.annotation for p in parameters}
    carrier = typer.Typer(add_completion=False)
    carrier.command()(nothing)
    return tuple(p for p in typer.main.get_command(carrier).params if p.name in described)


def _add(
    described: dict[str, list[tuple[Technique[Any], OptionField]]],
    every: Sequence[Technique[Any]],
    *,
    instrument: bool,
) -> None:
    from topotaxy.measurement.options import fields_of

    for technique in every:
        model = technique.instrument if instrument else technique.options
        for field in fields_of(model) if model is not None else ():
            described.setdefault(field.name, []).append((technique, field))


def _keep(context: typer.Context, param: typer.CallbackParam, value: Any) -> Any:
    if value not in (None, False, [], ()):
        name = str(param.name)
        context.meta.setdefault(KEY, {})[name] = list(value) if isinstance(value, tuple) else value
    return value


def _annotation(fields: Sequence[tuple[Technique[Any], OptionField]]) -> Any:
    field = fields[0][1]
    helps = {f.description: t.title for t, f in reversed(fields)}
    several = len({t.name for t, _ in fields}) > 1
    words = " / ".join(
        f"{title}: {text}" if several and len(helps) > 1 else text for text, title in reversed(helps.items())
    )
    examples = [f.quantity.example for _, f in fields if f.quantity is not None]
    hint = f" As in {examples[0]}." if examples else ""
    named = [choice for choice in field.choices if choice]
    hint += f" One of {', '.join(named)}." if named else ""
    if field.per_file:
        hint += " Once, or once a file."
    option = typer.Option(
        field.flag,
        help=f"{words}{hint}",
        callback=_keep,
        expose_value=False,
        rich_help_panel=SHARED_PANEL if several else fields[0][0].title,
        metavar=None if field.kind == "switch" else field.kind.upper(),
        show_default=False,
    )
    if field.kind == "switch":
        return Annotated[bool, option]
    return (
        Annotated[list[str] | None, option] if field.many or field.per_file else Annotated[str | None, option]
    )

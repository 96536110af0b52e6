"""What every verb has: paragraphs of help that fill the terminal, and ``--quiet``."""

from __future__ import annotations

import inspect
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from topotaxy.cli.output import only_results


class Verb(TyperCommand):
    """A command of topotaxy."""

    def __init__(self, name: str | None, **attributes: Any) -> None:
        """Make the command; lines within a paragraph of its help are joined, which rich would keep apart."""
        text = inspect.cleandoc(attributes.get("help") or "")
        attributes["help"] = "\n\n".join(" ".join(part.split("\n")) for part in text.split("\n\n"))
        super().__init__(name, **attributes)

    def get_params(self, ctx: Any) -> list[Any]:
        """Return the command's own parameters and those that every verb has, the help last.

        Parameters
        ----------
        ctx : click.Context
            The context in which the command is parsed or its help is shown.
        """
        *own, shown = super().get_params(ctx)
        return [*own, *_shared(), shown]


def _be_quiet(wanted: bool) -> None:
    if wanted:
        only_results()


def _shared() -> list[Any]:
    """Return the parameters of every verb, as typer makes them."""

    def nothing(
        quiet: Annotated[
            bool,
            typer.Option(
                "--quiet",
                "-q",
                callback=_be_quiet,
                expose_value=False,
                is_eager=True,
                help="No progress and no messages but errors.",
            ),
        ] = False,
    ) -> None:
        """Carry the parameters."""

    carrier = typer.Typer(add_completion=False)
    carrier.command()(nothing)
    return [p for p in typer.main.get_command(carrier).params if p.name == "quiet"]

"""The command line, one file a verb: ``topotaxy describe | simulate | compare | analyse | ...``.

Results go to standard output, messages to standard error. Exit status: 0 done; 1 the tool
ran and the answer is negative; 2 the input cannot be used, with one line that says why;
130 interrupted; 141 nobody reads the output any more.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from topotaxy.cli.analyse import analyse
from topotaxy.cli.audit import audit
from topotaxy.cli.compare import compare
from topotaxy.cli.describe import describe
from topotaxy.cli.doctor import doctor
from topotaxy.cli.export import export
from topotaxy.cli.judge import judge
from topotaxy.cli.listing import list_names
from topotaxy.cli.new import new
from topotaxy.cli.output import complain, everything
from topotaxy.cli.parameterise import parameterise
from topotaxy.cli.probe import probe
from topotaxy.cli.reproduce import reproduce
from topotaxy.cli.simulate import simulate
from topotaxy.cli.streams import ResultsLost, forget_output, guarded_streams
from topotaxy.cli.technique_options import AnalysisCommand, ProbeCommand
from topotaxy.cli.verb import Verb
from topotaxy.errors import InputError
from topotaxy.version import __version__

__all__ = ["app", "main"]

READER_GONE = 141
"""Exit status where nobody reads the output any more: 128 and SIGPIPE."""
MAX_LINE = 500
"""Characters of an error that are shown; whatever is longer quotes its input at length."""

# The base of BadParameter is click's UsageError, which typer exports under no name of its own.
_UsageError: type[Exception] = typer.BadParameter.__mro__[1]

app = typer.Typer(
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Start with: topotaxy describe NiO, then: topotaxy simulate heos-na",
)
SIMULATE, MEASURE, JUDGE, BEGIN = "Simulate", "Measure", "Judge", "Begin, and look around"
"""The groups of verbs in the help."""

app.command(rich_help_panel=SIMULATE, cls=Verb)(describe)
app.command(rich_help_panel=SIMULATE, cls=Verb)(simulate)
app.command(rich_help_panel=SIMULATE, cls=Verb)(compare)
app.command(rich_help_panel=SIMULATE, cls=Verb)(parameterise)
app.command(rich_help_panel=MEASURE, cls=AnalysisCommand)(analyse)
app.command(rich_help_panel=MEASURE, cls=ProbeCommand)(probe)
app.command(rich_help_panel=MEASURE, cls=Verb)(export)
app.command(rich_help_panel=JUDGE, cls=Verb)(audit)
app.command(rich_help_panel=JUDGE, cls=Verb)(judge)
app.command(rich_help_panel=JUDGE, cls=Verb)(reproduce)
app.command("list", rich_help_panel=BEGIN, cls=Verb)(list_names)
app.command(rich_help_panel=BEGIN, cls=Verb)(new)
app.command(rich_help_panel=BEGIN, cls=Verb)(doctor)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"topotaxy {__version__}")
        raise typer.Exit


@app.callback()
def _topotaxy(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Is a conversion electrode's reaction confined to the lattice of its host?"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status.

    Parameters
    ----------
    arguments:
        What follows the program's name; by default that of this process. None at all
        shows the help.
    """
    given = list(sys.argv[1:] if arguments is None else arguments) or ["--help"]
    try:
        with guarded_streams():
            return _run(given)
    except ResultsLost as lost:
        if not lost.gone:
            _refuse(str(lost))
        return READER_GONE if lost.gone else 2
    finally:
        everything()
        forget_output()


def _run(given: list[str]) -> int:
    try:
        command = typer.main.get_command(app)
        with command.make_context("topotaxy", given) as context:
            command.invoke(context)
    except typer.Exit as done:
        return done.exit_code
    except InputError as error:
        return _refuse(str(error))
    except _UsageError as error:
        return _refuse(_usage(error))
    except (KeyboardInterrupt, typer.Abort) as interruption:
        complain(": ".join(filter(None, ("interrupted", str(interruption)))))
        return 130
    except MemoryError:
        return _refuse("there is not enough memory for this input")
    return 0


def _refuse(reason: str) -> int:
    shown = reason if len(reason) <= MAX_LINE else f"{reason[:MAX_LINE]}..."
    complain(f"error: {shown}")
    return 2


def _usage(error: Exception) -> str:
    """One line for a wrong option or a missing argument, with where to look."""
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else "topotaxy"
    text = getattr(error, "format_message", error.__str__)().rstrip(".").replace("Value error, ", "")
    return str(InputError(f"{text:.300}; see '{path} --help'"))

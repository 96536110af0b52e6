"""The documentation as a site, by Sphinx: ``sphinx-build -W docs build/site`` (extra [docs])."""

from __future__ import annotations

import inspect
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "src"))

from topotaxy.version import __version__

project = "topotaxy"
release = version = __version__
copyright = "the topotaxy authors"
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["schema", "images"]
nitpicky = False

html_theme = "furo"
html_title = "topotaxy"
html_show_sourcelink = False
html_copy_source = False

myst_heading_anchors = 3
myst_enable_extensions = ["colon_fence"]
# Links from a page to a file of the repository are for readers there; the site has their words.
suppress_warnings = ["myst.xref_missing", "autodoc.import_object"]

autodoc_typehints = "signature"
autodoc_member_order = "bysource"
napoleon_google_docstring = False
napoleon_use_ivar = True
napoleon_attr_annotations = False

COMMAND_LINE = Path(__file__).parent / "reference" / "command-line.md"


def command_line() -> str:
    """Return every verb with its help, arguments and options, as Markdown."""
    import typer

    from topotaxy.cli import app

    group: Any = typer.main.get_command(app)
    parts = [
        "# Command line",
        "",
        "Exit status: 0 done; 1 the answer is negative; 2 the input cannot be used.",
        "",
    ]
    for name, verb in group.commands.items():
        parts += [f"## topotaxy {name}", "", *_help(inspect.cleandoc(verb.callback.__doc__ or "")), ""]
        rows = [row for parameter in verb.params if (row := _row(parameter)) is not None]
        parts += ["| | |", "|---|---|", *rows, ""]
    return "\n".join(parts)


def _help(text: str) -> list[str]:
    """The help, its examples as a block."""
    words, _, examples = text.replace("\\[", "[").partition("Examples:")
    lines = [line for line in examples.splitlines() if line.strip()]
    return [words.strip(), "", *(["```sh", *lines, "```"] if lines else [])]


def _row(parameter: Any) -> str | None:
    if getattr(parameter, "hidden", False):
        return None
    option = parameter.param_type_name == "option"
    names = parameter.opts if option else [parameter.metavar or parameter.name.upper()]
    text = (getattr(parameter, "help", None) or "").replace("|", "\\|").replace("\n", " ")
    return f"| {', '.join(f'`{name}`' for name in names)} | {text} |"


def setup(app: Any) -> None:
    """Write the page of the command line before the pages are read."""
    COMMAND_LINE.write_text(command_line(), encoding="utf-8")

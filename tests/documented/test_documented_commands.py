"""Every command that README, help, docs and examples print is run as printed; the rest is listed here.

What is in :data:`SHORTENED` gets options behind it that make it small, what is in :data:`NOT_RUN` is given to
the parser alone; each has its reason, and ``pytest -rs`` shows those that are not run.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from documented_runs import Reader
from printed_commands import (
    EXAMPLES,
    PAGES,
    VERBS,
    blocks,
    commands,
    docstring_commands,
    every_command,
    examples,
    parsed,
)

pytestmark = pytest.mark.slow

SMALL = " --cells 3 --cycles 2 --replicas 4"
TORCH = "needs the extra [potentials], gigabytes of torch"
SETS_UP = "sets up an environment, as .ci/run does for the test command"
CHECKS = "the checks of a checkout, which .ci/run does; the page's toy is run by tests/contracts"

SHORTENED = {
    "topotaxy simulate heos-na --ablate": (SMALL, "64 replicas of ten cycles and more"),
    "topotaxy compare": (SMALL, "eight replicas of 100 cycles of each material"),
    "python tests/measurement/cycling/fuzz_readers.py --format \"Maccor text\" --inputs 10000": (
        " --inputs 20", "ten thousand files"),
}  # fmt: skip
"""Beginning of a command to the options that are put behind it, and what it would be without."""

NOT_RUN = {
    "topotaxy parameterise": TORCH,
    'pip install ".[potentials]"': TORCH,
    "H=Mg0.2Co0.2Ni0.2Cu0.2Zn0.2": TORCH,
    "python3 -m venv .venv": SETS_UP,
    "python -c ": CHECKS,
    "pytest tests/contracts -q": CHECKS,
    "ruff check": CHECKS,
    "topotaxy analyse plateau.csv": CHECKS,
    "topotaxy probe RUN --technique imaging --view haadf --scattering multislice": "minutes to hours",
    "topotaxy reproduce fang2022 --recalibrate": "samples a posterior: minutes",
    "topotaxy reproduce fang2022 --out fang2022-cells --instruments": "runs every instrument: minutes",
    "python -m topotaxy.studies.draws heos --specs": "39 draws of the lattice: minutes",
    "python -m topotaxy.studies.measured_cell": "samples a posterior: minutes",
    "topotaxy analyse operando/": "a beamline's series, which is not part of the project",
    "python -m topotaxy.studies.sensitivity": "180 points of the lattice: half an hour",
    "python -m topotaxy.studies.input_posterior": "a thousand points of the lattice: half an hour",
    "python examples/what_images_resolve.py domains": "images of specimens up to 30 nm thick: minutes",
    "python examples/sensitivity.py": "runs the lattice at the ends of every range: minutes",
}
"""Beginning of a command to why it is not run."""


def why_not(command: str) -> str | None:
    return next((why for beginning, why in NOT_RUN.items() if command.startswith(beginning)), None)


def as_run(command: str) -> str:
    """The command, with what makes it small where it is large."""
    return command + next((more for start, (more, _) in SHORTENED.items() if command.startswith(start)), "")


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of runs that pages share, one for all workers."""
    base = tmp_path_factory.getbasetemp()
    return (base.parent if base.name.startswith("popen-") else base) / "documented-runs"


@pytest.fixture
def reader(tmp_path: Path, shared: Path) -> Reader:
    return Reader(tmp_path / "folder", shared)


@pytest.mark.parametrize("page", PAGES)
def test_commands_of_a_page_run(page: str, reader: Reader) -> None:
    text = PAGES[page].read_text(encoding="utf-8")
    for command in commands(text):
        if why_not(command) is None:
            reader.run(as_run(command))
    python = [block for block in blocks(text, "python") if not block.startswith('"""')]
    if python and page not in TESTED_ELSEWHERE:
        reader.run_python("\n".join(python))


TESTED_ELSEWHERE = {"docs/add-a-technique.md", "docs/tutorial.md"}
"""Pages whose Python other tests run. What begins with a docstring is a module to be written, no script."""


@pytest.mark.parametrize("verb", sorted(VERBS))
def test_examples_of_a_help_run(verb: str, reader: Reader) -> None:
    for command in examples(verb):
        if why_not(command) is None:
            reader.run(as_run(command))


@pytest.mark.parametrize("example", EXAMPLES)
def test_commands_of_an_example_run(example: str, reader: Reader) -> None:
    """Those that a page has too are run there; what makes a run for them is run here again."""
    elsewhere = {line for path in PAGES.values() for line in commands(path.read_text(encoding="utf-8"))}
    own = [line for line in docstring_commands(EXAMPLES[example]) if why_not(line) is None]
    if not any(line.startswith("python ") and line not in elsewhere for line in own):
        pytest.skip(f"a page has the same: {'; '.join(own)}" if own else "all of it is in NOT_RUN")
    for command in own:
        if command.startswith("topotaxy ") or command not in elsewhere:
            reader.run(as_run(command))


@pytest.mark.parametrize("beginning", NOT_RUN)
def test_what_is_not_run_is_a_command(beginning: str) -> None:
    found = sorted({line for _, line in every_command() if line.startswith(beginning)})
    assert found, "no page prints it: strike it from the list"
    for command in found:
        if command.startswith("topotaxy "):
            parsed(command)
    pytest.skip(f"not run ({NOT_RUN[beginning]}): {'; '.join(found)}")

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import topotaxy

HEAVY = (
    "torch",
    "numpy",
    "pydantic",
    "ase",
    "scipy",
    "numba",
    "xarray",
    "pandas",
    "matplotlib",
    "plotly",
    "chemicals",
    "gemmi",
    "pint",
    "h5py",
)


def _child(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    return done.stdout.splitlines()[-1]


def _least_seconds(code: str) -> float:
    """Processor time of a fresh interpreter, start included; the least of three, for other load."""
    return min(float(_child(f"import time\n{code}\nprint(time.process_time())")) for _ in range(3))


def test_every_public_name_resolves() -> None:
    for name in topotaxy.__all__:
        assert getattr(topotaxy, name) is not None
    assert set(topotaxy.__all__) <= set(dir(topotaxy))


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'simulation'"):
        _ = topotaxy.simulation


def test_every_file_of_the_package_is_installed() -> None:
    source = Path(__file__).parents[1] / "src" / "topotaxy"
    installed = Path(topotaxy.__file__).parent
    files = [path.relative_to(source) for path in source.rglob("*") if path.is_file()]
    # What Python and numba keep beside the source is made by running it.
    missing = [str(f) for f in files if "__pycache__" not in f.parts and not (installed / f).is_file()]
    assert not missing, "pyproject.toml, [tool.setuptools.package-data], leaves these out"


HELP = "from topotaxy.cli import main\nassert main(['--help']) == 0"


@pytest.mark.parametrize("code", ["import topotaxy", HELP])
def test_nothing_heavy_is_loaded_before_it_is_needed(code: str) -> None:
    loaded = _child(f"{code}\nimport sys\nprint(' '.join({{m.partition('.')[0] for m in sys.modules}}))")
    assert not set(HEAVY) & set(loaded.split())


def test_import_takes_under_three_tenths_of_a_second() -> None:
    assert _least_seconds("import topotaxy") < 0.3


def test_help_takes_under_six_tenths_of_a_second() -> None:
    assert _least_seconds(HELP) < 0.6

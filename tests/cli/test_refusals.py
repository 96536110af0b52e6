"""Input that cannot be used: one line, exit status 2, nothing left behind, and quickly."""

from __future__ import annotations

import contextlib
import io
import subprocess
import tempfile
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from outcome import Call

from strict import COMMAND
from topotaxy.cli import main
from topotaxy.errors import InputError
from topotaxy.material import parse_formula
from topotaxy.spec import spec_from_text

GOOD = 'name = "x"\n[electrode]\nformula = "NiO"\n[cell]\nion = "Na"\n'


def changed(old: str, new: str) -> bytes:
    assert old in GOOD
    return GOOD.replace(old, new).encode()


def added(text: str) -> bytes:
    return (GOOD + text).encode()


SPECIFICATIONS: dict[str, bytes] = {
    "empty": b"",
    "blank": b" \n\t\n",
    "only comments": b"# nothing here\n",
    "binary": bytes(range(256)),
    "zeros": b"\x00" * 64,
    "latin-1": GOOD.replace("x", "é").encode("latin-1"),
    "utf-16": GOOD.encode("utf-16"),
    "byte-order mark": b"\xef\xbb\xbf" + GOOD.encode(),
    "huge": GOOD.encode() + b"# filler\n" * 200_000,
    "not TOML": b"name: x\nion: Na\n",
    "JSON": b'{"name": "x"}',
    "unclosed text": changed('"NiO"', '"NiO'),
    "key twice": changed('ion = "Na"', 'ion = "Na"\nion = "Na"'),
    "section twice": added('[cell]\nion = "Na"\n'),
    "nested arrays": added("a = " + "[" * 50_000),
    "nested tables": added("a = " + "{a=" * 50_000),
    "dotted for ever": added(".".join("a" * 100_000) + " = 1\n"),
    "integer of 5000 digits": added("[lattice]\ncells = " + "9" * 5000 + "\n"),
    "integer of 400 digits": added("lower_cutoff = " + "9" * 400 + "\n"),
    "long unknown key": added("k" * 100_000 + " = 1\n"),
    "long value": added("[protocol]\ncurrent = '" + "9" * 100_000 + "'\n"),
    "line breaks in a value": changed('"NiO"', '"Ni\\nO\\r\\n"'),
    "escape codes in a value": changed('"NiO"', '"\\u001b[31mNiO"'),
    "no name": changed('name = "x"\n', ""),
    "no electrode": b'name = "x"\n[cell]\nion = "Na"\n',
    "no cell": b'name = "x"\n[electrode]\nformula = "NiO"\n',
    "no formula": changed('formula = "NiO"\n', ""),
    "no ion": changed('ion = "Na"\n', ""),
    "unknown key": added('pressure = "1 bar"\n'),
    "unknown section": added("[weather]\nrain = true\n"),
    "section is a number": b'name = "x"\nelectrode = 3\n[cell]\nion = "Na"\n',
    "section is a list": b'name = "x"\ncell = []\n[electrode]\nformula = "NiO"\n',
    "array of sections": changed("[cell]", "[[cell]]"),
    "name climbs": changed('"x"', '"../x"'),
    "name is a path": changed('"x"', '"a/b"'),
    "name is absolute": changed('"x"', '"/tmp/x"'),
    "name with backslash": changed('"x"', '"a\\\\b"'),
    "name is a dot": changed('"x"', '"."'),
    "name is empty": changed('"x"', '""'),
    "name ends in a line break": changed('"x"', '"x\\n"'),
    "name too long": changed('"x"', '"' + "x" * 65 + '"'),
    "name is a number": changed('"x"', "7"),
    "ion unknown": changed('"Na"', '"Mg"'),
    "ion in lower case": changed('"Na"', '"na"'),
    "ion is a number": changed('"Na"', "11"),
    "cut-offs reversed": added("lower_cutoff = 3.0\nupper_cutoff = 0.01\n"),
    "cut-offs equal": added("lower_cutoff = 1.0\nupper_cutoff = 1.0\n"),
    "cut-off not a number": added("lower_cutoff = nan\n"),
    "cut-off infinite": added("upper_cutoff = inf\n"),
    "cut-off in ampere": added('upper_cutoff = "3 A"\n'),
    "cut-off true": added("upper_cutoff = true\n"),
    "cut-off is a date": added("upper_cutoff = 2022-12-01\n"),
    "temperature zero": added("temperature = 0\n"),
    "temperature in volt": added('temperature = "25 V"\n'),
    "temperature below zero": added('temperature = "-300 degC"\n'),
    "current zero": added("[protocol]\ncurrent = 0\n"),
    "current negative": added("[protocol]\ncurrent = -0.1\n"),
    "current infinite": added("[protocol]\ncurrent = inf\n"),
    "current without mass": added('[protocol]\ncurrent = "100 mA"\n'),
    "current is a tower of powers": added('[protocol]\ncurrent = "1 A^9^9^9/g"\n'),
    "current is an expression": added("[protocol]\ncurrent = \"1 __import__('os')\"\n"),
    "cycles zero": added("[protocol]\ncycles = 0\n"),
    "cycles broken": added("[protocol]\ncycles = 2.5\n"),
    "cycles as text": added('[protocol]\ncycles = "10"\n'),
    "too many cycles": added("[protocol]\ncycles = 1000000000\n"),
    "cells one": added("[lattice]\ncells = 1\n"),
    "cells too many": added("[lattice]\ncells = 1000\n"),
    "replicas true": added("[lattice]\nreplicas = true\n"),
    "seed negative": added("[lattice]\nseed = -1\n"),
    "seed too large": added("[lattice]\nseed = 9223372036854775808\n"),
    "parameter not a number": added("[lattice.parameters]\nkissinger = nan\n"),
    "parameter is text": added('[lattice.parameters]\nkissinger = "0.2"\n'),
    "carbon negative": changed('"NiO"', '"NiO"\ncarbon_mass_ratio = -0.1'),
    "measured capacity zero": added("[measured]\ndischarge_capacity = 0\n"),
    "measured capacity in volt": added('[measured]\ncharge_capacity = "3 V"\n'),
    "active cations as text": changed('"NiO"', '"NiO"\nclaimed_active = "Ni"'),
    "active cation not in the formula": changed('"NiO"', '"NiO"\nclaimed_active = ["Co"]'),
    "active cation does not exist": changed('"NiO"', '"NiO"\nclaimed_active = ["Xx"]'),
    "formula empty": changed('"NiO"', '""'),
    "formula unknown element": changed('"NiO"', '"XyO"'),
    "formula has no anion": changed('"NiO"', '"Ni"'),
    "formula unbalanced": changed('"NiO"', '"MgO3"'),
    "formula too long": changed('"NiO"', '"' + "NiO" * 100 + '"'),
}

FORMULAS = [
    "",
    " ",
    "x",
    "O",
    "Ni",
    "XyO",
    "NiOo",
    "nio",
    "Ni O",
    "Ni-O",
    "NiO-1",
    "Ni0O",
    "NiO0",
    "Ni1e9O",
    "NiO1e",
    "Ni1.2.3O",
    "Ni..O",
    "NinanO",
    "NiinfO",
    "Ni-0.5O",
    "(NiO",
    "NiO)",
    "()O",
    "((((((((NiO))))))))",
    "Ni[O]",
    "NiO2.5.",
    "Mg2O",
    "MgO3",
    "MgF3",
    "NaMgO",
    "UO2",
    "HeO",
    "NiCl2",
    "Ni₀O",
    "NiО",  # a Cyrillic letter
    "NiO\n",
    "Ni\x00O",
    "Ni\x1b[31mO",
    "NiO; rm -rf /",
    "../../etc/passwd",
    "Ni" * 5000 + "O",
    "9" * 5000,
    "Ni" + "9" * 400 + "O",
    "Ni0." + "0" * 300 + "1O",
    "%s%n{0}",
    "😀",
]


def _assert_refused(status: int, out: str, err: str) -> None:
    assert status == 2, (status, out, err)
    assert out == ""
    assert err.count("\n") == 1
    assert err.endswith("\n")
    line = err.removesuffix("\n")
    assert line.isprintable()
    assert line.startswith("error: ")
    assert len("error: ") + 10 < len(line) < 520


@pytest.mark.parametrize("content", SPECIFICATIONS.values(), ids=SPECIFICATIONS.keys())
def test_a_malformed_specification_is_refused(content: bytes, topotaxy: Call, tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_bytes(content)
    start = time.process_time()
    outcome = topotaxy("simulate", "mine.toml")
    seconds = time.process_time() - start
    _assert_refused(outcome.status, outcome.out, outcome.err)
    assert "mine.toml" in outcome.err
    assert outcome.files == {"mine.toml"}
    assert seconds < 1.0


# White space around a formula is no fault; what remains of it must be refused.
@pytest.mark.parametrize("formula", [f for f in FORMULAS if f != "NiO\n"])
def test_a_malformed_formula_is_refused(formula: str, topotaxy: Call) -> None:
    start = time.process_time()
    outcome = topotaxy("describe", "--", formula)
    seconds = time.process_time() - start
    _assert_refused(outcome.status, outcome.out, outcome.err)
    assert outcome.files == set()
    assert seconds < 1.0


@pytest.mark.parametrize(
    "arguments",
    [
        ("nonsense",),
        ("--nonsense",),
        ("--",),
        ("describe",),
        ("describe", "NiO", "CoO"),
        ("describe", "NiO", "--ion", "Rb"),
        ("describe", "NiO", "--ion"),
        ("describe", "NiO", "--temperature", "0"),
        ("describe", "NiO", "--temperature", "nan"),
        ("describe", "NiO", "--temperature", "25 V"),
        ("describe", "NiO", "--temperature", ""),
        ("audit",),
        ("audit", "fang1922"),
        ("audit", ""),
        ("audit", "."),
        ("audit", "../fang2022"),
        ("audit", "\udcff"),
        ("simulate",),
        ("simulate", "heos"),
        ("simulate", "heos-na.toml"),
        ("simulate", "../heos-na"),
        ("simulate", "HEOS-NA"),
        ("simulate", "."),
        ("simulate", ""),
        ("simulate", "/dev/null"),
        ("simulate", "a\x00b"),
        ("simulate", "line\nbreak"),
        ("simulate", "x" * 5000),
        ("simulate", "heos-na", "--seed", "one"),
        ("simulate", "heos-na", "--seed", "-1"),
        ("simulate", "heos-na", "--seed", "9" * 30),
        ("simulate", "heos-na", "--seed", "9" * 5000),
        ("simulate", "heos-na", "--cycles", "0"),
        ("simulate", "heos-na", "--cycles", "1.5"),
        ("simulate", "heos-na", "--replicas", "0"),
        ("simulate", "heos-na", "--cells", "1"),
        ("simulate", "heos-na", "--cells", "33"),
        ("simulate", "heos-na", "--out"),
        ("simulate", "heos-na", "--resume=yes"),
        ("simulate", "heos-na", "nio-na"),
    ],
)
def test_a_wrong_call_is_refused(arguments: tuple[str, ...], topotaxy: Call) -> None:
    outcome = topotaxy(*arguments)
    _assert_refused(outcome.status, outcome.out, outcome.err)
    assert outcome.files == set()


def test_a_wrong_option_says_where_the_help_is(topotaxy: Call) -> None:
    assert topotaxy("simulate", "--nonsense").err.endswith("; see 'topotaxy simulate --help'\n")


def _quietly(*arguments: str) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = main(arguments)
    return status, out.getvalue(), err.getvalue()


@settings(max_examples=100)
@given(st.text(max_size=30) | st.text(alphabet="MgCoNiZnOSF()0.123 ", max_size=20))
def test_any_text_is_a_formula_or_is_refused(text: str) -> None:
    try:
        parse_formula(text)
    except InputError:
        _assert_refused(*_quietly("describe", "--", text))
    else:
        assert _quietly("describe", "--json", "--", text)[0] == 0


mangled = st.builds(
    lambda start, length, new: GOOD.encode()[:start] + new + GOOD.encode()[start + length :],
    st.integers(0, len(GOOD)),
    st.integers(0, 20),
    st.binary(max_size=12) | st.sampled_from([b'"', b"[", b"\n", b"= nan", b"-1", b"\xff", b"''", b"#"]),
)


@settings(max_examples=150)
@given(mangled)
def test_a_mangled_specification_is_refused(content: bytes) -> None:
    try:
        spec = spec_from_text(content.decode("utf-8"))
        parse_formula(spec.electrode.formula)
    except (InputError, UnicodeDecodeError):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "mine.toml")
            path.write_bytes(content)
            _assert_refused(*_quietly("simulate", str(path)))
            assert [item.name for item in Path(folder).iterdir()] == ["mine.toml"]


@pytest.mark.parametrize(
    ("content", "arguments"),
    [
        (changed('"Na"', '"Rb"'), ("simulate", "mine.toml")),
        (bytes(range(256)), ("simulate", "mine.toml", "--json")),
        (b"", ("audit", "mine.toml")),
        (b"", ("describe", "NiO2.5.", "--json")),
        (b"", ("describe", "NiO", "--bogus")),
    ],
    ids=["value", "binary", "claims", "formula", "option"],
)
def test_a_process_says_the_same(content: bytes, arguments: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_bytes(content)
    done = subprocess.run(
        [*COMMAND, *arguments],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    _assert_refused(done.returncode, done.stdout, done.stderr)
    assert [item.name for item in tmp_path.iterdir()] == ["mine.toml"]


@pytest.mark.parametrize(
    ("formula", "said"),
    [
        ("SnO", "Sn in SnO: the reactive lattice holds Mg, Ca, Mn, Fe, Co, Ni, Cu, Zn"),
        ("Ni0.5Sn0.5O", "Sn in Ni0.5Sn0.5O: the reactive lattice holds"),
        ("Fe2O3", "Fe3+ in Fe2O3: the reactive lattice holds valences up to 2+"),
        ("TiO2", "Ti in TiO2: the reactive lattice holds"),
    ],
)
def test_what_the_lattice_does_not_hold_is_said_with_what_it_holds(
    formula: str, said: str, topotaxy: Call
) -> None:
    """Names the cation and the way on; it was the table that lacks a row."""
    outcome = topotaxy("simulate", formula, "--ion", "Na", "--cells", "2")
    assert (outcome.status, outcome.out, outcome.files) == (2, "", frozenset())
    assert said in outcome.err
    assert f"'topotaxy describe {formula}'" in outcome.err
    assert topotaxy("describe", formula).status == 0

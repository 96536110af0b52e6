"""Docstrings hold each section once."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import topotaxy

ROOT = Path(topotaxy.__file__).parent
SECTION = re.compile(r"^(\w+)\n-{3,}$", re.MULTILINE)


@pytest.mark.parametrize("room", sorted(p.name for p in ROOT.iterdir() if p.is_dir() or p.suffix == ".py"))
def test_each_section_stands_once(room: str) -> None:
    path = ROOT / room
    for file in [path] if path.is_file() else sorted(path.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Module):
                found = SECTION.findall(ast.get_docstring(node) or "")
                assert len(set(found)) == len(found), (file.name, getattr(node, "name", "module"), found)

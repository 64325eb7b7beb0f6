"""The compiled engine takes the place of its sources only while it is theirs."""

import ast
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sipcore import native
from sipcore.native import MANIFEST, NativeFinder, compiled_sources, fingerprint, use_native

SOURCES = Path(native.__file__).parents[1]


@pytest.fixture(autouse=True)
def _finders(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.delenv("DOORLINE_PURE", raising=False)
    before = sys.meta_path.copy()
    yield
    sys.meta_path[:] = before


def built(folder: Path, made_of: str) -> Path:
    """A folder with one compiled module."""
    modules = {"sipcore.sample": "sipcore/sample.so"}
    (folder / MANIFEST).write_text(json.dumps({"fingerprint": made_of, "modules": modules}))
    return folder


def test_what_was_compiled_from_these_sources_is_used(tmp_path: Path) -> None:
    assert use_native(built(tmp_path, fingerprint()))
    finder = sys.meta_path[0]
    assert isinstance(finder, NativeFinder)
    spec = finder.find_spec("sipcore.sample", None)
    assert spec is not None
    assert spec.origin == str(tmp_path / "sipcore/sample.so")
    assert finder.find_spec("sipcore.other", None) is None


def test_what_was_compiled_from_other_sources_is_left_alone(tmp_path: Path) -> None:
    before = sys.meta_path.copy()

    assert not use_native(built(tmp_path, "of yesterday"))
    assert sys.meta_path == before


def test_without_anything_compiled_python_runs_the_sources(tmp_path: Path) -> None:
    assert not use_native(tmp_path)
    (tmp_path / MANIFEST).write_text("{")
    assert not use_native(tmp_path)


def test_what_does_not_load_here_is_left_alone(tmp_path: Path) -> None:
    before = sys.meta_path.copy()
    modules = {"of_another_machine": "of_another_machine.so"}
    (tmp_path / "of_another_machine.so").write_bytes(b"no library at all")
    manifest = {"fingerprint": fingerprint(), "modules": modules}
    (tmp_path / MANIFEST).write_text(json.dumps(manifest))

    assert not use_native(tmp_path)
    assert sys.meta_path == before


@pytest.mark.parametrize(
    "source",
    ["sipcore/message/uri.py", "sipcore/storage/writer.py", "sipcore/message/cutter.pyx"],
)
def test_a_change_of_any_source_makes_another_fingerprint(
    source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = tmp_path / source
    copy.parent.mkdir(parents=True)
    copy.write_text("A = 1\n")
    monkeypatch.setattr(native, "_HERE", tmp_path / "sipcore")
    before = fingerprint()

    assert fingerprint() == before
    copy.write_text("A = 2\n")
    assert fingerprint() != before


def test_a_variable_keeps_to_the_sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOORLINE_PURE", "1")

    assert not use_native(built(tmp_path, fingerprint()))


def test_compiled_are_the_pure_packages_and_no_initialiser() -> None:
    names = [path.as_posix() for path in compiled_sources()]

    assert "sipcore/message/message.py" in names
    assert "sipcore/transaction/invite_server.py" in names
    assert not [name for name in names if name.endswith("__init__.py")]
    assert not [name for name in names if name.startswith("sipcore/agents")]
    assert "sipcore/storage/writer.py" not in names


def set_to_none_and_read(function: ast.AST) -> list[str]:
    """Attributes that a function sets to None and reads further down."""
    emptied = {
        ast.unparse(target): node.lineno
        for node in ast.walk(function)
        if isinstance(node, ast.Assign)
        and isinstance(node.value, ast.Constant)
        and node.value.value is None
        for target in node.targets
        if isinstance(target, ast.Attribute)
    }
    return [
        f"{ast.unparse(node)} at line {node.lineno}"
        for node in ast.walk(function)
        if isinstance(node, ast.Attribute)
        and isinstance(node.ctx, ast.Load)
        and node.lineno > emptied.get(ast.unparse(node), sys.maxsize)
    ]


@pytest.mark.parametrize("path", compiled_sources(), ids=str)
def test_no_function_reads_an_attribute_that_it_has_set_to_none(path: Path) -> None:
    """The compiler takes it for None there, whoever has set it meanwhile."""
    tree = ast.parse((SOURCES / path).read_text())
    found = [
        f"{node.name}: {read}"
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name != "__init__"
        for read in set_to_none_and_read(node)
    ]

    # Both branches before the reading set it, so it is what the reading finds.
    known = ("feed: self._calm_since",) if path.name == "overload.py" else ()
    assert [one for one in found if not one.startswith(known)] == []


def _searches(bound: ast.expr | None) -> bool:
    """Whether a bound of a slice is what a search has found, if it has found anything."""
    return bound is not None and any(
        isinstance(part, ast.Call)
        and isinstance(part.func, ast.Attribute)
        and part.func.attr in ("find", "rfind")
        for part in ast.walk(bound)
    )


@pytest.mark.parametrize("source", compiled_sources(), ids=str)
def test_no_slice_ends_where_a_search_ended_without_a_look(source: Path) -> None:
    # Octets cut from a place to one before it are an error in C, and b"" for Python.
    cuts = [
        node.lineno
        for node in ast.walk(ast.parse((SOURCES / source).read_text()))
        if isinstance(node, ast.Slice)
        and node.lower is not None
        and (_searches(node.lower) or _searches(node.upper))
    ]

    assert cuts == []

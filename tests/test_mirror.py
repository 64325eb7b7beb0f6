"""Every module that does something has its test file, and every test file its module."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
PACKAGES = ("admin_api", "directory", "doorline", "provisioning", "relay", "sipcore")

FUNCTION = ast.FunctionDef | ast.AsyncFunctionDef

WITHOUT_TEST: dict[str, str] = {
    "sipcore/agents/worker.py": "pjsua2's process, run by tests/sipcore/agents/test_device.py",
    "doorline/__main__.py": "one call of the command line, run by tests/doorline/cli/test_app.py",
    "doorline/migrations/env.py": "run by Alembic in tests/doorline/migrations/test_apply.py",
}
"""Modules without a test file of their own, each with the reason."""

WITHOUT_MODULE: dict[str, str] = {}
"""Test files in the mirror that belong to no single module, each with the reason."""


def behaves(path: Path) -> bool:
    """Whether a module does something: ports, facts and constants only say what things are."""
    return any(
        isinstance(node, FUNCTION)
        for owner in owners(ast.parse(path.read_text(encoding="utf-8")))
        for node in owner.body
    )


def owners(tree: ast.Module) -> Iterator[ast.Module | ast.ClassDef]:
    """The module and its classes, without Protocols, whose methods are only declared."""
    yield tree
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            bases = {base.id for base in node.bases if isinstance(base, ast.Name)}
            if "Protocol" not in bases:
                yield node


def mirror_of(module: Path) -> Path:
    """`sipcore/dialog/dialog.py` → `tests/sipcore/dialog/test_dialog.py`."""
    name = f"{module.parent.name}_init" if module.stem == "__init__" else module.stem
    return Path("tests") / module.parent / f"test_{name}.py"


def mirrored_modules() -> list[Path]:
    """Modules that need a test file, relative to the repository."""
    found = []
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            module = path.relative_to(ROOT)
            if module.is_relative_to("doorline/migrations/versions"):
                continue  # frozen history; the migration test runs all of it
            if behaves(path):
                found.append(module)
        found += [path.relative_to(ROOT) for path in sorted((ROOT / package).rglob("*.pyx"))]
    return found


def test_every_module_has_its_test_file() -> None:
    missing = [
        f"{module} needs {mirror_of(module)}"
        for module in mirrored_modules()
        if str(module) not in WITHOUT_TEST and not (ROOT / mirror_of(module)).is_file()
    ]

    assert missing == []


def test_every_test_file_in_the_mirror_has_its_module() -> None:
    # A module that needs no test may have one all the same.
    expected = {
        mirror_of(path.relative_to(ROOT))
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py*")
        if path.suffix in (".py", ".pyx")
    }
    orphans = [
        str(path.relative_to(ROOT))
        for package in PACKAGES
        for path in sorted((ROOT / "tests" / package).rglob("test_*.py"))
        if path.relative_to(ROOT) not in expected
        and str(path.relative_to(ROOT)) not in WITHOUT_MODULE
    ]

    assert orphans == []


def test_every_exemption_is_still_needed() -> None:
    stale = [name for name in WITHOUT_TEST if not (ROOT / name).is_file()]
    stale += [name for name in WITHOUT_MODULE if not (ROOT / name).is_file()]
    needless = [name for name in WITHOUT_TEST if (ROOT / mirror_of(Path(name))).is_file()]

    assert (stale, needless) == ([], [])

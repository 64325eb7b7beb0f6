"""What decides does not wait: no coroutine in the pure packages.

`async def` needs no import, so import-linter cannot see it; this scan of the syntax trees can.
"""

import ast
import configparser
from pathlib import Path

ROOT = Path(__file__).parent.parent


def pure_places() -> tuple[str, ...]:
    """What the contract in setup.cfg calls pure, as paths."""
    configured = configparser.ConfigParser()
    configured.read(ROOT / "setup.cfg", encoding="utf-8")
    names = configured["importlinter:contract:sans-io"]["source_modules"].split()
    return tuple(name.replace(".", "/") for name in names)


PURE = pure_places()


def modules(place: str) -> list[Path]:
    """A module, or every module of a package."""
    path = ROOT / place
    if path.is_dir():
        return sorted(path.rglob("*.py"))
    module = path.with_suffix(".py")
    return [module] if module.is_file() else []


def coroutines(path: Path) -> list[str]:
    """Places of `async def`, `await`, `async for` and `async with` in one module."""
    waiting = ast.AsyncFunctionDef | ast.Await | ast.AsyncFor | ast.AsyncWith
    tree = ast.parse(path.read_text(encoding="utf-8"), filename=str(path))
    return [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for node in ast.walk(tree)
        if isinstance(node, waiting)
    ]


def test_pure_packages_hold_no_coroutine() -> None:
    found = [place for pure in PURE for path in modules(pure) for place in coroutines(path)]

    assert found == []


def test_every_pure_place_exists() -> None:
    missing = [place for place in PURE if not modules(place)]

    assert missing == []

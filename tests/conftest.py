"""Rules that hold for every test: leftover tasks, missing programs, the table of proven features.

- A task that is still running when a test and all its fixtures are done fails the test.
- `require_tool("sipp")` skips a test whose program is not installed, and says how to install it;
  with `CI=true` it fails instead, so that nothing is left out unnoticed where changes are judged.
- `@pytest.mark.interpreted` is for tests that put something in place of a part of the engine: they
  run with its sources, and not with the compiled engine, where nothing can be replaced.
- `--features-to=FILE` writes the table of `@pytest.mark.feature("F084")` marks (`make docs`).
"""

import asyncio
import gc
import inspect
import os
import shutil
from collections.abc import AsyncIterator, Callable, Iterable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from sipcore.native import is_compiled

# The machine's load must not decide whether a property holds, so no per-example deadline.
settings.register_profile("default", deadline=None, max_examples=100)
settings.register_profile(
    "fuzz", deadline=None, max_examples=20_000, suppress_health_check=list(HealthCheck)
)
settings.load_profile("default")

DEBIAN_PACKAGES = {
    "chromedriver": "chromium-driver",
    "sipp": "sip-tester",
    "svcrack": "sipvicious",
    "svmap": "sipvicious",
    "svwar": "sipvicious",
}
"""Packages of programs that are not called like their package."""


def pytest_runtestloop() -> None:
    """Ten thousand tests live until the end: the garbage collector need not look at them."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def require_tool() -> Callable[[str], str]:
    """A function that returns the path of a program, or ends the test when there is none."""

    def find(program: str) -> str:
        path = shutil.which(program)
        if path is not None:
            return path
        package = DEBIAN_PACKAGES.get(program, program)
        message = f"{program} is not installed: sudo apt-get install {package}"
        if os.environ.get("CI") == "true":
            pytest.fail(message, pytrace=False)
        pytest.skip(message)

    return find


@pytest.fixture
async def no_task_left_behind() -> AsyncIterator[None]:
    """Set up before every other fixture of an async test, so that it looks last."""
    before = asyncio.all_tasks()
    yield
    # What was cancelled a moment ago needs a turn or two of the loop to end.
    for _ in range(5):
        await asyncio.sleep(0)
    left = asyncio.all_tasks() - before - {asyncio.current_task()}
    if left:
        names = "\n".join(sorted(repr(task) for task in left))
        pytest.fail(f"tasks still running after the test:\n{names}", pytrace=False)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--features-to=FILE`."""
    parser.addoption("--features-to", default=None, help="write the table of proven features")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let every async test be watched for leftover tasks; leave to the sources what is theirs."""
    theirs = pytest.mark.skip(reason="replaces a function of the engine, which is compiled here")
    for item in items:
        if is_compiled() and item.get_closest_marker("interpreted"):
            item.add_marker(theirs)
        if isinstance(item, pytest.Function) and inspect.iscoroutinefunction(item.function):
            item.fixturenames.insert(0, no_task_left_behind.__name__)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Write the feature table when asked to."""
    target = session.config.getoption("--features-to")
    if target:
        Path(target).write_text(feature_table(session.items), encoding="utf-8")


def feature_rows(items: Iterable[pytest.Item]) -> list[tuple[str, str, str]]:
    """Feature id, first line of the test's docstring, and test path, sorted and without doubles."""
    rows: set[tuple[str, str, str]] = set()
    for item in items:
        if not isinstance(item, pytest.Function):
            continue
        path = item.nodeid.partition("[")[0]
        statement = (inspect.getdoc(item.function) or "").partition("\n")[0].strip()
        for mark in item.iter_markers("feature"):
            rows.update((str(feature), statement, path) for feature in mark.args)
    return sorted(rows)


def feature_table(items: Iterable[pytest.Item]) -> str:
    """docs/features.md as text."""
    lines = [
        "# Proven features",
        "",
        "Each row of the feature list that a test proves. Written by `make docs` from the",
        '`@pytest.mark.feature("…")` marks; do not edit it by hand.',
        "",
        "| feature | what is proved | test |",
        "|---|---|---|",
    ]
    lines += [
        f"| {feature} | {statement.replace('|', '∣')} | `{path}` |"
        for feature, statement, path in feature_rows(items)
    ]
    return "\n".join(lines) + "\n"

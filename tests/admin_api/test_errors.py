from collections.abc import Callable

import pytest
from aiohttp import web
from sqlalchemy.exc import OperationalError

from admin_api import errors
from admin_api.errors import problem_of
from admin_api.problem import FieldProblem, Problem
from directory.errors import (
    Conflict,
    DatabaseUnavailable,
    DirectoryError,
    FieldError,
    Forbidden,
    Invalid,
    NotFound,
    SealError,
)

ERRORS: list[tuple[Exception, int]] = [
    (errors.BadRequest("no JSON"), 400),
    (errors.Unauthorized(), 401),
    (errors.NotAllowed(), 403),
    (Forbidden("create_site"), 403),
    (errors.Unknown(), 404),
    (NotFound("site", 7), 404),
    (web.HTTPNotFound(), 404),
    (web.HTTPMethodNotAllowed("PUT", ["GET", "POST"]), 405),
    (errors.Clash("Idempotency-Key", "used"), 409),
    (Conflict("name", "taken"), 409),
    (errors.PreconditionFailed(), 412),
    (errors.TooLarge(), 413),
    (web.HTTPRequestEntityTooLarge(1, 2), 413),
    (errors.UnsupportedMediaType("application/json"), 415),
    (errors.Rejected.one("limit", "too big"), 422),
    (Invalid.one("name", "required"), 422),
    (SealError("does not open"), 500),
    (RuntimeError("boom"), 500),
    (DatabaseUnavailable("cannot open"), 503),
    (OperationalError("SELECT", {}, Exception("database is locked")), 503),
]


@pytest.mark.parametrize(("error", "status"), ERRORS, ids=lambda value: type(value).__name__)
def test_every_error_has_its_status(error: Exception, status: int) -> None:
    assert problem_of(error).kind.status == status


def test_what_is_foreign_and_what_is_unknown_are_told_in_the_same_words() -> None:
    problems = {
        str(problem_of(error).document())
        for error in (NotFound("site", 7), NotFound("device", "x"), errors.Unknown())
    }

    assert len(problems) == 1


def test_an_internal_error_says_nothing_of_its_cause() -> None:
    problem = problem_of(RuntimeError("password=hunter2"))

    assert "hunter2" not in str(problem.document())


def test_a_refused_token_is_challenged_without_saying_what_was_wrong() -> None:
    assert problem_of(errors.Unauthorized()).headers == {
        "WWW-Authenticate": 'Bearer realm="doorline"'
    }


def test_a_wrong_method_is_told_which_ones_are_right() -> None:
    problem = problem_of(web.HTTPMethodNotAllowed("PUT", ["POST", "GET"]))

    assert problem.headers == {"Allow": "GET, POST"}


def test_a_forbidden_right_is_named_in_words() -> None:
    assert problem_of(Forbidden("create_site")).detail == "This role may not create site."


@pytest.mark.parametrize(
    "make",
    [
        lambda: Conflict("name", "taken"),
        lambda: errors.Clash("name", "taken"),
        lambda: Invalid((FieldError("name", "taken"),)),
        lambda: errors.Rejected.one("name", "taken"),
    ],
)
def test_errors_about_fields_name_them(make: Callable[[], Exception]) -> None:
    assert problem_of(make()).errors == (FieldProblem("name", "taken"),)


def test_the_body_that_was_not_read_closes_the_connection() -> None:
    problem: Problem = problem_of(errors.TooLarge())

    assert problem.headers == {"Connection": "close"}


def test_a_new_error_of_the_directory_is_an_internal_error_until_the_table_knows_it() -> None:
    class NoveltyError(DirectoryError):
        """Nobody knows it yet."""

    assert problem_of(NoveltyError("?")).kind.status == 500

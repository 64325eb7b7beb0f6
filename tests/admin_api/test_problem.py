import json

from admin_api.problem import INVALID, KINDS, NOT_FOUND, FieldProblem, Problem


def test_a_problem_is_a_document_with_its_errors() -> None:
    problem = Problem(INVALID, "Some fields are wrong.", (FieldProblem("name", "required"),))

    assert problem.document() == {
        "type": "/docs#invalid",
        "title": "Invalid fields",
        "status": 422,
        "detail": "Some fields are wrong.",
        "errors": [{"field": "name", "message": "required"}],
    }


def test_a_response_carries_the_document_its_type_and_its_headers() -> None:
    problem = Problem(NOT_FOUND, "Nothing.", headers={"X-Extra": "1"})

    response = problem.response()

    assert (response.status, response.headers["Content-Type"], response.headers["X-Extra"]) == (
        404,
        "application/problem+json",
        "1",
    )
    assert isinstance(response.body, bytes)
    assert json.loads(response.body) == problem.document()


def test_every_kind_has_a_slug_of_its_own() -> None:
    assert len({kind.slug for kind in KINDS}) == len(KINDS)

import re

from admin_api.docs_page import CONTENT_SECURITY_POLICY, render
from admin_api.operation import PREFIX
from admin_api.problem import KINDS
from admin_api.resources import OPERATIONS

PAGE = render(OPERATIONS, "<1.2.3>")


def test_every_operation_is_on_the_page() -> None:
    rows = re.findall(r"<code>([A-Z]+)</code></td><td><code>(/[^<]*)</code>", PAGE)

    assert sorted(rows) == sorted((o.method, PREFIX + o.path) for o in OPERATIONS)


def test_fields_are_shown_with_what_they_take() -> None:
    assert "body: duration?: number<" in PAGE
    assert "body: name: text, role: root|installer|property_manager, " in PAGE
    assert "query: limit?: integer 1-200, cursor?: text, " in PAGE
    assert ", from?: moment, to?: moment, " in PAGE
    assert "lines: list of text" in PAGE


def test_every_kind_of_problem_has_the_anchor_that_its_type_points_at() -> None:
    assert re.findall(r'<tr id="([a-z-]+)">', PAGE) == [kind.slug for kind in KINDS]


def test_the_page_fetches_nothing() -> None:
    assert re.findall(r"(?:src|href)=\"([^\"]*)\"", PAGE) == [f"{PREFIX}/openapi.json"]
    assert "<script" not in PAGE


def test_texts_are_escaped() -> None:
    assert "&lt;1.2.3&gt;" in PAGE


def test_the_policy_names_the_style_by_its_digest() -> None:
    assert re.search(r"style-src 'sha256-[A-Za-z0-9+/]{43}='", CONTENT_SECURITY_POLICY)

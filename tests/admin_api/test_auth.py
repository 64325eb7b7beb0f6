import pytest

from admin_api.auth import bearer_token
from directory.scope import Scope
from directory.service import operators, tokens
from tests.admin_api.api import Answer, Api


@pytest.mark.parametrize(
    ("header", "token"),
    [
        ("Bearer abc", "abc"),
        ("bearer abc", "abc"),
        ("BEARER   a.b-c_d~e+f/g=", "a.b-c_d~e+f/g="),
        (" Bearer abc ", "abc"),
        (None, None),
        ("", None),
        ("Bearer", None),
        ("Bearer ", None),
        ("Bearer a b", None),
        ("Bearer ä", None),
        ("Basic YTpi", None),
        ("abc", None),
        ("Bearer " + "x" * 513, None),
    ],
)
def test_a_token_is_what_follows_the_word_bearer(header: str | None, token: str | None) -> None:
    assert bearer_token(header) == token


async def refused(api: Api, header: str | None) -> Answer:
    headers = {} if header is None else {"Authorization": header}
    return await api.ask("GET", "/sites", by=None, headers=headers)


async def test_every_bad_token_is_refused_in_the_same_words(api: Api) -> None:
    live = api.operators.tokens["installer"]
    async with api.directory.unit(Scope.system()) as unit:
        await operators.update(unit, api.operators.ids["idle_manager"], {"active": False})
        issued = await tokens.list(unit, operator_id=api.operators.ids["foreign_manager"])
        await tokens.revoke(unit, issued.items[0].id)
        short = await tokens.create(
            unit, operator_id=api.operators.ids["property_manager"], lifetime=60.0
        )
    api.clock.advance(60.0)

    headers = [
        None,
        "Bearer",
        "Basic YTpi",
        "Bearer unknown",
        f"Bearer {live[:-1]}",
        f"Bearer {live}x",
        f"Bearer {api.operators.tokens['idle_manager']}",
        f"Bearer {api.operators.tokens['foreign_manager']}",
        f"Bearer {short.secret.reveal()}",
    ]
    answers = [await refused(api, header) for header in headers]

    seen = {(a.status, a.text, a.headers["WWW-Authenticate"]) for a in answers}
    assert seen == {(401, answers[0].text, 'Bearer realm="doorline"')}


async def test_a_token_opens_until_the_moment_it_expires(api: Api) -> None:
    async with api.directory.unit(Scope.system()) as unit:
        short = await tokens.create(
            unit, operator_id=api.operators.ids["property_manager"], lifetime=60.0
        )
    header = f"Bearer {short.secret.reveal()}"
    api.clock.advance(59.0)

    assert (await refused(api, header)).status == 200


@pytest.mark.parametrize("path", ["/api/v1/sites", "/api/v1/nothing", "/api/v1/sites/1/nothing"])
async def test_without_a_token_nothing_under_the_prefix_can_be_told_apart(
    api: Api, path: str
) -> None:
    get, put = await api.plain("GET", path), await api.plain("PUT", path)

    assert (get.status, put.status, get.text) == (401, 401, put.text)

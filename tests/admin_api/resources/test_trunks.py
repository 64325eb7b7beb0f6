from tests.admin_api.api import Api


async def test_where_no_provider_is_set_there_is_none(api: Api) -> None:
    answer = await api.ask("GET", "/trunks")

    assert (answer.status, answer.json) == (200, {"items": [], "sites": []})


async def test_only_root_sees_the_providers(api: Api) -> None:
    for operator in ("installer", "property_manager"):
        assert (await api.ask("GET", "/trunks", by=operator)).status == 403

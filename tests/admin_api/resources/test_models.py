from tests.admin_api.api import Api


async def test_each_known_model_is_listed_once_with_what_it_can_be(api: Api) -> None:
    answer = await api.ask("GET", "/models", by="property_manager")

    items = answer.json["items"]
    doors = ["multi_tenant_door", "single_tenant_door"]
    names = [(item["vendor"], item["model"]) for item in items]
    assert names == sorted(set(names))
    assert {"vendor": "akuvox", "model": "R29", "types": doors} in items
    assert {"vendor": "akuvox", "model": "C315", "types": ["indoor_monitor"]} in items
    assert {"vendor": "fanvil", "model": "i16SV", "types": doors} in items

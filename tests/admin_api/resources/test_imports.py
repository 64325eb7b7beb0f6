import pytest

from admin_api.resources.imports import XLSX
from tests.admin_api.api import Answer, Api
from tests.support.sheets import employee, office_file

WORKBOOK = {"Content-Type": XLSX}


async def send(
    api: Api, content: bytes, query: str = "", *, by: str = "installer", site: int | None = None
) -> Answer:
    path = f"/sites/{site or api.home.office}/imports{query}"
    return await api.ask("POST", path, by=by, raw=content, headers=WORKBOOK)


async def names(api: Api) -> list[str]:
    answer = await api.ask("GET", f"/sites/{api.home.office}/people?sort=id")
    return [person["first_name"] for person in answer.json["items"]]


async def test_a_sheet_is_imported_and_reported(api: Api) -> None:
    answer = await send(api, office_file(employee(Call_Type="3")), "?dialect=A")

    assert answer.status == 200
    assert answer.json == {
        "template": "office",
        "rows": 1,
        "users": 1,
        "devices": 0,
        "written": True,
        "problems": [],
        "more_problems": 0,
        "notes": [],
    }
    assert await names(api) == ["Bob", "Ann"]


async def test_the_template_of_a_site_is_the_sheet_that_it_imports(api: Api) -> None:
    token = {"Authorization": f"Bearer {api.operators.tokens['property_manager']}"}
    for site, template in ((api.home.office, "office"), (api.home.site, "community")):
        path = f"/api/v1/sites/{site}/imports/template"
        async with api.client.get(path, headers=token) as response:
            content = await response.read()
        answer = await send(api, content, site=site)

        assert (response.status, response.content_type) == (200, XLSX)
        assert (answer.json["template"], answer.json["problems"]) == (template, [])


async def test_a_foreign_sites_template_is_unknown(api: Api) -> None:
    path = f"/sites/{api.foreign.office}/imports/template"

    assert (await api.ask("GET", path, by="property_manager")).status == 404


async def test_every_wrong_cell_is_in_the_report_and_nothing_is_written(api: Api) -> None:
    answer = await send(api, office_file(employee(), employee(Telephone_Calling_Code="GB")))

    assert (answer.status, answer.json["written"]) == (200, False)
    assert answer.json["problems"] == [
        {
            "row": 3,
            "column": "I",
            "title": "Telephone Calling Code",
            "expected": "must be a country calling code such as 44 or +44",
            "mend": "write the digits of the country code, or nothing for the site's",
        }
    ]
    assert await names(api) == ["Bob"]


async def test_a_dry_run_writes_nothing_and_is_another_request_than_the_import(api: Api) -> None:
    """The same Idempotency-Key for both does not answer the import with the report of the trial."""
    headers = {**WORKBOOK, "Idempotency-Key": "one"}
    path, content = f"/sites/{api.home.office}/imports", office_file(employee())

    tried = await api.ask("POST", f"{path}?dry_run=true", raw=content, headers=headers)
    before = await names(api)
    done = [await api.ask("POST", path, raw=content, headers=headers) for _ in range(2)]

    assert (tried.json["written"], before) == (False, ["Bob"])
    assert [answer.json["written"] for answer in done] == [True, True]
    assert await names(api) == ["Bob", "Ann"]


async def test_a_property_manager_may_import_people_of_the_own_sites(api: Api) -> None:
    content = office_file(employee())
    own = await send(api, content, by="property_manager")
    foreign = await send(api, content, by="property_manager", site=api.foreign.office)
    nothing = await send(api, b"", by="property_manager", site=api.foreign.office)

    assert (own.status, own.json["written"]) == (200, True)
    assert (foreign.status, foreign.text) == (404, nothing.text)


@pytest.mark.parametrize("query", ["?dialect=C", "?dialect=", "?dry_run=perhaps", "?colour=red"])
async def test_a_wrong_parameter_is_named(api: Api, query: str) -> None:
    answer = await send(api, office_file(employee()), query)

    assert answer.status == 422
    assert [field for field, _ in answer.errors] == [query[1:].partition("=")[0]]


async def test_what_is_no_sheet_is_refused(api: Api) -> None:
    broken = await send(api, b"PK broken")
    path = f"/sites/{api.home.office}/imports"
    wrong_type = await api.ask("POST", path, body={"rows": []})

    assert (broken.status, [field for field, _ in broken.errors]) == (422, ["file"])
    assert wrong_type.status == 415


@pytest.mark.filterwarnings("ignore:Sending a large body:ResourceWarning")
async def test_a_file_that_is_too_large_is_not_read(api: Api) -> None:
    assert (await send(api, bytes(2 * 1024 * 1024 + 1))).status == 413


async def test_the_description_names_the_types_of_files(api: Api) -> None:
    document = (await api.ask("GET", "/openapi.json", by=None)).json
    operation = document["paths"]["/api/v1/sites/{site_id}/imports"]["post"]

    assert [*operation["requestBody"]["content"]] == [XLSX, "text/csv", "application/octet-stream"]
    assert [parameter["name"] for parameter in operation["parameters"]] == [
        "site_id",
        "dialect",
        "dry_run",
        "Idempotency-Key",
    ]
    assert {"413", "415", "422"} <= {*operation["responses"]}

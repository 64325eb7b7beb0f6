from tests.admin_api.api import Api

TEXT = {"Content-Type": "text/plain; charset=utf-8"}


async def test_an_entry_is_bound_or_free(api: Api) -> None:
    path = f"/sites/{api.home.site}/macs"
    bound = await api.ask("GET", f"{path}?bound=true")
    free = await api.ask("GET", f"{path}?bound=false")

    assert [item["device_id"] for item in bound.json["items"]] == [api.home.gate, api.home.monitor]
    assert free.json["items"] == [
        {
            "id": api.home.free_mac,
            "site_id": api.home.site,
            "mac": "0C110500A003",
            "device_id": None,
            "created_at": "2027-01-15T08:00:00.000Z",
        }
    ]


async def test_every_spelling_is_stored_as_twelve_digits(api: Api) -> None:
    for number, mac in enumerate(["0c:11:05:00:dd:00", "0C-11-05-00-DD-01", "0c11.0500.dd02"]):
        answer = await api.ask("POST", f"/sites/{api.home.site}/macs", body={"mac": mac})
        assert answer.json["mac"] == f"0C110500DD0{number}"


async def test_a_wrong_mac_is_named(api: Api) -> None:
    answer = await api.ask("POST", f"/sites/{api.home.site}/macs", body={"mac": "0C11"})

    assert (answer.status, [field for field, _ in answer.errors]) == (422, ["mac"])


async def test_an_entry_cannot_be_edited(api: Api) -> None:
    answer = await api.ask("PATCH", f"/macs/{api.home.free_mac}", body={"mac": "0C110500DDDD"})

    assert answer.status == 405


async def test_a_list_is_imported_line_by_line(api: Api) -> None:
    lines = b"\xef\xbb\xbf0C:11:05:00:E0:01\r\n\r\nnonsense\r\n0C110500A001\r\n0C110500E002"
    answer = await api.ask(
        "POST", f"/sites/{api.home.site}/macs/import", by="installer", raw=lines, headers=TEXT
    )

    assert answer.status == 200
    assert [item["mac"] for item in answer.json["added"]] == ["0C110500E001", "0C110500E002"]
    assert [bad["line"] for bad in answer.json["bad_lines"]] == [3, 4]


async def test_an_import_takes_text_in_utf8_only(api: Api) -> None:
    path = f"/sites/{api.home.site}/macs/import"
    wrong_type = await api.ask("POST", path, body=["0C110500E001"])
    wrong_text = await api.ask("POST", path, raw=b"\xff\xfe0\x00", headers=TEXT)

    assert (wrong_type.status, wrong_text.status) == (415, 400)


async def test_a_long_list_is_taken_in_parts_with_its_own_line_numbers(api: Api) -> None:
    lines = [f"0C1105{number:06X}" for number in range(120)]
    lines[3] = lines[110] = "nonsense"
    path = f"/sites/{api.home.site}/macs/import"

    answer = await api.ask("POST", path, raw="\n".join(lines).encode(), headers=TEXT)

    assert len(answer.json["added"]) == 118
    assert [bad["line"] for bad in answer.json["bad_lines"]] == [4, 111]


async def test_an_empty_list_for_a_foreign_site_is_unknown_all_the_same(api: Api) -> None:
    path = f"/sites/{api.foreign.site}/macs/import"
    answer = await api.ask("POST", path, by="installer", raw=b"", headers=TEXT)

    assert answer.status == 404

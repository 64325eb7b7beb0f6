from admin_api.services import new_request_id


def test_a_request_id_is_sixteen_hexadecimal_digits_and_never_twice_the_same() -> None:
    ids = {new_request_id() for _ in range(100)}

    assert len(ids) == 100
    assert {len(made) for made in ids} == {16}
    assert all(int(made, 16) >= 0 for made in ids)

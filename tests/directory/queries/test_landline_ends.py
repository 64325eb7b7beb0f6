from directory.queries.landline_ends import landline_ends


def test_numbers_keep_their_order_and_come_once() -> None:
    assert landline_ends([("b", None), ("a", None), ("b", None)]) == (("b", "a"), {})


def test_a_number_ends_with_the_last_of_those_who_have_it() -> None:
    carried = [("a", 50.0), ("b", 60.0), ("c", 70.0), ("a", None), ("b", 40.0), ("c", 80.0)]

    assert landline_ends(carried) == (("a", "b", "c"), {"b": 60.0, "c": 80.0})


def test_an_end_after_none_does_not_count() -> None:
    assert landline_ends([("a", None), ("a", 50.0)]) == (("a",), {})

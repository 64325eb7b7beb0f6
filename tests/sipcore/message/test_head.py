import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipcore.kernel.errors import BadMessage
from sipcore.message.head import MAX_HEADERS, cut_head, read_headers, read_index, unfold


def test_the_head_is_cut_at_the_first_empty_line() -> None:
    assert cut_head(b"start\r\nA: b\r\n\r\nC: d\r\n\r\n") == ([b"start", b"A: b"], 15)


@pytest.mark.parametrize("raw", [b"", b"start", b"start\r\n", b"start\n\n", b"start\r\nA: b\n\r\n"])
def test_a_head_without_an_empty_line_is_refused(raw: bytes) -> None:
    with pytest.raises(BadMessage, match="not terminated"):
        cut_head(raw)


@pytest.mark.parametrize(
    "raw",
    [
        b"start\nA: b\r\n\r\n",
        b"start\r\nA: b\nC: d\r\n\r\n",
        b"start\r\nA: b\rC: d\r\n\r\n",
        b"start\r\nA: b\r\r\n\r\n",
        b"start\r\nA: b\rC: d\r\r\n\r\n",
        b"start\r\nA: b\nC: d\n\r\n\r\n",
    ],
)
def test_a_line_that_does_not_end_in_crlf_is_refused(raw: bytes) -> None:
    with pytest.raises(BadMessage, match="does not end in CRLF"):
        cut_head(raw)


def test_a_head_may_be_empty() -> None:
    assert cut_head(b"\r\n\r\n") == ([b""], 4)


@given(st.lists(st.sampled_from([b"\r", b"\n", b"\r\n", b"a"]), max_size=12).map(b"".join))
def test_whatever_the_octets_only_crlf_ends_a_line(octets: bytes) -> None:
    raw = b"s" + octets + b"\r\n\r\n"
    head = raw[: raw.find(b"\r\n\r\n")]
    is_bare = b"\r" in head.replace(b"\r\n", b"") or b"\n" in head.replace(b"\r\n", b"")

    if is_bare:
        with pytest.raises(BadMessage, match="does not end in CRLF"):
            cut_head(raw)
    else:
        assert cut_head(raw) == (head.split(b"\r\n"), len(head) + 4)


def test_the_number_of_header_lines_is_bounded() -> None:
    allowed = b"start" + b"\r\nA: b" * MAX_HEADERS

    assert len(cut_head(allowed + b"\r\n\r\n")[0]) == MAX_HEADERS + 1
    with pytest.raises(BadMessage, match="too many header lines"):
        cut_head(allowed + b"\r\nA: b\r\n\r\n")


def test_the_index_holds_the_first_value_of_each_name() -> None:
    index = read_index([b"start", b"v: one", b"X-Door:  two ", b"VIA : three", b"Via:four"])

    assert index == (
        {b"via": b"one", b"x-door": b"two"},
        [(b"via", b"one"), (b"x-door", b"two"), (b"via", b"three"), (b"via", b"four")],
    )


def test_the_index_of_single_names_knows_that_nothing_is_repeated() -> None:
    assert read_index([b"start", b"i: a", b"Subject:"]) == (
        {b"call-id": b"a", b"subject": b""},
        None,
    )


def test_folded_lines_are_joined_by_one_space() -> None:
    lines = [b"start", b"s :", b" one  ", b"\t two", b"To: x", b"   "]

    assert unfold(lines) == [b"s : one two", b"To: x "]
    assert read_headers(lines) == [(b"subject", b"one two"), (b"to", b"x")]
    assert read_index(lines) == ({b"subject": b"one two", b"to": b"x"}, None)


def test_a_fold_of_a_repeated_header_keeps_the_first_in_the_index() -> None:
    lines = [b"start", b"Via: a", b"Via: b", b" c"]

    headers = [(b"via", b"a"), (b"via", b"b c")]
    assert read_index(lines) == ({b"via": b"a"}, headers)
    assert read_headers(lines) == headers


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"Foobar roobar", "header line without a colon"),
        (b"Via", "header line without a colon"),
        (b"", "header line without a colon"),
        (b": value", "header name is not a token"),
        (b"a b: c", "header name is not a token"),
        (b" folded", "first header line is a continuation"),
    ],
)
def test_a_line_that_is_no_header_is_refused(line: bytes, reason: str) -> None:
    for read in (read_index, read_headers):
        with pytest.raises(BadMessage, match=reason):
            read([b"start", line])

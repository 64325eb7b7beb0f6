from sipcore.message.status import reason_phrase


def test_registered_codes_have_their_phrase_and_others_that_of_their_class() -> None:
    codes = (100, 180, 200, 401, 416, 487, 505, 603, 299, 477, 599, 699, 999)

    assert [reason_phrase(code) for code in codes] == [
        b"Trying",
        b"Ringing",
        b"OK",
        b"Unauthorized",
        b"Unsupported URI Scheme",
        b"Request Terminated",
        b"Version Not Supported",
        b"Decline",
        b"OK",
        b"Bad Request",
        b"Server Internal Error",
        b"Busy Everywhere",
        b"Unknown",
    ]

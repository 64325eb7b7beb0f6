"""RFC 3327: the Path header."""

from sipcore.registrar.policy import RegistrarPolicy
from tests.support.registration import RegistrarBench

PATH = [b"Path: <sip:p1.test;lr>, <sip:p2.test;lr>", b"Path: <sip:p3.test;lr>"]
SUPPORTED = b"Supported: path"


def test_the_path_is_stored_in_order_and_copied_into_the_answer() -> None:
    """§5.3: "The registrar ... copies the Path header field values into a Path header"."""
    bench = RegistrarBench()

    response = bench.register(extra=[SUPPORTED, *PATH])

    hops = ["<sip:p1.test;lr>", "<sip:p2.test;lr>", "<sip:p3.test;lr>"]
    assert [value.decode() for value in response.values(b"path")] == hops
    assert list(bench.location.bindings("1001")[0].path) == hops


def test_a_path_that_the_phone_does_not_support_is_refused() -> None:
    """§5.3: 420 Bad Extension is recommended."""
    response = RegistrarBench().register(extra=PATH)

    assert (response.status, response.first(b"unsupported")) == (420, b"path")


def test_behind_an_edge_proxy_the_operator_may_accept_it_all_the_same() -> None:
    """§5.3: "unless ... local policy"."""
    bench = RegistrarBench(policy=RegistrarPolicy(path_without_support=True))

    assert bench.register(extra=PATH).status == 200


def test_a_refresh_over_another_path_replaces_the_path() -> None:
    """§5.3: the binding has the Path of its last REGISTER."""
    bench = RegistrarBench()
    bench.register(extra=[SUPPORTED, *PATH])

    bench.register(cseq=2, extra=[SUPPORTED, b"Path: <sip:p9.test;lr>"])
    assert bench.location.bindings("1001")[0].path == ("<sip:p9.test;lr>",)
    bench.register(cseq=3)
    assert bench.location.bindings("1001")[0].path == ()


def test_path_may_be_required() -> None:
    """§4: the option tag is known here."""
    bench = RegistrarBench()

    assert bench.register(extra=[b"Require: path", SUPPORTED, *PATH]).status == 200

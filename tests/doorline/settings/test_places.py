"""Line numbers of keys, in every way TOML lets them be written."""

from hypothesis import given
from hypothesis import strategies as st

from doorline.settings.places import line_of, places

TEXT = '''\
# [not.a.table]
top = 1
"quoted.key" = 2
[server] # comment
name = "a # [b] = c"
text = """
[fake]
fake = 1
"""
raw = \'\'\'
other = 2 \'\'\'
list = [
  "a", # fake = 3
  [ "b", ],
]
inline = { x = 1, y = [2] }
[ sip . listen ]
udp.first = 1
[sip.trunk."my trunk"]
host = "h"
[[many]]
a = 1
'''


def test_every_table_and_key_has_its_line() -> None:
    assert places(TEXT) == {
        ("top",): 2,
        ("quoted.key",): 3,
        ("server",): 4,
        ("server", "name"): 5,
        ("server", "text"): 6,
        ("server", "raw"): 10,
        ("server", "list"): 12,
        ("server", "inline"): 16,
        ("sip", "listen"): 17,
        ("sip", "listen", "udp"): 18,
        ("sip", "listen", "udp", "first"): 18,
        ("sip", "trunk", "my trunk"): 19,
        ("sip", "trunk", "my trunk", "host"): 20,
        ("many",): 21,
        ("many", "a"): 22,
    }


def test_a_key_without_a_line_has_the_line_of_what_is_around_it() -> None:
    found = places(TEXT)

    assert line_of(found, ("server", "inline", "x")) == 16
    assert line_of(found, ("sip", "listen", "tcp")) == 17
    assert line_of(found, ("http", "admin")) == 1


@given(st.text(alphabet="ab=\"'[]{}#.\n\\ ", max_size=80))
def test_any_text_is_read_to_its_end(text: str) -> None:
    lines = max(1, len(text.splitlines()))

    assert all(1 <= line <= lines for line in places(text).values())

from typing import ClassVar

import pytest

from admin_api.errors import BadRequest, PreconditionFailed
from admin_api.etag import etag_of, require_match
from admin_api.schemas.base import Item


class Lamp(Item):
    """Something to tag."""

    volatile: ClassVar[frozenset[str]] = frozenset({"lit"})

    id: int
    name: str
    lit: bool


TAG = etag_of(Lamp(id=1, name="hall", lit=True))


def test_the_tag_is_strong_and_quoted() -> None:
    assert (TAG[0], TAG[-1], len(TAG)) == ('"', '"', 22)


def test_an_edit_changes_the_tag() -> None:
    assert etag_of(Lamp(id=1, name="stairs", lit=True)) != TAG


def test_what_changes_without_an_edit_leaves_the_tag_as_it_is() -> None:
    assert etag_of(Lamp(id=1, name="hall", lit=False)) == TAG


@pytest.mark.parametrize("header", [None, "*", " * ", TAG, f'"other", {TAG}', f'W/"x",{TAG} '])
def test_an_edit_passes_without_condition_or_with_the_present_tag(header: str | None) -> None:
    require_match(header, TAG)


@pytest.mark.parametrize("header", ['"other"', f"W/{TAG}", '""', '"a","b"'])
def test_an_edit_of_something_older_is_refused(header: str) -> None:
    with pytest.raises(PreconditionFailed):
        require_match(header, TAG)


@pytest.mark.parametrize("header", ["abc", '"open', '"a" "b"', ",", '"a"' * 1000])
def test_a_malformed_condition_is_told_apart_from_an_old_one(header: str) -> None:
    with pytest.raises(BadRequest):
        require_match(header, TAG)

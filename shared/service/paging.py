"""Lists in pages: an opaque cursor that says where the next page begins."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Final, Generic, TypeVar

from fastapi import Depends, Query
from pydantic import BaseModel, Field

from shared.service.problems import Invalid

T = TypeVar("T")
R = TypeVar("R")
CursorValue = str | int | float | bool | None
_LARGEST: Final = 200


class Page(BaseModel, Generic[T]):
    """One page of a list."""

    items: list[T] = Field(description="The entries of this page, in the list's order.")
    next: str | None = Field(
        None, description="Cursor of the next page; null on the last one.", examples=["WzE3XQ"]
    )


class Paging(BaseModel):
    """How much of a list is asked for, and from where on."""

    limit: int
    after: tuple[CursorValue, ...] | None

    @property
    def fetch(self) -> int:
        """Rows to read: one more than asked for tells whether another page follows."""
        return self.limit + 1

    def after_as(self, *kinds: Callable[[Any], Any]) -> tuple[Any, ...] | None:
        """The sort key to go on from, each column made by its converter; None on the first page.

        Raises a 422 for a cursor of another list, or one that somebody wrote by hand.
        """
        if self.after is None:
            return None
        try:
            return tuple(kind(value) for kind, value in zip(kinds, self.after, strict=True))
        except (ValueError, TypeError, AttributeError):
            raise _bad_cursor() from None

    def page(
        self,
        rows: Sequence[R],
        view: Callable[[R], T],
        position: Callable[[R], Sequence[CursorValue]],
    ) -> Page[T]:
        """Make the page from up to `fetch` rows; `position` gives the sort key of a row.

        The sort key comes back as `after` with the next request: select rows beyond it.
        """
        shown = rows[: self.limit]
        more = len(rows) > self.limit and bool(shown)
        following = encode_cursor(position(shown[-1])) if more else None
        return Page(items=[view(row) for row in shown], next=following)


def paging(
    limit: Annotated[int, Query(ge=1, le=_LARGEST, description="Entries per page")] = 50,
    cursor: Annotated[
        str | None,
        Query(max_length=1000, description="`next` of the page before; absent for the first page"),
    ] = None,
) -> Paging:
    """A FastAPI dependency: `limit` and `cursor` of a list endpoint."""
    return Paging(limit=limit, after=None if cursor is None else decode_cursor(cursor))


AskedPage = Annotated[Paging, Depends(paging)]
"""Parameter type of a list endpoint: `async def list_x(asked: AskedPage) -> Page[X]`."""


def encode_cursor(position: Sequence[CursorValue]) -> str:
    """A position in a list as opaque text."""
    packed = json.dumps(list(position), separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(packed).rstrip(b"=").decode()


def decode_cursor(cursor: str) -> tuple[CursorValue, ...]:
    """Back from text; raises a 422 for text that is no cursor of ours."""
    try:
        packed = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        position: Any = json.loads(packed)
    except (binascii.Error, ValueError, RecursionError):
        raise _bad_cursor() from None
    if not isinstance(position, list) or not all(_plain(value) for value in position):
        raise _bad_cursor()
    return tuple(position)


def _plain(value: object) -> bool:
    if isinstance(value, str):
        return "\0" not in value and value.isprintable()
    small = isinstance(value, int) and abs(value) < 2**63
    return value is None or small or isinstance(value, float)


def _bad_cursor() -> Invalid:
    return Invalid("cursor is not one of ours; use `next` of the page before, or leave it out.")

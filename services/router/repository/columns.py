"""Rows of objects turned into the columns that set-based statements bind."""

from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import Any

from sqlalchemy import ColumnElement, Table, and_
from sqlalchemy.sql.selectable import TableValuedAlias
from sqlalchemy.types import TypeEngine

from shared.storage import unnest

# SQLAlchemy takes a parameter named like a column of the updated table for a value to set.
PREFIX = "g_"


def given(table: Table, names: Sequence[str], **more: type[TypeEngine[Any]]) -> TableValuedAlias:
    """A table of bound lists with those columns of `table`, named `g_<column>`, and `more`."""
    return unnest("given", **{PREFIX + name: table.c[name].type for name in names}, **more)


def columns(
    names: Sequence[str], rows: Iterable[object], prefix: str = PREFIX
) -> dict[str, list[Any]]:
    """The attributes `names` (two at least) of every row, one list per name: what `given` binds."""
    turned = list(zip(*map(attrgetter(*names), rows), strict=True)) or [()] * len(names)
    return {prefix + name: list(values) for name, values in zip(names, turned, strict=True)}


def same(table: Table, other: TableValuedAlias, *names: str) -> ColumnElement[bool]:
    """Whether a row of `table` and a given one agree in those columns."""
    return and_(*[table.c[name] == other.c[PREFIX + name] for name in names])


def taken(other: TableValuedAlias, names: Iterable[str]) -> list[ColumnElement[Any]]:
    """The given columns of those names, in that order."""
    return [other.c[PREFIX + name] for name in names]

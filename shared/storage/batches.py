"""Whole batches as one statement: columns of Python lists become a table to select from."""

from typing import Any

from sqlalchemy import bindparam, column, func
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.sql.selectable import TableValuedAlias
from sqlalchemy.types import TypeEngine


def unnest(alias: str, **columns: TypeEngine[Any] | type[TypeEngine[Any]]) -> TableValuedAlias:
    """`unnest(:id::uuid[], :n::int[]) AS alias(id, n)`: a table of the lists bound when it runs.

    The bind parameters carry the column names; all lists must be of one length. Build it once at
    import, since SQLAlchemy then caches the compiled statement.

    >>> given = unnest("given", id=Uuid, n=Integer)
    >>> statement = insert(t).from_select(["id", "n"], select(given.c.id, given.c.n))
    >>> await session.execute(statement, {"id": ids, "n": counts})
    """
    arrays = [bindparam(name, type_=ARRAY(kind)) for name, kind in columns.items()]
    made = func.unnest(*arrays).table_valued(
        *[column(name, kind) for name, kind in columns.items()], name=alias
    )
    return made.render_derived()

"""Values that belong to a query's text, so that the planner knows them."""

from sqlalchemy import ColumnElement, literal_column


def constant(value: str) -> ColumnElement[str]:
    """A text of the code's own (a state, a kind), written out instead of bound.

    A prepared statement is soon planned for any value, and such a plan cannot use a partial index
    (`WHERE state = 'queued'`), since it would be wrong for other values. Never for what comes from
    outside: ValueError for anything but letters, digits, `-` and `_`.
    """
    if value and not value.replace("-", "").replace("_", "").isalnum():
        raise ValueError(f"not a constant of the code: {value!r}")
    return literal_column(f"'{value}'")

"""Which failures pass by themselves: told by SQLSTATE and connection state, never by text."""

import asyncio

from obstore.exceptions import BaseError as BlobStoreError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

# PostgreSQL, appendix A: connection, transaction rollback (deadlock, serialization), insufficient
# resources (disk full, too many connections), object in use (lock timeout), operator intervention
# (shutdown, killed backend, statement timeout), system error (I/O).
_TRANSIENT_CLASSES = frozenset({"08", "40", "53", "55", "57", "58"})
# A server in recovery refuses writes, an idle transaction was ended: both are about the connection.
_TRANSIENT_CODES = frozenset({"25006", "25P03", "XX000"})
_UNIQUE_VIOLATION = "23505"
_QUERY_CANCELED = "57014"


def sqlstate(error: BaseException) -> str:
    """The SQLSTATE of a database error, "" when it has none."""
    if isinstance(error, DBAPIError):
        error = error.orig or error
    return str(getattr(error, "sqlstate", None) or "")


def is_transient(error: BaseException) -> bool:
    """Whether doing the same again later can succeed: the record is not to blame."""
    if isinstance(error, OSError | asyncio.TimeoutError | PoolTimeout | BlobStoreError):
        return True
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    state = sqlstate(error)
    if state:
        return state[:2] in _TRANSIENT_CLASSES or state in _TRANSIENT_CODES
    return _lost_connection(error)


def is_unique_violation(error: BaseException) -> bool:
    """Whether a rival wrote the same key first (23505): tried once more before it counts."""
    return sqlstate(error) == _UNIQUE_VIOLATION


def is_statement_timeout(error: BaseException) -> bool:
    """Whether the server gave a statement up (57014)."""
    return sqlstate(error) == _QUERY_CANCELED


def _lost_connection(error: BaseException) -> bool:
    """asyncpg reports a connection that ended under a statement without any SQLSTATE."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    names = {kind.__name__ for kind in type(cause).__mro__} if cause is not None else set()
    return bool(names & {"InterfaceError", "ConnectionDoesNotExistError", "InternalClientError"})


def describe(error: BaseException) -> str:
    """What failed and where, without the message: it may hold what a customer wrote."""
    place = ""
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        if f"{code.co_filename}".rpartition("/services/")[1] or "/shared/" in code.co_filename:
            name = code.co_filename.replace("\\", "/")
            tail = name[max(name.rfind("/services/"), name.rfind("/shared/")) + 1 :]
            place = f" at {tail}:{trace.tb_lineno} in {code.co_name}"
        trace = trace.tb_next
    state = sqlstate(error)
    return type(error).__name__ + (f" (SQLSTATE {state})" if state else "") + place

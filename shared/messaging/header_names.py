"""Records whose header names are not UTF-8, which aiokafka's compiled parser refuses to read.

Kafka demands UTF-8 of a header's name and checks nothing. aiokafka raises on such a name whenever
it comes to the record, so that its partition would stand still for ever. Here a batch that cannot
be read is read again by aiokafka's parser in Python, with the offending bytes written as `\\xff`.
"""

from collections.abc import Iterator
from struct import unpack_from
from typing import Any

from aiokafka.consumer import fetcher
from aiokafka.record.default_records import _DefaultRecordBatchPy
from aiokafka.record.memory_records import MemoryRecords

_BEFORE_LENGTH = 8  # bytes: the base offset
_OVERHEAD = 12  # bytes: base offset and length, which the length does not count


def take_any_header_name() -> None:
    """From now on every consumer of this process reads records whatever their headers' names."""
    fetcher.MemoryRecords = Records


class Records:
    """The batches of one fetch: as aiokafka's MemoryRecords, but never stopped by a header name."""

    def __init__(self, data: bytes) -> None:
        self._data = memoryview(data)
        self._batches = MemoryRecords(data)
        self._begin = 0

    def size_in_bytes(self) -> int:
        """As aiokafka's."""
        return int(self._batches.size_in_bytes())

    def has_next(self) -> bool:
        """As aiokafka's."""
        return bool(self._batches.has_next())

    def next_batch(self) -> "_Batch":
        """The next batch; only to be called after `has_next` said yes."""
        batch, begin = self._batches.next_batch(), self._begin
        (length,) = unpack_from(">i", self._data, begin + _BEFORE_LENGTH)
        self._begin = begin + _OVERHEAD + length
        return _Batch(batch, self._data[begin : self._begin])


class _Batch:
    def __init__(self, batch: Any, data: memoryview) -> None:
        self._batch = batch
        self._data = data

    def __getattr__(self, name: str) -> Any:
        return getattr(self._batch, name)

    def __next__(self) -> Any:
        return next(self._batch)

    def __iter__(self) -> Iterator[Any]:
        try:
            return iter(list(self._batch))
        except UnicodeDecodeError:
            return iter(_LenientBatch(self._data))


class _LenientBatch(_DefaultRecordBatchPy):  # type: ignore[misc]  # final to type checkers
    def _maybe_uncompress(self) -> None:
        super()._maybe_uncompress()
        self._buffer: bytearray = _Lenient(self._buffer)


class _Lenient(bytearray):
    """Bytes whose slices become text whatever they are."""

    def __getitem__(self, key: Any) -> Any:
        found = super().__getitem__(key)
        return _Lenient(found) if isinstance(key, slice) else found

    def decode(self, encoding: str = "utf-8", errors: str = "backslashreplace") -> str:
        return super().decode(encoding, errors)

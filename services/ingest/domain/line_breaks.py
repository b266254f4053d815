"""What ends the lines of a mail's head, and what some programs put before it."""

from codecs import BOM_UTF8


def with_line_feeds(raw: bytes) -> bytes:
    """A raw mail whose head has only CR between its lines, with LF there; any other as it is.

    Without the byte order mark that editors put before the first header.
    Where a head has LF, a CR alone is no line break, as for the relays before us: else a header
    could hold another one that they never saw.
    """
    raw = raw.removeprefix(BOM_UTF8)
    feed = raw.find(b"\n")
    if feed < 0:
        return raw.replace(b"\r", b"\n")
    end = raw.find(b"\r\r", 0, feed)
    if end < 0 or not raw[end:feed].strip(b"\r"):
        return raw
    return raw[:end].replace(b"\r", b"\n") + b"\n\n" + raw[end + 2 :]

"""Asks a broker which brokers it knows, by the protocol itself and without a client library."""

import socket
import struct

METADATA, VERSION, NO_TOPICS = 3, 1, 0


def live_brokers(port: int, host: str = "127.0.0.1") -> int:
    """How many brokers serve, as the one at `port` sees it; 0 when it does not answer."""
    try:
        with socket.create_connection((host, port), timeout=2) as connection:
            client = b"deskstream"
            body = struct.pack(
                f">hhih{len(client)}si", METADATA, VERSION, 1, len(client), client, NO_TOPICS
            )
            connection.sendall(struct.pack(">i", len(body)) + body)
            # Size, correlation id, then the array of brokers, which begins with its length.
            return int(struct.unpack(">iii", _exactly(connection, 12))[2])
    except OSError:
        return 0


def _exactly(connection: socket.socket, size: int) -> bytes:
    received = b""
    while len(received) < size:
        part = connection.recv(size - len(received))
        if not part:
            raise ConnectionError("the broker closed the connection")
        received += part
    return received

"""A little IMAP server that misbehaves as real ones do, and a token endpoint: in threads."""

import base64
import contextlib
import json
import re
import socketserver
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qs


class FakeImap(socketserver.ThreadingTCPServer):
    """One folder of `mails` by UID; hangs up at those in `breaks`; lets in by XOAUTH2 only."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, token: str, mails: dict[int, bytes], breaks: set[int]) -> None:
        super().__init__(("127.0.0.1", 0), _Talk)
        self.token, self.mails, self.breaks = token, mails, breaks
        self.logins = 0

    @property
    def port(self) -> int:
        return int(self.server_address[1])


class _Talk(socketserver.StreamRequestHandler):
    server: FakeImap

    def handle(self) -> None:
        self._say("* OK [CAPABILITY IMAP4rev1 AUTH=XOAUTH2] here")
        while line := self.rfile.readline():
            tag, _, rest = line.decode().strip().partition(" ")
            if not self._do(tag, rest):
                return

    def _say(self, text: str) -> None:
        self.wfile.write(text.encode() + b"\r\n")

    def _do(self, tag: str, asked: str) -> bool:
        command = asked.upper()
        if command.startswith("AUTHENTICATE XOAUTH2"):
            return self._authenticate(tag)
        if command.startswith("UID FETCH"):
            if not self._fetch(asked):
                return False
        elif command.startswith(("SELECT", "EXAMINE")):
            self._say(f"* {len(self.server.mails)} EXISTS")
            self._say("* OK [UIDVALIDITY 7] valid")
        elif command.startswith("UID SEARCH"):
            first = int(re.findall(r"(\d+):\*", asked)[0])
            found = [str(uid) for uid in self.server.mails if uid >= first]
            self._say(f"* SEARCH {' '.join(found)}")
        elif command == "CAPABILITY":
            self._say("* CAPABILITY IMAP4rev1 AUTH=XOAUTH2")
        elif command == "LOGOUT":
            self._say("* BYE")
        self._say(f"{tag} OK done")
        return command != "LOGOUT"

    def _authenticate(self, tag: str) -> bool:
        self._say("+ ")
        given = base64.b64decode(self.rfile.readline()).decode()
        believed = given == f"user=help\x01auth=Bearer {self.server.token}\x01\x01"
        self.server.logins += believed
        self._say(f"{tag} OK in" if believed else f"{tag} NO [AUTHENTICATIONFAILED] no")
        return True

    def _fetch(self, asked: str) -> bool:
        uids = [int(uid) for uid in asked.split()[2].split(",")]
        if "BODY" in asked and self.server.breaks & set(uids):
            return False
        for number, uid in enumerate(uids, 1):
            raw = self.server.mails[uid]
            if "BODY" in asked:
                self.wfile.write(f"* {number} FETCH (UID {uid} BODY[] {{{len(raw)}}}\r\n".encode())
                self.wfile.write(raw + b")\r\n")
            else:
                self._say(f"* {number} FETCH (UID {uid} RFC822.SIZE {len(raw)})")
        return True


class FakeTokens(HTTPServer):
    """Gives out `answer` with `status`, and remembers what it was asked."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Token)
        self.status, self.answer = 200, {"access_token": "fresh", "expires_in": 3600}
        self.asked: list[dict[str, list[str]]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/token"


class _Token(BaseHTTPRequestHandler):
    server: FakeTokens

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        self.server.asked.append(parse_qs(self.rfile.read(length).decode()))
        body = json.dumps(self.server.answer).encode()
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        return


@contextlib.contextmanager
def served(server: Any) -> Iterator[Any]:
    """The server at work in a thread."""
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()

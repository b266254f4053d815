"""One IMAP server's side of a mailbox (RFC 3501, 6851, 2177), blocking: run it in a thread."""

import socket
import ssl
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from imapclient import SEEN, IMAPClient
from imapclient.exceptions import IMAPClientAbortError, IMAPClientError, LoginError

from services.ingest.account_settings import ImapSettings

_BODY: Final = "BODY.PEEK[]"
_SLICE: Final = 0.5
_NEWS: Final = frozenset({b"EXISTS", b"RECENT"})


class MailboxAway(Exception):
    """The server cannot be reached, hung up, or did not answer in time; the text says which."""


class LoginRefused(MailboxAway):
    """The server does not believe user and secret."""


class FolderRefused(MailboxAway):
    """The server does not open a folder, or not let us change it."""


class FetchRefused(Exception):
    """The server answers a FETCH with an error; the connection goes on."""


@dataclass(frozen=True, slots=True)
class Access:
    """What proves who we are: a password, or an OAuth2 access token."""

    secret: str
    token: bool


class ImapMailbox:
    """A connection that is logged in. Every method raises MailboxAway when it is lost."""

    def __init__(self, settings: ImapSettings, access: Access, seconds: float) -> None:
        """seconds: how long the server may take for an answer. Raises LoginRefused."""
        self._settings = settings
        self._client = _reach(settings, seconds)
        try:
            _log_in(self._client, settings.user, access)
        except BaseException:
            self._client.shutdown()
            raise

    def close(self) -> None:
        """Ends the connection, politely if the server still listens."""
        try:
            self._client.logout()
        except (IMAPClientError, OSError):
            self._client.shutdown()

    def open(self, folder: str) -> int:
        """Selects a folder; its UIDVALIDITY. Raises FolderRefused."""
        readonly = self._settings.after == "keep"
        try:
            found = self._client.select_folder(folder, readonly=readonly)
            return int(found[b"UIDVALIDITY"])
        except (IMAPClientAbortError, OSError) as error:
            raise _away(error) from error
        except (IMAPClientError, KeyError) as error:
            raise FolderRefused(f"folder {folder}: {_words(error)}") from error

    def beyond(self, uid: int) -> list[int]:
        """The UIDs above `uid` in the open folder, in order."""
        try:
            found = self._client.search(["UID", f"{uid + 1}:*"])
        except (IMAPClientError, OSError) as error:
            raise _away(error) from error
        # `n:*` names the last mail also when its UID is below n (RFC 3501 section 6.4.8).
        return sorted(int(one) for one in found if int(one) > uid)

    def sizes(self, uids: Sequence[int]) -> dict[int, int]:
        """Bytes of those of these mails that are still there."""
        found = self._fetch(uids, "RFC822.SIZE")
        return {uid: int(items.get(b"RFC822.SIZE", 0)) for uid, items in found.items()}

    def bodies(self, uids: Sequence[int]) -> dict[int, bytes]:
        """The mails byte for byte; a mail that the server leaves out is not in the answer.

        Raises FetchRefused when the server says no to all of them for one's sake.
        """
        found = self._fetch(uids, _BODY)
        bodies = {uid: items.get(b"BODY[]") for uid, items in found.items()}
        return {uid: body for uid, body in bodies.items() if isinstance(body, bytes)}

    def _fetch(self, uids: Sequence[int], what: str) -> dict[int, dict[bytes, Any]]:
        try:
            return dict(self._client.fetch(list(uids), [what]))
        except (IMAPClientAbortError, OSError) as error:
            raise _away(error) from error
        except (IMAPClientError, ValueError) as error:
            raise FetchRefused(_words(error)) from error

    def settle(self, uids: Sequence[int]) -> None:
        """Does with these mails what the account wants to become of stored mails."""
        after = self._settings.after
        if not uids or after == "keep":
            return
        try:
            if after == "flag":
                self._client.add_flags(list(uids), [SEEN], silent=True)
            elif after == "delete":
                self._remove(uids)
            else:
                self._move(uids, after.removeprefix("move:"))
        except (IMAPClientAbortError, OSError) as error:
            raise _away(error) from error
        except IMAPClientError as error:
            raise FolderRefused(f"{after}: {_words(error)}") from error

    def _move(self, uids: Sequence[int], folder: str) -> None:
        if not self._client.folder_exists(folder):
            self._client.create_folder(folder)
        if self._client.has_capability("MOVE"):
            self._client.move(list(uids), folder)
        else:
            self._client.copy(list(uids), folder)
            self._remove(uids)

    def _remove(self, uids: Sequence[int]) -> None:
        self._client.delete_messages(list(uids), silent=True)
        # A plain EXPUNGE would also remove what others have marked.
        if self._client.has_capability("UIDPLUS"):
            self._client.uid_expunge(list(uids))

    @property
    def idles(self) -> bool:
        """Whether the server tells of new mails by itself (RFC 2177)."""
        return bool(self._client.has_capability("IDLE"))

    def wait(self, seconds: float, stop: threading.Event) -> bool:
        """Waits for news in the open folder; whether there are any before time is up or `stop`."""
        until = time.monotonic() + seconds
        try:
            self._client.idle()
            news = False
            while not news and not stop.is_set() and time.monotonic() < until:
                heard = self._client.idle_check(timeout=_SLICE)
                news = any(len(one) > 1 and one[1] in _NEWS for one in heard)
            self._client.idle_done()
        except (IMAPClientError, OSError) as error:
            raise _away(error) from error
        return news


def _reach(settings: ImapSettings, seconds: float) -> IMAPClient:
    port = settings.port or (993 if settings.tls == "tls" else 143)
    try:
        client = IMAPClient(
            settings.host, port, ssl=settings.tls == "tls", timeout=seconds, use_uid=True
        )
        if settings.tls == "starttls":
            client.starttls(ssl.create_default_context())
    except (IMAPClientError, OSError) as error:
        raise _away(error) from error
    return client


def _log_in(client: IMAPClient, user: str, access: Access) -> None:
    try:
        if access.token:
            client.oauth2_login(user, access.secret)
        else:
            client.login(user, access.secret)
    except (LoginError, IMAPClientError) as error:
        if isinstance(error, IMAPClientAbortError):
            raise _away(error) from error
        raise LoginRefused(f"login: {_words(error)}") from error
    except OSError as error:
        raise _away(error) from error


def _away(error: Exception) -> MailboxAway:
    if isinstance(error, TimeoutError | socket.timeout):
        return MailboxAway("the server does not answer in time")
    return MailboxAway(_words(error))


def _words(error: Exception) -> str:
    """What the server or the system said, short enough to be shown and on one line."""
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return "".join(c if c.isprintable() else " " for c in text)[:200] or type(error).__name__

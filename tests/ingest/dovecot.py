"""A real IMAP server: Debian's dovecot as a plain process on a free port, in its own folder."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import imapclient

from deploy.local.ports import free_port

PROGRAM = shutil.which("dovecot", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
PASSWORD = "dovecot-password"
MISSING = "skipped: dovecot is not installed (Debian's dovecot-imapd)"

_CONFIGURATION = """
protocols = imap
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
default_internal_user = {internal}
default_login_user = {login}
default_internal_group = {group}
first_valid_uid = 1
mail_location = maildir:{folder}/mail/%u
mail_max_userip_connections = 100
maildir_stat_dirs = yes
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={mail} gid={mail_group} home={folder}/mail/%u
}}
namespace inbox {{
  inbox = yes
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
"""


class Dovecot:
    """The server; users come into being by their first login, all with one password."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.owner = pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
        self._number = 0
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Starts it and waits until it greets."""
        assert PROGRAM
        root = os.geteuid() == 0
        users = {"internal": "dovecot", "login": "dovenull", "group": "dovecot"} if root else {}
        configuration = self.folder / "dovecot.conf"
        configuration.write_text(
            _CONFIGURATION.format(
                folder=self.folder, port=self.port, password=PASSWORD,
                mail=self.owner.pw_uid, mail_group=self.owner.pw_gid,
                **users or dict.fromkeys(("internal", "login", "group"), self.owner.pw_name),
            )
        )  # fmt: skip
        (self.folder / "mail").mkdir(exist_ok=True)
        os.chown(self.folder / "mail", self.owner.pw_uid, self.owner.pw_gid)
        self._process = subprocess.Popen(
            [PROGRAM, "-F", "-c", str(configuration)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        until = time.monotonic() + 15
        while not self._greets():
            assert time.monotonic() < until, (self.folder / "log").read_text()
            time.sleep(0.05)

    def _greets(self) -> bool:
        try:
            with imapclient.IMAPClient("127.0.0.1", self.port, ssl=False, timeout=2):
                return True
        except (OSError, imapclient.exceptions.IMAPClientError):
            return False

    def stop(self) -> None:
        """Ends it and everything that it started."""
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(20)

    def deliver(self, user: str, raw: bytes, *, folder: str = "", readable: bool = True) -> Path:
        """Puts a mail into a folder ("" is the INBOX), as a delivery agent does."""
        maildir = self.folder / "mail" / user / (f".{folder}" if folder else "")
        for part in (maildir, maildir / "cur", maildir / "new", maildir / "tmp"):
            if not part.exists():
                part.mkdir(parents=True)
                os.chown(part, self.owner.pw_uid, self.owner.pw_gid)
        os.chown(self.folder / "mail" / user, self.owner.pw_uid, self.owner.pw_gid)
        self._number += 1
        wide = len(raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))
        name = f"{1_700_000_000 + self._number}.M{self._number}.test,S={len(raw)},W={wide}"
        draft = maildir / "tmp" / name
        draft.write_bytes(raw)
        os.chown(draft, self.owner.pw_uid, self.owner.pw_gid)
        if not readable:
            os.chown(draft, 0, 0)
            draft.chmod(0)
        return draft.rename(maildir / "new" / name)

    def login(self, user: str) -> imapclient.IMAPClient:
        """A client of our own, logged in."""
        client = imapclient.IMAPClient("127.0.0.1", self.port, ssl=False, timeout=10)
        client.login(user, PASSWORD)
        return client

    def count(self, user: str, folder: str = "INBOX") -> int:
        """Mails in a folder."""
        with self.login(user) as client:
            return int(client.folder_status(folder, ["MESSAGES"])[b"MESSAGES"])


@contextmanager
def running() -> Iterator[Dovecot]:
    """A server in a folder that goes with it. Its mails' owner must be able to enter it."""
    folder = Path(tempfile.mkdtemp(prefix="dovecot-"))
    folder.chmod(0o755)
    server = Dovecot(folder)
    try:
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)

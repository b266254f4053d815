"""Secrets of channel accounts: kept outside of the database, and read when they are needed."""

import os
import re
from pathlib import Path
from typing import Final, Protocol

from services.ingest.domain.accounts import ENVIRONMENT_PREFIX

_LONGEST: Final = 65_536
_FILE = re.compile(r"[a-z0-9][a-z0-9-]{0,39}/[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


class SecretMissing(LookupError):
    """A reference leads to no secret; the text is the reference, which is no secret itself."""


class _Folder(Protocol):
    @property
    def secrets_folder(self) -> Path: ...


class Secrets:
    """What references lead to.

    `env:INGEST_SECRET_<TENANT>__<NAME>` is a variable of the process; `file:<tenant>/<name>` is a
    file below INGEST_SECRETS_FOLDER, without the newline at its end. Read anew each time, so that a
    secret that was changed is taken at once.
    """

    def __init__(self, settings: _Folder) -> None:
        self._folder = settings.secrets_folder

    def resolve(self, reference: str) -> str:
        """The secret. Raises SecretMissing where there is none, or an empty one."""
        scheme, _, name = reference.partition(":")
        secret = ""
        if scheme == "env" and name.startswith(ENVIRONMENT_PREFIX):
            secret = os.environ.get(name, "")
        elif scheme == "file" and _FILE.fullmatch(name):
            secret = self._read(name, reference)
        if not secret:
            raise SecretMissing(reference)
        return secret

    def _read(self, name: str, reference: str) -> str:
        try:
            with (self._folder / name).open(encoding="utf-8") as file:
                return file.read(_LONGEST).removesuffix("\n").removesuffix("\r")
        except (OSError, UnicodeDecodeError):
            raise SecretMissing(reference) from None

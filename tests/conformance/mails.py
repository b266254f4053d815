"""The reference mails: where they lie, and what became of each."""

import os
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).parents[2]
DATA = Path(os.environ.get("DESKSTREAM_DATA") or CHECKOUT.parent / "shared" / "data")
FOLDERS = ("mime", "bounces")
RAISED = "failed"
"""Reason of a parked record whose use case raised: that is a crash, whatever the mail."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one mail: `message`, `parked`, `refused` (by the door) or `lost`."""

    mail: Path
    kind: str
    detail: str = ""

    @property
    def is_wrong(self) -> bool:
        """Whether it was lost, not let in, or crashed its reader."""
        return self.kind in ("lost", "refused") or self.detail.startswith(RAISED)


def missing() -> str | None:
    """Why there are no reference mails, None when there are."""
    absent = [str(DATA / name) for name in FOLDERS if not (DATA / name).is_dir()]
    if not absent:
        return None
    return (
        f"the reference mails are missing: there is no {' and no '.join(absent)}"
        " (DESKSTREAM_DATA names another folder)"
    )


def mails() -> Sequence[Path]:
    """All mails, folder by folder."""
    return [path for name in FOLDERS for path in sorted((DATA / name).rglob("*.eml"))]


def table(outcomes: Iterable[Outcome]) -> str:
    """Counts for each folder, and every mail that is not a message with what was said of it."""
    by_folder: dict[str, Counter[str]] = {}
    told = []
    for outcome in outcomes:
        folder = str(outcome.mail.parent.relative_to(DATA))
        by_folder.setdefault(folder, Counter())[outcome.kind] += 1
        if outcome.kind != "message":
            told.append(f"{outcome.mail.relative_to(DATA)}: {outcome.kind}: {outcome.detail}")
    lines = [_line("folder", {"mails": "mails", **{kind: kind for kind in _KINDS}})]
    for folder, counts in by_folder.items():
        lines.append(_line(folder, {"mails": counts.total(), **counts}))
    total = sum(by_folder.values(), Counter[str]())
    lines.append(_line("all", {"mails": total.total(), **total}))
    return "\n".join([*lines, *told])


_KINDS = ("message", "parked", "refused", "lost")


def _line(folder: str, cells: Mapping[str, object]) -> str:
    return f"{folder:20}" + "".join(f"{cells.get(n, 0)!s:>9}" for n in ("mails", *_KINDS))

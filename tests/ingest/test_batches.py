"""A batch of mails costs the same number of statements whatever its size."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event

from tests.ingest.mailroom import AT, Mailroom, letter, mail
from tests.ingest.test_mail_kinds import answered, bounce


def mixed(size: int, batch: str) -> list[Any]:
    """Threads in disorder, bounces, spam, numbers and repeats: `size` of each."""
    raws: list[bytes] = []
    for n in range(size):
        name = f"{batch}-{n}"
        raws += [
            letter(f"<{name}-c@x>", "c", reply_to=f"<{name}-b@x>"),
            letter(f"<{name}-a@x>", "a"),
            letter(f"<{name}-b@x>", "b", reply_to=f"<{name}-a@x>", Cc="carl@example.com"),
            letter(f"<{name}-s@x>", "buy", X_Spam_Flag="YES"),
            letter(f"<{name}-n@x>", "number", subject=f"[#{n}] Invoice"),
            letter(f"<{name}-a@x>", "a") + b"\r\n",
            bounce(None, "ana@example.com", n=hash(name) % 10**9),
        ]
    return [mail(raw, at=AT + timedelta(seconds=n)) for n, raw in enumerate(raws)]


async def counted(mailroom: Mailroom, mails: list[Any]) -> int:
    """Statements that a batch takes, BEGIN and COMMIT not counted."""
    engine = mailroom.unit.database.engine.sync_engine
    statements: list[str] = []

    def note(*given: Any) -> None:
        statements.append(given[2])

    event.listen(engine, "before_cursor_execute", note)
    try:
        await mailroom.mails(*mails)
    finally:
        event.remove(engine, "before_cursor_execute", note)
    return len(statements)


@pytest.mark.parametrize("known", [False, True])
async def test_statements_do_not_grow_with_the_batch(mailroom: Mailroom, known: bool) -> None:
    await answered(mailroom)
    small, large = mixed(1, "small"), mixed(20, "large")
    if known:
        await mailroom.mails(*small[:1], *large[::7])
        small, large = small[1:], [one for n, one in enumerate(large) if n % 7]
    first = await counted(mailroom, small)
    second = await counted(mailroom, large)
    assert first == second
    assert first <= 24
    print(f"{first} statements a batch")

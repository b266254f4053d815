"""How long a visitor in the queue is told that it takes."""


def expected_wait(position: int, median_seconds: float | None) -> int | None:
    """Seconds until a person answers, rounded up to tens; None while nobody was answered lately.

    position × the median time to first answer of the account's last 50 chats of the last 24 hours.
    Third in the queue, and the median is 38 s: 3 × 38 = 114, so 120 is told. It is an upper
    estimate: several agents take several visitors at a time.
    """
    if median_seconds is None:
        return None
    return -int(-position * median_seconds // 10) * 10

"""The relay that takes our mails, over SMTP."""

import asyncio

from aiosmtplib import SMTP, SMTPException, SMTPResponseException

from services.ingest.domain.compose import Letter
from services.ingest.domain.deliveries import LONGEST_REASON, Outcome
from services.ingest.domain.texts import one_line


class SmtpRelay:
    """Connections to one relay; those that are free are used again."""

    def __init__(self, host: str, port: int, *, name: str, seconds: float) -> None:
        """name: what we call ourselves. seconds: for connecting, and again for sending."""
        self._host = host
        self._port = port
        self._name = name
        self._seconds = seconds
        self._free: list[SMTP] = []

    async def send(self, letter: Letter) -> Outcome:
        """Hands one mail over and says what came of it; raises nothing but cancellation."""
        try:
            async with asyncio.timeout(self._seconds):
                smtp = await self._addressed(letter)
        except SMTPResponseException as answer:
            return _refusal(answer)
        except (OSError, SMTPException) as error:
            return Outcome("unreachable", _reason(error))
        try:
            async with asyncio.timeout(self._seconds):
                await smtp.data(letter.data)
        except SMTPResponseException as answer:
            smtp.close()
            return _refusal(answer)
        except (OSError, SMTPException) as error:
            # The relay may have the whole mail: only its answer is missing.
            smtp.close()
            return Outcome("unknown", _reason(error))
        except asyncio.CancelledError:
            smtp.close()
            raise
        self._free.append(smtp)
        return Outcome("sent")

    async def close(self) -> None:
        """Leaves the relay, within a second."""
        free, self._free = self._free, []
        await asyncio.gather(*map(_leave, free))

    async def _addressed(self, letter: Letter) -> SMTP:
        """A connection on which the relay has taken sender and recipient."""
        while self._free:
            smtp = self._free.pop()
            try:
                return await _envelope(smtp, letter)
            except SMTPResponseException as answer:
                if answer.code != 421:
                    raise
            except (OSError, SMTPException):
                pass  # the relay had closed a connection that was idle: nothing was sent on it
        return await _envelope(await self._connected(), letter)

    async def _connected(self) -> SMTP:
        smtp = SMTP(hostname=self._host, port=self._port, local_hostname=self._name, timeout=None)
        try:
            await smtp.connect()
        except SMTPResponseException as answer:
            # Whatever it says at its door is about us, not about this mail.
            raise ConnectionError(_reason(answer)) from answer
        return smtp


async def _leave(smtp: SMTP) -> None:
    try:
        await smtp.quit(timeout=1)
    except (OSError, SMTPException):
        smtp.close()


async def _envelope(smtp: SMTP, letter: Letter) -> SMTP:
    try:
        await smtp.mail(letter.sender)
        await smtp.rcpt(letter.recipient)
    except BaseException:
        smtp.close()
        raise
    return smtp


def _refusal(answer: SMTPResponseException) -> Outcome:
    return Outcome("refused" if 500 <= answer.code < 600 else "deferred", _reason(answer))


def _reason(error: BaseException) -> str:
    if isinstance(error, SMTPResponseException):
        return one_line(f"{error.code} {error.message}", LONGEST_REASON)
    text = str(error) or ("no answer in time" if isinstance(error, TimeoutError) else "")
    return one_line(text or type(error).__name__, LONGEST_REASON)

"""A company that uses the suite, as its customers, agents and dashboards see it from outside."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from email.message import EmailMessage
from functools import partial
from typing import Any, TypeVar
from uuid import uuid4

import httpx

from deploy.local.suite import Suite
from tests.journeys.topics import Topics

T = TypeVar("T")
Json = dict[str, Any]

TEAM, HELP = "support", "help@{tenant}.example"
ARTICLE = {
    "language": "en",
    "title": "Reset your password",
    "body": "Open the sign-in page and choose Forgot password? We send you a link.",
    "status": "published",
}
MINUTES = {"first-response": 60, "resolution": 480}


async def eventually(
    ask: Callable[[], Awaitable[T]], holds: Callable[[T], object], *, seconds: float = 30
) -> T:
    """The answer, once it is as it must be; AssertionError with the last one when time is up."""
    deadline = time.monotonic() + seconds
    while not holds(answer := await ask()):
        assert time.monotonic() < deadline, f"still {answer!r} after {seconds:.0f} s"
        await asyncio.sleep(0.05)
    return answer


def mail(tenant: str, sender: str, text: str, *, id: str | None = None, **headers: str) -> bytes:
    """A customer's mail. `headers` by their names with underscores: In_Reply_To="<…>"."""
    message = EmailMessage()
    message["From"], message["To"] = sender, HELP.format(tenant=tenant)
    message["Message-ID"] = id or f"<{uuid4()}@customer.example>"
    for name, value in {"Subject": "A question", **headers}.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    return message.as_bytes()


class Desk:
    """One tenant with a team, agents at work, two channels, a policy and an article."""

    def __init__(self, suite: Suite, topics: Topics, tenant: str) -> None:
        self.suite = suite
        self.topics = topics
        self.tenant = tenant
        self.client = httpx.AsyncClient(timeout=30)
        self.headers = _bearer(suite.token(tenant, "set-up", "admin", "operator", "platform"))

    async def found(self) -> None:
        """Make the tenant, and wait until every service knows it."""
        await self.do("router", "PUT", f"/v1/tenants/{self.tenant}", {"name": self.tenant.title()})
        for service in self.suite.addresses:
            await eventually(partial(self._status, service), lambda status: status == 200)

    async def open(self) -> None:
        """Set all of it up by the services' APIs, as a new customer of ours would."""
        await self.found()
        takes = [{"channel": "email"}, {"channel": "chat"}]
        await self.do("router", "PUT", f"/v1/teams/{TEAM}", {"name": "Support", "takes": takes})
        mailbox = {"kind": "email", "name": "Help", "address": HELP.format(tenant=self.tenant)}
        await self.do("ingest", "PUT", "/v1/channels/mail", mailbox)
        await self.do("ingest", "PUT", "/v1/channels/website", {"kind": "chat", "name": "Website"})
        minutes = dict.fromkeys(("urgent", "high", "normal", "low"), MINUTES)
        await self.do("sla", "PUT", "/v1/policy", {"name": "Standard", "minutes": minutes})
        await self.do("kb", "POST", "/v1/articles", ARTICLE)
        await self._hire("Amina")

    async def _status(self, service: str) -> int:
        url = f"{self.suite.addresses[service]}/v1/parked"
        return (await self.client.get(url, headers=self.headers)).status_code

    async def _hire(self, name: str) -> None:
        agent = {"name": name, "teams": [TEAM], "languages": ["en"], "capacity": {"email": 50}}
        made = await self.do("router", "POST", "/v1/agents", agent)
        at_work = {"availability": "available"}
        await self.do("router", "POST", f"/v1/agents/{made['id']}/availability", at_work)

    async def do(
        self, service: str, method: str, path: str, body: Json | None = None,
        headers: dict[str, str] | None = None,
    ) -> Any:  # fmt: skip
        """One request that must succeed; its JSON."""
        url = f"{self.suite.addresses[service]}{path}"
        answer = await self.client.request(method, url, json=body, headers=headers or self.headers)
        assert answer.is_success, f"{method} {url}: {answer.status_code} {answer.text}"
        return answer.json()

    async def get(self, service: str, path: str, **query: str) -> Any:
        """What a service shows."""
        return await self.do(service, "GET", str(httpx.URL(path, params=query)))

    async def parked(self, service: str) -> list[Json]:
        """The company's records that a service could not apply."""
        found = (await self.get(service, "/v1/parked", limit="200"))["items"]
        return [one for one in found if one["tenant"] == self.tenant]

    async def send(self, raw: bytes, **headers: str) -> str:
        """Hand a mail in; the id of the raw mail."""
        answer = await self.client.post(
            f"{self.suite.addresses['ingest']}/v1/email/messages",
            content=raw,
            headers={**self.headers, "Content-Type": "message/rfc822", **headers},
        )
        assert answer.status_code == 202, answer.text
        return str(answer.json()["id"])

    async def message(self, raw_id: str) -> Json:
        """The message that a raw mail turned out to be."""
        path = f"/v1/messages/{raw_id}"
        found = await eventually(lambda: self.get("ingest", path), lambda f: f["message"])
        return dict(found["message"])

    async def tickets(self) -> list[Json]:
        """All tickets, the newest first."""
        return list((await self.get("router", "/v1/tickets", limit="100"))["items"])

    async def ticket(self, holds: Callable[[Json], object] = lambda ticket: True) -> Json:
        """The only ticket, once there is one of which `holds` is true."""
        [found] = await eventually(self.tickets, lambda all: all)
        path = f"/v1/tickets/{found['id']}"
        ticket: Json = await eventually(lambda: self.get("router", path), holds)
        return ticket

    async def clocks(
        self, ticket: Json, holds: Callable[[dict[str, Json]], object]
    ) -> dict[str, Json]:
        """The ticket's clocks by kind, once `holds` is true of them."""

        async def ask() -> dict[str, Json]:
            url = f"{self.suite.addresses['sla']}/v1/tickets/{ticket['id']}/clocks"
            answer = await self.client.get(url, headers=self.headers)
            clocks = answer.json()["clocks"] if answer.is_success else ()
            return {clock["kind"]: clock for clock in clocks}

        return await eventually(ask, holds)

    async def kpi(self, metric: str, holds: Callable[[Json], object]) -> Json:
        """A KPI of these two days as a whole, once `holds` is true of it."""

        async def ask() -> Json:
            return dict((await self.get("metrics", "/v1/kpis", metric=metric))["total"])

        return await eventually(ask, holds)

    async def act(self, ticket: Json, what: str, body: Json | None = None) -> Json:
        """The ticket's agent does something: reply, note, resolve or status."""
        token = self.suite.token(self.tenant, ticket["assignee"], "agent", kind="agent")
        path = f"/v1/tickets/{ticket['id']}/{what}"
        url = f"{self.suite.addresses['router']}{path}"
        await eventually(
            lambda: self.client.get(url.rpartition("/")[0], headers=_bearer(token)),
            lambda answer: answer.status_code == 200,
        )
        return dict(await self.do("router", "POST", path, body or {}, _bearer(token)))


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def entries(ticket: Json, kind: str) -> list[Json]:
    """What was said on a ticket, of one kind: message, acknowledgement, reply or note."""
    return [entry for entry in ticket["entries"] if entry["kind"] == kind]


def is_acknowledged(ticket: Json) -> bool:
    """Whether the customer has been sent the ticket's number."""
    return [entry["delivery"] for entry in entries(ticket, "acknowledgement")] == ["sent"]

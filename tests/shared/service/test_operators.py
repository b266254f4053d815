"""Operators, over HTTP and from a shell: parked records and stopped partitions."""

import argparse
import json
import signal

import httpx
import pytest

from deploy.local.broker import Broker
from shared.service import operate
from shared.testing.access import Access
from shared.testing.records import broken_ways, chat
from tests.shared.service.notes.processes import Notes, check, send, until
from tests.shared.service.notes.service import GROUP, build


async def test_parked_records_are_listed_shown_retried_and_dropped(
    notes: Notes,
    kafka: Broker,
    access: Access,
    topic: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    process = notes.running("all")
    poison = broken_ways("s1", tenant="demo")["bad JSON"]
    await send(
        kafka, topic, chat("s1", 1, tenant="demo"), chat("s1", 2, tenant="demo", text="fail"),
        poison, chat("s1", 3, tenant="demo"), chat("s2", 1, tenant="other", text="fail"),
    )  # fmt: skip
    headers = access.service(
        "demo", "operations:read", "operations:write", "tickets:read", "tenants:write"
    )
    platform = access.service("demo", "operations:read", "platform:operate", "tenants:write")
    with httpx.Client(base_url=notes.url, headers=headers) as client:
        until(lambda: client.get("/v1/notes/count").json() == 2)
        every = until(
            lambda: (
                len(found := client.get("/v1/parked", headers=platform).json()["items"]) == 3
                and found
            )
        )
        assert {one["reason"] for one in every} == {"failed", "not-json"}
        assert "words" not in str(every)
        mine = client.get("/v1/parked").json()["items"]
        assert {one["reason"]: one["tenant"] for one in mine} == {
            "failed": "demo", "not-json": "demo",
        }  # fmt: skip
        (parked,) = [one["id"] for one in mine if one["reason"] == "failed"]
        (unreadable,) = [one["id"] for one in mine if one["reason"] == "not-json"]
        shown = client.get(f"/v1/parked/{parked}").json()
        assert shown["value"]
        assert shown["headers"]
        foreign = next(one["id"] for one in every if one["tenant"] == "other")
        assert client.get(f"/v1/parked/{foreign}").status_code == 404
        assert client.post(f"/v1/parked/{foreign}/drop").status_code == 404
        assert client.post(f"/v1/parked/{parked}/retry").status_code == 409
        for _ in range(2):
            assert client.post(f"/v1/parked/{parked}/drop").json()["state"] == "dropped"
        assert client.post(f"/v1/parked/{parked}/retry").status_code == 409
        assert client.post(f"/v1/parked/{unreadable}/drop").json()["state"] == "dropped"
        assert client.get("/v1/parked").json()["items"] == []
    process.kill()
    code, listed = notes.once("parked", "list")
    assert code == 0
    assert foreign in listed
    assert "1 parked" in listed
    await from_a_shell(notes, foreign, monkeypatch, capsys)


async def from_a_shell(
    notes: Notes,
    parked: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The same as `parked …` by a process of its own, which would take seconds to start each."""
    for name, value in notes.environment.items():
        monkeypatch.setenv(name, value)
    service = build()
    parser = argparse.ArgumentParser()
    operate.add_arguments(parser)

    async def shell(*arguments: str) -> str:
        capsys.readouterr()
        await operate.carry_out(service, parser.parse_args(arguments))
        return capsys.readouterr().out

    assert json.loads(json.loads(await shell("show", parked))["value"])["text"] == "fail"
    with pytest.raises(operate.NotPossible, match="it stays parked"):
        await shell("retry", parked)
    monkeypatch.setenv("NOTES_REPAIRED", "1")
    assert await shell("retry", parked) == "applied 1 record(s)\n"
    for action in ("retry", "drop"):
        with pytest.raises(operate.NotPossible, match="no such parked record"):
            await shell(action, parked)
    with pytest.raises(operate.NotPossible, match="is not stopped on"):
        await shell("resume", GROUP, "support.inbound.chat.v1", "0")
    assert "0 parked" in await shell("list", "--tenant", "demo")
    await service.database.dispose()


async def test_a_stopped_partition_is_named_until_somebody_resumes_it(
    notes: Notes, kafka: Broker, access: Access, topic: str
) -> None:
    process = notes.running("all")
    await send(kafka, topic, *(chat("s", n, tenant="demo", text="fail") for n in range(30)))
    said = until(lambda: notes.ready(wanted=False))
    assert f"{GROUP} is stopped on {topic}[0]" in check(said, "consumers")["reason"]
    assert "support_partition_stopped" in httpx.get(f"{notes.url}/metrics").text
    process.send(signal.SIGTERM)
    assert process.wait() == 0
    process = notes.process("all", NOTES_REPAIRED="1")
    process.start()
    said = until(lambda: notes.ready(wanted=False))
    until(lambda: "stopped" in str(check(notes.ready(wanted=False), "consumers")["reason"]))
    own = access.service("demo", "operations:read", "operations:write", "tenants:write")
    platform = access.service("demo", "operations:write", "platform:operate", "tenants:write")
    with httpx.Client(base_url=notes.url) as client:
        (stop,) = client.get("/v1/partitions", headers=own).json()
        assert (stop["consumer"], stop["topic"], stop["partition"]) == (GROUP, topic, 0)
        path = f"/v1/partitions/{GROUP}/{topic}/0/resume"
        assert client.post(path, headers=own).status_code == 403
        assert client.post(path, headers=platform).status_code == 204
        assert client.post(path, headers=platform).status_code == 404
    process.wait_until(lambda: notes.ready() is not None, seconds=30)
    process.kill()

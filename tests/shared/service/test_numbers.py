"""Numbers that do not fit where they would be kept."""

import httpx
from sqlalchemy import select

from shared.service import Service
from shared.service.api import Api
from shared.testing.access import Access
from tests.shared.service.answers import problem_of
from tests.shared.service.notes.service import notes


async def test_a_number_that_does_not_fit_its_column_is_the_callers_fault(service: Service) -> None:
    app = Api.bare("test", "for tests", body_limit=1024)

    @app.get("/v1/versions/{version}")
    async def of_version(version: int) -> int:
        async with service.database.reading() as session:
            found = await session.scalars(select(notes.c.id).where(notes.c.version == version))
            return len(found.all())

    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        assert (await client.get(f"/v1/versions/{2**31 - 1}")).json() == 0
        problem_of(await client.get(f"/v1/versions/{2**31}"), 422)


async def test_a_partition_that_no_topic_can_have_is_a_422_that_names_it(
    client: httpx.AsyncClient, access: Access
) -> None:
    headers = access.service("demo", "operations:write", "platform:operate")
    for partition in (2**31, -1):
        path = f"/v1/partitions/support.router.messages/x/{partition}/resume"
        (error,) = problem_of(await client.post(path, headers=headers), 422)["errors"]
        assert error["parameter"] == "partition"
    path = f"/v1/partitions/support.router.messages/x/{2**31 - 1}/resume"
    problem_of(await client.post(path, headers=headers), 404)

"""What customers are promised, in words, for web pages and automatic replies: open to everybody."""

from collections.abc import Mapping, Sequence
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from services.sla.repository.policies import Policies
from shared.contracts.catalog import topic_of
from shared.contracts.tenants import TenantChanged
from shared.messaging.compacted import Compacted
from shared.service import NOT_FOUND, NotFound
from shared.storage import Database

_TENANTS = topic_of(TenantChanged).name
_Language = Annotated[
    str | None,
    Query(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*$", max_length=35, description="BCP 47"),
]


class PromiseView(BaseModel):
    """One promise in words."""

    id: str = Field(description="The policy's id")
    name: str
    text: str
    language: str = Field(description="Language of the text; another one where there is none")


class PromisesView(BaseModel):
    """Everything that is promised in public, in the order in which policies are tried."""

    promises: list[PromiseView]


def public_routes(database: Database, domain: str | None) -> APIRouter:
    """GET /t/{slug}/v1/promises, and GET /v1/promises on hosts `<slug>.<domain>`."""
    router = APIRouter(tags=["promises"])

    @router.get("/t/{slug}/v1/promises", responses=NOT_FOUND)
    async def promises_of_tenant(
        slug: Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$", description="The tenant")],
        response: Response,
        lang: _Language = None,
    ) -> PromisesView:
        """What the tenant's customers are promised."""
        return await _promises(database, slug, lang, response)

    @router.get("/v1/promises", responses=NOT_FOUND)
    async def promises_of_host(
        request: Request, response: Response, lang: _Language = None
    ) -> PromisesView:
        """The same by the host that was asked; 404 unless it is a tenant's."""
        slug = slug_of(request.url.hostname or "", domain)
        return await _promises(database, slug or "at this host", lang, response)

    return router


def slug_of(host: str, domain: str | None) -> str | None:
    """The tenant whose host it is: one label before the public domain."""
    slug, _, rest = host.lower().rstrip(".").partition(".")
    return slug if domain and rest == domain.lower() else None


async def _promises(
    database: Database, slug: str, language: str | None, response: Response
) -> PromisesView:
    async with database.reading() as session:
        state = await Compacted(session).get(_TENANTS, slug)
        promised = await Policies(session).current(slug)
    if state is None or state.get("status") != "active":
        raise NotFound("tenant", slug)
    wanted = _wanted(language, state.get("languages", ()))
    found = [
        PromiseView(id=policy.id, name=policy.name, text=policy.public[spoken], language=spoken)
        for policy in promised.policies
        if (spoken := _best(policy.public, wanted)) is not None
    ]
    response.headers["Cache-Control"] = "public, max-age=60"
    return PromisesView(promises=found)


def _wanted(language: str | None, spoken: Sequence[str]) -> list[str]:
    """Languages from the best on: the one asked for, shorter and shorter, then the tenant's."""
    parts = (language or "").split("-")
    asked = ["-".join(parts[:count]) for count in range(len(parts), 0, -1)]
    return [*filter(None, asked), *spoken]


def _best(texts: Mapping[str, str], wanted: Sequence[str]) -> str | None:
    """The language of `texts` that fits best; any, if none does; None if there is no text."""
    there = {language.lower(): language for language in texts}
    fits = (there[one.lower()] for one in wanted if one.lower() in there)
    return next(fits, next(iter(texts), None))

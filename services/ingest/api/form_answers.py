"""What the sender of a form is answered: a program in JSON, a browser with a page."""

from collections.abc import Sequence
from typing import Final

from fastapi import Request
from pydantic import BaseModel, Field
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from services.ingest.api.form_posts import Posted
from services.ingest.domain import form_page
from services.ingest.domain.form_words import WORDS, language_for
from services.ingest.domain.forms import Fault, Form
from services.ingest.metric_names import FORMS
from shared.messaging.ids import new_id
from shared.service import Problem

_SECONDS: Final = "86400"


class FormTaken(BaseModel):
    """The form is stored."""

    status: str = Field("accepted", examples=["accepted"])
    thanks: str = Field(description="What to tell the person, in the page's language")


def admitted(form: Form, request: Request) -> dict[str, str]:
    """The CORS headers for the sender's page (Fetch standard §3.2). Raises the problem, 403."""
    origin = request.headers.get("origin")
    if not form.admits(origin, request.headers.get("host")):
        FORMS.labels("foreign").inc()
        detail = "Its origin is not among the form's sites (settings, origins)."
        raise Problem(403, "This page may not send the form", detail)
    if origin is None:
        return {}
    return {
        "Access-Control-Allow-Origin": origin, "Vary": "Origin",
        "Access-Control-Allow-Methods": "POST", "Access-Control-Max-Age": _SECONDS,
        "Access-Control-Allow-Headers": "Content-Type, Idempotency-Key",
    }  # fmt: skip


def language_of(request: Request, form: Form, chosen: str = "") -> str:
    """The language to answer in: that of the page that was shown, else the browser's."""
    shown = chosen or request.query_params.get("language", "")
    accepted = shown if shown in WORDS else request.headers.get("accept-language")
    return language_for(accepted, form.language)


def shown(form: Form, content: str, status: int = 200) -> Response:
    """A page of a form."""
    return HTMLResponse(
        content,
        status,
        {
            "Content-Security-Policy": form_page.policy(form),
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "same-origin",
            "Cache-Control": "no-store",
        },
    )


def thanked(
    form: Form, given: Posted, place: tuple[str, str], language: str, headers: dict[str, str]
) -> Response:
    """The form is stored, or seems so to a robot. place: its tenant and account."""
    if given.wants_page:
        page = f"/t/{place[0]}/forms/{place[1]}/thanks?language={language}"
        return RedirectResponse(form.redirect_url or page, 303, headers)
    taken = FormTaken(status="accepted", thanks=form.thanks or WORDS[language]["thanks"])
    return JSONResponse(taken.model_dump(), 202, headers)


def faulty(
    form: Form,
    given: Posted,
    place: tuple[str, str],
    *,
    language: str,
    faults: Sequence[Fault],
    headers: dict[str, str],
) -> Response:
    """The form as it was filled in with what is wrong with it. Raises the problem for a program."""
    if given.wants_page:
        attempt = given.value("_submission") or new_id().hex
        action = action_of(place)
        content = form_page.page(
            form, language, action, attempt, filled=given.filled, faults=faults
        )
        return shown(form, content, 422)
    words = WORDS[language]
    told = [
        {
            "pointer": f"#/{one.field}",
            "kind": one.what,
            "detail": words[one.what].format(one.number),
        }
        for one in faults
    ]
    detail = "Some fields are not as they should be: see errors."
    raise Problem(
        422, "The form has faults", detail, kind="form-faults", headers=headers, errors=told
    )


def action_of(place: tuple[str, str]) -> str:
    """Where a form's page is posted."""
    return f"/v1/forms/{place[0]}/{place[1]}"

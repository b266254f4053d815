"""What was posted to a form: fields and files, from JSON or from a browser."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from fastapi import Request
from starlette.datastructures import UploadFile

from services.ingest.domain.forms import MOST_FILES, Filled, Form
from services.ingest.domain.texts import clean, one_line
from shared.service import Invalid, UnsupportedMediaType

FORMS: Final = ("application/x-www-form-urlencoded", "multipart/form-data")
_MOST_FIELDS: Final = 200
_LONGEST_PART: Final = 256 * 1024
_LONGEST_ALL: Final = 400_000


@dataclass(frozen=True, slots=True)
class PostedFile:
    """A file of a form."""

    field: str
    name: str
    media_type: str | None
    data: bytes


@dataclass(frozen=True, slots=True)
class Posted:
    """What was filled in; wants_page: whether a browser waits for a page."""

    filled: Filled
    files: Sequence[PostedFile]
    wants_page: bool

    def value(self, name: str) -> str:
        """The first value of a field, empty where there is none."""
        return next(iter(self.filled.get(name, ())), "")


async def posted(request: Request, form: Form) -> Posted:
    """Reads the body. Raises Invalid, or UnsupportedMediaType for what is neither JSON nor form."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/json":
        return Posted(_checked(_of_json(await request.body())), (), False)
    if kind not in FORMS:
        raise UnsupportedMediaType("application/json", *FORMS)
    wants_page = "text/html" in request.headers.get("accept", "").lower()
    return await _of_form(request, form, wants_page)


async def _of_form(request: Request, form: Form, wants_page: bool) -> Posted:
    asked = {one.name for one in form.fields if one.type == "file"}
    filled: dict[str, list[str]] = {}
    files = []
    async with request.form(
        max_files=len(asked) * MOST_FILES + 1, max_fields=_MOST_FIELDS, max_part_size=_LONGEST_PART
    ) as given:
        for name, value in given.multi_items():
            if isinstance(value, str):
                filled.setdefault(name, []).append(clean(value))
            elif name in asked and value.filename:
                files.append(await _file(name, value))
    return Posted(_checked(filled), [one for one in files if one.data], wants_page)


async def _file(field: str, file: UploadFile) -> PostedFile:
    name = (file.filename or "").replace("\\", "/").rpartition("/")[2]
    return PostedFile(field, one_line(name, 255) or "file", file.content_type, await file.read())


def _of_json(body: bytes) -> dict[str, list[str]]:
    try:
        given = json.loads(body)
    except (ValueError, RecursionError):
        raise Invalid("The body must be JSON in UTF-8.") from None
    if not isinstance(given, dict) or len(given) > _MOST_FIELDS:
        raise Invalid("The body must be an object with the form's fields.")
    return {clean(name): [_text(name, value)] for name, value in given.items()}


def _text(name: str, value: Any) -> str:
    if value is None or isinstance(value, bool):
        return "yes" if value else ""
    if not isinstance(value, str | int | float):
        pointer = f"#/{name[:60].replace('~', '~0').replace('/', '~1')}"
        raise Invalid("A field must be a text, a number or true or false.", pointer=pointer)
    return clean(str(value))


def _checked(filled: dict[str, list[str]]) -> Filled:
    if sum(len(value.encode()) for values in filled.values() for value in values) > _LONGEST_ALL:
        raise Invalid(f"The fields may have {_LONGEST_ALL} bytes together.")
    return filled

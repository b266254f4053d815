"""The mail in a provider's post: raw where the provider sends it so, else made again."""

import base64
import binascii
import json
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qsl

from starlette.datastructures import Headers, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from services.ingest.mail_in.rebuild import FieldFile, MailFields, rebuild, split_headers

_MOST_FIELDS: Final = 1_000


class NoMail(ValueError):
    """The post holds no mail that we understand; the text says what is missing."""


@dataclass(frozen=True, slots=True)
class Posted:
    """A mail that a provider posted, and its envelope as far as it was told."""

    raw: bytes = field(repr=False)
    envelope_from: str | None = None
    envelope_to: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Form:
    """The fields of a form, byte for byte as Latin-1 text, and its files by field name."""

    fields: Mapping[str, str]
    files: Sequence[tuple[str, FieldFile]] = ()

    def text(self, name: str) -> str:
        """A field in UTF-8, and where it is something else in Latin-1; "" without it."""
        value = self.fields.get(name, "")
        try:
            return value.encode("latin-1").decode("utf-8")
        except UnicodeError:
            return value

    def raw(self, name: str) -> bytes:
        """A field byte for byte; b"" without it."""
        return self.fields.get(name, "").encode("latin-1")


async def read_form(content_type: str, body: bytes) -> Form:
    """A form in either of the two encodings. Raises NoMail."""
    kind = content_type.partition(";")[0].strip().lower()
    try:
        if kind == "application/x-www-form-urlencoded":
            pairs = parse_qsl(
                body.decode("latin-1"), keep_blank_values=True, encoding="latin-1",
                max_num_fields=_MOST_FIELDS,
            )  # fmt: skip
            return Form(dict(pairs))
        return await _multipart(content_type, body)
    except (ValueError, KeyError, MultiPartException) as error:
        raise NoMail("the body is no form that can be read") from error


async def _multipart(content_type: str, body: bytes) -> Form:
    async def stream() -> AsyncGenerator[bytes, None]:
        yield body

    # Fields are decoded by the form's charset, and Latin-1 keeps every byte.
    headers = Headers({"content-type": f"{content_type}; charset=latin-1"})
    parser = MultiPartParser(
        headers, stream(), max_files=_MOST_FIELDS, max_fields=_MOST_FIELDS,
        max_part_size=len(body) + 1,
    )  # fmt: skip
    fields: dict[str, str] = {}
    files: list[tuple[str, FieldFile]] = []
    form = await parser.parse()
    try:
        for name, value in form.multi_items():
            if isinstance(value, UploadFile):
                media_type = value.content_type or ""
                content = await value.read()
                files.append((name, FieldFile(_utf8(value.filename or ""), media_type, content)))
            else:
                fields[name] = value
    finally:
        await form.close()
    return Form(fields, files)


def of_mailgun(form: Form) -> Posted:
    """Routes that forward to an address ending with `mime` send body-mime, others the parts."""
    envelope = form.text("sender") or None, tuple(filter(None, [form.text("recipient")]))
    if raw := form.raw("body-mime"):
        return Posted(raw, *envelope)
    headers = _json(form.text("message-headers"), list)
    if not headers:
        raise NoMail("neither body-mime nor message-headers")
    pairs = [(str(h[0]), str(h[1])) for h in headers if isinstance(h, list) and len(h) == 2]
    ids = {str(v): str(k).strip("<>") for k, v in _json(form.text("content-id-map"), dict).items()}
    files = [_with_id(file, ids.get(name)) for name, file in form.files]
    fields = MailFields(pairs, form.text("body-plain"), form.text("body-html"), files)
    return Posted(rebuild(fields), *envelope)


def of_sendgrid(form: Form) -> Posted:
    """Inbound Parse sends `email` where "post the raw, full MIME message" is on."""
    told = _json(form.text("envelope"), dict)
    sender, to = told.get("from"), told.get("to")
    envelope = (
        sender if isinstance(sender, str) and sender else None,
        tuple(str(one) for one in to) if isinstance(to, list) else (),
    )
    if raw := form.raw("email"):
        return Posted(raw, *envelope)
    if not form.text("headers"):
        raise NoMail("neither email nor headers")
    ids = {str(v): str(k) for k, v in _json(form.text("content-ids"), dict).items()}
    files = [_with_id(file, ids.get(name)) for name, file in form.files]
    headers = split_headers(form.text("headers"))
    fields = MailFields(headers, _said(form, "text"), _said(form, "html"), files)
    return Posted(rebuild(fields), *envelope)


def of_postmark(body: bytes) -> Posted:
    """JSON with RawEmail where "include raw email content" is on."""
    given = _json(body, dict)
    recipient = given.get("OriginalRecipient")
    to = (recipient,) if isinstance(recipient, str) and recipient else ()
    raw = given.get("RawEmail")
    if isinstance(raw, str) and raw:
        return Posted(_bytes(raw), None, to)
    if "From" not in given:
        raise NoMail("neither RawEmail nor From")
    return Posted(rebuild(_postmark_fields(given)), None, to)


def _postmark_fields(given: Mapping[str, Any]) -> MailFields:
    named = [(name, given.get(name)) for name in ("From", "To", "Cc", "Subject", "Date")]
    headers = [(name, value) for name, value in named if isinstance(value, str) and value]
    known = {name.lower() for name, _ in headers}
    for one in _dicts(given.get("Headers")):
        name, value = str(one.get("Name", "")), str(one.get("Value", ""))
        if name.lower() not in known:
            headers.append((name, value))
    present = {name.lower() for name, _ in headers}
    if "reply-to" not in present and isinstance(given.get("ReplyTo"), str) and given["ReplyTo"]:
        headers.append(("Reply-To", given["ReplyTo"]))
    files = [_postmark_file(one) for one in _dicts(given.get("Attachments"))]
    return MailFields(
        headers, str(given.get("TextBody") or ""), str(given.get("HtmlBody") or ""), files
    )


def _bytes(text: str) -> bytes:
    """JSON can say what UTF-8 cannot: halves of characters, which become question marks."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace")


def _postmark_file(one: Mapping[str, Any]) -> FieldFile:
    try:
        content = base64.b64decode(str(one.get("Content") or ""))
    except binascii.Error:
        raise NoMail("an attachment is not base64") from None
    return FieldFile(
        str(one.get("Name") or ""), str(one.get("ContentType") or ""), content,
        str(one.get("ContentID") or "").removeprefix("cid:") or None,
    )  # fmt: skip


def _said(form: Form, name: str) -> str:
    """A body in the charset that SendGrid names for it."""
    charset = str(_json(form.text("charsets"), dict).get(name) or "utf-8")
    try:
        return form.raw(name).decode(charset)
    except (LookupError, UnicodeError):
        return form.text(name)


def _with_id(file: FieldFile, content_id: str | None) -> FieldFile:
    return FieldFile(file.name, file.media_type, file.content, content_id)


def _json(text: str | bytes, kind: type[Any]) -> Any:
    """JSON of this kind, or an empty one."""
    try:
        found = json.loads(text) if text else kind()
    except (ValueError, RecursionError):
        return kind()
    return found if isinstance(found, kind) else kind()


def _dicts(value: object) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _utf8(latin: str) -> str:
    try:
        return latin.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return latin

"""A form as a page: plain HTML that works without a script, on a phone, and read aloud."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Final
from urllib.parse import urlsplit

from services.ingest.domain.form_words import WORDS
from services.ingest.domain.forms import Fault, Field, Filled, Form

_STYLE: Final = """
:root{color-scheme:light dark;--line:#8a8f98;--bad:#b3261e;--go:#1b5fc1}
@media(prefers-color-scheme:dark){:root{--bad:#f2b8b5;--go:#8ab4f8}}
*{box-sizing:border-box}
body{font:1rem/1.5 system-ui,sans-serif;margin:0 auto;padding:1.5rem 1rem 3rem;max-width:36rem}
h1{font-size:1.6rem;margin:0 0 .5rem;line-height:1.25}
label,.check{display:block;margin-top:1.1rem;font-weight:600}
.check label{display:inline;font-weight:400;margin:0 0 0 .4rem}
.check input{width:1.25rem;height:1.25rem;vertical-align:middle}
.mark{font-weight:400;font-size:.85rem;opacity:.75}
input,select,textarea{font:inherit;width:100%;padding:.6rem .7rem;margin-top:.25rem;
border:1px solid var(--line);border-radius:.4rem;background:Field;color:FieldText}
input[type=file]{border-style:dashed}
textarea{min-height:9rem;resize:vertical}
:focus-visible{outline:3px solid var(--go);outline-offset:1px}
[aria-invalid=true]{border-color:var(--bad);border-width:2px}
.fault{color:var(--bad);margin:.25rem 0 0;font-size:.95rem}
.faults{border:2px solid var(--bad);border-radius:.4rem;padding:.6rem .8rem;margin-top:1rem}
button{font:inherit;font-weight:600;margin-top:1.5rem;padding:.75rem 1.6rem;border:0;
border-radius:.4rem;background:#1b5fc1;color:#fff;cursor:pointer;min-height:2.75rem}
.apart{position:absolute;left:-100vw;width:1px;height:1px;overflow:hidden}
"""
_INPUTS: Final = {
    "text": "text", "email": "email", "phone": "tel", "file": "file", "checkbox": "checkbox",
}  # fmt: skip
_FILLS: Final = {"name": "name", "email": "email", "phone": "tel"}


def page(
    form: Form,
    language: str,
    action: str,
    submission: str,
    *,
    filled: Filled,
    faults: Sequence[Fault] = (),
) -> str:
    """The form with what was typed and what is wrong with it.

    action: where it is posted. submission: names this filling-in, so that a second click on the
    button sends nothing new.
    """
    words = WORDS[language]
    by_field = {fault.field: fault for fault in faults}
    kind = ' enctype="multipart/form-data"' if form.has_files else ""
    rows = "\n".join(_row(one, words, filled, by_field.get(one.name)) for one in form.fields)
    intro = f"<p>{escape(form.intro)}</p>" if form.intro else ""
    return _document(
        form.title, language,
        f"""<h1>{escape(form.title)}</h1>
{intro}{_summary(form, words, faults)}
<form method="post" action="{escape(action)}"{kind} novalidate>
<input type="hidden" name="_submission" value="{escape(submission)}">
<input type="hidden" name="_language" value="{language}">
{rows}
{_trap(form, words)}<button type="submit">{words["send"]}</button>
</form>""",
        bool(faults),
    )  # fmt: skip


def thanks(form: Form, language: str) -> str:
    """What a browser shows after sending."""
    words = form.thanks or WORDS[language]["thanks"]
    content = f'<h1>{escape(form.title)}</h1>\n<p role="status">{escape(words)}</p>'
    return _document(form.title, language, content)


def policy(form: Form) -> str:
    """The Content-Security-Policy of a form's pages: nothing is loaded, and posts go to us.

    A browser holds the redirect after a post against form-action, too.
    """
    goal = urlsplit(form.redirect_url or "")
    redirect = f" {goal.scheme}://{goal.netloc}" if goal.netloc else ""
    frames = " ".join(one for one in form.origins if ";" not in one and "," not in one)
    return (
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; "
        f"form-action 'self'{redirect}; frame-ancestors 'self' {frames}".rstrip()
    )


def _document(title: str, language: str, content: str, is_faulty: bool = False) -> str:
    alarm = "! " if is_faulty else ""
    return f"""<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{alarm}{escape(title)}</title>
<style>{_STYLE}</style>
</head>
<body>
<main>
{content}
</main>
</body>
</html>
"""


def _summary(form: Form, words: Mapping[str, str], faults: Sequence[Fault]) -> str:
    if not faults:
        return ""
    again = f" {words['again']}" if form.has_files else ""
    return f'<p class="faults" role="alert">{words["faults"]}{again}</p>'


def _row(one: Field, words: Mapping[str, str], filled: Filled, fault: Fault | None) -> str:
    mark = f' <span class="mark">({words["required"]})</span>' if one.required else ""
    label = f'<label for="f-{one.name}">{escape(one.label)}{mark}</label>'
    value = next(iter(filled.get(one.name, ())), "")
    field = _control(one, words, value, _attributes(one, fault))
    wrong = ""
    if fault is not None:
        told = words[fault.what].format(fault.number)
        wrong = f'<p class="fault" id="e-{one.name}">{escape(told)}</p>'
    if one.type == "checkbox":
        return f'<div class="check">{field}{label}</div>{wrong}'
    return f"{label}\n{field}{wrong}"


def _attributes(one: Field, fault: Fault | None) -> str:
    given = f'id="f-{one.name}" name="{one.name}"'
    if one.required:
        given += ' required aria-required="true"'
    if fault is not None:
        given += f' aria-invalid="true" aria-describedby="e-{one.name}"'
    if one.goal in _FILLS:
        given += f' autocomplete="{_FILLS[one.goal]}"'
    return given


def _control(one: Field, words: Mapping[str, str], value: str, attributes: str) -> str:
    length = f' maxlength="{one.max_length}"'
    if one.type == "textarea":
        return f"<textarea {attributes}{length}>\n{escape(value)}</textarea>"
    if one.type == "select":
        options = "".join(_option(text, value) for text in one.options)
        return f'<select {attributes}><option value="">{words["choose"]}</option>{options}</select>'
    kind = f'type="{_INPUTS[one.type]}"'
    if one.type == "file":
        return f"<input {kind} {attributes} multiple>"
    if one.type == "checkbox":
        return f'<input {kind} {attributes} value="yes"{" checked" if value else ""}>'
    return f'<input {kind} {attributes}{length} value="{escape(value)}">'


def _option(text: str, value: str) -> str:
    chosen = " selected" if text == value else ""
    return f'<option value="{escape(text)}"{chosen}>{escape(text)}</option>'


def _trap(form: Form, words: Mapping[str, str]) -> str:
    if form.honeypot is None:
        return ""
    return (
        f'<div class="apart" aria-hidden="true"><label for="f-{form.honeypot}">{words["trap"]}'
        f'</label><input id="f-{form.honeypot}" name="{form.honeypot}" tabindex="-1"'
        ' autocomplete="off"></div>\n'
    )

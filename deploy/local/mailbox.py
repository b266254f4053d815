"""`mail list` and `mail show`: what the mail sink has kept, for people."""

from deploy.local.mail_sink import Mail, kept
from deploy.local.processes import StackFailure
from deploy.local.stack import RUN

FOLDER = RUN / "mail"


def listing() -> None:
    """Print one line for each mail: number, recipients, subject."""
    mails = list(kept(FOLDER))
    for mail in mails:
        print(f"{mail.number:>5}  {', '.join(mail.recipients)}  {mail.message['Subject']}")
    if not mails:
        print(f"no mail yet in {FOLDER}")


def show(number: int) -> None:
    """Print one mail: its headers, then its text."""
    mail = next((mail for mail in kept(FOLDER) if mail.number == number), None)
    if mail is None:
        raise StackFailure(f"no mail {number}: `python -m deploy.local mail list` shows all")
    for name, value in mail.message.items():
        print(f"{name}: {value}")
    print(f"\n{_text(mail)}")


def _text(mail: Mail) -> str:
    body = mail.message.get_body(("plain", "html"))
    return body.get_content() if body else "(no text)"

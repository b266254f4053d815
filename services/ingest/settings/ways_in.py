"""How contacts come in besides HTTP: channel accounts from a file, SMTP and LMTP, IMAP."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings

from shared.service.settings import Port


class WaysInSettings(BaseSettings):
    """Inherited by IngestSettings. Sizes are bytes, times are seconds."""

    accounts_file: Path | None = Field(
        None, description="JSON file of channel accounts to set up at start; see docs/email-in.md"
    )
    secrets_folder: Path = Field(
        Path("/run/secrets/deskstream"),
        description="Where the secrets lie that accounts name as file:<tenant>/<name>",
    )
    mail_memory: int = Field(
        160 * 1024 * 1024,
        ge=32 * 1024 * 1024,
        description="Bytes of mails that one process holds while it takes them in; others wait",
    )
    listen_host: str = Field("127.0.0.1", description="Address that SMTP and LMTP listen on")
    listen_smtp_port: Port | None = Field(
        None, description="Port that takes mails by SMTP; without it there is no SMTP listener"
    )
    listen_lmtp_port: Port | None = Field(
        None, description="Port that takes mails by LMTP; without it there is no LMTP listener"
    )
    listen_cert_file: Path | None = Field(
        None, description="Certificate chain (PEM); with it SMTP and LMTP offer STARTTLS"
    )
    listen_key_file: Path | None = Field(
        None, description="Its private key (PEM), where it is not in the same file"
    )
    listen_connections: int = Field(
        200, ge=1, le=10_000, description="SMTP and LMTP connections at a time; more get a 421"
    )
    listen_recipients: int = Field(
        100, ge=1, le=100, description="Recipients that one mail may have; more get a 452"
    )
    listen_timeout: float = Field(
        300.0,
        gt=0,
        description="Seconds without a command or 64 KiB of a mail that end a connection",
    )
    listen_wait: float = Field(
        100.0, gt=0, description="Seconds that a large mail waits for room (INGEST_MAIL_MEMORY)"
    )
    webhook_window: float = Field(
        12 * 3600.0,
        gt=0,
        description="Seconds that the time a mail provider signs may be away, its later tries too",
    )
    imap_poll: float = Field(
        60.0, gt=0, description="Seconds between looks into a mailbox whose server knows no IDLE"
    )
    imap_timeout: float = Field(
        60.0, gt=0, description="Seconds that an IMAP server may take for an answer"
    )
    imap_pause: float = Field(
        5.0, gt=0, description="Seconds after a mailbox failed; doubled by each more, to 15 minutes"
    )
    imap_page: int = Field(500, ge=1, le=1000, description="Mails that are fetched at a time")
    imap_page_bytes: int = Field(
        16 * 1024 * 1024, ge=64 * 1024, description="Bytes of mails that are fetched at a time"
    )
    imap_connections: int = Field(
        20, ge=1, le=500, description="Mailboxes that one process fetches from at a time"
    )

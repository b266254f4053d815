"""Files, calls and forms."""

from pydantic import Field
from pydantic_settings import BaseSettings

_PROGRAMS = (
    "application/vnd.microsoft.portable-executable,application/x-executable,"
    "application/x-mach-binary,application/x-msdownload,application/x-msi,application/java-vm"
)


class ContactSettings(BaseSettings):
    """Inherited by IngestSettings. Sizes are bytes, times are seconds."""

    blob_limit: int = Field(
        25 * 1024 * 1024, ge=1024, description="Largest file for POST /v1/blobs; larger gets a 413"
    )
    denied_types: str = Field(
        _PROGRAMS, description="Media types of files that nobody may send, separated by commas"
    )
    allowed_types: str | None = Field(
        None, description="The only media types that files may have; without it all but the denied"
    )
    clamd_address: str | None = Field(
        None,
        pattern=r"^(unix:/.+|[^\s:/]+:[0-9]{1,5})$",
        description="clamd that looks for viruses in files, host:port or unix:/path; without it"
        " nobody looks",
    )
    clamd_timeout: float = Field(
        30.0, gt=0, le=300, description="Seconds that it may take for a file; then it gets a 503"
    )
    form_limit: int = Field(
        20 * 1024 * 1024, ge=1024, description="Largest form with its files; larger gets a 413"
    )
    form_proxies: int = Field(
        0, ge=0, le=5, description="Trusted proxies in front of forms, adding to X-Forwarded-For"
    )
    call_grace: float = Field(
        5.0, ge=0, le=600, description="Seconds to wait for late steps of a call that has ended"
    )
    call_longest: float = Field(
        6 * 3600, ge=60, description="Seconds after which a call that nobody ended is told as it is"
    )

    def types(self, given: str | None) -> frozenset[str] | None:
        """Media types of a list like denied_types; None where there is no list."""
        if given is None:
            return None
        return frozenset(one.strip().lower() for one in given.split(",") if one.strip())

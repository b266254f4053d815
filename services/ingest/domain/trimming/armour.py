"""The lines that PGP puts around signed words (RFC 9580, section 7)."""

from collections.abc import Iterator, Sequence
from typing import Final

BEGIN: Final = "-----BEGIN PGP SIGN"
_SIGNED: Final = "-----BEGIN PGP SIGNED MESSAGE-----"
_SIGNATURE: Final = "-----BEGIN PGP SIGNATURE-----"
_END: Final = "-----END PGP SIGNATURE-----"


def spans(shown: Sequence[str]) -> Iterator[tuple[int, int]]:
    """The lines [start, end) of each head and each signature; the words between are not in them."""
    inside: int | None = None
    for place, line in enumerate(shown):
        if line == _SIGNED:
            yield place, _end_of_head(shown, place)
        elif line == _SIGNATURE:
            inside = place
        elif line == _END and inside is not None:
            yield inside, place + 1
            inside = None


def _end_of_head(shown: Sequence[str], start: int) -> int:
    end = start + 1
    while end < min(start + 5, len(shown)) and shown[end].startswith(("Hash:", "Charset:")):
        end += 1
    return end

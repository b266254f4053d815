"""What an address looks like in the text of a notice, in whichever language it is written."""

_SPACED = "\u00c0-\u024f\u0370-\u052f"
_LOCAL = rf"A-Za-z0-9.!#$%&*+/?^_`{{|}}~{_SPACED}-"
# Chinese, Japanese, Korean and Thai put no blank between an address and a word. So letters beyond
# Latin, Greek and Cyrillic never belong to a local part, and to a domain only as a whole label.
_LABEL = rf"(?:[A-Za-z0-9_{_SPACED}-]{{1,63}}|[^\W\x00-\x7f{_SPACED}]{{1,63}})"
_DOMAIN = rf"{_LABEL}(?:\.{_LABEL}){{0,20}}"

ADDRESS = rf"(?<![={_LOCAL}])[={_LOCAL}]{{1,200}}@{_DOMAIN}"
"""An address with all that its local part may hold, VERP and SRS too, such as a=b.example@c."""

BARE = rf"(?<![{_LOCAL}])[{_LOCAL}]{{1,200}}@{_DOMAIN}"
"""An address behind a name and an equals sign as well, such as to=ana@example.com."""

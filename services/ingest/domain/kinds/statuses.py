"""Status codes to reasons: RFC 3463, RFC 7504, RFC 7505, RFC 7372 and the codes of big servers."""

from types import MappingProxyType

BY_STATUS = MappingProxyType(
    {
        "1.1": "unknown-user",
        "1.2": "unknown-host",
        "1.3": "unknown-user",  # an address of wrong syntax is nobody's
        "1.4": "other",
        "1.6": "moved",
        "1.7": "sender-refused",
        "1.8": "sender-refused",
        "1.10": "not-accepting",  # null MX (RFC 7505); Exchange: no such recipient
        "2.1": "disabled",
        "2.2": "mailbox-full",
        "2.3": "too-big",
        "2.4": "system",
        "3.1": "system",
        "3.2": "not-accepting",
        "3.3": "content",
        "3.4": "too-big",
        "3.5": "system",
        "4.1": "network",
        "4.2": "network",
        "4.3": "network",
        "4.4": "unknown-host",
        "4.5": "rate-limited",
        "4.6": "network",
        "4.7": "expired",
        "4.310": "unknown-host",  # Exchange Online: the domain does not exist
        "4.316": "expired",
        "5.3": "rate-limited",
        "7.8": "policy",
        "7.13": "disabled",
        "7.17": "moved",  # the mailbox changed owner (RFC 7293)
        "7.18": "moved",
        "7.20": "authentication",
        "7.21": "authentication",
        "7.22": "authentication",
        "7.23": "authentication",
        "7.24": "authentication",
        "7.25": "blocked",
        "7.26": "authentication",
        "7.27": "sender-refused",
        "7.28": "rate-limited",
        "7.29": "authentication",
        "7.509": "authentication",
        "7.515": "authentication",
    }
)
"""By subject and detail; the class, 4 or 5, only says for how long."""

BY_SUBJECT = MappingProxyType({"6": "content"})

BY_REPLY = MappingProxyType(
    {
        "452": "mailbox-full",
        "521": "not-accepting",  # RFC 7504
        "523": "too-big",
        "525": "disabled",
        "551": "moved",
        "552": "mailbox-full",
        "556": "not-accepting",
    }
)

"""Scopes, what each allows, and the one table from roles to scopes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, Literal, get_args

Scope = Literal[
    "messages:read",
    "messages:write",
    "customers:read",
    "customers:write",
    "accounts:read",
    "accounts:write",
    "deliveries:read",
    "tickets:read",
    "tickets:write",
    "agents:read",
    "agents:write",
    "rules:read",
    "rules:write",
    "tenants:read",
    "tenants:write",
    "clocks:read",
    "policies:read",
    "policies:write",
    "kpis:read",
    "feedback:read",
    "feedback:write",
    "articles:read",
    "articles:write",
    "operations:read",
    "operations:write",
    "platform:operate",
]
Role = Literal[
    "agent", "lead", "viewer", "editor", "admin", "adapter", "dashboard", "operator", "platform"
]

MEANINGS: Final[Mapping[Scope, str]] = {
    "messages:read": "read messages and conversations",
    "messages:write": "hand in what customers wrote",
    "customers:read": "read customers, what they are known by and what is known about them",
    "customers:write": "change, merge, part and erase customers",
    "accounts:read": "see channel accounts",
    "accounts:write": "set up channel accounts",
    "deliveries:read": "see what was sent and whether it arrived",
    "tickets:read": "read tickets, their notes and history",
    "tickets:write": "open, answer, note, assign and resolve tickets",
    "agents:read": "see agents, teams and their load",
    "agents:write": "set up agents and teams, and offboard them",
    "rules:read": "see routing rules and canned replies",
    "rules:write": "change routing rules and canned replies",
    "tenants:read": "see the tenant's settings",
    "tenants:write": "set up a tenant, change it and revoke its service tokens",
    "clocks:read": "see what is due, nearly due and late",
    "policies:read": "see policies and calendars",
    "policies:write": "change policies and calendars",
    "kpis:read": "read KPIs and their stream",
    "feedback:read": "read surveys and their answers",
    "feedback:write": "set up surveys",
    "articles:read": "read articles that are not public, and their versions",
    "articles:write": "write, publish and archive articles",
    "operations:read": "see parked records and stopped partitions",
    "operations:write": "retry and drop parked records of the tenant",
    "platform:operate": "operate the suite across tenants, and resume stopped partitions",
}

_AGENT: Final[frozenset[Scope]] = frozenset(
    {
        "messages:read",
        "customers:read",
        "deliveries:read",
        "tickets:read",
        "tickets:write",
        "agents:read",
        "rules:read",
        "clocks:read",
        "policies:read",
        "articles:read",
    }
)
_LEAD: Final[frozenset[Scope]] = _AGENT | {
    "customers:write",
    "agents:write",
    "rules:write",
    "kpis:read",
    "feedback:read",
}
_VIEWER: Final[frozenset[Scope]] = frozenset(scope for scope in _LEAD if scope.endswith(":read"))
_EDITOR: Final[frozenset[Scope]] = frozenset({"articles:read", "articles:write"})
_OPERATOR: Final[frozenset[Scope]] = frozenset({"operations:read", "operations:write"})
_PLATFORM: Final[frozenset[Scope]] = frozenset({"tenants:write", "platform:operate"})

ROLES: Final[Mapping[Role, frozenset[Scope]]] = {
    "agent": _AGENT,
    "lead": _LEAD,
    "viewer": _VIEWER,
    "editor": _EDITOR,
    "admin": frozenset(get_args(Scope)) - _PLATFORM,
    "adapter": frozenset({"messages:write", "deliveries:read"}),
    "dashboard": frozenset({"kpis:read", "feedback:read"}),
    "operator": _OPERATOR,
    "platform": _OPERATOR | _PLATFORM | {"tenants:read"},
}
SCOPES: Final[frozenset[Scope]] = frozenset(get_args(Scope))


def scopes_of(scope: str, roles: Iterable[str]) -> frozenset[Scope]:
    """The scopes that a token's `scope` claim (separated by spaces) and roles give together.

    What this suite does not know gives nothing: an issuer may serve other programs too.
    """
    named = set(scope.split())
    given = frozenset(known for known in SCOPES if known in named)
    held = set(roles)
    return given.union(*(ROLES[role] for role in ROLES if role in held))

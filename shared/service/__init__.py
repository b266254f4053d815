"""The shape of a service: settings, auth, commands, problems, health, and the roles it runs in."""

from shared.service.assemble import create_app
from shared.service.auth import Caller, require
from shared.service.commands import Command, Reply, Work, command
from shared.service.openapi import COMMAND, NOT_FOUND
from shared.service.paging import AskedPage, Page, Paging
from shared.service.problems import (
    Conflict,
    Invalid,
    NotFound,
    Problem,
    Unavailable,
    UnsupportedMediaType,
)
from shared.service.roles import Role, Scope
from shared.service.service import Service, Worker
from shared.service.settings import (
    AuthSettings,
    BadSettings,
    Port,
    ServiceSettings,
    SettingsRow,
    describe,
    load,
)
from shared.service.versions import PreconditionFailed, etag

__all__ = [
    "COMMAND",
    "NOT_FOUND",
    "AskedPage",
    "AuthSettings",
    "BadSettings",
    "Caller",
    "Command",
    "Conflict",
    "Invalid",
    "NotFound",
    "Page",
    "Paging",
    "Port",
    "PreconditionFailed",
    "Problem",
    "Reply",
    "Role",
    "Scope",
    "Service",
    "ServiceSettings",
    "SettingsRow",
    "Unavailable",
    "UnsupportedMediaType",
    "Work",
    "Worker",
    "command",
    "create_app",
    "describe",
    "etag",
    "load",
    "require",
]

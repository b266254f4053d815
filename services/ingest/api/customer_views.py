"""Customers as the API shows them, and what it is told about them."""

from datetime import datetime
from typing import Self
from uuid import UUID

from pydantic import BaseModel, Field

from services.ingest.domain.customers import Customer
from shared.contracts.payload import Channel, Label, Language, Name


class IdentityView(BaseModel):
    """What a customer is known by."""

    kind: str
    value: str
    network: str | None
    account: str | None
    verified: bool = Field(description="True if it is proved to be the customer's")


class CustomerView(BaseModel):
    """A customer, with all that was merged into it."""

    id: UUID
    version: int
    name: str | None
    plan: str | None
    value: float | None = Field(description="Worth a year, in the tenant's currency")
    language: str | None
    preferred_channel: str | None
    identities: list[IdentityView]
    aliases: list[UUID] = Field(description="Customers that are part of this one")
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, customer: Customer) -> Self:
        """From the domain."""
        return cls.model_validate(customer, from_attributes=True)


class ConversationView(BaseModel):
    """A conversation that a customer wrote in."""

    id: UUID
    channel: str
    subject: str | None
    opened_at: datetime
    updated_at: datetime


class PutFacts(BaseModel):
    """All that is known about a customer; what is null is known no more."""

    name: Name | None = None
    plan: Label | None = None
    value: float | None = Field(None, ge=0, le=1e15, allow_inf_nan=False)
    language: Language | None = None
    preferred_channel: Channel | None = None


class MergeInto(BaseModel):
    """The customer that the other one is to be a part of."""

    into: UUID


class Erase(BaseModel):
    """Why; it is asked for so that nobody erases by accident, and is not kept."""

    reason: str = Field(min_length=3, max_length=500)


class Erased(BaseModel):
    """The customer is forgotten; what it said goes until `done_by`."""

    ids: list[UUID] = Field(description="All ids that the customer was known by")
    done_by: datetime

"""What the use cases refuse, as problems that say what to do."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from services.router.domain.lifecycle import ClosedTicket, ForbiddenMove
from services.router.domain.people import (
    GivenMeanwhile,
    UnknownActor,
    UnknownAgent,
    UnknownTeam,
    UnknownTenant,
)
from services.router.domain.tickets import Actor, UnknownTicket
from shared.service import Caller, Conflict, Invalid, NotFound


@contextmanager
def refusals(team_pointer: str = "#/team") -> Iterator[None]:
    """Turns what the domain refuses into problems. team_pointer: where the body names a team."""
    try:
        yield
    except UnknownTicket as unknown:
        raise NotFound("ticket", unknown) from None
    except UnknownAgent as unknown:
        raise NotFound("agent", unknown) from None
    except UnknownActor as unknown:
        raise Invalid(f"There is no agent {unknown}.", pointer="#/agent_id") from None
    except UnknownTenant as unknown:
        raise NotFound("tenant", unknown) from None
    except UnknownTeam as unknown:
        raise Invalid(f"There is no team {unknown}; make it first.", pointer=team_pointer) from None
    except GivenMeanwhile:
        raise Conflict("The agent got a ticket at this very moment; send it again.") from None
    except ForbiddenMove as refused:
        raise Conflict(f"{_sentence(refused)}.", allowed=refused.allowed) from None
    except ClosedTicket as refused:
        raise Conflict(f"{_sentence(refused)} for good; open another one.") from None


def actor(caller: Caller, for_agent: UUID | None = None) -> Actor:
    """Who acts: the agent whose token it is, or the one for whom another program acts."""
    own = UUID(caller.subject) if caller.kind == "agent" else None
    if own and for_agent not in (None, own):
        raise Invalid("Your token says who you are; leave agent_id out.", pointer="#/agent_id")
    agent_id = own or for_agent
    return Actor("agent", agent_id) if agent_id else Actor("system")


def _sentence(error: Exception) -> str:
    text = str(error)
    return text[:1].upper() + text[1:]

"""Which team a new ticket goes to."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Claim:
    """A team takes what comes by a channel: by one of its accounts, or by all (`account` None)."""

    team: str
    channel: str
    account: str | None


@dataclass(frozen=True, slots=True)
class Routing:
    """One tenant's teams as far as routing goes; `claims` sorted by team."""

    default_team: str | None = None
    claims: Sequence[Claim] = ()

    def team_for(self, channel: str, account: str | None) -> str | None:
        """The team that takes this account, else this channel, else the default one, else None."""
        for wanted in (account, None):
            for claim in self.claims:
                if claim.channel == channel and claim.account == wanted:
                    return claim.team
        return self.default_team

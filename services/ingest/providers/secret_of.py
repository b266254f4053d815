"""An account's secrets by what they are for."""

from services.ingest.domain.accounts import Account
from services.ingest.providers.hooks import Secret
from services.ingest.secrets import SecretMissing, Secrets


def secret_of(secrets: Secrets, account: Account) -> Secret:
    """Looks secrets of the account up by name; raises SecretMissing where there is none."""

    def find(name: str) -> str:
        reference = account.secrets.get(name)
        if reference is None:
            raise SecretMissing(f"secret {name} of account {account.id}")
        return secrets.resolve(reference)

    return find

"""What a person wrote in a mail, apart from what it answers.

`trim(text)` gives both; see docs/trimming.md for the rules in their order.
"""

from services.ingest.domain.trimming.trim import Trimmed, trim

__all__ = ["Trimmed", "trim"]

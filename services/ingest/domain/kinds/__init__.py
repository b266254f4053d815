"""What kind of mail came: a person's message, a bounce, a complaint or an automatic reply."""

from services.ingest.domain.kinds.classification import classify
from services.ingest.domain.kinds.verdicts import Bounce, Classified, Complaint, Kind

__all__ = ["Bounce", "Classified", "Complaint", "Kind", "classify"]

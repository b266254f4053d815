"""What all tables of ingest belong to."""

from sqlalchemy import DateTime

from shared.storage import new_metadata

metadata = new_metadata()
at = DateTime(timezone=True)

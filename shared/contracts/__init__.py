"""The public language of Deskstream: events, topics and schemas. Needs pydantic, nothing else."""

"""Visitors' sockets: what is said is in PostgreSQL, here is only who listens to it."""

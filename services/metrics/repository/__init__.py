"""Every SQL statement of metrics: facts, counts, announcements and what the API reads."""

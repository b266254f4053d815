"""Every SQL statement of router: classes that take a session and return domain objects."""

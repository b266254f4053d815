"""Live chat: what a session is, and what each thing that happens makes of it."""

"""What networks send to a webhook, taken apart: pure functions, one module for each network."""

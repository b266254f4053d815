"""Mails on their way out: written down, signed, and handed to the account's relay."""

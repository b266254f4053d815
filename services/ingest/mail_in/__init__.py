"""Ways in for mails besides the HTTP API: SMTP and LMTP, IMAP, and what they share."""

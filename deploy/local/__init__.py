"""The local stack: every server that Deskstream needs, without root rights, Docker or set-up."""

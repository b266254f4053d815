"""Router makes tickets of conversations and decides who works on them.

It owns tenants, teams, agents and tickets: a message opens a ticket, adds to it or reopens it; the
least loaded available agent of the right team gets it, never more than they have room for; agents
answer, note and resolve over HTTP. Everything that happens to a ticket is announced with the whole
ticket after it.
"""

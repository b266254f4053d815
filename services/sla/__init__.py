"""sla keeps promises about time: it starts a clock when a ticket is owed something, warns when most
of the time has gone by, says when the promise is broken, and takes that back when the answer was in
time and only its news came late.
"""

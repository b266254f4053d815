"""metrics tells how well support goes: ticket volume, backlog and times, by minute, hour and day.

It folds every ticket's events into one fact, keeps sums and percentile sketches that can be taken
back, and announces each figure that changed, at most once a second.
"""

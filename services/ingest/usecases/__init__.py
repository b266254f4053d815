"""One function per thing that happens: load, decide, store, announce, for a whole batch."""

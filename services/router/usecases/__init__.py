"""One function per thing that happens to router: load, decide, store, announce."""

"""What every service shares: the contracts, the delivery engine, storage and the shape of a service."""

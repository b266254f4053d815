"""What services share: contracts, the delivery engine, storage, the shape of a service."""

"""What this service does, one module for each thing that happens."""

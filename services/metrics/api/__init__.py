"""The HTTP API of metrics: KPIs over time, what they mean, and a stream of their changes."""

"""What the KPIs are and how they are reckoned: pure functions over ticket events."""

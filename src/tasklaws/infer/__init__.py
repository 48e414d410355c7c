"""Statistics on arrays: the default law, its likelihood and its predictive distribution."""

"""Loopback peers: servers that speak the real wire formats of the outside world, and its failures."""

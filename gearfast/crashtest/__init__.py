"""Killing a server again and again to see that no acknowledged job is lost: `gearfast crashtest`."""

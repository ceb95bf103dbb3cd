"""A job queue with ten workers, each kind with processes of its own, and a tally of what they have run."""

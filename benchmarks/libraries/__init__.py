"""Python's Gearman clients and workers side by side, and whole job queues written in Python."""

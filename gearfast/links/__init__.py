"""Links to servers: where they are, when to try them again, and the two ways to read and write them."""

"""`gearfast worker`: what its processes run, and what the one that supervises them hears and shows."""

"""`gearfast top`: what servers do, function by function, looked at again and again."""

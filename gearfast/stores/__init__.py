"""Where background jobs are kept: one file for each kind of store, behind the contract of `base`."""

"""The job server as a process: options, addresses, daemon, log, signals, start and stop."""

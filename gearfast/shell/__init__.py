"""Jobs from a shell, as `gearman` does it: workloads from stdin, results to stdout, commands as workers."""

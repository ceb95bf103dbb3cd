"""The Gearman protocol without sockets: packets in, packets out. All clients and workers share it."""

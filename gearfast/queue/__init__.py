"""The jobs of a store without a server: listed, counted, exported, imported and moved."""

"""Rules and values of the connector. No I/O, no clock, no database; the standard library only."""

"""Measurements of any server that speaks the protocol: start-up, the engine, and sampling at SD 1.5's size."""

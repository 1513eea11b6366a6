"""The diffusion library: models, text encoding, samplers and devices. The only place that knows what tensors mean."""

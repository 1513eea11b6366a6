"""Network architectures as plain torch modules, with state-dict keys as their checkpoints were published."""

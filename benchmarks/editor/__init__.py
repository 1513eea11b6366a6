"""What the editor takes in a browser: `python -m benchmarks.editor`."""

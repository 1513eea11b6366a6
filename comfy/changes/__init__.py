"""Changes of what happens inside a U-Net, or around it, that a model carries with it; none touches a weight."""

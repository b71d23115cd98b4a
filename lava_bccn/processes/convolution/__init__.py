"""A kernel that connects layers of images, upwards or downwards."""

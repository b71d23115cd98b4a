"""A convolution between layers of images, upwards or downwards."""

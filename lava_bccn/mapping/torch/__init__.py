"""From PyTorch models and back."""

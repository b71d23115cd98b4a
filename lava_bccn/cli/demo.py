"""``bccn demo``."""
def add_command(commands):
    pass

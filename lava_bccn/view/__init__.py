"""A network at work, as a page: events climb the layers, bursts come down. No matplotlib.

``bccn view`` writes it. The page is one file of HTML that needs no network and no other file.
"""

from lava_bccn.view.page import activity_page

__all__ = ["activity_page"]

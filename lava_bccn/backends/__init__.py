"""One call for every backend, and one result type.

A backend is one object in :data:`~lava_bccn.backends.registry.BACKENDS`, and knows nothing of the
others; it takes a :class:`~lava_bccn.backends.job.Job` and returns an ``Execution``.
"""

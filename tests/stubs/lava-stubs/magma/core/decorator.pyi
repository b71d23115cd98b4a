from collections.abc import Callable
from typing import Any, TypeVar

_Class = TypeVar("_Class", bound=type)

def implements(
    proc: type | None = None, protocol: type | None = None
) -> Callable[[_Class], _Class]: ...
def requires(*args: Any) -> Callable[[_Class], _Class]: ...
def tag(*args: str) -> Callable[[_Class], _Class]: ...

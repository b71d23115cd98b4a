from typing import Any, ClassVar

class PyInPort:
    VEC_DENSE: ClassVar[type[PyInPort]]
    def recv(self) -> Any: ...

class PyOutPort:
    VEC_DENSE: ClassVar[type[PyOutPort]]
    def send(self, data: Any) -> None: ...

from typing import Any

class PyLoihiProcessModel:
    proc_params: Any
    time_step: int
    def __init__(self, proc_params: Any) -> None: ...
    def run_spk(self) -> None: ...

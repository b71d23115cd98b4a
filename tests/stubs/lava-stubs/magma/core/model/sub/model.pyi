class AbstractSubProcessModel:
    pass

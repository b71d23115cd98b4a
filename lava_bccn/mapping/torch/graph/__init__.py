"""Any trained model as mapped layers, by the operations that it computes, whatever its classes."""

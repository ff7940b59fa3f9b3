"""Finding among everybody's faces those that are like one: what an index does, the one in memory, and Milvus."""

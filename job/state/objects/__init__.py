"""States in object stores: whole objects, conditional writes, and a lease in the place of a lock."""

"""Takes the bytes of one file through the checker, and remembers what was learned of elements and structures."""

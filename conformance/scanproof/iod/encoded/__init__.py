"""The bytes of an encoded data set: element headers, sequences and Pixel Data, found and not yet judged."""

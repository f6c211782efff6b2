"""Sans-IO codec of the DICOM Upper Layer and DIMSE: bytes to PDUs to messages, and back, without a socket.

- `pdu`: the seven PDUs of PS3.8 9.3 as values, and `encode`.
- `items`: what may stand where in an A-ASSOCIATE PDU, as a table, and what breaks it.
- `parse`: their lenient decoding, `decode`: what is wrong becomes a `Problem`, never an exception.
- `dimse`: command sets (PS3.7 6.3, 9.3, 10.3) and their P-DATA-TF fragments.
- `stream`: one direction of a connection: bytes in, PDUs and whole messages out.
- `dataset`: a lenient reader of data sets in any uncompressed or deflated transfer syntax.
"""

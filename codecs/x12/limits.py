"""What an X12 message may be at most. Each limit is far beyond what partners send, and bounds time and memory."""

from milepost.codecs.documents import DOCUMENTS_MAX

READ_MAX_BYTES = 16 * 1024 * 1024  # read in one go; a message of the broker is much smaller
SPLIT_MAX_BYTES = 32 * 1024 * 1024  # a file to be cut into messages
SEGMENTS_MAX = 250_000  # in one reading
VALUES_MAX = 2_500_000  # elements in one reading
SPLIT_SEGMENTS_MAX = 2_000_000
SEGMENT_MAX_CHARS = 16_384
ELEMENTS_MAX = 99  # of one segment: acknowledgements count them with two digits
SET_SEGMENTS_MAX = 50_000
SETS_MAX = DOCUMENTS_MAX
INTERCHANGES_MAX = 1_000
ISA_MAX_CHARS = 300  # 106 at its fixed width
FINDINGS_MAX = 1_000  # told of one message; the rest is counted
ERRORS_ANSWERED_MAX = 100  # segments and elements named in the acknowledgement of one set
VALUE_SHOWN_MAX_CHARS = 80

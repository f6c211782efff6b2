"""SR templates of PS3.16 by rows, one file a family; facts alone, no text of the standard.

The rows are those of 2020, read in the tables of PixelMed's validator of that year and, where they are stored, on the
standard's own pages. A template is read when a document follows it.
"""

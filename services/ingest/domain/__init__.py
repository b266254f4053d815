"""What ingest decides, without I/O: what a mail says, which thread it joins, how answers leave."""

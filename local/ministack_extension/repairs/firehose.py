"""Delivery streams."""

from ministack.services import firehose

from ..repair import part


def collect_archived_records(_handlers):
    """Upstream: a delivery stream that reads a Kinesis stream writes an object for each record; Firehose writes one for many."""
    ingest = part(firehose, 'ingest_from_kinesis_source')

    def ingest_together(stream_arn, records):
        ingest(stream_arn, [(records[0][0], b''.join(data for _, data in records))] if records else [])

    firehose.ingest_from_kinesis_source = ingest_together


REPAIRS = (collect_archived_records,)

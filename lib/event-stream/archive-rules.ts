import { Size } from 'aws-cdk-lib';
import { text, wholeSeconds } from '../core/checks';
import type { Rule } from '../core/rules';
import { show } from '../core/show';
import { typed } from '../core/typed';
import { ArchiveCompression, type ArchiveOptions } from './archive';

/** What an archive refuses. Bounds: Amazon Data Firehose quotas. */
export const ARCHIVE_RULES: readonly Rule<ArchiveOptions>[] = [
  {
    code: 'EventStream.ArchiveWrongType',
    first: true,
    check: (options) => typed(options, { prefix: 'text', bufferInterval: 'duration', bufferSize: Size, compression: 'text' }),
  },
  { code: 'EventStream.ArchivePrefix', check: ({ prefix }) => text('prefix', prefix, 0, 900) },
  { code: 'EventStream.BufferInterval', check: ({ bufferInterval }) => wholeSeconds('bufferInterval', bufferInterval, 0, 900) },
  {
    code: 'EventStream.BufferSize',
    check: ({ bufferSize }) => {
      const mebibytes = bufferSize && !bufferSize.isUnresolved() ? bufferSize.toBytes() / 1024 ** 2 : 1;
      return Number.isInteger(mebibytes) && mebibytes >= 1 && mebibytes <= 128
        ? undefined
        : { given: `bufferSize is ${mebibytes} MiB`, allowed: 'whole MiB from 1 to 128' };
    },
  },
  {
    code: 'EventStream.Compression',
    check: ({ compression }) => compression === undefined || Object.values(ArchiveCompression).includes(compression)
      ? undefined
      : { given: `compression is ${show(compression)}`, allowed: 'ArchiveCompression.GZIP or ArchiveCompression.NONE' },
  },
];

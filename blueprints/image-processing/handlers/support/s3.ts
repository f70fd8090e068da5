import { S3Client } from '@aws-sdk/client-s3';
import { PATIENCE } from './patience';

/** A client for objects. The checksum that it would put into a signed address is that of no bytes at all. */
export const s3Client = () => new S3Client({ ...PATIENCE, requestChecksumCalculation: 'WHEN_REQUIRED' });

import { Duration, Size } from 'aws-cdk-lib';
import * as fc from 'fast-check';
import { PresignedUpload, type PresignedUploadProps } from '../../../lib/presigned-upload';
import { flag, NOT_DURATION, NOT_FLAG, NOT_OBJECT, NOT_TEXT, optional, seconds, type Subject } from '../subject';

const mebibytes = (min: number, max: number) => fc.integer({ min, max }).map((amount) => Size.mebibytes(amount));
const NOT_SIZE: readonly unknown[] = [null, 5, '5', {}, [], Size.bytes(0)];

export const SUBJECTS: Record<string, Subject<object>> = {
  PresignedUpload: {
    concept: 'PresignedUpload',
    madeOf: ['KeyValueStore', 'ObjectStore'],
    valid: () => optional<PresignedUploadProps>({
      contentTypes: fc.subarray(['image/png', 'image/*', 'application/vnd.api+json'], { minLength: 1 }),
      maxSize: mebibytes(1, 40_000),
      partSize: mebibytes(5, 5120),
      urlTtl: seconds(1, 3600),
      uploadWithin: seconds(60, 7 * 86_400),
      corsOrigins: fc.subarray(['https://www.example.com', 'http://localhost:3000', '*'], { minLength: 1 }),
      tiering: fc.record({ intelligent: flag }),
      prefix: fc.constantFrom('in/', 'a/b/', 'uploads/'),
      disposable: flag,
    }),
    invalid: () => ({
      contentTypes: [null, 'image/png', {}, [], [null], ['image'], ['image/'], ['*/*'], ['image/png', 'image/png']],
      maxSize: [...NOT_SIZE, Size.tebibytes(49)],
      partSize: [...NOT_SIZE, Size.mebibytes(4), Size.mebibytes(5121)],
      urlTtl: [...NOT_DURATION, Duration.seconds(0), Duration.seconds(3601), Duration.millis(1500)],
      uploadWithin: [...NOT_DURATION, Duration.seconds(59), Duration.days(8)],
      corsOrigins: [null, '*', {}, [], [null], ['www.example.com'], ['https://www.example.com/'], ['*', '*']],
      tiering: [...NOT_OBJECT, { coldAfter: 30 }],
      prefix: [...NOT_TEXT, '', '/', 'in', '/in/', 'x'.repeat(257)],
      disposable: NOT_FLAG,
      objectStore: [null, 'store', {}],
      table: [null, 'uploads', {}],
    }),
    build: (scope, props) => new PresignedUpload(scope, 'Subject', props),
  } satisfies Subject<PresignedUploadProps>,
};

import { Duration, Size } from 'aws-cdk-lib';
import { Table } from 'aws-cdk-lib/aws-dynamodb';
import { ApiGateway, Authorizer } from '../../../lib/api-gateway';
import { Access } from '../../../lib/core';
import { ObjectStore } from '../../../lib/object-store';
import { PresignedUpload } from '../../../lib/presigned-upload';
import { WorkQueue } from '../../../lib/work-queue';
import { type Case, worker } from './case';

export const CASES: readonly Case[] = [
  { name: 'PresignedUpload, minimal', build: (stack) => { new PresignedUpload(stack, 'Uploads'); } },
  {
    name: 'PresignedUpload, maximal and used',
    build: (stack) => {
      const uploads = new PresignedUpload(stack, 'Uploads', {
        contentTypes: ['image/png', 'video/*'],
        maxSize: Size.gibibytes(5),
        partSize: Size.mebibytes(50),
        urlTtl: Duration.minutes(5),
        uploadWithin: Duration.days(3),
        corsOrigins: ['https://www.example.com'],
        tiering: { coldAfter: Duration.days(30) },
        prefix: 'in/',
        disposable: true,
      });
      uploads.handTo(new WorkQueue(stack, 'Processing'));
      worker(stack).use(uploads, Access.READ_WRITE);
      const authorizer = Authorizer.jwt({ issuer: 'https://id.example.com', audience: ['web'] });
      uploads.route(new ApiGateway(stack, 'Api', { defaultAuthorizer: authorizer }), '/media');
    },
  },
  {
    name: 'PresignedUpload, in a store and a table of its own choice',
    build: (stack) => {
      const table = Table.fromTableName(stack, 'PlainTable', 'uploads');
      new PresignedUpload(stack, 'Uploads', { objectStore: new ObjectStore(stack, 'Store'), table });
    },
  },
];

import { Duration } from 'aws-cdk-lib';
import { ChangeDataCapture } from '../../../lib/change-data-capture';
import { FunctionService } from '../../../lib/function-service';
import { KeyValueStore } from '../../../lib/key-value-store';
import { Network } from '../../../lib/network';
import { SearchEngine, SearchField, SearchIndex } from '../../../lib/search-index';
import { HANDLER } from '../stacks';
import { type Case, worker } from './case';

export const CASES: readonly Case[] = [
  {
    name: 'ChangeDataCapture, minimal',
    build: (stack) => {
      new ChangeDataCapture(stack, 'Capture', { source: new KeyValueStore(stack, 'Store', { partitionKey: 'id' }), worker: worker(stack) });
    },
  },
  {
    name: 'ChangeDataCapture, maximal, into an index, and reindexed',
    build: (stack) => {
      const network = Network.of(stack);
      const function_ = (id: string) => new FunctionService(stack, id, { handler: HANDLER, network });
      const capture = new ChangeDataCapture(stack, 'Capture', {
        source: new KeyValueStore(stack, 'Store', { partitionKey: 'id' }),
        worker: function_('Worker'),
        consumerName: 'search',
        batchSize: 500,
        batchWindow: Duration.seconds(1),
        parallelization: 2,
        maxAttempts: 100,
        maxLag: Duration.seconds(30),
      });
      capture.into(new SearchIndex(stack, 'Index', { fields: [SearchField.text('title')], engine: SearchEngine.OPENSEARCH }), { name: 'Events' });
      capture.reindexedBy(function_('Reindexer'));
    },
  },
];

import { type Clock, systemClock } from '../clock';
import type { OrderedChange } from './documents';
import type { IndexGenerations, SearchEngine } from './engine';
import { SearchEngineError } from './errors';
import type { OpenSearchClient } from './open-search-client';
import { bulkBody, indexBody, searchBody } from './open-search-requests';
import type { SearchFields } from './documents';
import { pageOf, type ParsedQuery, type SearchResult } from './query';
import type { SearchIndexSettings } from './settings';

const NOT_FOUND = 404;
/** What is written already in this version or a newer one. */
const CONFLICT = 409;
const TAKEN = 400;
const BUSY = [429, 503];

interface BulkItem {
  readonly _id: string;
  readonly status: number;
  readonly error?: { readonly reason: string };
}

interface Hit {
  readonly _id: string;
  readonly sort: readonly [score: number, id: string];
  readonly _source: { readonly fields: SearchFields };
}

interface Bucket {
  readonly key: string;
  readonly doc_count: number;
}

interface Found {
  readonly hits: { readonly hits: readonly Hit[] };
  readonly aggregations?: Readonly<Record<string, { readonly buckets: readonly Bucket[] }>>;
}

/**
 * Documents in OpenSearch. A generation is an index, `<name>-g1`; searches go to the alias `<name>`, the generation that is being
 * made has the alias `<name>-building`, and writers name each by the alias `<name>-w1`, so that none is made by a write.
 *
 * Requests: two for a write, one for a search.
 */
export class OpenSearchEngine implements SearchEngine {
  private readonly name: string;

  constructor(
    private readonly client: OpenSearchClient,
    private readonly settings: SearchIndexSettings,
    private readonly clock: Pick<Clock, 'now'> = systemClock,
  ) {
    this.name = settings.index;
  }

  public async create(): Promise<void> {
    if (!await this.generations()) {
      await this.createGeneration(1, { [this.name]: {} });
    }
  }

  public async generations(): Promise<IndexGenerations | undefined> {
    const { byNumber } = await this.known();
    const numbers = (alias: string) => byNumber.filter(([, aliases]) => aliases.includes(alias)).map(([number]) => number);
    // Of two that were opened at the same moment the last one counts.
    const last = (alias: string) => numbers(alias).sort((a, b) => b - a)[0];
    const live = last(this.name);
    return live === undefined ? undefined : { live, building: last(this.building) };
  }

  public async write(generation: number, changes: readonly OrderedChange[]): Promise<Map<string, string>> {
    if (changes.length === 0) {
      return new Map();
    }
    const { status, body } = await this.client.send({
      method: 'POST',
      path: `/${this.name}-w${generation}/_bulk?require_alias=true`,
      body: bulkBody(changes, this.clock.now()),
      accept: [NOT_FOUND],
    });
    // One that is gone by now was made before what is being written, and the one in its place has it.
    const items = status === NOT_FOUND ? [] : (body as { items: { index: BulkItem }[] }).items.map(({ index }) => index);
    const failed = items.filter((item) => item.status >= 300 && item.status !== CONFLICT && item.status !== NOT_FOUND);
    const busy = failed.find((item) => BUSY.includes(item.status) || item.status >= 500);
    if (busy) {
      throw new SearchEngineError(`${busy._id} was answered ${busy.status}: ${busy.error?.reason}`, busy.status);
    }
    return new Map(failed.map(({ _id, error }) => [_id, error?.reason ?? 'rejected']));
  }

  public async search(query: ParsedQuery): Promise<SearchResult> {
    const { status, body } = await this.client.send({
      method: 'POST', path: `/${this.name}/_search`, body: searchBody(query, this.settings.fields), accept: [NOT_FOUND],
    });
    if (status === NOT_FOUND) {
      return { hits: [], facets: {} };
    }
    const { hits, aggregations = {} } = body as Found;
    const found = hits.hits.map(({ _id, sort: [score], _source: { fields } }) => ({ id: _id, score, fields }));
    const facets = Object.entries(aggregations).map(([name, { buckets }]) =>
      [name, buckets.map(({ key, doc_count: count }) => ({ value: key, count }))]);
    return { ...pageOf(found, query.limit), facets: Object.fromEntries(facets) };
  }

  public async open(): Promise<number> {
    for (;;) {
      const { byNumber } = await this.known();
      const next = Math.max(0, ...byNumber.map(([number]) => number)) + 1;
      if (await this.createGeneration(next, {})) {
        const former = byNumber.filter(([, aliases]) => aliases.includes(this.building)).map(([number]) => number);
        await this.changeAliases([
          { add: { index: this.index(next), alias: this.building } },
          ...former.map((number) => ({ remove_index: { index: this.index(number) } })),
        ]);
        return next;
      }
    }
  }

  public async switchTo(generation: number): Promise<boolean> {
    const known = await this.generations();
    if (known?.building !== generation) {
      return false;
    }
    await this.client.send({ method: 'POST', path: `/${this.index(generation)}/_refresh` });
    await this.changeAliases([
      { add: { index: this.index(generation), alias: this.name } },
      { remove: { index: this.index(generation), alias: this.building } },
      { remove_index: { index: this.index(known.live) } },
    ]);
    return true;
  }

  public async sweep(olderThanSeconds: number): Promise<void> {
    const { byNumber } = await this.known();
    const query = { range: { deleted_at: { lt: this.clock.now() - olderThanSeconds * 1000 } } };
    for (const [number] of byNumber) {
      await this.client.send({
        method: 'POST', path: `/${this.index(number)}/_delete_by_query?conflicts=proceed`, body: { query }, accept: [NOT_FOUND],
      });
    }
  }

  private get building(): string {
    return `${this.name}-building`;
  }

  private index(generation: number): string {
    return `${this.name}-g${generation}`;
  }

  private async known(): Promise<{ readonly byNumber: readonly (readonly [number, readonly string[]])[] }> {
    const { status, body } = await this.client.send({ method: 'GET', path: `/${this.name}-g*/_alias`, accept: [NOT_FOUND] });
    const indexes = status === NOT_FOUND ? {} : body as Record<string, { readonly aliases: object }>;
    const prefix = `${this.name}-g`;
    return {
      byNumber: Object.entries(indexes).filter(([index]) => index.startsWith(prefix))
        .map(([index, { aliases }]) => [Number(index.slice(prefix.length)), Object.keys(aliases)] as const),
    };
  }

  /** @returns false when it is there already */
  private async createGeneration(generation: number, aliases: object): Promise<boolean> {
    const { status, body } = await this.client.send({
      method: 'PUT',
      path: `/${this.index(generation)}`,
      body: { ...indexBody(this.settings), aliases: { [`${this.name}-w${generation}`]: {}, ...aliases } },
      accept: [TAKEN],
    });
    if (status === TAKEN && !JSON.stringify(body).includes('resource_already_exists_exception')) {
      throw new SearchEngineError(`${this.index(generation)} cannot be made: ${JSON.stringify(body).slice(0, 500)}`, status);
    }
    return status !== TAKEN;
  }

  private async changeAliases(actions: readonly object[]): Promise<void> {
    await this.client.send({ method: 'POST', path: '/_aliases', body: { actions } });
  }
}

import { type Environment, MissingSettingError, readSetting, wiredBy } from '../environment';

/** A field of a document that is searched or filtered by. */
export interface SearchField {
  readonly name: string;
  /** `text` is searched, `keyword` and `number` are filtered by. */
  readonly kind: 'text' | 'keyword' | 'number';
  /** How much a find in this text counts, compared with other texts: 1, 2, 4 or 8. */
  readonly weight?: number;
}

/** An index as its wiring tells. */
export interface SearchIndexSettings {
  readonly engine: 'postgres' | 'opensearch';
  /** Its name in the engine. */
  readonly index: string;
  /** The language whose words are stemmed, as both engines name it: `english`. */
  readonly language: string;
  readonly fields: readonly SearchField[];
  /** OpenSearch only: `https://vpc-...`. */
  readonly endpoint?: string;
  /**
   * OpenSearch only: over how many parts it is spread.
   * @default 1
   */
  readonly shards?: number;
  /**
   * OpenSearch only: how many further copies of each part there are.
   * @default 1
   */
  readonly replicas?: number;
}

/**
 * The settings of an index, from `<NAME>_ENGINE`, `<NAME>_INDEX`, `<NAME>_LANGUAGE`, `<NAME>_FIELDS` and, for OpenSearch,
 * `<NAME>_ENDPOINT`, `<NAME>_SHARDS` and `<NAME>_REPLICAS`.
 *
 * @param name what the index is wired under, for example `EVENTS`
 * @throws MissingSettingError when the index is not wired to this function
 */
export function searchIndexSettings(name: string, environment: Environment = process.env): SearchIndexSettings {
  const required = (setting: string) => readSetting(`${name}_${setting}`, wiredBy('index', name), environment);
  const number = (setting: string) => environment[`${name}_${setting}`] === undefined ? undefined : Number(required(setting));
  const engine = required('ENGINE');
  if (engine !== 'postgres' && engine !== 'opensearch') {
    throw new MissingSettingError(`${name}_ENGINE is '${engine}'; it must be postgres or opensearch`);
  }
  return {
    engine,
    index: required('INDEX'),
    language: required('LANGUAGE'),
    fields: required('FIELDS').split(',').map(fieldOf),
    endpoint: engine === 'opensearch' ? required('ENDPOINT') : undefined,
    shards: number('SHARDS'),
    replicas: number('REPLICAS'),
  };
}

/** `title:text:4`, `city:keyword`. */
function fieldOf(text: string): SearchField {
  const [name = '', kind = '', weight] = text.split(':');
  return { name, kind: kind as SearchField['kind'], ...weight !== undefined && { weight: Number(weight) } };
}

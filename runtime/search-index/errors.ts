/** Documents that the index cannot hold, whenever they are sent. All others of the same call are written. */
export class RejectedDocumentsError extends Error {
  public override readonly name = 'RejectedDocumentsError';

  /** @param reasons why, by the id of the document */
  constructor(public readonly reasons: ReadonlyMap<string, string>) {
    const [[id, reason] = ['', '']] = reasons;
    super(`${reasons.size} documents were rejected; ${id}: ${reason}`);
  }
}

/** A search that cannot be answered as it is asked: a filter on what is no filter field, a cursor of somebody else. */
export class SearchQueryError extends Error {
  public override readonly name = 'SearchQueryError';
}

/** The search engine answered with an error. */
export class SearchEngineError extends Error {
  public override readonly name = 'SearchEngineError';

  constructor(message: string, public readonly status: number) {
    super(message);
  }
}

/** Another rebuild has begun after this one, which gives up. Nothing was switched by it. */
export class ReindexSupersededError extends Error {
  public override readonly name = 'ReindexSupersededError';
}

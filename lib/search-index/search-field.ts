/** How a text is searched. */
export interface SearchTextOptions {
  /**
   * How much a find in this text counts, compared with other texts: 1, 2, 4 or 8.
   * @default 1
   */
  readonly weight?: number;
}

/** A field of a document that is searched or filtered by. Other fields are kept and answered, and nothing more. */
export class SearchField {
  /** A text whose words are searched. */
  public static text(name: string, options: SearchTextOptions = {}): SearchField {
    return new SearchField(name, 'text', options?.weight ?? 1);
  }

  /** A text, or a list of texts, that is filtered by and counted as a whole: a city, tags. */
  public static keyword(name: string): SearchField {
    return new SearchField(name, 'keyword');
  }

  /** A number that is filtered by: a price, a time in milliseconds. */
  public static number(name: string): SearchField {
    return new SearchField(name, 'number');
  }

  private constructor(
    /** Its name in documents. */
    public readonly name: string,
    /** `text`, `keyword` or `number`. */
    public readonly kind: string,
    /** How much a find counts; undefined for what is not searched. */
    public readonly weight?: number,
  ) {}
}

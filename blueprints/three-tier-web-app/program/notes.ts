import type { Database, Written } from './database';

/** A note of a user. */
export interface Note {
  readonly id: string;
  readonly text: string;
}

/** The notes of users: written to the primary, read from a reader that knows what the user has written. */
export class Notes {
  constructor(private readonly database: Database) {}

  public async add(user: string, text: string): Promise<Written<Note>> {
    const { value: [note], mark } = await this.database.write<Note>(
      'INSERT INTO notes (owner, text) VALUES ($1, $2) RETURNING id, text', [user, text],
    );
    return { value: note!, mark };
  }

  /** @returns a value of undefined when the user has no such note */
  public async change(user: string, id: string, text: string): Promise<Written<Note | undefined>> {
    const { value: [note], mark } = await this.database.write<Note>(
      'UPDATE notes SET text = $3 WHERE owner = $1 AND id = $2 RETURNING id, text', [user, id, text],
    );
    return { value: note, mark };
  }

  /** @returns whether the user had such a note */
  public async remove(user: string, id: string): Promise<Written<boolean>> {
    const { value, mark } = await this.database.write('DELETE FROM notes WHERE owner = $1 AND id = $2 RETURNING id', [user, id]);
    return { value: value.length > 0, mark };
  }

  /** @param mark of what the user has written last, which must be in the answer */
  public list(user: string, mark: string | undefined): Promise<Note[]> {
    return this.database.read<Note>('SELECT id, text FROM notes WHERE owner = $1 ORDER BY id', [user], mark);
  }
}

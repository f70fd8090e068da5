/** How the schema came to be, oldest first. What has been applied is never changed: the next change is another one. */
export const MIGRATIONS = [
  {
    name: '001-users',
    sql: `
      CREATE TABLE users (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        email text NOT NULL UNIQUE,
        salt bytea NOT NULL,
        hash bytea NOT NULL,
        since timestamptz NOT NULL DEFAULT now()
      )`,
  },
  {
    name: '002-notes',
    sql: `
      CREATE TABLE notes (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        owner bigint NOT NULL REFERENCES users (id) ON DELETE CASCADE,
        text text NOT NULL,
        changed timestamptz NOT NULL DEFAULT now()
      );
      CREATE INDEX notes_of_owner ON notes (owner, id)`,
  },
];

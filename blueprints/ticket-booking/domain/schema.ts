import type { Migration } from '../../../runtime';

/**
 * What the database has to look like, one step after the other; a step that was once released is never changed.
 *
 * A seat has a row from its first hold on. Its `fence` is that of its latest holder: whoever comes with another one is late.
 */
export const SCHEMA: readonly Migration[] = [{
  name: '001-holds-seats-orders',
  sql: `
    CREATE TABLE holds (
      token uuid PRIMARY KEY,
      event_id text NOT NULL,
      seats text[] NOT NULL,
      fence bigint NOT NULL,
      seconds integer NOT NULL,
      cents integer NOT NULL,
      expires_at timestamptz NOT NULL
    );
    CREATE TABLE orders (
      id uuid PRIMARY KEY,
      token uuid NOT NULL UNIQUE REFERENCES holds,
      event_id text NOT NULL,
      seats text[] NOT NULL,
      fence bigint NOT NULL,
      cents integer NOT NULL,
      status text NOT NULL CHECK (status IN ('PENDING', 'CONFIRMED', 'REFUSED')),
      reason text,
      created_at timestamptz NOT NULL DEFAULT now(),
      updated_at timestamptz NOT NULL DEFAULT now()
    );
    CREATE TABLE seats (
      event_id text NOT NULL,
      seat text NOT NULL,
      fence bigint NOT NULL,
      held_until timestamptz NOT NULL,
      order_id uuid REFERENCES orders,
      PRIMARY KEY (event_id, seat)
    );
  `,
}];

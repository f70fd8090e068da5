import { nearest } from '../lib/core/nearest';
import type { BlueprintEntry } from './blueprint-entry';
import { IMAGE_PROCESSING } from './image-processing/entry';
import { MEDIA_SHARING } from './media-sharing/entry';
import { REAL_TIME_ANALYTICS } from './real-time-analytics/entry';
import { THREE_TIER_WEB_APP } from './three-tier-web-app/entry';
import { TICKET_BOOKING } from './ticket-booking/entry';
import { URL_SHORTENER } from './url-shortener/entry';

export type { BlueprintEntry } from './blueprint-entry';

/** Every blueprint. Loading the catalogue loads none of them, so that synthesis does not slow down as it grows. */
export const BLUEPRINTS: readonly BlueprintEntry[] = [
  URL_SHORTENER,
  MEDIA_SHARING,
  IMAGE_PROCESSING,
  REAL_TIME_ANALYTICS,
  THREE_TIER_WEB_APP,
  TICKET_BOOKING,
];

/** A name that no blueprint has. The message tells which exist; it is meant for people and needs no stack trace. */
export class UnknownBlueprintError extends Error {
  public override readonly name = 'UnknownBlueprintError';

  constructor(given: string) {
    const names = BLUEPRINTS.map(({ name }) => name);
    const hint = nearest(given, names);
    super(`there is no blueprint '${given}'${hint ? `; did you mean ${hint}?` : ''}\nblueprints: ${names.join(', ')}`);
  }
}

/**
 * The blueprint of that name.
 *
 * @throws UnknownBlueprintError
 */
export function blueprintNamed(name: string): BlueprintEntry {
  const entry = BLUEPRINTS.find((candidate) => candidate.name === name);
  if (!entry) {
    throw new UnknownBlueprintError(name);
  }
  return entry;
}

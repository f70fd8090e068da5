import { Logger } from '@aws-lambda-powertools/logger';

/** Writes JSON lines to standard output. */
export const logger = new Logger({ serviceName: 'media-sharing' });

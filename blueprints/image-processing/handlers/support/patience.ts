import { patience } from '../../../patience';

/** An image is read and written in one piece. */
export const PATIENCE = patience(3000);

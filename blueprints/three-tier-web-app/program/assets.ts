import { createHash } from 'node:crypto';

const STYLE = 'body{font:16px/1.5 system-ui;max-width:40rem;margin:2rem auto;padding:0 1rem}';

/** Names carry a hash of the content: what a cache has kept under a name is never stale. */
export const STYLE_PATH = `/static/style.${createHash('sha256').update(STYLE).digest('hex').slice(0, 8)}.css`;

/** What a browser gets that asks for `/`. */
export const PAGE = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Notes</title><link rel="stylesheet" href="${STYLE_PATH}">
<h1>Notes</h1><p>Sign up with POST /users, and see the page of the blueprint for the rest.</p></html>`;

/** The files of the page, by their path. */
export const ASSETS: Readonly<Record<string, { readonly type: string; readonly text: string }>> = {
  [STYLE_PATH]: { type: 'text/css', text: STYLE },
};

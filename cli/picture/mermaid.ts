import type { Arrow, Box, Picture } from './picture';
import type { Shape } from './kinds';

/** What encloses the text of a box of each shape, in Mermaid's flowchart. */
const BRACKETS: { readonly [shape in Exclude<Shape, 'none'>]: readonly [string, string] } = {
  actor: ['([', '])'],
  compute: ['[', ']'],
  entry: ['{{', '}}'],
  queue: ['[[', ']]'],
  store: ['[(', ')]'],
  part: ['(', ')'],
};

/** Labels of one arrow beyond these are counted only. */
const MOST_LABELS = 3;

/** A picture as a flowchart of Mermaid, which GitHub draws in pages: from top to bottom, since pages are narrow and long. */
export function mermaid({ boxes: parts, arrows }: Picture): string {
  const boxes = parts.filter((part): part is Drawn => part.shape !== 'none');
  const inside = boxes.filter(({ inNetwork }) => inNetwork);
  return [
    'flowchart TD',
    ...boxes.filter(({ inNetwork }) => !inNetwork).map((box) => `  ${drawn(box)}`),
    ...inside.length > 0 ? ['  subgraph network [Network]', ...inside.map((box) => `    ${drawn(box)}`), '  end'] : [],
    ...arrows.map((arrow) => `  ${pointed(arrow)}`),
  ].join('\n');
}

type Drawn = Box & { readonly shape: Exclude<Shape, 'none'> };

function drawn({ id, name, concept, shape }: Drawn): string {
  const [open, close] = BRACKETS[shape];
  const text = concept === '' || concept === name ? name : `${name}<br/>${concept}`;
  return `${id}${open}"${text}"${close}`;
}

function pointed({ from, to, labels }: Arrow): string {
  if (labels.length === 0) {
    return `${from} --> ${to}`;
  }
  const shown = labels.slice(0, MOST_LABELS);
  const more = labels.length - shown.length;
  return `${from} -->|"${[...shown, ...more > 0 ? [`${more} more`] : []].join('<br/>')}"| ${to}`;
}

interface Rectangle {
  readonly id: string;
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** How far a drawn box may stand out of its rectangle, as the round ends of a store do. */
const STANDS_OUT = 8;

const BOX = /<g class="node" data-id="([^"]+)"[^>]*>\s*<rect x="([\d.-]+)" y="([\d.-]+)" width="([\d.]+)" height="([\d.]+)"/g;
const ARROW = /<polyline class="edge" data-from="([^"]+)" data-to="([^"]+)"[^>]* points="([^"]+)"/g;

/** The arrows of a drawn flowchart that run through boxes of others: `Replay -> Minutes through Archive`. */
export function crossings(svg: string): string[] {
  const boxes = [...svg.matchAll(BOX)].map(([, id, x, y, width, height]): Rectangle => ({
    id: id!,
    left: Number(x), top: Number(y) - STANDS_OUT,
    right: Number(x) + Number(width), bottom: Number(y) + Number(height) + STANDS_OUT,
  }));
  return [...svg.matchAll(ARROW)].flatMap(([, from, to, points]) => {
    const corners = points!.split(' ').map((point) => point.split(',').map(Number) as [number, number]);
    return boxes.filter(({ id }) => id !== from && id !== to).filter((box) => corners.some((corner, index) =>
      index > 0 && meets(corners[index - 1]!, corner, box))).map(({ id }) => `${from} -> ${to} through ${id}`);
  });
}

/** Arrows run level or upright, so that each piece of one is a rectangle without breadth. */
function meets([x, y]: readonly [number, number], [toX, toY]: readonly [number, number], box: Rectangle): boolean {
  return Math.max(x, toX) > box.left && Math.min(x, toX) < box.right
    && Math.max(y, toY) > box.top && Math.min(y, toY) < box.bottom;
}

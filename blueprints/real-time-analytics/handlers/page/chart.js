/* global document */
// A chart of lines, drawn by hand: as wide as there is room, and with a sentence in place of the picture for those who hear it.

const SVG = 'http://www.w3.org/2000/svg';
const WIDTH = 600;
const HEIGHT = 200;

/** The next round number: 1, 2 or 5 times a power of ten. */
export function roundUp(value) {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, value)));
  return [1, 2, 5, 10].map((factor) => factor * power).find((round) => round >= value);
}

/**
 * Draws one line for each series.
 *
 * @param {Element} place where
 * @param {{ name: string, values: number[] }[]} lines the series, each with a value for every moment
 * @param {{ label: string, from: string, to: string }} words what it shows, and the ends of the time
 */
export function drawChart(place, lines, { label, from, to }) {
  const top = roundUp(Math.max(1, ...lines.flatMap(({ values }) => values)));
  const svg = node('svg', { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: 'none', role: 'img', 'aria-label': label });
  for (const part of [0, .5, 1]) {
    svg.append(node('line', { class: 'rule', x1: 0, x2: WIDTH, y1: HEIGHT * part, y2: HEIGHT * part }));
  }
  for (const { name, values } of lines) {
    const points = values.map((value, index) => `${index * WIDTH / (values.length - 1)},${HEIGHT - value / top * HEIGHT}`);
    svg.append(node('polyline', { class: `line ${name}`, points: points.join(' ') }));
  }
  place.replaceChildren(words(`up to ${top} a minute`), svg, words(from, to));
}

function node(name, attributes) {
  const element = document.createElementNS(SVG, name);
  Object.entries(attributes).forEach(([key, value]) => element.setAttribute(key, value));
  return element;
}

function words(...texts) {
  const line = document.createElement('p');
  line.append(...texts.map((text) => Object.assign(document.createElement('span'), { textContent: text })));
  return line;
}

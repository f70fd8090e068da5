import { CliError } from '../errors';
import { crossings } from './crossings';

/**
 * A flowchart of Mermaid as SVG, drawn without a browser: from top to bottom, unless fewer arrows run through boxes from left to
 * right.
 *
 * @throws CliError when the package that draws is not installed
 */
export async function svgOf(flowchart: string): Promise<string> {
  const { renderMermaidSVG } = await import('beautiful-mermaid').catch(() => {
    throw new CliError('drawing needs a package that is not installed here; run: npm install --save-dev beautiful-mermaid@1.1.3');
  });
  const draw = (text: string) => renderMermaidSVG(text, { bg: '#ffffff', fg: '#1f2937', line: '#6b7280', font: 'Arial' });
  // The first one of those that are crossed least.
  const [svg] = [flowchart, flowchart.replace('flowchart TD', 'flowchart LR')].map(draw)
    .sort((one, other) => crossings(one).length - crossings(other).length);
  // A picture needs no network: it is drawn with a font that is there.
  return svg!.replace(/^\s*@import url\(.*\);\n/m, '');
}

import { CliError } from '../errors';

/**
 * A flowchart of Mermaid as SVG, drawn without a browser.
 *
 * @throws CliError when the package that draws is not installed
 */
export async function svgOf(flowchart: string): Promise<string> {
  const { renderMermaidSVG } = await import('beautiful-mermaid').catch(() => {
    throw new CliError('drawing needs a package that is not installed here; run: npm install --save-dev beautiful-mermaid@1.1.3');
  });
  const svg = renderMermaidSVG(flowchart, { bg: '#ffffff', fg: '#1f2937', line: '#6b7280', font: 'Arial' });
  // A picture needs no network: it is drawn with a font that is there.
  return svg.replace(/^\s*@import url\(.*\);\n/m, '');
}

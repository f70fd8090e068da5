import * as fs from 'node:fs';
import type { IBlueprint } from '../blueprints/blueprint';
import { type BlueprintEntry, blueprintNamed } from '../blueprints/registry';
import * as lib from '../lib';
import { built } from './built';
import { CliError } from './errors';
import { mermaid } from './picture/mermaid';
import { type Box, pictureOf } from './picture/picture';
import { svgOf } from './picture/svg';
import type { Progress } from './progress';

const CONCEPTS = new Set<unknown>(Object.values(lib));

/** The concepts of a blueprint as its picture has them. */
export function boxesOf(blueprint: IBlueprint): readonly Box[] {
  return pictureOf(blueprint, CONCEPTS).boxes;
}

/** The picture of a blueprint, drawn from its construct tree and its wiring, as a flowchart of Mermaid. */
export function flowchartOf(entry: BlueprintEntry): string {
  return mermaid(pictureOf(built(entry).blueprint, CONCEPTS));
}

/**
 * Prints the picture of a blueprint, or writes it as SVG.
 *
 * @param file where the SVG goes
 * @throws CliError when the file cannot be written
 */
export async function diagram(name: string, file: string | undefined, progress: Progress): Promise<void> {
  const flowchart = flowchartOf(blueprintNamed(name));
  if (file === undefined) {
    progress.line(flowchart);
    return;
  }
  const svg = await svgOf(flowchart);
  try {
    fs.writeFileSync(file, svg);
  } catch (error) {
    throw new CliError(`${file} cannot be written: ${error instanceof Error ? error.message : String(error)}`);
  }
  progress.line(`${name} is drawn in ${file}`);
}

import { BLUEPRINTS } from '../blueprints/registry';
import type { Progress } from './progress';

/** Prints what the catalogue holds. */
export function list(progress: Progress): void {
  for (const { name, title, concepts, services, provenLocally, onlyOnAws } of BLUEPRINTS) {
    progress.paragraph(name);
    progress.paragraph(`  ${title}`);
    progress.paragraph(`  concepts          ${concepts.join(', ')}`);
    progress.paragraph(`  AWS services      ${services.join(', ')}`);
    progress.paragraph(`  proven locally    ${provenLocally.join(', ')}`);
    progress.paragraph(`  only AWS can show ${onlyOnAws.join(', ')}`);
  }
}

import { BLUEPRINTS } from '../blueprints/registry';
import type { Progress } from './progress';

/** Prints what the catalogue holds. */
export function list(progress: Progress): void {
  for (const { name, title, concepts, services, provenLocally, onlyOnAws } of BLUEPRINTS) {
    progress.line(name);
    progress.line(`  ${title}`);
    progress.line(`  concepts          ${concepts.join(', ')}`);
    progress.line(`  AWS services      ${services.join(', ')}`);
    progress.line(`  proven locally    ${provenLocally.join(', ')}`);
    progress.line(`  only AWS can show ${onlyOnAws.join(', ')}`);
  }
}

import * as fs from 'node:fs';
import * as path from 'node:path';
import { ContainerImage } from 'aws-cdk-lib/aws-ecs';
import { Platform } from 'aws-cdk-lib/aws-ecr-assets';
import { packageRoot } from '../../lib/core/package-root';

/**
 * The image of the program that this package ships: its folder holds one file and a Dockerfile. The CDK builds the image when it
 * deploys, which needs Docker.
 *
 * @throws Error before the programs were built
 */
export function shippedImage(): ContainerImage {
  const folder = path.join(packageRoot(), 'dist', 'programs', 'three-tier-web-app');
  if (!fs.existsSync(path.join(folder, 'server.js'))) {
    throw new Error(`${folder} is not built; run: npm run build:handlers`);
  }
  return ContainerImage.fromAsset(folder, { platform: Platform.LINUX_ARM64 });
}

import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import { ThreeTierWebApp } from '../../blueprints/three-tier-web-app';
import type { Case } from './cases/case';
import { SOMEWHERE } from './stacks';

/** Blueprints with options that the catalogue leaves out. */
export const BLUEPRINT_VARIANTS: readonly Case[] = [
  {
    name: 'three-tier-web-app, in the clear',
    build: (stack) => { new ThreeTierWebApp(stack, 'ThreeTierWebApp', { disposable: true, plaintext: true }); },
  },
  {
    name: 'three-tier-web-app, behind a CDN without a domain',
    build: (stack) => { new ThreeTierWebApp(stack, 'ThreeTierWebApp', { disposable: true, cdn: true }); },
  },
  {
    name: 'three-tier-web-app, files shared',
    build: (stack) => { new ThreeTierWebApp(stack, 'ThreeTierWebApp', { disposable: true, plaintext: true, sharedFiles: true }); },
  },
  {
    name: 'three-tier-web-app, maximal',
    build: (stack) => {
      const certificate = Certificate.fromCertificateArn(
        stack, 'PlainCertificate', `arn:aws:acm:${SOMEWHERE.region}:${SOMEWHERE.account}:certificate/notes`,
      );
      new ThreeTierWebApp(stack, 'ThreeTierWebApp', {
        certificate, domainName: 'notes.example.com', nodes: 4, readers: 1, pool: true, cdn: true, sharedFiles: true, disposable: true,
        pipeline: { repository: 'example/notes' },
      });
    },
  },
];

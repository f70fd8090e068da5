import { Stack } from 'aws-cdk-lib';
import { OidcProviderNative, OpenIdConnectPrincipal, PolicyStatement, Role } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { acknowledgeInlineGrants } from '../../lib/core/acknowledge';

/** Who deploys by pushing. */
export interface Pipeline {
  /** The repository on GitHub: `owner/name`. */
  readonly repository: string;
  /**
   * The branch whose pushes deploy.
   * @default main
   */
  readonly branch?: string;
}

const ISSUER = 'token.actions.githubusercontent.com';
const AUDIENCE = 'sts.amazonaws.com';
/** What bootstrapping calls its roles: `cdk-hnb659fds-deploy-role-<account>-<region>`. */
const BOOTSTRAP_ROLES = ['deploy', 'file-publishing', 'image-publishing', 'lookup'];

/**
 * The role that a workflow of GitHub takes on without any stored key, for pushes to one branch of one repository. It may do one
 * thing: take on the roles that `cdk bootstrap` has made for deployments.
 */
export class DeployRole extends Construct {
  /** The role, for `role-to-assume` of aws-actions/configure-aws-credentials. */
  public readonly role: Role;

  constructor(scope: Construct, id: string, { repository, branch = 'main' }: Pipeline) {
    super(scope, id);
    const { partition, account, region } = Stack.of(this);
    const issuer = new OidcProviderNative(this, 'GitHub', { url: `https://${ISSUER}`, clientIds: [AUDIENCE] });
    this.role = new Role(this, 'Role', {
      assumedBy: new OpenIdConnectPrincipal(issuer, {
        StringEquals: { [`${ISSUER}:aud`]: AUDIENCE, [`${ISSUER}:sub`]: `repo:${repository}:ref:refs/heads/${branch}` },
      }),
    });
    acknowledgeInlineGrants(this.role);
    this.role.addToPolicy(new PolicyStatement({
      actions: ['sts:AssumeRole'],
      resources: BOOTSTRAP_ROLES.map((kind) => `arn:${partition}:iam::${account}:role/cdk-hnb659fds-${kind}-role-${account}-${region}`),
    }));
  }
}

/* eslint-disable awscdk/require-passing-this -- the construct passes itself */
import { Lazy, type RemovalPolicy } from 'aws-cdk-lib';
import { CfnUser, CfnUserGroup } from 'aws-cdk-lib/aws-elasticache';
import { type ISecret, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { acknowledge, acknowledgeCompliance, CompliancePack } from '../core/acknowledge';
import { freeName } from '../core/free-name';
import { keepWith } from '../core/keep-with';
import { type Access, writes } from '../core/wiring';
import { CacheAuthentication, CacheEngine } from './cache-engine';
import type { CacheLogin } from './cache-face';

/** What clients need to connect and to find the shards; older versions count some of it as dangerous. */
const CONNECT = '+info +readonly +client|getname +client|id +client|setname +cluster|info +cluster|nodes +cluster|shards +cluster|slots';
/** Every command but those that administer the server or can stop it. */
const READ_WRITE_ACCESS = `on ~* &* +@all -@admin -@dangerous ${CONNECT}`;
/** Commands that only read. */
const READ_ACCESS = `on ~* -@all +@read +@connection -@dangerous ${CONNECT}`;
const NO_ACCESS = 'off ~* -@all';

/** The users of one cache: one that reads and writes, and one that only reads once somebody needs it. Nobody else gets in. */
export class CacheUsers {
  public readonly group: CfnUserGroup;
  public readonly members: CfnUser[] = [];
  public readonly secrets: ISecret[] = [];

  private readonly readWrite: CacheLogin;
  private read?: CacheLogin;

  /** @param removal what becomes of the users with the stack: the same as of their cache */
  constructor(
    private readonly scope: Construct,
    private readonly engine: CacheEngine,
    private readonly authentication: CacheAuthentication,
    private readonly removal: RemovalPolicy,
  ) {
    this.readWrite = this.createLogin('User', '', READ_WRITE_ACCESS);
    if (engine === CacheEngine.REDIS) {
      this.closeDefaultUser();
    }
    this.group = new CfnUserGroup(scope, 'UserGroup', {
      engine,
      // Users, groups and caches are named apart from each other, so that one name is enough.
      userGroupId: this.members[0]!.ref,
      userIds: Lazy.list({ produce: () => this.members.map((user) => user.ref) }),
    });
    keepWith(this.group, removal);
  }

  /** As whom compute signs in that needs an access. Who writes reads too: updates and scripts do both at once. */
  public loginFor(access: Access): CacheLogin {
    return writes(access) ? this.readWrite : this.read ??= this.createLogin('Reader', '-r', READ_ACCESS);
  }

  private createLogin(id: string, suffix: string, accessString: string): CacheLogin {
    const name = `${freeName(this.scope)}${suffix}`;
    const secret = this.authentication === CacheAuthentication.PASSWORD ? this.createSecret(`${id}Secret`, name) : undefined;
    const user = this.createUser(id, name, name, accessString,
      secret ? { Type: 'password', Passwords: [secret.secretValueFromJson('password').unsafeUnwrap()] } : { Type: 'iam' });
    return secret ? { user: user.ref, secret } : { user: user.ref, userArn: user.attrArn };
  }

  /** Redis OSS lets everybody in as `default` unless a user of that name says otherwise; Valkey does not. */
  private closeDefaultUser(): void {
    this.createUser('DefaultUser', `${freeName(this.scope)}-d`, 'default', NO_ACCESS, { Type: 'no-password-required' });
  }

  private createUser(id: string, userId: string, userName: string, accessString: string, authenticationMode: object): CfnUser {
    const user = new CfnUser(this.scope, id, { engine: this.engine, userId, userName, accessString, authenticationMode });
    keepWith(user, this.removal);
    this.members.push(user);
    return user;
  }

  private createSecret(id: string, username: string): Secret {
    const secret = new Secret(this.scope, id, {
      description: `Signs in to ${this.scope.node.path}`,
      removalPolicy: this.removal,
      generateSecretString: {
        secretStringTemplate: JSON.stringify({ username }),
        generateStringKey: 'password',
        excludePunctuation: true,
        passwordLength: 64,
      },
    });
    this.secrets.push(secret);
    const rotation = 'Rotation needs a function that changes the user and the secret together and clients that read the secret again; CacheAuthentication.IAM needs neither, since its tokens last 15 minutes.';
    acknowledge(secret, { id: 'AwsSolutions-SMG4', reason: rotation });
    acknowledgeCompliance(secret, 'SecretsManagerRotationEnabled', rotation, [CompliancePack.HIPAA, CompliancePack.NIST]);
    acknowledgeCompliance(secret, 'SecretsManagerUsingKMSKey',
      'Secrets Manager encrypts every secret with the key aws/secretsmanager of the account (Secrets Manager User Guide, "Secret encryption and decryption").');
    return secret;
  }
}

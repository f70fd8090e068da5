import { type Duration, Stack } from 'aws-cdk-lib';
import { Secret as ContainerSecret } from 'aws-cdk-lib/aws-ecs';
import { Grant, type IGrantable, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { CfnRotationSchedule, type ISecret, Secret, type SecretProps } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { acknowledge, acknowledgeCompliance, CompliancePack } from '../core/acknowledge';
import { Profile } from '../core/profile';
import { enforce } from '../core/rules';
import { recordWire } from '../core/wires';
import { type Access, environmentName, type IBackingService, type ICompute, reads, type UseOptions, writes } from '../core/wiring';
import type { FunctionService } from '../function-service/index';
import { SECRET_STORE_RULES } from './secret-store-rules';

const READ_ACTIONS = ['secretsmanager:DescribeSecret', 'secretsmanager:GetSecretValue'];
const WRITE_ACTIONS = ['secretsmanager:DescribeSecret', 'secretsmanager:PutSecretValue'];
/** What a function does that rotates (Secrets Manager User Guide, "Lambda rotation function execution role permissions"). */
const ROTATE_ACTIONS = [...READ_ACTIONS, 'secretsmanager:PutSecretValue', 'secretsmanager:UpdateSecretVersionStage'];

/** How a secret is changed by itself. */
export interface SecretRotation {
  /** What changes it, in the four steps of Secrets Manager: its code answers with `secretRotation` of the runtime. */
  readonly worker: FunctionService;
  /** How often, in whole days, 1 to 1000, or in whole hours, 4 to 23. */
  readonly every: Duration;
  /**
   * Whether it is also changed at once, when it is created and when its rotation is changed.
   * @default true
   */
  readonly atOnce?: boolean;
}

/** What a SecretStore keeps. */
export interface SecretStoreProps {
  /**
   * What the secret is for, for those who find it in the console.
   * @default - the path of the construct
   */
  readonly description?: string;
  /**
   * How many characters are generated, 8 to 4096.
   * @default 32
   */
  readonly length?: number;
  /**
   * Characters that are not to occur in what is generated, for example because they mean something in an address.
   * @default - letters, digits and punctuation
   */
  readonly excludeCharacters?: string;
  /**
   * Whether only letters and digits are generated.
   * @default false
   */
  readonly excludePunctuation?: boolean;
  /**
   * What stands beside the generated text and is no secret: `{ username: 'app' }`. The secret is then JSON.
   * @default - the secret is the generated text alone
   */
  readonly fields?: { readonly [name: string]: string };
  /**
   * The field of the JSON that holds the generated text. Given alone it makes the secret JSON too.
   * @default - `password` beside `fields`
   */
  readonly generatedField?: string;
  /**
   * How the secret is changed by itself.
   * @default - not at all
   */
  readonly rotation?: SecretRotation;
  /**
   * The key that encrypts the secret.
   * @default - the key `aws/secretsmanager` of the account, at no cost
   */
  readonly encryptionKey?: IKey;
  /**
   * The secret may be deleted with the stack. Honoured under SANDBOX only.
   * @default false
   */
  readonly disposable?: boolean;
  /**
   * Anything else of the inner secret, applied last. A text of your own is refused: it would stand in the template.
   * @default - nothing else
   */
  readonly secretProps?: SecretProps;
  /**
   * An existing secret to adopt. Nothing is created but its rotation; props that would shape a new secret are refused.
   * @default - a new secret
   */
  readonly secret?: ISecret;
}

/**
 * A password, a key or a token that code needs and nobody may read in a template, a log or an environment variable: one
 * secret of AWS Secrets Manager, generated there, encrypted, read by those who use it.
 */
export class SecretStore extends Construct implements IBackingService {
  /** The secret itself. */
  public readonly secret: ISecret;
  /** What changes it by itself; undefined without `rotation`. */
  public readonly rotationSchedule?: CfnRotationSchedule;

  /** @throws RuleError when the props break a rule of this concept; all of them are named at once */
  constructor(scope: Construct, id: string, props: SecretStoreProps = {}) {
    super(scope, id);
    enforce(this, SECRET_STORE_RULES, props);
    this.secret = props.secret ?? this.createSecret(props);
    this.rotationSchedule = props.rotation && this.rotate(props.rotation);
  }

  /**
   * Lets compute read the secret (`Access.READ`), or put another value into it (`Access.WRITE`). Its code finds the secret in
   * `<NAME>_SECRET_ARN` and reads it with `SecretReader` of `cdk-system-blueprints/runtime`.
   */
  public attach(compute: ICompute, access: Access, options?: UseOptions): void {
    if (reads(access)) {
      this.grantRead(compute);
    }
    if (writes(access)) {
      this.grantWrite(compute);
    }
    compute.network?.reach('secretsmanager', compute);
    compute.addEnvironment(environmentName(this, 'SECRET_ARN', options), this.secret.secretArn);
  }

  /**
   * The secret as a variable of a container, which Amazon ECS sets when a task starts: for `secrets` of a ContainerService.
   * A task that runs does not see a later change.
   *
   * @param field the field of a secret that is JSON; default: the whole secret
   */
  public containerSecret(field?: string): ContainerSecret {
    return ContainerSecret.fromSecretsManager(this.secret, field);
  }

  /** Lets a principal read the secret. */
  public grantRead(grantee: IGrantable): Grant {
    return this.secret.grantRead(grantee);
  }

  /** Lets a principal put another value into the secret. It cannot read the one that is there. */
  public grantWrite(grantee: IGrantable): Grant {
    return this.grant(grantee, WRITE_ACTIONS);
  }

  private grant(grantee: IGrantable, actions: string[]): Grant {
    // Whoever writes encrypts with a data key that the key wraps. The key's own grant would do so by wildcard.
    this.secret.encryptionKey?.grant(grantee, 'kms:Decrypt', 'kms:GenerateDataKey');
    return Grant.addToPrincipal({ grantee, actions, resourceArns: [this.arnForPolicies] });
  }

  /** A secret that is imported by its name has an ARN that ends in six characters which are not known. */
  private get arnForPolicies(): string {
    return this.secret.secretFullArn ?? `${this.secret.secretArn}-??????`;
  }

  private createSecret(props: SecretStoreProps): Secret {
    const { fields, generatedField = fields && 'password', secretProps } = props;
    const given = secretProps?.secretStringValue ?? secretProps?.secretObjectValue;
    const secret = new Secret(this, 'Secret', {
      description: props.description ?? `Kept for ${this.node.path}`,
      encryptionKey: props.encryptionKey,
      removalPolicy: Profile.of(this).dataRemoval(props.disposable),
      ...given ? {} : {
        generateSecretString: {
          passwordLength: props.length,
          excludeCharacters: props.excludeCharacters,
          excludePunctuation: props.excludePunctuation,
          ...generatedField !== undefined && {
            secretStringTemplate: Stack.of(this).toJsonString(fields ?? {}), generateStringKey: generatedField,
          },
        },
      },
      ...secretProps,
    });
    this.node.defaultChild = secret;
    this.acknowledge(secret, props);
    return secret;
  }

  private acknowledge(secret: Secret, { rotation, encryptionKey, secretProps }: SecretStoreProps): void {
    if (!rotation) {
      const reason = 'Rotation changes the other side that checks the secret together with it, which takes code that knows how: the prop rotation. A secret that another party issues is changed where it is issued.';
      acknowledge(secret, { id: 'AwsSolutions-SMG4', reason });
      acknowledgeCompliance(secret, 'SecretsManagerRotationEnabled', reason, [CompliancePack.HIPAA, CompliancePack.NIST]);
    }
    if (!encryptionKey && !secretProps?.encryptionKey) {
      acknowledgeCompliance(secret, 'SecretsManagerUsingKMSKey',
        'Secrets Manager encrypts every secret with the key aws/secretsmanager of the account (Secrets Manager User Guide, "Secret encryption and decryption"); a key of the customer is the prop encryptionKey.');
    }
  }

  private rotate({ worker, every, atOnce = true }: SecretRotation): CfnRotationSchedule {
    const { account } = Stack.of(this);
    // The schedule of the L2 would let the function ask for random passwords with a grant on every resource.
    const grant = this.grant(worker, ROTATE_ACTIONS);
    worker.network?.reach('secretsmanager', worker);
    const schedule = new CfnRotationSchedule(this, 'Rotation', {
      secretId: this.secret.secretArn,
      rotationLambdaArn: worker.function.functionArn,
      rotationRules: { scheduleExpression: rateOf(every) },
      rotateImmediatelyOnUpdate: atOnce,
    });
    worker.function.addPermission(`Rotates${this.node.addr.slice(-8)}`, {
      principal: new ServicePrincipal('secretsmanager.amazonaws.com'), sourceAccount: account, sourceArn: this.arnForPolicies, scope: this,
    });
    recordWire(this, worker, 'rotates');
    // Secrets Manager invokes the function before it takes the schedule.
    schedule.node.addDependency(grant, ...this.node.children.filter((child) => child !== schedule && child !== this.secret));
    return schedule;
  }
}

/** `rate(30 days)`, the expression of a schedule. */
function rateOf(every: Duration): string {
  const hours = every.toHours();
  const [amount, unit] = hours % 24 === 0 ? [hours / 24, 'day'] : [hours, 'hour'];
  return `rate(${amount} ${unit}${amount === 1 ? '' : 's'})`;
}

import type { Secrets } from './reader';

/** What reads secrets and changes them. The client `SecretsManager` of `@aws-sdk/client-secrets-manager` is one. */
export interface RotatedSecrets extends Secrets {
  describeSecret(request: { SecretId: string }): Promise<{ VersionIdsToStages?: Record<string, string[]> }>;
  putSecretValue(request: {
    SecretId: string; ClientRequestToken: string; SecretString: string; VersionStages: string[];
  }): Promise<unknown>;
  updateSecretVersionStage(request: {
    SecretId: string; VersionStage: string; MoveToVersionId: string; RemoveFromVersionId?: string;
  }): Promise<unknown>;
}

/** What AWS Secrets Manager asks of a function that rotates. */
export interface RotationEvent {
  readonly Step: string;
  readonly SecretId: string;
  readonly ClientRequestToken: string;
}

/** How one kind of secret is changed. Every step may come more than once. */
export interface RotationSteps {
  readonly secrets: RotatedSecrets;
  /** Makes the next secret. */
  readonly create: (current: string) => Promise<string> | string;
  /**
   * Has the other side take the next secret.
   * @default - the other side reads the secret itself
   */
  readonly set?: (next: string, current: string) => Promise<unknown>;
  /**
   * Uses the next secret once, and rejects when it does not work.
   * @default - not tried
   */
  readonly test?: (next: string) => Promise<unknown>;
}

/** Answers AWS Secrets Manager. */
export type SecretRotationHandler = (event: RotationEvent) => Promise<void>;

const CURRENT = 'AWSCURRENT';
const PENDING = 'AWSPENDING';

/**
 * The code of a function that rotates a secret, in the four steps of AWS Secrets Manager: create, set, test, finish. Until
 * the last one everybody reads the secret of before; when a step fails, it stays so and the rotation is tried again.
 */
export function secretRotation({ secrets, create, set, test }: RotationSteps): SecretRotationHandler {
  const read = async (SecretId: string, VersionStage: string) => {
    const { SecretString } = await secrets.getSecretValue({ SecretId, VersionStage });
    if (SecretString === undefined) {
      throw new TypeError(`the secret ${SecretId} has no text`);
    }
    return SecretString;
  };

  const createNext = async (SecretId: string, ClientRequestToken: string) => {
    // A step that comes again must not make another secret: the other side may have taken the first one.
    const made = await read(SecretId, PENDING).catch(unlessMissing);
    if (made === undefined) {
      const SecretString = await create(await read(SecretId, CURRENT));
      await secrets.putSecretValue({ SecretId, ClientRequestToken, SecretString, VersionStages: [PENDING] });
    }
  };

  const finish = (SecretId: string, token: string, versions: Record<string, string[]>) => {
    const [current] = Object.entries(versions).find(([, stages]) => stages.includes(CURRENT)) ?? [];
    const stage = { VersionStage: CURRENT, MoveToVersionId: token, RemoveFromVersionId: current };
    return secrets.updateSecretVersionStage({ SecretId, ...stage });
  };

  return async ({ Step, SecretId, ClientRequestToken: token }) => {
    const { VersionIdsToStages: versions = {} } = await secrets.describeSecret({ SecretId });
    if (versions[token]?.includes(CURRENT)) {
      return;
    }
    switch (Step) {
      case 'createSecret':
        return createNext(SecretId, token);
      case 'setSecret':
        await set?.(await read(SecretId, PENDING), await read(SecretId, CURRENT));
        return;
      case 'testSecret':
        await test?.(await read(SecretId, PENDING));
        return;
      case 'finishSecret':
        await finish(SecretId, token, versions);
        return;
      default:
        throw new RangeError(`the step ${Step}; known are createSecret, setSecret, testSecret and finishSecret`);
    }
  };
}

function unlessMissing(error: unknown): undefined {
  if (!(error instanceof Error && error.name === 'ResourceNotFoundException')) {
    throw error;
  }
}

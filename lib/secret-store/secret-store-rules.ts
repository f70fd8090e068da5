import { type Duration, type SecretValue, Token } from 'aws-cdk-lib';
import { adoptsOrShapes, notManaged, text, wholeNumber } from '../core/checks';
import { isFunctionService } from '../core/is-function-service';
import type { Refusal, Rule } from '../core/rules';
import { isObject, show } from '../core/show';
import { typed } from '../core/typed';
import type { SecretStoreProps } from './secret-store';

/** Names of fields whose values are no matter for a template. */
const SECRET_FIELD = /pass(word|wd|phrase)|secret|token|credential|private|api[-_]?key/i;

/** What SecretStore refuses. Bounds: AWS Secrets Manager, GetRandomPassword and RotationRules. */
export const SECRET_STORE_RULES: readonly Rule<SecretStoreProps>[] = [
  {
    code: 'SecretStore.WrongType',
    first: true,
    check: (props) => typed(props, {
      description: 'text',
      length: 'number',
      excludeCharacters: 'text',
      excludePunctuation: 'flag',
      fields: 'texts',
      generatedField: 'text',
      rotation: { worker: 'construct', every: 'duration', atOnce: 'flag' },
      encryptionKey: 'construct',
      disposable: 'flag',
      secretProps: 'object',
      secret: 'construct',
    }),
  },
  { code: 'SecretStore.AdoptOrShape', check: (props) => adoptsOrShapes('secret', props, ['rotation']) },
  { code: 'SecretStore.Description', check: ({ description }) => text('description', description, 1, 2048) },
  { code: 'SecretStore.Length', check: ({ length }) => wholeNumber('length', length, 8, 4096) },
  { code: 'SecretStore.ExcludeCharacters', check: ({ excludeCharacters }) => text('excludeCharacters', excludeCharacters, 1, 4096) },
  { code: 'SecretStore.GeneratedField', check: ({ generatedField }) => text('generatedField', generatedField, 1, 256) },
  {
    code: 'SecretStore.GeneratedFieldTaken',
    check: ({ fields, generatedField = 'password' }) => fields && generatedField in fields
      ? { given: `fields has ${generatedField}, which is generated`, allowed: 'other fields, or another generatedField' }
      : undefined,
  },
  {
    code: 'SecretStore.PlainTextField',
    check: ({ fields = {}, generatedField = 'password' }) => {
      const plain = Object.entries(fields).flatMap(([name, value]) =>
        name !== generatedField && SECRET_FIELD.test(name) && !Token.isUnresolved(value) ? [name] : []);
      return plain.length === 0
        ? undefined
        : { given: `fields.${plain.join(', fields.')} in plain text`, allowed: 'what is no secret: fields stand in the template; generate it, or put the value in after deployment' };
    },
  },
  { code: 'SecretStore.PlainText', check: plainText },
  {
    code: 'SecretStore.GeneratedOrGiven',
    check: ({ secretProps, length, excludeCharacters, excludePunctuation, fields, generatedField }) => {
      const given = secretProps?.secretStringValue ?? secretProps?.secretObjectValue;
      const generated = { length, excludeCharacters, excludePunctuation, fields, generatedField };
      const both = Object.entries(generated).filter(([, value]) => value !== undefined).map(([prop]) => prop);
      return given && both.length > 0
        ? { given: `a value in secretProps beside ${both.join(', ')}`, allowed: 'a value, or what shapes a generated one' }
        : undefined;
    },
  },
  {
    code: 'SecretStore.ManagedByTheConstruct',
    check: ({ secretProps }) => notManaged('secretProps', secretProps, ['generateSecretString', 'secretName', 'removalPolicy'],
      'length, excludeCharacters, fields and generatedField for what is generated; disposable for what becomes of it; no name, so that two can stand in one account'),
  },
  {
    code: 'SecretStore.NoRotator',
    check: ({ rotation }) => rotation && !isFunctionService(rotation.worker)
      ? { given: `rotation.worker is ${rotation.worker === undefined ? 'not given' : show(rotation.worker)}`, allowed: 'a FunctionService, whose code answers with secretRotation' }
      : undefined,
  },
  { code: 'SecretStore.RotationTime', check: ({ rotation }) => rotation && rotationTime(rotation.every) },
];

/** A value that stands in the template is no secret any more. One that is known only at deployment does not. */
function plainText({ secretProps }: SecretStoreProps): Refusal | undefined {
  const { secretStringValue, secretObjectValue = {} } = secretProps ?? {};
  const values = { secretStringValue, ...isObject(secretObjectValue) ? secretObjectValue as Record<string, SecretValue> : {} };
  const plain = Object.entries(values).filter(([, value]) => value !== undefined && !isLate(value)).map(([name]) => name);
  return plain.length === 0
    ? undefined
    : { given: `secretProps has ${plain.join(', ')} in plain text`, allowed: 'a generated secret, or one whose value is put in after deployment: aws secretsmanager put-secret-value' };
}

const isLate = (value: SecretValue) => typeof value.unsafeUnwrap === 'function' && Token.isUnresolved(value.unsafeUnwrap());

function rotationTime(every: Duration | undefined): Refusal | undefined {
  const allowed = 'whole days, 1 to 1000, or whole hours, 4 to 23';
  if (every === undefined || every.isUnresolved()) {
    return { given: `rotation.every is ${every ? 'known only at deployment' : 'not given'}`, allowed };
  }
  const hours = every.toMilliseconds() / 3_600_000;
  const kept = Number.isInteger(hours) && (hours % 24 === 0 ? hours >= 24 && hours <= 24_000 : hours >= 4 && hours < 24);
  return kept ? undefined : { given: `rotation.every is ${hours} h`, allowed };
}

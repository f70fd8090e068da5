import { MissingSettingError, type RotatedSecrets, secretArn, SecretReader, secretRotation, systemClock } from '../../runtime';

const ARN = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:key-AbCdEf';

/** Secrets Manager with one secret; counts what it is asked. */
function secretsWith(first: string) {
  const secrets = {
    text: first as string | undefined,
    asked: 0,
    away: false,
    getSecretValue: async ({ SecretId }: { SecretId: string }) => {
      secrets.asked++;
      await Promise.resolve();
      if (secrets.away) {
        throw new Error('away');
      }
      expect(SecretId).toBe(ARN);
      return { SecretString: secrets.text };
    },
  };
  return secrets;
}

test('the ARN comes from the wiring', () => {
  expect(secretArn('KEY', { KEY_SECRET_ARN: ARN })).toBe(ARN);
  expect(() => secretArn('KEY', {})).toThrow(MissingSettingError);
});

describe('SecretReader', () => {
  const setUp = (text = 'one', ttlSeconds?: number) => {
    const secrets = secretsWith(text);
    let time = 0;
    const clock = { ...systemClock, monotonic: () => time, advance: (milliseconds: number) => { time += milliseconds; } };
    return { secrets, clock, reader: new SecretReader({ secrets, secretArn: ARN, ttlSeconds, clock }) };
  };

  test('asks once for many, and again after five minutes', async () => {
    const { secrets, clock, reader } = setUp();
    expect(await Promise.all([reader.text(), reader.text(), reader.text()])).toEqual(['one', 'one', 'one']);
    expect(secrets.asked).toBe(1);
    secrets.text = 'two';
    clock.advance(299_999);
    expect(await reader.text()).toBe('one');
    clock.advance(1);
    expect(await reader.text()).toBe('two');
    expect(secrets.asked).toBe(2);
  });

  test('uses what it knows while nothing answers, and does not ask at every call', async () => {
    const { secrets, clock, reader } = setUp('one', 60);
    await reader.text();
    secrets.away = true;
    clock.advance(60_000);
    expect([await reader.text(), await reader.text()]).toEqual(['one', 'one']);
    expect(secrets.asked).toBe(2);
  });

  test('fails when it never knew, and asks again', async () => {
    const { secrets, reader } = setUp();
    secrets.away = true;
    await expect(reader.text()).rejects.toThrow('away');
    secrets.away = false;
    expect(await reader.text()).toBe('one');
  });

  test('reads JSON, and shows no secret when it is none', async () => {
    expect(await setUp('{"password":"p"}').reader.json()).toEqual({ password: 'p' });
    const error = await setUp('hunter2').reader.json().catch((caught: unknown) => String(caught));
    expect(error).toMatch(/is not JSON/);
    expect(error).not.toMatch(/hunter2/);
  });

  test('a secret without text is an error', async () => {
    const { secrets, reader } = setUp();
    secrets.text = undefined;
    await expect(reader.text()).rejects.toThrow(TypeError);
  });

  test('a rotated secret is read again when it is refused', async () => {
    const { secrets, reader } = setUp();
    await reader.text();
    secrets.text = 'two';
    const used: string[] = [];
    const signIn = async (text: string) => {
      used.push(text);
      return text === 'two' ? 'in' : Promise.reject(new Error('denied'));
    };
    expect(await reader.use(signIn)).toBe('in');
    expect(used).toEqual(['one', 'two']);
    expect(await reader.text()).toBe('two');
  });

  test('what is refused with the newest secret is not tried again, and other errors are not either', async () => {
    const { secrets, reader } = setUp();
    const fail = jest.fn(() => Promise.reject(new Error('denied')));
    await expect(reader.use(fail)).rejects.toThrow('denied');
    expect(fail).toHaveBeenCalledTimes(1);
    const before = secrets.asked;
    await expect(reader.use(fail, () => false)).rejects.toThrow('denied');
    expect(secrets.asked).toBe(before);
    secrets.away = true;
    await expect(reader.use(fail)).rejects.toThrow('denied');
  });
});

describe('secretRotation', () => {
  /** The versions of one secret as AWS Secrets Manager keeps them. */
  function versions(): RotatedSecrets & { stages: Record<string, string[]>; texts: Record<string, string> } {
    const state = {
      stages: { old: ['AWSCURRENT'] } as Record<string, string[]>,
      texts: { old: 'one' } as Record<string, string>,
      describeSecret: () => Promise.resolve({ VersionIdsToStages: state.stages }),
      getSecretValue: ({ VersionStage = 'AWSCURRENT' }: { SecretId: string; VersionStage?: string }) => {
        const id = Object.keys(state.texts).find((version) => state.stages[version]!.includes(VersionStage));
        return id
          ? Promise.resolve({ SecretString: state.texts[id] })
          : Promise.reject(Object.assign(new Error('none'), { name: 'ResourceNotFoundException' }));
      },
      putSecretValue: (put: { ClientRequestToken: string; SecretString: string; VersionStages: string[] }) => {
        state.stages[put.ClientRequestToken] = put.VersionStages;
        state.texts[put.ClientRequestToken] = put.SecretString;
        return Promise.resolve();
      },
      updateSecretVersionStage: (move: { MoveToVersionId: string; RemoveFromVersionId?: string }) => {
        state.stages[move.MoveToVersionId] = ['AWSCURRENT'];
        state.stages[move.RemoveFromVersionId!] = ['AWSPREVIOUS'];
        return Promise.resolve();
      },
    };
    return state;
  }
  const STEPS = ['createSecret', 'setSecret', 'testSecret', 'finishSecret'];
  const event = (Step: string) => ({ Step, SecretId: ARN, ClientRequestToken: 'new' });

  test('creates, sets, tests and finishes; every step may come twice', async () => {
    const secrets = versions();
    const set = jest.fn().mockResolvedValue(undefined);
    const tried = jest.fn().mockResolvedValue(undefined);
    const create = jest.fn((current: string) => `${current}+`);
    const rotate = secretRotation({ secrets, create, set, test: tried });
    for (const step of STEPS) {
      await rotate(event(step));
      await rotate(event(step));
    }
    expect(create).toHaveBeenCalledTimes(1);
    expect(set).toHaveBeenCalledWith('one+', 'one');
    expect(tried).toHaveBeenCalledWith('one+');
    expect(secrets.stages).toEqual({ old: ['AWSPREVIOUS'], new: ['AWSCURRENT'] });
    expect(await secrets.getSecretValue({ SecretId: ARN })).toEqual({ SecretString: 'one+' });
  });

  test('until the last step the secret of before is read, and a failed one leaves it so', async () => {
    const secrets = versions();
    const rotate = secretRotation({ secrets, create: () => 'two', test: () => Promise.reject(new Error('wrong')) });
    await rotate(event('createSecret'));
    await rotate(event('setSecret'));
    await expect(rotate(event('testSecret'))).rejects.toThrow('wrong');
    expect(await secrets.getSecretValue({ SecretId: ARN })).toEqual({ SecretString: 'one' });
  });

  test('an unknown step, an error that says nothing of a missing version and a secret without text are errors', async () => {
    const rotate = secretRotation({ secrets: versions(), create: () => 'two' });
    await expect(rotate(event('else'))).rejects.toThrow(RangeError);
    const broken = { ...versions(), getSecretValue: () => Promise.reject(new Error('away')) };
    await expect(secretRotation({ secrets: broken, create: () => 'two' })(event('createSecret'))).rejects.toThrow('away');
    const empty = { ...versions(), getSecretValue: () => Promise.resolve({}) };
    await expect(secretRotation({ secrets: empty, create: () => 'two', test: () => Promise.resolve() })(event('testSecret'))).rejects.toThrow(TypeError);
  });
});

/** One template, deployed to plain ministack and to the repaired one: the fault must still be in the one, or the repair goes. */
import type { LocalAws } from '../../../local';
import { start, stopAll } from '../start';
import { deploy, type Template } from './cloudformation';

/** A local AWS with the stack of the test in it. */
export interface World {
  readonly aws: LocalAws;
  readonly out: Record<string, string>;
  readonly plain: boolean;
  /** What a client of the SDK is made with. */
  readonly client: {
    readonly endpoint: string;
    readonly region: string;
    readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  };
}

/** What is seen of a repair, and what of the fault. */
export interface Seen {
  readonly plain: unknown;
  readonly repaired: unknown;
}

const TIMEOUT_MS = 90_000;

async function world(plain: boolean, name: string, template: Template): Promise<World> {
  const aws = await start({ plain });
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  return { aws, plain, out: await deploy(aws, name, template), client: { endpoint: aws.endpoint, region: 'us-east-1', credentials } };
}

/** Both worlds, for the tests of one file. */
export class PlainAndRepaired {
  private worlds: readonly World[] = [];

  constructor(name: string, template: Template) {
    beforeAll(async () => {
      this.worlds = await Promise.all([true, false].map((plain) => world(plain, name, template)));
    }, TIMEOUT_MS);
    afterAll(stopAll);
  }

  /** The one with the repairs. */
  public get repaired(): World {
    return this.worlds[1]!;
  }

  /** One observation that differs between the two. */
  public test(name: string, observe: (world: World) => Promise<unknown>, expected: Seen): void {
    describe(name, () => {
      test('the fault is still there in plain ministack', async () => {
        expect(await observe(this.worlds[0]!)).toEqual(expected.plain);
      }, TIMEOUT_MS);
      test('works with the extension', async () => {
        expect(await observe(this.worlds[1]!)).toEqual(expected.repaired);
      }, TIMEOUT_MS);
    });
  }
}

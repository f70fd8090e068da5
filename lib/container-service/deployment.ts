import { Duration } from 'aws-cdk-lib';
import { DeploymentStrategy, type FargateServiceProps } from 'aws-cdk-lib/aws-ecs';
import { wholeSeconds } from '../core/checks';
import { RuleError } from '../core/rules';
import { show } from '../core/show';

/** How a blue/green deployment goes. */
export interface BlueGreenOptions {
  /**
   * How long both versions run after all requests go to the new one: going back then takes seconds. Whole minutes, up to
   * 24 hours.
   * @default Duration.minutes(5)
   */
  readonly bake?: Duration;
}

/** How a deployment goes that shifts requests in steps. */
export interface ShiftOptions extends BlueGreenOptions {
  /**
   * The share of requests that one step shifts, in percent: 0.1 to 100 for a canary, 3 to 100 for linear steps.
   * @default - 5 for a canary, 10 for linear steps
   */
  readonly percent?: number;
  /**
   * How long each step is watched before the next. Whole minutes, up to 24 hours.
   * @default - 10 minutes for a canary, 6 minutes for linear steps
   */
  readonly wait?: Duration;
}

/** How a new version takes over. All of them go back by themselves when tasks do not start or a rollback alarm goes off. */
export class Deployment {
  /** New tasks start beside the old ones, which then stop: no target group more, and both versions answer for a while. */
  public static rolling(): Deployment {
    return new Deployment(false, { deploymentStrategy: DeploymentStrategy.ROLLING });
  }

  /**
   * The new version comes up beside the old one, then all requests go to it at once.
   *
   * @throws RuleError when an option is out of its bounds
   */
  public static blueGreen(options: BlueGreenOptions = {}): Deployment {
    check('blueGreen', options, 0);
    return new Deployment(true, { deploymentStrategy: DeploymentStrategy.BLUE_GREEN, bakeTime: options.bake ?? BAKE });
  }

  /**
   * A few requests go to the new version first, then all.
   *
   * @throws RuleError when an option is out of its bounds
   */
  public static canary(options: ShiftOptions = {}): Deployment {
    check('canary', options, 0.1);
    return new Deployment(true, {
      deploymentStrategy: DeploymentStrategy.CANARY,
      bakeTime: options.bake ?? BAKE,
      canaryConfiguration: { stepPercent: options.percent ?? 5, stepBakeTime: options.wait ?? Duration.minutes(10) },
    });
  }

  /**
   * Requests go to the new version in equal steps.
   *
   * @throws RuleError when an option is out of its bounds
   */
  public static linear(options: ShiftOptions = {}): Deployment {
    check('linear', options, 3);
    return new Deployment(true, {
      deploymentStrategy: DeploymentStrategy.LINEAR,
      bakeTime: options.bake ?? BAKE,
      linearConfiguration: { stepPercent: options.percent ?? 10, stepBakeTime: options.wait ?? Duration.minutes(6) },
    });
  }

  private constructor(
    /** Whether requests move from one target group to another. */
    public readonly shifts: boolean,
    /**
     * What the service is told.
     * @internal
     */
    public readonly _settings: Pick<FargateServiceProps, 'deploymentStrategy' | 'bakeTime' | 'canaryConfiguration' | 'linearConfiguration'>,
  ) {}
}

const BAKE = Duration.minutes(5);
const DAY = 24 * 60 * 60;

function check(method: string, { percent, wait, bake }: ShiftOptions, least: number): void {
  const tenths = typeof percent === 'number' ? percent * 10 : NaN;
  const share = percent === undefined || percent >= least && percent <= 100 && Math.abs(tenths - Math.round(tenths)) < 1e-9
    ? []
    : [{ code: 'Deployment.Percent', given: `percent is ${show(percent)}`, allowed: `tenths from ${least} to 100` }];
  const times = Object.entries({ wait, bake }).flatMap(([name, time]) => {
    const wrong = wholeMinutes(name, time);
    return wrong ? [{ code: name === 'bake' ? 'Deployment.Bake' : 'Deployment.Wait', ...wrong }] : [];
  });
  if (share.length + times.length > 0) {
    throw new RuleError(`Deployment.${method}`, [...share, ...times]);
  }
}

function wholeMinutes(name: string, time: unknown) {
  if (time !== undefined && !(time instanceof Duration)) {
    return { given: `${name} is ${show(time)}`, allowed: 'a Duration of whole minutes up to 24 hours' };
  }
  return time && !time.isUnresolved() && time.toMilliseconds() % 60_000 !== 0
    ? { given: `${name} is ${time.toMilliseconds() / 1000} s`, allowed: 'whole minutes up to 24 hours' }
    : wholeSeconds(name, time, 0, DAY);
}

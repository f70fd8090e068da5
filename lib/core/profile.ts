import { RemovalPolicy } from 'aws-cdk-lib';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { IConstruct } from 'constructs';
import { nearest } from './nearest';
import { refuse } from './rules';
import { show } from './show';

const CHOSEN = Symbol.for('cdk-system-blueprints.profile');
const ASKED = Symbol.for('cdk-system-blueprints.profile.asked');

interface ScopeWithProfile extends IConstruct {
  [CHOSEN]?: Profile;
  [ASKED]?: boolean;
}

/**
 * The posture of everything below a scope: how durable, how watched, how easily thrown away.
 *
 * Found from the scope upwards: `Profile.set` on the nearest scope, then the context key `Profile.CONTEXT_KEY`, then
 * `PRODUCTION`, since a forgotten setting must never cost data.
 */
export class Profile {
  /** The context key that names a profile: `cdk synth -c cdk-system-blueprints:profile=sandbox`. */
  public static readonly CONTEXT_KEY = 'cdk-system-blueprints:profile';

  /** Cheap and disposable: no alarms, no backups, logs for a week, data may go with the stack where the construct allows it. */
  public static readonly SANDBOX = new Profile('sandbox', false, RetentionDays.ONE_WEEK);

  /** Durable and watched: alarms, point-in-time recovery, deletion protection, logs for a year, data always kept. */
  public static readonly PRODUCTION = new Profile('production', true, RetentionDays.ONE_YEAR);

  /**
   * The profile that holds at a scope.
   *
   * @throws RuleError when the context names a profile that does not exist
   */
  public static of(scope: IConstruct): Profile {
    const upwards = (scope.node.scopes as ScopeWithProfile[]).reverse();
    const choice = upwards.findIndex((ancestor) => ancestor[CHOSEN]);
    // What lies above the choice has no say here, so it stays free to choose.
    upwards.slice(0, choice === -1 ? undefined : choice + 1).forEach((ancestor) => { ancestor[ASKED] = true; });
    const chosen = upwards[choice]?.[CHOSEN];
    const named: unknown = scope.node.tryGetContext(Profile.CONTEXT_KEY);
    return chosen ?? (named === undefined ? Profile.PRODUCTION : Profile.named(scope, String(named)));
  }

  /**
   * Sets the profile for everything below a scope.
   *
   * @throws RuleError when something below has already been built with another profile, since it would keep that one
   */
  public static set(scope: IConstruct, profile: Profile): void {
    if (typeof profile?.dataRemoval !== 'function') {
      refuse(scope, 'Profile.Unknown', `profile ${show(profile)}`, 'Profile.SANDBOX or Profile.PRODUCTION');
    }
    const target = scope as ScopeWithProfile;
    if (target[ASKED] && Profile.of(scope) !== profile) {
      refuse(scope, 'Profile.SetTooLate', `${profile.name}, after a construct below was built as ${Profile.of(scope).name}`,
        'Profile.set before the first construct that depends on it');
    }
    target[CHOSEN] = profile;
  }

  /**
   * The profile of that name.
   *
   * @throws RuleError when there is none
   */
  public static named(scope: IConstruct, name: string): Profile {
    const profiles = [Profile.SANDBOX, Profile.PRODUCTION];
    const names = profiles.map((profile) => profile.name);
    const hint = nearest(name, names);
    return profiles.find((profile) => profile.name === name)
      ?? refuse(scope, 'Profile.Unknown', `profile '${name}'${hint ? ` (did you mean ${hint}?)` : ''}`, names.join(' or '));
  }

  private constructor(
    /** `sandbox` or `production`. */
    public readonly name: string,
    /** Whether resources are guarded: alarms, point-in-time recovery, deletion protection. */
    public readonly guarded: boolean,
    /** How long logs are kept. */
    public readonly logRetention: RetentionDays,
  ) {}

  /**
   * What happens to data when its resource leaves the stack: it is kept, unless the construct was told that it is
   * disposable and the profile agrees.
   */
  public dataRemoval(disposable: boolean = false): RemovalPolicy {
    return disposable && !this.guarded ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN;
  }

  /** What happens to logs: they outlive a guarded stack, since they tell what became of it. */
  public get logRemoval(): RemovalPolicy {
    return this.guarded ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY;
  }
}

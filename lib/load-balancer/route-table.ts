import type { IConstruct } from 'constructs';
import { enforce, refuse } from '../core/rules';
import { isObject, show } from '../core/show';
import type { LoadBalancerRouteOptions, WeightedTarget } from './route';
import { derivedPriority, describeMatch, isLate, literalPath, LONGEST_DERIVED, overlap, type RouteMatch, specificity } from './route-match';
import { MATCH_RULES, notATarget, notForFunctions, ROUTE_RULES } from './route-rules';
import { isFunction } from './target-group';

interface Entry {
  readonly match: RouteMatch;
  readonly priority: number;
  readonly derived: boolean;
}

/** The routes of one listener: it refuses what cannot be, and gives every route a priority that stays. */
export class RouteTable {
  private readonly entries = new Map<string, Entry>();
  private hasDefault = false;

  constructor(private readonly owner: IConstruct, private readonly adopted: boolean) {}

  /** @throws RuleError when a route is impossible by itself */
  public check(match: RouteMatch, targets: WeightedTarget[], options: LoadBalancerRouteOptions): void {
    enforce(this.owner, MATCH_RULES, match);
    this.checkTargets(targets, options);
  }

  /** @throws RuleError when there is a default route, or may be none */
  public checkDefault(targets: WeightedTarget[], options: LoadBalancerRouteOptions): void {
    if (this.adopted) {
      refuse(this.owner, 'LoadBalancer.DefaultOfAdopted', 'a default route of an adopted listener',
        "route({ path: ['*'] }, target, { priority: 50000 }): the default action is part of the listener's own definition");
    }
    if (this.hasDefault) {
      refuse(this.owner, 'LoadBalancer.DefaultTaken', 'a second default route', 'one default route');
    }
    this.checkTargets(targets, options);
    if (options.priority !== undefined) {
      refuse(this.owner, 'LoadBalancer.DefaultPriority', `priority ${options.priority} of the default route`, 'no priority: it is asked last');
    }
  }

  /** Enters the default route. */
  public enterDefault(): void {
    this.hasDefault = true;
  }

  /**
   * Enters a route and answers its name and priority.
   *
   * @throws RuleError when it is taken, or has no clear place among the others
   */
  public enter(match: RouteMatch, options: LoadBalancerRouteOptions): { readonly id: string; readonly priority: number } {
    const priority = options.priority ?? this.derive(match);
    // What is known only at deployment cannot be part of a name.
    const id = isLate(match) ? `Priority${priority}` : describeMatch(match);
    if (this.entries.has(id)) {
      refuse(this.owner, 'LoadBalancer.RouteTaken', `route '${id}' twice`, 'one route for the same conditions; several targets share one by weightedRoute()');
    }
    const [taken] = [...this.entries].find(([, entry]) => entry.priority === priority) ?? [];
    if (taken !== undefined) {
      refuse(this.owner, 'LoadBalancer.PriorityTaken', `priority ${priority} for '${id}' and for '${taken}'`, 'a priority for each route: say it for one of them');
    }
    const derived = options.priority === undefined;
    const rival = derived ? this.rival(match) : undefined;
    if (rival !== undefined) {
      refuse(this.owner, 'LoadBalancer.UnclearOrder', `'${id}' and '${rival}', which take some of the same requests and ask for as much`,
        'a priority for one of them: the lower is asked first');
    }
    this.entries.set(id, { match, priority, derived });
    return { id, priority };
  }

  private derive(match: RouteMatch): number {
    const allowed = 'priority, 1 to 50000: the lowest is asked first';
    if (this.adopted) {
      refuse(this.owner, 'LoadBalancer.NoPriority', 'a route of an adopted listener without priority, whose other rules are not known', allowed);
    }
    if (isLate(match)) {
      refuse(this.owner, 'LoadBalancer.NoPriority', 'a route without priority whose conditions are known only at deployment', allowed);
    }
    if (literalPath(match) > LONGEST_DERIVED) {
      refuse(this.owner, 'LoadBalancer.NoPriority', `a route without priority whose path is longer than ${LONGEST_DERIVED} characters`, allowed);
    }
    return derivedPriority(match);
  }

  private rival(match: RouteMatch): string | undefined {
    return [...this.entries].find(([, entry]) =>
      entry.derived && specificity(entry.match) === specificity(match) && overlap(entry.match, match))?.[0];
  }

  private checkTargets(targets: WeightedTarget[], options: LoadBalancerRouteOptions): void {
    enforce(this.owner, ROUTE_RULES, options);
    if (!Array.isArray(targets) || targets.length < 1 || targets.length > 5) {
      refuse(this.owner, 'LoadBalancer.Targets', Array.isArray(targets) ? `${targets.length} targets` : show(targets), '1 to 5 targets with their weights');
    }
    for (const given of targets) {
      const wrong = notATarget(isObject(given) ? given.target : given);
      if (wrong) {
        refuse(this.owner, 'LoadBalancer.NotATarget', wrong.given, wrong.allowed);
      }
      if (!Number.isInteger(given.weight) || given.weight < 0 || given.weight > 999) {
        refuse(this.owner, 'LoadBalancer.Weight', `weight ${show(given.weight)}`, 'a whole number from 0 to 999');
      }
    }
    if (targets.every(({ weight }) => weight === 0)) {
      refuse(this.owner, 'LoadBalancer.Weight', 'weights that are all 0', 'at least one above 0');
    }
    this.checkFunctions(targets, options);
  }

  private checkFunctions(targets: WeightedTarget[], options: LoadBalancerRouteOptions): void {
    const functions = targets.filter(({ target }) => isFunction(target)).length;
    const useless = notForFunctions(options);
    if (functions === targets.length && useless.length > 0) {
      refuse(this.owner, 'LoadBalancer.NotForFunctions', `${useless.join(', ')} for a function`,
        'health, multiValueHeaders, authentication and priority: functions have no port, no connections and no order');
    }
    if (functions === 0 && options.multiValueHeaders) {
      refuse(this.owner, 'LoadBalancer.MultiValueHeaders', 'multiValueHeaders without a function', 'multiValueHeaders for functions: others get headers as they are');
    }
  }
}

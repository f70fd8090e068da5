import { Token } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { refuse } from './rules';

/** Whether a name can be an environment variable on all compute: AWS Lambda is the strictest. */
export const isVariable = (name: string) => Token.isUnresolved(name) || /^[A-Za-z][A-Za-z0-9_]+$/.test(name);

/** The environment variables of compute: each has one value. */
export class Environment {
  private readonly values: Map<string, string>;

  /**
   * @param compute whose variables they are
   * @param concept the first part of its refusals: `FunctionService`
   * @param given the variables that it has from the start
   */
  constructor(
    private readonly compute: IConstruct, private readonly concept: string, given: { readonly [name: string]: string } = {},
  ) {
    this.values = new Map(Object.entries(given));
  }

  /**
   * Takes a further variable.
   *
   * @throws RuleError when it cannot have that name, or already has another value
   */
  public add(name: string, value: string): void {
    if (!isVariable(name)) {
      refuse(this.compute, `${this.concept}.EnvironmentName`, `the variable '${name}'`,
        'names of letters, digits and _, starting with a letter; give the service another name: use(service, access, { name })');
    }
    const present = this.values.get(name);
    if (present !== undefined && present !== value) {
      refuse(this.compute, `${this.concept}.EnvironmentTaken`, `a second value for ${name}`,
        'one value for each variable; give the second service another name: use(service, access, { name })');
    }
    this.values.set(name, value);
  }
}

import { App, type AppProps, Stack } from 'aws-cdk-lib';
import cdkJson from '../../../cdk.json';

/** Builds one variant into a stack. */
export type Build = (stack: Stack) => void;

/** Where a stack is deployed. */
export interface Where {
  readonly account: string;
  readonly region: string;
  /** The zones of the region, which the CDK would look up. */
  readonly zones: string[];
}

/** A variant in a stack, with the feature flags of a new CDK app, the same for every variant. */
export function stackWith(build: Build, profile: string, where?: Where, props: AppProps = {}): Stack {
  const context = {
    ...cdkJson.context,
    'cdk-system-blueprints:profile': profile,
    ...where && { [`availability-zones:account=${where.account}:region=${where.region}`]: where.zones },
  };
  const app = new App({ analyticsReporting: false, context, ...props });
  const stack = new Stack(app, 'Bench', { env: where && { account: where.account, region: where.region } });
  build(stack);
  return stack;
}

/** The template that a stack gives. */
export function synthesised(stack: Stack): { readonly Resources?: Record<string, { readonly Type: string }> } {
  return (stack.node.root as App).synth().getStackByName(stack.stackName).template as ReturnType<typeof synthesised>;
}

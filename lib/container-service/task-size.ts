import { Size } from 'aws-cdk-lib';
import { RuleError } from '../core/rules';
import { show } from '../core/show';

/** The memory that AWS Fargate takes for each size of CPU, in GiB (Amazon ECS Developer Guide, "Task CPU and memory"). */
const COMBINATIONS: readonly { readonly vcpu: number; readonly gibibytes: readonly number[] }[] = [
  { vcpu: 0.25, gibibytes: [0.5, 1, 2] },
  { vcpu: 0.5, gibibytes: range(1, 4, 1) },
  { vcpu: 1, gibibytes: range(2, 8, 1) },
  { vcpu: 2, gibibytes: range(4, 16, 1) },
  { vcpu: 4, gibibytes: range(8, 30, 1) },
  { vcpu: 8, gibibytes: range(16, 60, 4) },
  { vcpu: 16, gibibytes: range(32, 120, 8) },
];

/** How much CPU and memory one task has. AWS Fargate takes certain pairs only. */
export class TaskSize {
  /** 0.25 vCPU, 0.5 GiB. */
  public static readonly SMALL = TaskSize.of(0.25, Size.mebibytes(512));
  /** 0.5 vCPU, 1 GiB. */
  public static readonly MEDIUM = TaskSize.of(0.5, Size.gibibytes(1));
  /** 1 vCPU, 2 GiB. */
  public static readonly LARGE = TaskSize.of(1, Size.gibibytes(2));
  /** 2 vCPU, 4 GiB. */
  public static readonly XLARGE = TaskSize.of(2, Size.gibibytes(4));
  /** 4 vCPU, 8 GiB. */
  public static readonly XLARGE2 = TaskSize.of(4, Size.gibibytes(8));

  /**
   * Any pair that AWS Fargate takes.
   *
   * @param vcpu 0.25, 0.5, 1, 2, 4, 8 or 16
   * @param memory from twice to eight times as many GiB, in steps that grow with the CPU
   * @throws RuleError naming what goes with the CPU when the pair does not exist
   */
  public static of(vcpu: number, memory: Size): TaskSize {
    const row = COMBINATIONS.find((each) => each.vcpu === vcpu);
    if (!row) {
      throw refusal('Cpu', `${show(vcpu)} vCPU`, COMBINATIONS.map((each) => each.vcpu).join(', '));
    }
    const gibibytes = memory instanceof Size ? memory.toBytes() / 1024 ** 3 : NaN;
    if (!row.gibibytes.includes(gibibytes)) {
      throw refusal('Memory', `${memory instanceof Size ? `${gibibytes} GiB` : show(memory)} with ${vcpu} vCPU`, `${row.gibibytes.join(', ')} GiB`);
    }
    return new TaskSize(vcpu, memory);
  }

  private constructor(
    /** Virtual CPUs. */
    public readonly vcpu: number,
    /** Memory. */
    public readonly memory: Size,
  ) {}
}

function range(from: number, to: number, step: number): number[] {
  return Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, index) => from + index * step);
}

const refusal = (what: string, given: string, allowed: string) => new RuleError('TaskSize.of', [{ code: `TaskSize.${what}`, given, allowed }]);

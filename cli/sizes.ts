import type { IConstruct } from 'constructs';
import type { Sizing } from '../lib/core/traffic-estimate';

interface Sized extends IConstruct {
  readonly sizing?: unknown;
}

/** Constructs that are given traffic keep their arithmetic in `sizing`. */
export function sizingsOf(construct: IConstruct): readonly Sizing[] {
  const { sizing } = construct as Sized;
  return Array.isArray(sizing) ? sizing as Sizing[] : [];
}
